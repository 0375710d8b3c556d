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

/* A name of a hostile image moves no cursor and forges no line. */
Test(decide_explain, hostile_names)
{
	static const struct decide_file hostile[] = {
		{ { "srv/a\x1b[31m\nb: kept: traced", 0644, "x" } },
	};
	struct decide_case c;

	case_begin(&c, hostile, CLN_COUNT(hostile));
	case_use(&c, CLN_ROLE_MAIN, "/srv/a\x1b[31m\nb: kept: traced", CLN_READ,
		"/\xc2\x9b"
		"1m");
	case_decide(&c);
	expect_text(&c, "/srv/a\x1b[31m\nb: kept: traced",
		"/srv/a\\x1b[31m\\x0ab: kept: traced: kept: traced\n"
		"  the trace saw /srv/a\\x1b[31m\\x0ab: kept: traced (led to /\\x9b1m) used:\n"
		"    /program/main (main): read\n");
	expect_text(&c, "/none\t", "/none\\x09: not in the image: nothing of that name below /\n");
	case_end(&c);
}

/* One line at least for every reason that there is. */
Test(decide_explain, every_reason)
{
	static const struct decide_file all[] = {
		{ { "usr/bin/app", 0755 }, &plain },
		{ { "usr/bin/apt-get", 0755 }, &plain },
		{ { "usr/bin/tool", 0755 }, &plain },
		{ { "usr/share/app/data", 0644, "x" } },
		{ { "usr/share/doc/app/copyright", 0644, "x" } },
		{ { "srv/run", 0755, "#!/opt/lang\n" } },
		{ { "opt/lang", 0755 }, &plain },
		{ { "srv/list/a", 0644, "x" } },
		{ { "srv/list/b", 0644, "x" } },
		{ { "srv/a.py", 0644, "x" } },
		{ { "srv/a.pyc", 0644, "x" } },
		{ { "etc/passwd", 0644, "x" } },
		{ { "etc/group", 0644, "x" } },
		{ { "etc/os-release", 0644, "x" } },
		{ { "dev/null", 0666, .type = NODE_CHAR } },
	};
	static const char *const owned[] = { "/usr/bin/app", "/usr/share/app/data", NULL };
	static const struct keep_demand demand = { "/usr/bin/tool", "run step: /usr/bin/tool",
		true };
	static const struct {
		const char *path, *want;
	} cases[] = {
		{ "/usr/share/app/data", "kept: rule-package\n  its package app is kept whole\n" },
		{ "/usr/share/doc/app/copyright",
			"kept: licence\n  the licence of the package of /usr/bin/app\n" },
		{ "/opt/lang", "kept: shebang\n  the interpreter of /srv/run\n" },
		{ "/srv/a.pyc", "kept: byte-code\n  byte code or source of /srv/a.py\n" },
		{ "/srv", "kept: parent\n  holds /srv/" },
		{ "/etc/group",
			"kept: name-service\n  the trace shows that the service is in use\n" },
		{ "/etc/os-release",
			"kept: identity\n  says to scanners which distribution this is\n" },
		{ "/usr/bin/tool", "kept: demand\n  run step: /usr/bin/tool\n" },
		{ "/srv/list/b",
			"dropped: listed-out\n  its directory was listed, it was not used (--listed all keeps it)\n" },
		{ "/usr/bin/apt-get",
			"dropped: package-manager\n  production installs nothing (--allow-package-manager keeps it)\n" },
		{ "/dev/null",
			"dropped: device\n  devices are the runtime's, never the image's\n" },
	};
	struct decide_case c;

	case_begin(&c, all, CLN_COUNT(all));
	case_package(&c, (struct package){ .kind = PACKAGE_DEB, .name = "app", .where = TREE_NONE },
		owned);
	c.rules.package_granularity = true;
	c.in.demand = &demand;
	c.in.demand_count = 1;
	for (const char *const *path = (const char *const[]){ "/usr/bin/app", "/usr/bin/apt-get",
		     "/srv/run", "/srv/list/a", "/srv/a.py", "/etc/passwd", "/dev/null", NULL };
		*path; path++)
		case_use(&c, CLN_ROLE_MAIN, *path, CLN_READ, NULL);
	case_use(&c, CLN_ROLE_MAIN, "/srv/list", CLN_LIST, NULL);
	case_decide(&c);
	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(cln_drop_mem) char *got = keep_explain_new(&c.in, c.keep, cases[i].path);

		cr_expect(strstr(got, cases[i].want), "got:\n%swant:\n%s", got, cases[i].want);
	}
	case_end(&c);
}
