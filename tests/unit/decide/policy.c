// SPDX-License-Identifier: Apache-2.0
/* No shell, no package manager, no device: whatever they are called. */
#include "packager/decide/policy_table.h"
#include "tests/unit/decide/decide_sample.h"

#define DASH "\177ELF dash ... sh: turning off NDELAY mode ... PS4=+ ..."

static const struct decide_file files[] = {
	{ { "usr/bin/dash", 0755, DASH } },
	{ { "usr/bin/sh", 0, .link = "dash" } },
	{ { "bin", 0, .link = "usr/bin" } },
	{ { "usr/bin/busybox", 0755, "\177ELF any" } },
	{ { "usr/bin/ls", 0, .same = "usr/bin/busybox" } },
	{ { "opt/tool", 0755, DASH " more" } },	 /* by its texts */
	{ { "opt/copy", 0755, "\177ELF any" } }, /* the very bytes of a shell */
	{ { "opt/zsh", 0755, "#!/bin/app\n" } }, /* a script of that name */
	{ { "opt/fish/data", 0644, "x" } },	 /* a folder of that name */
	{ { "usr/bin/apt-get", 0755, "\177ELFx" } },
	{ { "usr/share/apt-get", 0755, "text" } }, /* no program's folder */
	{ { "usr/bin/pip3.11", 0755, "#!/usr/bin/python3\n" } },
	{ { "usr/bin/bundle", 0755, "#!/usr/bin/ruby\n" } },
	{ { "dev/null", 0666, .type = NODE_CHAR } },
	{ { "dev/sda", 0660, .type = NODE_BLOCK } },
	{ { "srv/pipe", 0600, .type = NODE_FIFO } },
};

static void use_all(struct decide_case *c)
{
	char path[4096];

	for (uint32_t node = 1; node < c->tree->node_count; node++)
		if (!strstr(tree_path(c->tree, node, path), "bundle"))
			case_use(c, CLN_ROLE_MAIN, path, CLN_STAT, NULL);
}

Test(decide_policy, drops_even_what_was_traced)
{
	static const struct {
		const char *path;
		enum keep_why want;
	} cases[] = {
		{ "/usr/bin/dash", WHY_SHELL },
		{ "/usr/bin/sh", WHY_SHELL },
		{ "/usr/bin/busybox", WHY_SHELL },
		{ "/usr/bin/ls", WHY_SHELL },
		{ "/opt/tool", WHY_SHELL },
		{ "/opt/copy", WHY_SHELL },
		{ "/opt/zsh", WHY_TRACED },
		{ "/opt/fish/data", WHY_TRACED },
		{ "/usr/bin/apt-get", WHY_PACKAGE_MANAGER },
		{ "/usr/share/apt-get", WHY_TRACED },
		{ "/usr/bin/pip3.11", WHY_PACKAGE_MANAGER },
		{ "/usr/bin/bundle", WHY_PACKAGE_MANAGER },
		{ "/dev/null", WHY_DEVICE },
		{ "/dev/sda", WHY_DEVICE },
		{ "/srv/pipe", WHY_TRACED },
		{ "/bin", WHY_SYMLINK },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	use_all(&c);
	case_decide(&c);
	for (size_t i = 0; i < CLN_COUNT(cases); i++)
		expect_why(&c, cases[i].path, cases[i].want);
	case_end(&c);
}

Test(decide_policy, allowed)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	c.rules.allow_shell = c.rules.allow_package_manager = true;
	use_all(&c);
	case_decide(&c);
	expect_why(&c, "/usr/bin/dash", WHY_TRACED);
	expect_why(&c, "/usr/bin/sh", WHY_SYMLINK);
	expect_why(&c, "/opt/tool", WHY_TRACED);
	expect_why(&c, "/usr/bin/apt-get", WHY_TRACED);
	expect_why(&c, "/dev/null", WHY_DEVICE); /* never */
	expect_why(&c, "/usr/bin/bundle", WHY_UNUSED);
	case_end(&c);
}

/* `bundle exec` is how Ruby services are launched. */
Test(decide_policy, launcher_that_production_ran)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/bin/bundle", CLN_EXEC, "/usr/bin/bundle");
	case_decide(&c);
	expect_why(&c, "/usr/bin/bundle", WHY_TRACED);
	expect_why(&c, "/usr/bin/pip3.11", WHY_PACKAGE_MANAGER);
	case_end(&c);
}

Test(decide_policy, keep_does_not_override)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_rule(&c.rules.keep, "/bin/sh");
	case_decide(&c);
	expect_why(&c, "/usr/bin/sh", WHY_SHELL);
	cr_expect(case_warned(&c, "--keep /bin/sh: /usr/bin/sh is kept out: shell"));
	case_end(&c);
}

/* Nobody keeps what only a dropped file pulled. */
Test(decide_policy, a_dropped_shell_pulls_nothing)
{
	static const struct elf_sample dash = { .needed = { "libedit.so" } }, lib = { 0 };
	static const struct decide_file with_library[] = {
		{ { "usr/bin/dash", 0755 }, &dash },
		{ { "usr/lib/libedit.so", 0644 }, &lib },
	};
	struct decide_case c;

	case_begin(&c, with_library, CLN_COUNT(with_library));
	case_use(&c, CLN_ROLE_MAIN, "/usr/bin/dash", CLN_EXEC, NULL);
	case_decide(&c);
	expect_kept(&c, "");
	case_end(&c);
}

static bool is_sorted(const char *const *words, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (strcmp(words[i - 1], words[i]) >= 0)
			return false;
	return true;
}

Test(decide_policy, tables_are_sorted)
{
	cr_expect(is_sorted(policy_shells, CLN_COUNT(policy_shells)));
	cr_expect(is_sorted(policy_managers, CLN_COUNT(policy_managers)));
	cr_expect(is_sorted(policy_language_managers, CLN_COUNT(policy_language_managers)));
}
