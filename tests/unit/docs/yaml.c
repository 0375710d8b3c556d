// SPDX-License-Identifier: Apache-2.0
/* The YAML emitter: the shape, and which words may stand without quotes. */
#include "packager/docs/yaml.h"

#include <criterion/criterion.h>

Test(yaml, shape)
{
	struct yaml y = { 0 };

	yaml_str(&y, "kind", "Pod");
	yaml_map(&y, "spec");
	yaml_comment(&y, "why: %s", "a\nb\x1b");
	yaml_map(&y, "list");
	yaml_item(&y);
	yaml_map(&y, "inner");
	yaml_int(&y, "n", 1);
	yaml_end(&y);
	yaml_bool(&y, "b", true);
	yaml_end(&y);
	yaml_word(&y, "w");
	yaml_number(&y, 7);
	yaml_end(&y);
	yaml_raw(&y, "none", "[]");
	yaml_end(&y);
	cr_expect_str_eq(y.buf.data,
		"kind: Pod\nspec:\n  # why: a?b?\n  list:\n    - inner:\n        n: 1\n      b: true\n"
		"    - w\n    - 7\n  none: []\n");
	cln_buf_release(&y.buf);
}

Test(yaml, quotes)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "nginx", "nginx" },
		{ "/var/lib/x-1.2", "/var/lib/x-1.2" },
		{ "yes", "\"yes\"" }, /* a boolean in YAML 1.1 */
		{ "Off", "\"Off\"" },
		{ "null", "\"null\"" },
		{ "1e3", "\"1e3\"" },
		{ "", "\"\"" },
		{ "a: b", "\"a: b\"" },
		{ "a\n- b", "\"a\\n- b\"" },
		{ "\xff", "\"\\uFFFD\"" },
		{ "*x", "\"*x\"" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(cln_drop_mem) char *got = yaml_quote_new(cases[i].in);

		cr_expect_str_eq(got, cases[i].want, "%s: %s", cases[i].in, got);
	}
}
