// SPDX-License-Identifier: Apache-2.0
/* What the trace alone keeps: roles, symlinks, what is missing or made by the run. */
#include "tests/unit/decide/decide_sample.h"

static const struct decide_file files[] = {
	{ { "usr/bin/app", 0755, "app" } },
	{ { "usr/bin/setup", 0755, "setup" } },
	{ { "usr/lib/data-1", 0644, "1" } },
	{ { "usr/lib/data", 0, .link = "data-1" } },
	{ { "bin", 0, .link = "usr/bin" } },
	{ { "lib", 0, .link = "usr/lib" } },
	{ { "run/", 0755 } },
	{ { "var/run", 0, .link = "/run" } },
	{ { "etc/app/", 0700 } },
	{ { "etc/app/a.conf", 0644, "a" } },
	{ { "etc/app/b.conf", 0644, "b" } },
	{ { "srv/deep/er/", 0755 } },
	{ { "srv/one", 0644, "same bytes" } },
	{ { "srv/two", 0, .same = "srv/one" } },
};

Test(decide_trace, roles)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/bin/app", CLN_EXEC, "/usr/bin/app");
	case_use(&c, CLN_ROLE_ENTRY, "/bin/setup", CLN_EXEC, "/usr/bin/setup");
	case_use(&c, CLN_ROLE_STARTUP, "/etc/app/a.conf", CLN_READ, NULL);
	case_use(&c, CLN_ROLE_HOST, "/etc/app/b.conf", CLN_READ, NULL);
	case_use(&c, CLN_ROLE_SERVICE, "/srv/deep/er", CLN_CHDIR, NULL);
	case_use(&c, CLN_ROLE_INJECTED, "/srv/two", CLN_STAT, NULL);
	case_decide(&c);
	expect_kept(&c, "/bin symlink <- /usr/bin/app\n"
			"/srv parent <- /srv/two\n"
			"/srv/deep parent <- /srv/deep/er\n"
			"/srv/deep/er traced\n"
			"/srv/two traced\n"
			"/usr parent <- /usr/bin\n"
			"/usr/bin parent <- /usr/bin/app\n"
			"/usr/bin/app traced\n");
	expect_why(&c, "/usr/bin/setup", WHY_STARTUP_ONLY);
	expect_why(&c, "/etc/app/a.conf", WHY_STARTUP_ONLY);
	expect_why(&c, "/etc/app/b.conf", WHY_UNUSED);
	expect_why(&c, "/srv/one", WHY_UNUSED); /* only the name that was used */
	case_end(&c);
}

Test(decide_trace, unknown_programs_count_as_production)
{
	struct cln_trace_use use = { .exec = CLN_TRACE_NONE, .access = CLN_READ };
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	cln_trace_add_file(c.trace, c.in.root, "/etc/app/a.conf", NULL, &use);
	case_decide(&c);
	expect_why(&c, "/etc/app/a.conf", WHY_TRACED);
	case_end(&c);
}

Test(decide_trace, used_by_both)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_STARTUP, "/etc/app/a.conf", CLN_READ, NULL);
	case_use(&c, CLN_ROLE_MAIN, "/etc/app/a.conf", CLN_READ, NULL);
	case_decide(&c);
	expect_why(&c, "/etc/app/a.conf", WHY_TRACED);
	case_end(&c);
}

Test(decide_trace, symlinks_to_the_last_target)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/lib/data", CLN_READ, "/usr/lib/data-1");
	case_decide(&c);
	expect_kept(&c, "/lib symlink <- /usr/lib/data-1\n"
			"/usr parent <- /usr/lib\n"
			"/usr/lib parent <- /usr/lib/data-1\n"
			"/usr/lib/data symlink <- /usr/lib/data-1\n"
			"/usr/lib/data-1 traced\n");
	case_end(&c);
}

/* A symlink that was only read must not dangle in production. */
Test(decide_trace, readlink_keeps_its_target)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/usr/lib/data", CLN_READLINK, NULL);
	case_decide(&c);
	expect_why(&c, "/usr/lib/data", WHY_SYMLINK);
	expect_why(&c, "/usr/lib/data-1", WHY_TRACED);
	case_end(&c);
}

