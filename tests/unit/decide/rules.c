// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/decide/decide_sample.h"

#include <errno.h>

static const struct decide_file files[] = {
	{ { "usr/lib/a.so", 0644, "a" } },
	{ { "usr/lib/b.so", 0644, "b" } },
	{ { "lib", 0, .link = "usr/lib" } },
	{ { "srv/www/index", 0644, "i" } },
	{ { "srv/www/doc/page", 0644, "p" } },
	{ { "etc/link", 0, .link = "../srv/target" } },
	{ { "srv/target", 0644, "t" } },
};

Test(decide_rules, keep_and_drop)
{
	static const struct {
		const char *keep, *drop;
		const char *path;
		enum keep_why want;
	} cases[] = {
		{ "/srv/www", NULL, "/srv/www/doc/page", WHY_RULE_KEEP }, /* with what is below */
		{ "/srv/**", NULL, "/srv/www/doc/page", WHY_RULE_KEEP },
		{ "/srv/*/index", NULL, "/srv/www/index", WHY_RULE_KEEP },
		{ "/srv/*/index", NULL, "/srv/www/doc/page", WHY_UNUSED },
		{ "/lib/*.so", NULL, "/usr/lib/b.so", WHY_RULE_KEEP }, /* through usrmerge */
		{ "*.so", NULL, "/usr/lib/b.so", WHY_RULE_KEEP },
		{ "/srv", "/srv/www/doc", "/srv/www/doc/page", WHY_RULE_DROP }, /* drop wins */
		{ "/srv", "/srv/www/doc", "/srv/www/index", WHY_RULE_KEEP },
		{ NULL, "/usr/lib/a.so", "/usr/lib/a.so", WHY_RULE_DROP }, /* over the trace */
		{ NULL, "/srv/target", "/etc/link", WHY_RULE_DROP },	   /* it would dangle */
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct decide_case c;

		case_begin(&c, files, CLN_COUNT(files));
		if (cases[i].keep)
			case_rule(&c.rules.keep, cases[i].keep);
		if (cases[i].drop)
			case_rule(&c.rules.drop, cases[i].drop);
		case_use(&c, CLN_ROLE_MAIN, "/lib/a.so", CLN_READ, "/usr/lib/a.so");
		case_use(&c, CLN_ROLE_MAIN, "/etc/link", CLN_READLINK, NULL);
		case_decide(&c);
		expect_why(&c, cases[i].path, cases[i].want);
		cr_expect_eq(c.keep->warning.count, 0);
		case_end(&c);
	}
}

Test(decide_rules, one_that_matches_nothing)
{
	static const char *const said[] = { "--keep /srv/ww matches nothing",
		"--drop /srv/ww matches nothing", "--keep-package /srv/ww matches nothing" };

	for (int strict = 0; strict < 2; strict++)
		for (int kind = 0; kind < 3; kind++) {
			struct decide_case c;
			int r;

			case_begin(&c, files, CLN_COUNT(files));
			c.rules.strict = strict;
			case_rule(kind == 0   ? &c.rules.keep
				  : kind == 1 ? &c.rules.drop
					      : &c.rules.keep_package,
				"/srv/ww");
			r = keep_compute(&c.in, &c.keep, &c.err);
			cr_expect_eq(r, strict ? -ENOENT : 0);
			if (strict)
				cr_expect_not_null(
					strstr(c.err.text, said[kind]), "%s", c.err.text);
			else
				cr_expect(case_warned(&c, said[kind]));
			case_end(&c);
		}
}
