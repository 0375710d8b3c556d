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

/* The PATH that main had, the image's, or the one that everybody assumes. */
Test(decide_keep, path_of_scripts)
{
	static const struct elf_sample program = { 0 };
	static const struct decide_file files[] = {
		{ { "app/run", 0755, "#!/usr/bin/env lang\n" } },
		{ { "app/whole", 0755, "#!/usr/bin/env /opt/whole/lang -x\n" } },
		{ { "app/none", 0755, "#!/no/such -x\n" } },
		{ { "app/nobody", 0755, "#!/usr/bin/env nobody\n" } },
		{ { "usr/bin/env", 0755 }, &program },
		{ { "usr/local/bin/lang", 0755 }, &program },
		{ { "opt/image/lang", 0755 }, &program },
		{ { "opt/main/lang", 0755 }, &program },
		{ { "opt/whole/lang", 0755 }, &program },
	};
	static const char *const env[] = { "PATH=/opt/image:/usr/local/bin", NULL };
	static const struct cln_trace_env set = { .name = "PATH", .value = "/opt/main:/opt/image" };
	static const char *const lang[] = { "/usr/local/bin/lang", "/opt/image/lang",
		"/opt/main/lang" };

	for (size_t i = 0; i < CLN_COUNT(lang); i++) {
		struct decide_case c;

		case_begin(&c, files, CLN_COUNT(files));
		if (i >= 1)
			c.image.env = env;
		if (i >= 2)
			cln_trace_set_env(c.trace, c.exec[CLN_ROLE_MAIN], &set, 1);
		case_use(&c, CLN_ROLE_MAIN, "/app/run", CLN_READ, NULL);
		case_use(&c, CLN_ROLE_MAIN, "/app/whole", CLN_READ, NULL);
		case_use(&c, CLN_ROLE_MAIN, "/app/none", CLN_READ, NULL);
		case_use(&c, CLN_ROLE_MAIN, "/app/nobody", CLN_READ, NULL);
		case_decide(&c);
		for (size_t k = 0; k < CLN_COUNT(lang); k++)
			expect_why(&c, lang[k], k == i ? WHY_SHEBANG : WHY_UNUSED);
		expect_why(&c, "/opt/whole/lang", WHY_SHEBANG);
		cr_expect(
			case_warned(&c, "/app/none: its interpreter /no/such is not in the image"));
		cr_expect(
			case_warned(&c, "/app/nobody: its interpreter nobody is not in the image"));
		case_end(&c);
	}
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

/* Files by which scanners tell the distribution stay though nobody used them. */
Test(decide_keep, identity_of_every_distribution)
{
	static const char *const paths[] = { "/etc/os-release", "/etc/debian_version",
		"/etc/lsb-release", "/etc/alpine-release", "/etc/redhat-release",
		"/etc/system-release", "/etc/system-release-cpe" };
	struct decide_file files[CLN_COUNT(paths)] = { 0 };
	struct decide_case c;

	for (size_t i = 0; i < CLN_COUNT(paths); i++)
		files[i].sample = (struct sample){ paths[i] + 1, 0644, "x" };
	case_begin(&c, files, CLN_COUNT(files));
	case_decide(&c);
	for (size_t i = 0; i < CLN_COUNT(paths); i++)
		expect_why(&c, paths[i], WHY_IDENTITY);
	case_end(&c);
}

Test(decide_keep, licences_elsewhere)
{
	static const struct decide_file files[] = {
		{ { "usr/bin/app", 0755, "app" } },
		{ { "usr/share/licenses/app/COPYING", 0644, "licence" } },
		{ { "usr/share/licenses/other/COPYING", 0644, "licence" } },
	};
	static const enum package_kind kinds[] = { PACKAGE_RPM, PACKAGE_APK };

	for (size_t i = 0; i < CLN_COUNT(kinds); i++) {
		struct decide_case c;

		case_begin(&c, files, CLN_COUNT(files));
		case_package(&c,
			(struct package){ .kind = kinds[i], .name = "app", .where = TREE_NONE },
			(const char *const[]){ "/usr/bin/app", NULL });
		case_use(&c, CLN_ROLE_MAIN, "/usr/bin/app", CLN_EXEC, NULL);
		case_decide(&c);
		expect_why(&c, "/usr/share/licenses/app/COPYING", WHY_LICENCE);
		expect_why(&c, "/usr/share/licenses/other/COPYING", WHY_UNUSED);
		case_end(&c);
	}
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

/* Every kind of private key, wherever it stands in its file; a certificate is none, nor is a
 * program that speaks of keys. Only of what is kept. */
Test(decide_keep, private_keys_are_told)
{
	static const struct decide_file files[] = {
		{ { "etc/ssl/a.key", 0600, "-----BEGIN PRIVATE KEY-----\nMII\n" } },
		{ { "etc/ssl/b.pem", 0600,
			"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"
			"-----BEGIN EC PRIVATE KEY-----\r\nMII\n" } },
		{ { "etc/ssl/c.txt", 0600,
			"Bag Attributes\n    x\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n" } },
		{ { "root/.ssh/id_rsa", 0600, "-----BEGIN OPENSSH PRIVATE KEY-----\nb3\n" } },
		{ { "root/.ssh/id.ppk", 0600, "PuTTY-User-Key-File-3: ssh-ed25519\n" } },
		{ { "etc/pgp.asc", 0600, "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nx\n" } },
		{ { "etc/ssl/cert.pem", 0644, "-----BEGIN CERTIFICATE-----\nMII\n" } },
		{ { "etc/ssl/public.pem", 0644, "-----BEGIN PUBLIC KEY-----\nMII\n" } },
		{ { "srv/keys.py", 0644, "KEY = '-----BEGIN PRIVATE KEY-----'\n" } },
		{ { "srv/text", 0644, "-----BEGIN\n" } },
		{ { "srv/unused.key", 0600, "-----BEGIN PRIVATE KEY-----\nMII\n" } },
	};
	struct decide_case c;
	char want[128];

	case_begin(&c, files, CLN_COUNT(files));
	for (size_t i = 0; i + 1 < CLN_COUNT(files); i++) {
		snprintf(want, sizeof(want), "/%s", files[i].sample.path);
		case_use(&c, CLN_ROLE_MAIN, want, CLN_READ, NULL);
	}
	case_decide(&c);
	for (size_t i = 0; i < CLN_COUNT(files); i++) {
		snprintf(want, sizeof(want), "/%s holds a private key", files[i].sample.path);
		cr_expect_eq(case_warned(&c, want), i < 6, "%s", want);
	}
	cr_expect_eq(c.keep->warning.count, 6);
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