Test(decide_trace, made_by_the_run)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	/* Its way must be there: the symlink and the folder that it leads to. */
	case_use(&c, CLN_ROLE_MAIN, "/var/run/app.pid", CLN_CREATE | CLN_WRITE, "/run/app.pid");
	case_use(&c, CLN_ROLE_STARTUP, "/etc/app/made", CLN_CREATE | CLN_WRITE, NULL);
	case_decide(&c);
	expect_kept(&c, "/run traced\n"
			"/var parent <- /var/run\n"
			"/var/run symlink <- /run\n");
	case_end(&c);
}

Test(decide_trace, missing_keeps_nothing)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/etc/app/c.conf", CLN_READ | CLN_MISSING, NULL);
	case_use(&c, CLN_ROLE_MAIN, "/var/run/x", CLN_STAT | CLN_MISSING, NULL);
	case_decide(&c);
	expect_kept(&c, "");
	case_end(&c);
}

/* What start-up took away is not in production's way again. */
Test(decide_trace, removed_by_startup)
{
	struct decide_case c;
	struct cln_trace_result gone = { .type = 0 };
	struct cln_trace_use use;

	case_begin(&c, files, CLN_COUNT(files));
	use = (struct cln_trace_use){ .exec = c.exec[CLN_ROLE_STARTUP], .access = CLN_DELETE };
	cln_trace_set_result(c.trace,
		cln_trace_add_file(c.trace, c.in.root, "/etc/app/b.conf", NULL, &use), &gone);
	case_use(&c, CLN_ROLE_MAIN, "/etc/app", CLN_LIST, NULL);
	c.rules.listed = "all";
	case_decide(&c);
	expect_why(&c, "/etc/app/a.conf", WHY_LISTED);
	expect_why(&c, "/etc/app/b.conf", WHY_STARTUP_ONLY);
	case_end(&c);
}

Test(decide_trace, listed)
{
	static const struct {
		const char *listed;
		enum keep_why want;
		size_t left_out;
	} cases[] = {
		{ "none", WHY_LISTED_OUT, 1 },
		{ "small", WHY_LISTED, 0 },
		{ NULL, WHY_LISTED, 0 },
		{ "all", WHY_LISTED, 0 },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct decide_case c;

		case_begin(&c, files, CLN_COUNT(files));
		c.rules.listed = cases[i].listed;
		case_use(&c, CLN_ROLE_MAIN, "/etc/app", CLN_LIST, NULL);
		case_use(&c, CLN_ROLE_MAIN, "/etc/app/a.conf", CLN_READ, NULL);
		case_decide(&c);
		expect_why(&c, "/etc/app/a.conf", WHY_TRACED);
		expect_why(&c, "/etc/app/b.conf", cases[i].want);
		cr_expect_eq(c.keep->left_out.count, cases[i].left_out);
		if (cases[i].left_out)
			cr_expect_str_eq(
				c.keep->left_out.item[0], "/etc/app: 1 of 2 names left out");
		case_end(&c);
	}
}

/* An empty folder in place of a full one is worse than none. */
Test(decide_trace, listed_folders_are_left_out)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	c.rules.listed = "all";
	case_use(&c, CLN_ROLE_MAIN, "/srv", CLN_LIST, NULL);
	case_decide(&c);
	expect_why(&c, "/srv/one", WHY_LISTED);
	expect_why(&c, "/srv/deep", WHY_LISTED_OUT);
	case_end(&c);
}

/* What start-up listed production does not see shorter. */
Test(decide_trace, listed_by_startup_alone)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	c.rules.listed = "all";
	case_use(&c, CLN_ROLE_STARTUP, "/etc/app", CLN_LIST, NULL);
	case_use(&c, CLN_ROLE_MAIN, "/etc/app/a.conf", CLN_READ, NULL);
	case_decide(&c);
	expect_why(&c, "/etc/app/b.conf", WHY_UNUSED);
	cr_expect_eq(c.keep->left_out.count, 0);
	case_end(&c);
}

