// SPDX-License-Identifier: Apache-2.0
/* ELF closures where the C library is musl, or where there are two. */
#include "tests/unit/decide/decide_sample.h"

static const struct elf_sample plain = { 0 };
static const struct elf_sample libc = { .soname = "libc.so.6" };

Test(decide_elf, musl)
{
	static const struct elf_sample app = { .interp = "/lib/ld-musl-x86_64.so.1",
		.needed = { "libx.so", "libc.musl-x86_64.so.1", "libpthread.so.0" } };
	static const struct decide_file files[] = {
		{ { "app", 0755 }, &app },
		{ { "lib/ld-musl-x86_64.so.1", 0755 }, &plain },
		{ { "lib/libc.musl-x86_64.so.1", 0, .link = "ld-musl-x86_64.so.1" } },
		{ { "usr/lib/libx.so", 0644 }, &plain }, /* not in the path file */
		{ { "opt/musl/libx.so", 0644 }, &plain },
		{ { "etc/ld-musl-x86_64.path", 0644, "/lib:/none\n/opt/musl\n" } },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
	case_decide(&c);
	expect_why(&c, "/lib/ld-musl-x86_64.so.1", WHY_INTERP);
	expect_why(&c, "/lib/libc.musl-x86_64.so.1", WHY_SYMLINK);
	expect_why(&c, "/opt/musl/libx.so", WHY_NEEDED);
	expect_why(&c, "/usr/lib/libx.so", WHY_UNUSED);
	expect_why(&c, "/etc/ld-musl-x86_64.path", WHY_LOADER);
	cr_expect_eq(c.keep->warning.count, 0, "%s", c.keep->warning.item[0]);
	case_end(&c);
}

/* musl without a path file looks where it was built to look; either tag counts for what is
 * loaded in turn (ldso/dynlink.c), other than with glibc. */
Test(decide_elf, musl_defaults_and_tags)
{
	static const struct elf_sample app = { .interp = "/lib/ld-musl-x86_64.so.1",
		.needed = { "libx.so", "libtag.so" },
		.runpath = "/opt/tag" };
	static const struct elf_sample tag = { .needed = { "libdeep.so" } };
	static const struct decide_file files[] = {
		{ { "app", 0755 }, &app },
		{ { "lib/ld-musl-x86_64.so.1", 0755 }, &plain },
		{ { "usr/local/lib/libx.so", 0644 }, &plain },
		{ { "usr/lib/libx.so", 0644 }, &plain },
		{ { "opt/tag/libtag.so", 0644 }, &tag },
		{ { "opt/tag/libdeep.so", 0644 }, &plain },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
	case_decide(&c);
	expect_why(&c, "/usr/local/lib/libx.so", WHY_NEEDED);
	expect_why(&c, "/usr/lib/libx.so", WHY_UNUSED);
	expect_why(&c, "/opt/tag/libtag.so", WHY_NEEDED);
	expect_why(&c, "/opt/tag/libdeep.so", WHY_NEEDED);
	cr_expect_eq(c.keep->warning.count, 0);
	case_end(&c);
}

/* Both loaders in one image: a plugin's own C library says whose folders count. */
Test(decide_elf, both_libcs)
{
	static const struct elf_sample glibc = { .needed = { "libc.so.6", "libx.so" } };
	static const struct elf_sample musl = { .needed = { "libc.musl-x86_64.so.1", "libx.so" } };
	static const struct {
		const struct elf_sample *plugin;
		const char *kept, *other;
	} cases[] = {
		{ &glibc, "/usr/lib/x86_64-linux-gnu/libx.so", "/usr/local/lib/libx.so" },
		{ &musl, "/usr/local/lib/libx.so", "/usr/lib/x86_64-linux-gnu/libx.so" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		const struct decide_file files[] = {
			{ { "plugin.so", 0644 }, cases[i].plugin },
			{ { "lib/ld-musl-x86_64.so.1", 0755 }, &plain },
			{ { "lib/libc.musl-x86_64.so.1", 0, .link = "ld-musl-x86_64.so.1" } },
			{ { "lib64/ld-linux-x86-64.so.2", 0755 }, &plain },
			{ { "lib/libc.so.6", 0644 }, &libc },
			{ { "usr/lib/x86_64-linux-gnu/libx.so", 0644 }, &plain },
			{ { "usr/local/lib/libx.so", 0644 }, &plain },
		};
		struct decide_case c;

		case_begin(&c, files, CLN_COUNT(files));
		case_use(&c, CLN_ROLE_MAIN, "/plugin.so", CLN_MAP, NULL);
		case_decide(&c);
		expect_why(&c, cases[i].kept, WHY_NEEDED);
		expect_why(&c, cases[i].other, WHY_UNUSED);
		cr_expect_eq(c.keep->warning.count, 0);
		case_end(&c);
	}
}
