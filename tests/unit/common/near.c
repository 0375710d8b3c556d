// SPDX-License-Identifier: Apache-2.0
#include "common/near.h"

#include <criterion/criterion.h>
#include <string.h>

Test(near, names)
{
	static const char *const names[] = { "keep", "keep-package", "keep-from", "drop",
		"allow-shell", "entries" };
	static const struct {
		const char *word, *want; /* want NULL: nothing is near */
	} cases[] = {
		{ "kep", "keep" },
		{ "keeep", "keep" },
		{ "kepe", "keep" }, /* swapped */
		{ "keep-pakcage", "keep-package" },
		{ "keep-form", "keep-from" },
		{ "allow-shel", "allow-shell" },
		{ "alow-shll", "allow-shell" },
		{ "allow-network", NULL },
		{ "dp", NULL }, /* half of it would be wrong */
		{ "", NULL },
		{ "kitten", NULL },
		{ "entrys", "entries" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct cln_near near = { .word = cases[i].word, .length = strlen(cases[i].word) };

		for (size_t k = 0; k < CLN_COUNT(names); k++)
			cln_near_offer(&near, names[k]);
		cr_expect(!near.name == !cases[i].want, "%s", cases[i].word);
		if (near.name && cases[i].want)
			cr_expect_str_eq(near.name, cases[i].want, "%s", cases[i].word);
	}
}

Test(near, long_words)
{
	char word[CLN_NEAR_MAX + 2], text[128];
	struct cln_near near = { .word = word, .length = sizeof(word) - 1 };

	memset(word, 'x', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	cln_near_offer(&near, word);
	cr_expect_null(near.name);
	near.length--;
	cln_near_offer(&near, word + 1);
	cr_expect_not_null(near.name);
	cr_expect_eq(strlen(cln_near_text(&near, "--", text)),
		CLN_NEAR_MAX + strlen(": did you mean --?"));
}