/* What small means: 64 names and 64 KiB. */
Test(decide_trace, small)
{
	static const struct {
		size_t names, bytes; /* of the first */
		enum keep_why want;
	} cases[] = {
		{ 64, 1, WHY_LISTED },
		{ 65, 1, WHY_LISTED_OUT },
		{ 2, 65535, WHY_LISTED },
		{ 2, 65536, WHY_LISTED_OUT },
	};
	static char bytes[65537];

	memset(bytes, 'x', sizeof(bytes) - 1);
	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct decide_file folder[65] = { 0 };
		char name[65][24];
		struct decide_case c;

		for (size_t k = 0; k < cases[i].names; k++) {
			snprintf(name[k], sizeof(name[k]), "d/%02zu", k);
			folder[k].sample = (struct sample){ name[k], 0644, bytes,
				.size = k ? 1 : cases[i].bytes };
		}
		case_begin(&c, folder, cases[i].names);
		c.rules.listed = "small";
		case_use(&c, CLN_ROLE_MAIN, "/d", CLN_LIST, NULL);
		case_decide(&c);
		expect_why(&c, "/d/01", cases[i].want);
		case_end(&c);
	}
}

/* Programs that somebody only asked about because a listing named them. */
Test(decide_trace, glanced_at)
{
	static const struct {
		const char *listed;
		uint32_t access;
		bool in_listed;
		enum keep_why want;
	} cases[] = {
		{ "small", CLN_STAT, true, WHY_LISTED_OUT },
		{ "small", CLN_STAT, false, WHY_TRACED },
		{ "small", CLN_STAT | CLN_READ, true, WHY_TRACED },
		{ "small", CLN_EXEC, true, WHY_TRACED },
		{ "all", CLN_STAT, true, WHY_TRACED },
	};
	static char big[70000];
	static const struct decide_file folder[] = {
		{ { "bin/tool", 0755, "tool" } },
		{ { "bin/big", 0755, big } },
	};

	memset(big, 'x', sizeof(big) - 1);
	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct decide_case c;

		case_begin(&c, folder, CLN_COUNT(folder));
		c.rules.listed = cases[i].listed;
		if (cases[i].in_listed)
			case_use(&c, CLN_ROLE_MAIN, "/bin", CLN_LIST, NULL);
		case_use(&c, CLN_ROLE_MAIN, "/bin/tool", cases[i].access, NULL);
		case_decide(&c);
		expect_why(&c, "/bin/tool", cases[i].want);
		case_end(&c);
	}
}

/* The folder that became its root is unknown: a person is told. */
Test(decide_trace, chroot)
{
	struct cln_trace_root chroot = {
		.kind = "container", .platform = "linux/amd64", .recognised = "chroot", .cgroup = ""
	};
	struct cln_trace_use use = { .exec = CLN_TRACE_NONE, .access = CLN_READ };
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	cln_trace_add_file(
		c.trace, cln_trace_add_root(c.trace, &chroot), "/etc/app/a.conf", NULL, &use);
	cln_trace_settle(c.trace);
	for (uint32_t i = 0; i < c.trace->root_count; i++)
		if (strcmp(c.trace->root[i].recognised, "chroot") != 0)
			c.in.root = i;
	case_decide(&c);
	expect_kept(&c, "");
	cr_expect(case_warned(&c, "1 paths inside a chroot"));
	case_end(&c);
}

Test(decide_trace, other_roots_do_not_count)
{
	struct cln_trace_root host = {
		.kind = "host", .platform = "linux/amd64", .recognised = "initial", .cgroup = ""
	};
	struct cln_trace_use use = { .exec = CLN_TRACE_NONE, .access = CLN_READ };
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	cln_trace_add_file(
		c.trace, cln_trace_add_root(c.trace, &host), "/etc/app/a.conf", NULL, &use);
	cln_trace_settle(c.trace);
	for (uint32_t i = 0; i < c.trace->root_count; i++)
		if (!strcmp(c.trace->root[i].kind, "container"))
			c.in.root = i;
	case_decide(&c);
	expect_kept(&c, "");
	case_end(&c);
}
