// SPDX-License-Identifier: Apache-2.0
/* Debian's short names as SPDX expressions. */
#include "packager/model/pkg.h"

#include <criterion/criterion.h>
#include <string.h>

Test(licence, dep5)
{
	static const struct {
		const char *field, *want;
	} cases[] = {
		{ "GPL-2+", "GPL-2.0-or-later" },
		{ "LGPL-2.1", "LGPL-2.1-only" },
		{ "Expat", "MIT" },
		{ "GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl" },
		{ "BSD-3-clause and ISC", "BSD-3-Clause AND ISC" },
		{ "GPL-1+ or Artistic, and Expat",
			"(GPL-1.0-or-later OR Artistic-1.0-Perl) AND MIT" },
		{ "public-domain", "LicenseRef-debian-public-domain" },
		{ "GPL-3+ with GCC exception", "LicenseRef-debian-GPL-3--with-GCC-exception" },
		{ "GPL-", "LicenseRef-debian-GPL-" },
		{ "some words here", "LicenseRef-debian-some-words-here" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct pkg_set set = { .arena = cln_arena_new() };
		cln_owned(cln_drop_mem) char *text = cln_format(
			"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
			"Files: *\nCopyright: x\nLicense: %s\n",
			cases[i].field);
		const char *got = pkg_dep5_licence(&set, text, strlen(text));

		cr_expect_str_eq(got ? got : "(none)", cases[i].want, "%s: %s", cases[i].field,
			got ? got : "(none)");
		cln_arena_free(set.arena);
	}
}

Test(licence, prose_is_not_read)
{
	struct pkg_set set = { .arena = cln_arena_new() };
	static const char text[] = "This package was debianized by someone.\n\nLicense: GPL-2\n";

	cr_expect_null(pkg_dep5_licence(&set, text, strlen(text)));
	cln_arena_free(set.arena);
}
