// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/decide/decide_sample.h"

static const struct elf_sample app = { .needed = { "liba.so" } };
static const struct elf_sample liba = { .needed = { "libb.so" } };
static const struct elf_sample plain = { 0 };
static const struct decide_file files[] = {
	{ { "usr/bin/app", 0755 }, &app },
	{ { "usr/lib/liba.so", 0644 }, &liba },
	{ { "usr/lib/libb.so", 0644 }, &plain },
	{ { "lib", 0, .link = "usr/lib" } },
	{ { "usr/bin/sh", 0755 }, &plain },
	{ { "srv/unused", 0644, "x" } },
	{ { "srv/dropped", 0644, "x" } },
	{ { "srv/kept", 0644, "x" } },
	{ { "srv/setup", 0644, "x" } },
};

static void expect_text(const struct decide_case *c, const char *path, const char *want)
{
	cln_owned(cln_drop_mem) char *got = keep_explain_new(&c->in, c->keep, path);

	cr_expect_str_eq(got, want, "got:\n%swant:\n%s", got, want);
}

Test(decide_explain, every_answer)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_rule(&c.rules.keep, "/srv/kept");
	case_rule(&c.rules.drop, "/srv/dropped");
	case_use(&c, CLN_ROLE_MAIN, "/usr/bin/app", CLN_EXEC | CLN_MAP, NULL);
	case_use(&c, CLN_ROLE_STARTUP, "/srv/setup", CLN_READ, NULL);
	case_use(&c, CLN_ROLE_SERVICE, "/srv/dropped", CLN_READ, NULL);
	case_use(&c, CLN_ROLE_MAIN, "/srv/nowhere", CLN_STAT | CLN_MISSING, NULL);
	case_decide(&c);
	expect_text(&c, "/usr/bin/app",
		"/usr/bin/app: kept: traced\n"
		"  the trace saw /usr/bin/app used:\n"
		"    /program/main (main): exec, map\n");
	expect_text(&c, "/usr/lib/libb.so",
		"/usr/lib/libb.so: kept: needed\n"
		"  a library that is needed by /usr/lib/liba.so\n"
		"  a library that is needed by /usr/bin/app\n"
		"  the trace saw /usr/bin/app used:\n"
		"    /program/main (main): exec, map\n");
	expect_text(&c, "/srv/unused",
		"/srv/unused: dropped: unused\n"
		"  nothing asked for it (--keep keeps it)\n");
	expect_text(&c, "/srv/kept", "/srv/kept: kept: rule-keep\n  --keep /srv/kept\n");
	expect_text(&c, "/srv/dropped",
		"/srv/dropped: dropped: rule-drop\n"
		"  --drop /srv/dropped\n"
		"  the trace saw /srv/dropped used:\n"
		"    /program/service (service): read\n");
	expect_text(&c, "/srv/setup",
		"/srv/setup: dropped: startup-only\n"
		"  only start-up used it, which the init replaces\n"
		"  the trace saw /srv/setup used:\n"
		"    /program/startup (startup): read\n");
	expect_text(&c, "/usr/bin/sh",
		"/usr/bin/sh: dropped: shell\n"
		"  production has no shell (--allow-shell keeps it)\n");
	expect_text(&c, "/srv/nowhere",
		"/srv/nowhere: not in the image: nothing of that name below /srv\n"
		"  the trace saw /srv/nowhere used:\n"
		"    /program/main (main): stat, missing\n");
	expect_text(&c, "usr", "usr: not an absolute path\n");
	case_end(&c);
}

/* The symlink on the way is explained beside what it leads to. */
Test(decide_explain, symlinks)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/lib/libb.so", CLN_READ, "/usr/lib/libb.so");
	case_decide(&c);
	expect_text(&c, "/lib/libb.so",
		"/lib: kept: symlink\n"
		"  on the way of /usr/lib/libb.so\n"
		"  the trace saw /lib/libb.so (led to /usr/lib/libb.so) used:\n"
		"    /program/main (main): read\n"
		"/usr/lib/libb.so: kept: traced\n"
		"  the trace saw /lib/libb.so (led to /usr/lib/libb.so) used:\n"
		"    /program/main (main): read\n");
	case_end(&c);
}
