// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/accounts.h"

#include <criterion/criterion.h>
#include <string.h>

#define PASSWD                                \
	"root:x:0:0:root:/root:/bin/sh\n"     \
	"daemon:x:1:1::/:/usr/sbin/nologin\n" \
	"# remark\n"                          \
	"+::::::\n"                           \
	"odd:x:33x:33::/:\n"                  \
	"big:x:99999999999:0::/:\n"           \
	"www:x:33:34:web:/var/www:"

Test(accounts, reduced)
{
	static const struct {
		const char *text;
		uint32_t used[2];
		const char *want;
		uint32_t primary[2];
		size_t primaries;
	} cases[] = {
		{ PASSWD, { 33, 0 }, "root:x:0:0:root:/root:/bin/sh\nwww:x:33:34:web:/var/www:\n",
			{ 0, 34 }, 2 },
		{ PASSWD, { 7, 7 }, "", { 0 }, 0 },
		{ PASSWD, { 1, 1 }, "daemon:x:1:1::/:/usr/sbin/nologin\n", { 1 }, 1 },
		{ "", { 0, 1 }, "", { 0 }, 0 },
		{ "\n\n:::\na:b\n", { 0, 1 }, "", { 0 }, 0 },
		{ "tty:x:5:\ndisk:x:6:a,b\n", { 6, 9 }, "disk:x:6:a,b\n", { 0 }, 0 },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(account_ids_release) struct account_ids ids = { 0 }, primary = { 0 };
		cln_owned(cln_drop_mem) char *got = NULL;

		account_ids_add(&ids, cases[i].used[0]);
		account_ids_add(&ids, cases[i].used[1]);
		got = accounts_reduced_new(cases[i].text, strlen(cases[i].text), &ids, &primary);
		cr_expect_str_eq(got, cases[i].want, "case %zu: %s", i, got);
		cr_expect_eq(primary.count, cases[i].primaries, "case %zu", i);
		for (size_t k = 0; k < CLN_MIN(primary.count, cases[i].primaries); k++)
			cr_expect_eq(primary.id[k], cases[i].primary[k]);
	}
}
