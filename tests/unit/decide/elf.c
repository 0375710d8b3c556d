// SPDX-License-Identifier: Apache-2.0
/* ELF closures: loaders, libraries, where they are looked for. */
#include "packager/decide/elf_file.h"
#include "tests/unit/decide/decide_sample.h"

#include <errno.h>
#include <stdio.h>

#define LOADER "/lib64/ld-linux-x86-64.so.2"

static const struct elf_sample plain = { 0 };
static const struct elf_sample libc = { .soname = "libc.so.6" };

Test(decide_elf, glibc_program)
{
	static const struct elf_sample app = { .interp = LOADER,
		.needed = { "libz.so.1", "libc.so.6", "libgone.so" } };
	static const struct elf_sample libz = { .soname = "libz.so.1", .needed = { "libc.so.6" } };
	static const struct decide_file files[] = {
		{ { "usr/bin/app", 0755 }, &app },
		{ { "usr/lib/x86_64-linux-gnu/libc.so.6", 0644 }, &libc },
		{ { "usr/lib/x86_64-linux-gnu/libz.so.1.2", 0644 }, &libz },
		{ { "usr/lib/x86_64-linux-gnu/libz.so.1", 0, .link = "libz.so.1.2" } },
		{ { "usr/lib/x86_64-linux-gnu/libother.so", 0644 }, &plain },
		{ { "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", 0755 }, &plain },
		{ { "usr/lib64/ld-linux-x86-64.so.2", 0,
			.link = "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" } },
		{ { "lib", 0, .link = "usr/lib" } },
		{ { "lib64", 0, .link = "usr/lib64" } },
		{ { "etc/ld.so.cache", 0644, "cache" } },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/usr/bin/app", CLN_EXEC, NULL);
	case_decide(&c);
	expect_kept(&c,
		"/etc parent <- /etc/ld.so.cache\n"
		"/etc/ld.so.cache loader <- /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2\n"
		"/lib symlink <- /usr/bin/app\n"
		"/lib64 symlink <- /usr/bin/app\n"
		"/usr parent <- /usr/bin\n"
		"/usr/bin parent <- /usr/bin/app\n"
		"/usr/bin/app traced\n"
		"/usr/lib symlink <- /lib\n"
		"/usr/lib/x86_64-linux-gnu parent <- /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2\n"
		"/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 interpreter <- /usr/bin/app\n"
		"/usr/lib/x86_64-linux-gnu/libc.so.6 needed <- /usr/bin/app\n"
		"/usr/lib/x86_64-linux-gnu/libz.so.1 symlink <- /usr/bin/app\n"
		"/usr/lib/x86_64-linux-gnu/libz.so.1.2 needed <- /usr/bin/app\n"
		"/usr/lib64 parent <- /usr/lib64/ld-linux-x86-64.so.2\n"
		"/usr/lib64/ld-linux-x86-64.so.2 symlink <- /usr/bin/app\n");
	cr_expect(case_warned(&c, "/usr/bin/app needs libgone.so, which the image has not"));
	cr_expect_eq(c.keep->warning.count, 1);
	case_end(&c);
}

/* Every file stands in three folders; which one is kept shows where was searched. */
static void expect_library(const struct elf_sample *app, const char *const *env,
	const char *const *want, size_t want_count)
{
	const struct decide_file files[] = {
		{ { "opt/app/bin/app", 0755 }, app },
		{ { "opt/app/lib/libx.so", 0644 }, &plain },
		{ { "opt/app/lib/x86_64-linux-gnu/libx.so", 0644 }, &plain },
		{ { "opt/env/libx.so", 0644 }, &plain },
		{ { "opt/conf/libx.so", 0644 }, &plain },
		{ { "opt/more/libx.so", 0644 }, &plain },
		{ { "opt/lib64/libx.so", 0644 }, &plain },
		{ { "opt/only/lib/libx.so", 0644 }, &plain },
		{ { "opt/x86_64/libx.so", 0644 }, &plain },
		{ { "usr/lib/libx.so", 0644 }, &plain },
		{ { "etc/ld.so.conf.d/.hidden.conf", 0644, "/opt/env" } },
		{ { "etc/ld.so.conf", 0644, "# first\ninclude ld.so.conf.d/*.conf\n" } },
		{ { "etc/ld.so.conf.d/a.conf", 0644, "include /etc/ld.so.conf\n/opt/conf\n" } },
		{ { "etc/ld.so.conf.d/b.conf", 0644, "/opt/more" } },
		{ { "etc/ld.so.conf.d/c.off", 0644, "/opt/env" } },
	};
	struct decide_case c;
	size_t kept = 0;

	case_begin(&c, files, CLN_COUNT(files));
	if (env)
		c.image.env = env;
	case_use(&c, CLN_ROLE_MAIN, "/opt/app/bin/app", CLN_EXEC, NULL);
	case_decide(&c);
	for (uint32_t node = 0; node < c.tree->node_count; node++)
		kept += !strcmp(c.tree->node[node].name, "libx.so") && why_keeps(c.keep->why[node]);
	cr_expect_eq(kept, want_count, "%zu copies of libx.so kept, want %zu (%s)", kept,
		want_count, want[0]);
	for (size_t i = 0; i < want_count; i++)
		expect_why(&c, want[i], WHY_NEEDED);
	/* What names the folder is kept with it, and not otherwise. */
	expect_why(&c, "/etc/ld.so.conf.d/a.conf",
		strcmp(want[0], "/opt/conf/libx.so") ? WHY_UNUSED : WHY_LOADER);
	case_end(&c);
}

/* Patterns of an include may stand in any part of it, as glob(3) has them; a folder's name may
 * hold a blank (glibc elf/ldconfig.c, parse_conf). */
Test(decide_elf, includes_by_patterns)
{
	static const struct elf_sample app = { .needed = { "lib1.so", "lib2.so", "lib3.so",
						       "lib4.so", "lib5.so" } };
	static const struct decide_file files[] = {
		{ { "app", 0755 }, &app },
		{ { "etc/ld.so.conf", 0644,
			"include /etc/*.d/[xy]/*.conf\ninclude link/?.conf\ninclude ../opt/*/ld.conf\n"
			"include /none*/x /etc/*.d\n" } },
		{ { "etc/conf.d/x/1.conf", 0644, "/opt/a\n" } },
		{ { "etc/conf.d/y/2.conf", 0644, "/opt/a folder, with a comma  \n" } },
		{ { "etc/conf.d/z/3.conf", 0644, "/opt/never\n" } },
		{ { "etc/conf.d/.w/3.conf", 0644, "/opt/never\n" } },
		{ { "etc/link", 0, .link = "/usr/share/ld" } },
		{ { "usr/share/ld/c.conf", 0644, "/opt/c\n" } },
		{ { "opt/d/ld.conf", 0644, "/opt/d\n" } },
		{ { "opt/a/lib1.so", 0644 }, &plain },
		{ { "opt/a folder, with a comma/lib2.so", 0644 }, &plain },
		{ { "opt/c/lib3.so", 0644 }, &plain },
		{ { "opt/d/lib4.so", 0644 }, &plain },
		{ { "opt/never/lib5.so", 0644 }, &plain },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
	case_decide(&c);
	expect_why(&c, "/opt/a/lib1.so", WHY_NEEDED);
	expect_why(&c, "/opt/a folder, with a comma/lib2.so", WHY_NEEDED);
	expect_why(&c, "/opt/c/lib3.so", WHY_NEEDED);
	expect_why(&c, "/opt/d/lib4.so", WHY_NEEDED);
	expect_why(&c, "/opt/never/lib5.so", WHY_UNUSED);
	expect_why(&c, "/usr/share/ld/c.conf", WHY_LOADER);
	expect_why(&c, "/etc/link", WHY_SYMLINK);
	case_end(&c);
}

/* Folders in folders and files that include files: hostile depths are refused, not run into. */
Test(decide_elf, includes_too_deep)
{
	static char pattern[4000], path[4000];
	static const struct elf_sample app = { .needed = { "lib1.so" } };
	const struct decide_file files[] = {
		{ { "app", 0755 }, &app },
		{ { "etc/ld.so.conf", 0644, pattern } },
		{ { path, 0644, "/opt\n" } },
	};
	struct decide_case c;
	size_t at = 0, end = (size_t)sprintf(pattern, "include ");

	for (int depth = 0; depth < 1800; depth++) {
		at += (size_t)sprintf(path + at, "d/");
		end += (size_t)sprintf(pattern + end, "/*");
	}
	sprintf(path + at, "x");
	sprintf(pattern + end, "/*\n");
	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
	cr_expect_eq(keep_compute(&c.in, &c.keep, &c.err), -EFBIG);
	cr_expect(strstr(c.err.text, "/etc/ld.so.conf: its includes lead"), "%s", c.err.text);
	case_end(&c);
}

Test(decide_elf, search_order)
{
	static const char *const env[] = { "LD_LIBRARY_PATH=/opt/env", NULL };
	static const struct {
		struct elf_sample app;
		const char *const *env;
		const char *want[2];
	} cases[] = {
		{ { .needed = { "libx.so" } }, NULL, { "/opt/conf/libx.so" } },
		{ { .needed = { "libx.so" } }, env, { "/opt/env/libx.so" } },
		{ { .needed = { "libx.so" }, .rpath = "/opt/more" }, env, { "/opt/more/libx.so" } },
		{ { .needed = { "libx.so" }, .runpath = "/opt/more" }, env,
			{ "/opt/env/libx.so" } },
		{ { .needed = { "libx.so" }, .runpath = "/opt/more" }, NULL,
			{ "/opt/more/libx.so" } },
		/* with both tags DT_RPATH does not count */
		{ { .needed = { "libx.so" }, .rpath = "/usr/lib", .runpath = "/opt/more" }, NULL,
			{ "/opt/more/libx.so" } },
		{ { .needed = { "libx.so" }, .runpath = "$ORIGIN/../lib" }, NULL,
			{ "/opt/app/lib/libx.so" } },
		{ { .needed = { "libx.so" }, .runpath = "/none:${ORIGIN}/../lib" }, NULL,
			{ "/opt/app/lib/libx.so" } },
		{ { .needed = { "libx.so" }, .runpath = "/opt/app/$LIB" }, NULL,
			{ "/opt/app/lib/x86_64-linux-gnu/libx.so" } },
		/* other distributions' idea of it */
		{ { .needed = { "libx.so" }, .runpath = "/opt/$LIB" }, NULL,
			{ "/opt/lib64/libx.so" } },
		{ { .needed = { "libx.so" }, .runpath = "/opt/only/${LIB}" }, NULL,
			{ "/opt/only/lib/libx.so" } },
		{ { .needed = { "libx.so" }, .runpath = "/opt/$PLATFORM" }, NULL,
			{ "/opt/x86_64/libx.so" } },
		{ { .needed = { "libx.so" }, .runpath = "$ORIGINAL:relative" }, NULL,
			{ "/opt/conf/libx.so" } },
		{ { .needed = { "/usr/lib/libx.so" } }, NULL, { "/usr/lib/libx.so" } },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++)
		expect_library(&cases[i].app, cases[i].env, cases[i].want, 1);
}

/* DT_RPATH of a program counts for the libraries of its libraries; DT_RUNPATH does not, and
 * where a library has one itself nothing else counts. */
Test(decide_elf, rpath_is_inherited)
{
	static const struct elf_sample first = { .needed = { "libfirst.so" }, .rpath = "/opt/lib" };
	static const struct elf_sample second = { .needed = { "libfirst.so" },
		.runpath = "/opt/lib" };
	static const struct elf_sample library = { .needed = { "libdeep.so" } };
	static const struct elf_sample its_own = { .needed = { "libdeep.so" }, .runpath = "/none" };
	const struct {
		const struct elf_sample *app, *library;
		bool found;
	} cases[] = { { &first, &library, true }, { &second, &library, false },
		{ &first, &its_own, false } };

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		const struct decide_file files[] = {
			{ { "app", 0755 }, cases[i].app },
			{ { "opt/lib/libfirst.so", 0644 }, cases[i].library },
			{ { "opt/lib/libdeep.so", 0644 }, &plain },
		};
		struct decide_case c;

		case_begin(&c, files, CLN_COUNT(files));
		case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
		case_decide(&c);
		expect_why(&c, "/opt/lib/libdeep.so", cases[i].found ? WHY_NEEDED : WHY_UNUSED);
		cr_expect_eq(case_warned(&c, "libdeep.so"), !cases[i].found);
		case_end(&c);
	}
}

/* Libraries that stand in for others (DT_AUXILIARY, DT_FILTER) are loaded with them. */
Test(decide_elf, filters)
{
	static const struct elf_sample app = { .needed = { "libx.so" } };
	static const struct elf_sample x = { .auxiliary = "libfast.so", .filter = "libreal.so" };
	static const struct decide_file files[] = {
		{ { "app", 0755 }, &app },
		{ { "lib/libx.so", 0644 }, &x },
		{ { "lib/libfast.so", 0644 }, &plain },
		{ { "lib/libreal.so", 0644 }, &plain },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
	case_decide(&c);
	expect_why(&c, "/lib/libfast.so", WHY_NEEDED);
	expect_why(&c, "/lib/libreal.so", WHY_NEEDED);
	case_end(&c);
}

/* What start-up exported to main counts beside the image's own. */
Test(decide_elf, library_path_of_main)
{
	static const struct elf_sample app = { .needed = { "libx.so", "liby.so" } };
	static const struct decide_file files[] = {
		{ { "app", 0755 }, &app },
		{ { "opt/image/liby.so", 0644 }, &plain },
		{ { "opt/main/libx.so", 0644 }, &plain },
		{ { "lib/libx.so", 0644 }, &plain },
	};
	static const char *const env[] = { "LD_LIBRARY_PATH=/opt/image", NULL };
	static const struct cln_trace_env set = { .name = "LD_LIBRARY_PATH", .value = "/opt/main" };
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	c.image.env = env;
	cln_trace_set_env(c.trace, c.exec[CLN_ROLE_MAIN], &set, 1);
	case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
	case_decide(&c);
	expect_why(&c, "/opt/image/liby.so", WHY_NEEDED);
	expect_why(&c, "/opt/main/libx.so", WHY_NEEDED);
	expect_why(&c, "/lib/libx.so", WHY_UNUSED);
	case_end(&c);
}

/* A library that is loaded already answers to its DT_SONAME, wherever it lies. */
Test(decide_elf, loaded_already)
{
	static const struct elf_sample app = { .needed = { "libplug.so.1", "libnone.so" } };
	static const struct elf_sample plug = { .soname = "libplug.so.1" };
	static const struct decide_file files[] = {
		{ { "app", 0755 }, &app },
		{ { "opt/plugins/real.so", 0644 }, &plug },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
	case_use(&c, CLN_ROLE_MAIN, "/opt/plugins/real.so", CLN_MAP, NULL);
	case_decide(&c);
	cr_expect(case_warned(&c, "needs libnone.so, which the image has not"));
	cr_expect_eq(c.keep->warning.count, 1);
	case_end(&c);
}

/* Production's processor may be another one: every level stays, and the plain file. */
Test(decide_elf, hwcaps)
{
	static const struct elf_sample app = { .needed = { "libx.so" } };
	static const struct decide_file files[] = {
		{ { "app", 0755 }, &app },
		{ { "usr/lib/libx.so", 0644 }, &plain },
		{ { "usr/lib/glibc-hwcaps/x86-64-v3/libx.so", 0644 }, &plain },
		{ { "usr/lib/glibc-hwcaps/x86-64-v2/libx.so", 0644 }, &plain },
		{ { "usr/lib/glibc-hwcaps/x86-64-v2/liby.so", 0644 }, &plain },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
	case_decide(&c);
	expect_why(&c, "/usr/lib/libx.so", WHY_NEEDED);
	expect_why(&c, "/usr/lib/glibc-hwcaps/x86-64-v3/libx.so", WHY_NEEDED);
	expect_why(&c, "/usr/lib/glibc-hwcaps/x86-64-v2/libx.so", WHY_NEEDED);
	expect_why(&c, "/usr/lib/glibc-hwcaps/x86-64-v2/liby.so", WHY_UNUSED);
	case_end(&c);
}

/* A library for another machine is passed over; a program for one pulls nothing. */
Test(decide_elf, other_machines)
{
	static const struct elf_sample app = { .needed = { "libx.so" } };
	static const struct elf_sample arm = { .machine = EM_AARCH64, .needed = { "libarm.so" } };
	static const struct elf_sample small = { .small = true }, big = { .big_endian = true };
	static const struct decide_file files[] = {
		{ { "app", 0755 }, &app },
		{ { "data/tool-arm64", 0755 }, &arm },
		{ { "lib64/libx.so", 0644 }, &arm },
		{ { "usr/lib64/libx.so", 0644 }, &small },
		{ { "lib/libx.so", 0644 }, &big },
		{ { "usr/lib/libx.so", 0644 }, &plain },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
	case_use(&c, CLN_ROLE_MAIN, "/data/tool-arm64", CLN_READ, NULL);
	case_decide(&c);
	expect_why(&c, "/data/tool-arm64", WHY_TRACED);
	expect_why(&c, "/lib64/libx.so", WHY_UNUSED);
	expect_why(&c, "/usr/lib64/libx.so", WHY_UNUSED);
	expect_why(&c, "/lib/libx.so", WHY_UNUSED);
	expect_why(&c, "/usr/lib/libx.so", WHY_NEEDED);
	cr_expect_eq(c.keep->warning.count, 0);
	case_end(&c);
}

Test(decide_elf, unwinder_of_threads)
{
	static const struct elf_sample app = { .needed = { "libc.so.6" },
		.symbol = "pthread_exit" };
	static const struct decide_file files[] = {
		{ { "app", 0755 }, &app },
		{ { "lib/libc.so.6", 0644 }, &libc },
		{ { "lib/libgcc_s.so.1", 0644 }, &plain },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
	case_decide(&c);
	expect_why(&c, "/lib/libgcc_s.so.1", WHY_NEEDED);
	case_end(&c);
}

static int read_memory(const struct elf_bytes *bytes, uint64_t offset, void *data, size_t size,
	struct cln_err *err)
{
	(void)err;
	memcpy(data, (const char *)bytes->context + offset, size);
	return 0;
}

static void read_sample(
	const char *data, size_t size, struct cln_arena *arena, struct elf_facts *facts)
{
	struct elf_bytes bytes = { .read = read_memory, .context = data, .size_bytes = size };
	struct cln_err err = { 0 };

	cr_assert_eq(elf_read(&bytes, arena, facts, &err), 0);
}

Test(decide_elf, both_classes_and_byte_orders)
{
	for (int i = 0; i < 4; i++) {
		struct elf_sample sample = { .interp = "/lib/ld.so",
			.soname = "libme.so.1",
			.rpath = "/r",
			.needed = { "a.so", "b.so" },
			.small = i & 1,
			.big_endian = i & 2 };
		cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
		struct elf_facts facts;
		size_t size;
		cln_owned(cln_drop_mem) char *data = elf_sample_new(&sample, &size);

		read_sample(data, size, arena, &facts);
		cr_assert_null(facts.broken, "%s", facts.broken);
		cr_expect_str_eq(facts.interp, "/lib/ld.so");
		cr_expect_str_eq(facts.soname, "libme.so.1");
		cr_expect_str_eq(facts.rpath, "/r");
		cr_expect_eq(facts.needed_count, 2);
		cr_expect_str_eq(facts.needed[1], "b.so");
		cr_expect_eq(facts.machine, EM_X86_64);
	}
}

/* A file cut anywhere, or with any byte changed, is read or called broken. */
Test(decide_elf, hostile)
{
	static const struct elf_sample sample = {
		.interp = "/lib/ld.so", .needed = { "a.so", "b.so" }, .runpath = "$ORIGIN"
	};
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	struct elf_facts facts;
	size_t size, broken = 0;
	cln_owned(cln_drop_mem) char *data = elf_sample_new(&sample, &size);

	for (size_t cut = 0; cut < size; cut++) {
		cln_owned(cln_drop_mem) char *part = cln_memdup(data, cut + 1);

		read_sample(part, cut, arena, &facts);
		broken += facts.broken != NULL;
	}
	cr_expect_gt(broken, size / 2);
	for (size_t at = 0; at < size; at++)
		for (int bit = 0; bit < 8; bit++) {
			data[at] ^= (char)(1 << bit);
			read_sample(data, size, arena, &facts);
			data[at] ^= (char)(1 << bit);
		}
	read_sample(data, size, arena, &facts);
	cr_expect_null(facts.broken);
}
