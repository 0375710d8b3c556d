// SPDX-License-Identifier: Apache-2.0
/* Scripts, packages and the names of reasons. */
#include "tests/unit/decide/decide_sample.h"

Test(decide_keep, names)
{
	for (int why = 0; why < WHY_COUNT; why++) {
		cr_assert_not_null(why_name((enum keep_why)why));
		for (int other = 0; other < why; other++)
			cr_expect_str_neq(
				why_name((enum keep_why)why), why_name((enum keep_why)other));
	}
	cr_expect(!why_keeps(WHY_UNDER_MOUNT));
	cr_expect(why_keeps(WHY_TRACED));
}

Test(decide_keep, scripts)
{
	static const struct elf_sample program = { 0 }, shell = { .soname = "sh" };
	static const struct decide_file files[] = {
		{ { "app/run", 0755, "#! /app/stage -x\ntext" } },
		{ { "app/stage", 0755, "#!/usr/bin/env -S LANG=C lang -u\n" } },
		{ { "app/module", 0644, "#!/usr/bin/other\n" } }, /* not executable: a module */
		{ { "app/shell", 0755, "#!/bin/sh\n" } },
		{ { "app/odd", 0755, "#!" } },
		{ { "usr/bin/env", 0755 }, &program },
		{ { "opt/bin/lang3", 0755 }, &program },
		{ { "opt/bin/lang", 0, .link = "lang3" } },
		{ { "usr/bin/other", 0755 }, &program },
		{ { "bin/sh", 0755 }, &shell },
	};
	static const char *const env[] = { "PATH=/sbin:/opt/bin:/usr/bin", NULL };
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	c.image.env = env;
	case_use(&c, CLN_ROLE_MAIN, "/app/run", CLN_EXEC, NULL);
	case_use(&c, CLN_ROLE_MAIN, "/app/module", CLN_READ, NULL);
	case_use(&c, CLN_ROLE_MAIN, "/app/shell", CLN_READ, NULL);
	case_use(&c, CLN_ROLE_MAIN, "/app/odd", CLN_READ, NULL);
	case_decide(&c);
	expect_why(&c, "/app/stage", WHY_SHEBANG);
	expect_why(&c, "/usr/bin/env", WHY_SHEBANG);
	expect_why(&c, "/opt/bin/lang", WHY_SYMLINK);
	expect_why(&c, "/opt/bin/lang3", WHY_SHEBANG);
	expect_why(&c, "/usr/bin/other", WHY_UNUSED);
	expect_why(&c, "/bin/sh", WHY_SHELL);
	cr_expect(case_warned(&c, "/app/shell: its interpreter /bin/sh is kept out: shell"));
	case_end(&c);
}

static const struct decide_file package_files[] = {
	{ { "usr/bin/app", 0755, "app" } },
	{ { "usr/share/app/data", 0644, "data" } },
	{ { "usr/share/doc/app", 0, .link = "app-common" } },
	{ { "usr/share/doc/app-common/copyright", 0644, "licence" } },
	{ { "usr/share/doc/unused/copyright", 0644, "licence" } },
	{ { "usr/share/unused", 0644, "data" } },
	{ { "usr/lib/os-release", 0644, "ID=debian\n" } },
	{ { "etc/os-release", 0, .link = "../usr/lib/os-release" } },
};
static const char *const app_paths[] = { "/usr/bin/app", "/usr/share/app/data", NULL };
static const char *const unused_paths[] = { "/usr/share/unused", "/usr/lib/os-release", NULL };

static void package_case(struct decide_case *c)
{
	case_begin(c, package_files, CLN_COUNT(package_files));
	case_package(c, (struct package){ .kind = PACKAGE_DEB, .name = "app", .where = TREE_NONE },
		app_paths);
	case_package(c,
		(struct package){ .kind = PACKAGE_DEB, .name = "unused", .where = TREE_NONE },
		unused_paths);
	case_use(c, CLN_ROLE_MAIN, "/usr/bin/app", CLN_EXEC, NULL);
}

Test(decide_keep, licences_and_identity)
{
	struct decide_case c;

	package_case(&c);
	case_decide(&c);
	expect_kept(&c, "/etc parent <- /etc/os-release\n"
			"/etc/os-release symlink <- /usr/lib/os-release\n"
			"/usr parent <- /usr/bin\n"
			"/usr/bin parent <- /usr/bin/app\n"
			"/usr/bin/app traced\n"
			"/usr/lib parent <- /usr/lib/os-release\n"
			"/usr/lib/os-release identity\n"
			"/usr/share parent <- /usr/share/doc\n"
			"/usr/share/doc parent <- /usr/share/doc/app\n"
			"/usr/share/doc/app symlink <- /usr/bin/app\n"
			"/usr/share/doc/app-common parent <- /usr/share/doc/app-common/copyright\n"
			"/usr/share/doc/app-common/copyright licence <- /usr/bin/app\n");
	case_end(&c);
}

Test(decide_keep, granularity_package)
{
	struct decide_case c;

	package_case(&c);
	c.rules.package_granularity = true;
	case_decide(&c);
	expect_why(&c, "/usr/share/app/data", WHY_RULE_PACKAGE);
	expect_why(&c, "/usr/share/unused", WHY_UNUSED); /* os-release alone is no use of it */
	cr_expect_eq(c.keep->via[tree_lookup(c.tree, "/usr/share/app/data")], 0);
	case_end(&c);
}

Test(decide_keep, keep_package)
{
	struct decide_case c;

	package_case(&c);
	case_rule(&c.rules.keep_package, "unused");
	case_rule(&c.rules.keep_package, "none-such");
	case_decide(&c);
	expect_why(&c, "/usr/share/unused", WHY_RULE_PACKAGE);
	expect_why(&c, "/usr/share/doc/unused/copyright", WHY_LICENCE);
	cr_expect(case_warned(&c, "--keep-package none-such matches nothing"));
	case_end(&c);
}

Test(decide_keep, demands)
{
	static const struct elf_sample program = { .needed = { "libx.so" } }, library = { 0 };
	static const struct decide_file files[] = {
		{ { "usr/bin/initdb", 0755 }, &program },
		{ { "usr/lib/libx.so", 0644 }, &library },
	};
	static const struct keep_demand demands[] = {
		{ "/usr/bin/initdb", "run step: /usr/bin/initdb", true },
		{ "/none", "template", false },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	c.in.demand = demands;
	c.in.demand_count = CLN_COUNT(demands);
	case_use(&c, CLN_ROLE_STARTUP, "/usr/bin/initdb", CLN_EXEC, NULL);
	case_decide(&c);
	expect_why(&c, "/usr/bin/initdb", WHY_DEMAND);
	expect_why(&c, "/usr/lib/libx.so", WHY_NEEDED);
	cr_expect(case_warned(&c, "template: /none is not in the image"));
	case_end(&c);
}
