// SPDX-License-Identifier: Apache-2.0
#include "common/mem.h"
#include "profiler/cgroup.h"
#include "profiler/kernel.h"
#include "profiler/look.h"
#include "profiler/options.h"
#include "profiler/syscalls.h"

#include <criterion/criterion.h>
#include <string.h>

Test(cgroup, mount_is_found)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "30 20 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n",
			"/sys/fs/cgroup" },
		{ "29 20 0:25 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
		  "30 20 0:26 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n",
			"/sys/fs/cgroup/unified" },
		{ "30 20 0:26 / /odd\\040place rw - cgroup2 none rw\n", "/odd place" },
		/* A bind of a part of it shows only that part. */
		{ "30 20 0:26 /sub /mnt rw - cgroup2 none rw\n", NULL },
		{ "29 20 0:25 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		char *mount = cgroup_mount_of(cases[i].text);

		if (cases[i].want)
			cr_expect(mount && !strcmp(mount, cases[i].want), "case %zu", i);
		else
			cr_expect_null(mount, "case %zu", i);
		free(mount);
	}
}

Test(look, mounts)
{
	static const char text[] =
		"22 1 0:21 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/l\n"
		"23 22 0:5 / /dev rw,nosuid - tmpfs tmpfs rw,size=64k\n"
		"not a line\n"
		"24 22 0:6 / /a\\040b rw - ext4 /dev/x rw\n";
	struct cln_arena *arena = cln_arena_new();
	struct cln_trace_mount *mounts;

	cr_assert_eq(look_mounts(text, arena, &mounts), 3);
	cr_expect_str_eq(mounts[0].point, "/");
	cr_expect_str_eq(mounts[0].type, "overlay");
	cr_expect_str_eq(mounts[1].options, "rw,nosuid");
	cr_expect_str_eq(mounts[2].point, "/a b");
	cr_expect_str_eq(mounts[2].source, "/dev/x");
	cln_arena_free(arena);
}

Test(kernel, reasons)
{
	static const struct {
		const char *release;
		bool btf;
		const char *says; /* NULL: no reason */
	} cases[] = {
		{ "6.1.0-50-amd64", true, NULL },
		{ "5.10.0", true, NULL },
		{ "5.9.16", true, "Linux 5.9.16 is too old: boot Linux 5.10 or newer" },
		{ "4.18.0-553.el8_10.x86_64", false, "too old" },
		{ "10.0", false,
			"no BTF (/sys/kernel/btf/vmlinux): boot a kernel with "
			"CONFIG_DEBUG_INFO_BTF=y" },
		{ "nonsense", true, "too old" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		char text[256];
		const char *got = kernel_reason(cases[i].release, cases[i].btf, text, sizeof(text));

		cr_expect(cases[i].says ? got && strstr(got, cases[i].says) : !got, "%s: %s",
			cases[i].release, got ? got : "no reason");
	}
}

Test(options, parse)
{
	static const struct {
		const char *line[8];
		bool fine;
	} cases[] = {
		{ { "p", "--", "true" }, true },
		{ { "p", "-c", "x", "-o", "f", "true", "-o" }, true },
		{ { "p", "-c", "x", "--attach" }, true },
		{ { "p", "--check-host" }, true },
		{ { "p" }, false },
		{ { "p", "--attach" }, false },
		{ { "p", "-c", "x", "--attach", "true" }, false },
		{ { "p", "--ring", "12345", "true" }, false },
		{ { "p", "--ring", "1M", "true" }, true },
		{ { "p", "--nonsense", "true" }, false },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct profile_options opt = {};
		struct cln_err err = {};
		char *argv[8] = {};
		int argc = 0;

		for (; cases[i].line[argc]; argc++)
			argv[argc] = cln_strdup(cases[i].line[argc]);
		cr_expect_eq(profile_options_parse(argc, argv, &opt, &err) == 0, cases[i].fine,
			"case %zu: %s", i, err.text);
	}
}

/* The command's own options stay the command's. */
Test(options, command_is_untouched)
{
	char *argv[] = { cln_strdup("p"), cln_strdup("-c"), cln_strdup("x"), cln_strdup("ls"),
		cln_strdup("-o"), cln_strdup("--"), cln_strdup("y"), NULL };
	struct profile_options opt = {};
	struct cln_err err = {};

	cr_assert_eq(profile_options_parse(7, argv, &opt, &err), 0);
	cr_expect_str_eq(opt.command[0], "ls");
	cr_expect_str_eq(opt.command[1], "-o");
	cr_expect_str_eq(opt.command[2], "--");
	cr_expect_str_eq(opt.command[3], "y");
	cr_expect_null(opt.command[4]);
	cr_expect_str_eq(opt.output, PROFILE_OUTPUT);
}

Test(syscalls, names)
{
	cr_expect_str_eq(syscall_name(0, false), "read");
	cr_expect_str_eq(syscall_name(257, false), "openat");
	cr_expect_str_eq(syscall_name(5, true), "open");
	cr_expect_str_eq(syscall_name(102, true), "socketcall");
	cr_expect_str_eq(syscall_name(466, false), "removexattrat");
	cr_expect_null(syscall_name(400, false));
}
