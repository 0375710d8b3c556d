// SPDX-License-Identifier: Apache-2.0
#include "common/err.h"
#include "common/json.h"
#include "common/log.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <string.h>

Test(err, context_stands_in_front)
{
	struct cln_err err = { 0 };

	cr_expect(cln_fail(&err, ENOENT, "open %s: %m", "x") == -ENOENT);
	cr_expect(cln_within(&err, "layer %d", 3) == -ENOENT);
	cr_expect_str_eq(err.text, "layer 3: open x: No such file or directory");
	cr_expect(err.status == CLN_EXIT_FAILED);
	cr_expect(cln_refuse(&err, "no") == -EPERM && err.status == CLN_EXIT_POLICY);
	cr_expect(cln_usage(&err, "no") == -EINVAL && err.status == CLN_EXIT_USAGE);
	cr_expect(cln_fail(&err, 0, "no") == -EIO);
}

Test(err, context_that_does_not_fit_is_left_out_whole)
{
	struct cln_err err = { 0 };
	char wide[4000];

	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	cln_fail(&err, EIO, "cause");
	cln_within(&err, "%s", wide);
	cr_expect_str_eq(err.text, "cause");
	cln_fail(&err, EIO, "%s", wide);
	cr_expect(strlen(err.text) == sizeof(err.text) - 1);
	cln_within(&err, "context");
	cr_expect(err.text[0] == 'x');
}

/* A terminal obeys ESC, and CSI as U+009B. */
Test(err, hostile_names_do_not_reach_the_terminal, .init = cr_redirect_stderr)
{
	struct cln_err err = { 0 };

	cln_fail(&err, EINVAL,
		"name \033[2J \xc2\x9b"
		"1m \x7f \xc3\xa9");
	cr_expect(cln_err_report(&err, "p") == CLN_EXIT_FAILED);
	fflush(stderr);
	cr_assert_stderr_eq_str("p: name \\x1b[2J \\x9b1m \\x7f \xc3\xa9\n");
}

Test(json, hostile_text_is_refused_with_its_place)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "line 1" },
		{ "{", "line 1" },
		{ "{\"a\":1,\n\"a\":2}", "line 2" },
		{ "{\"a\":\"\xff\"}", "line 1" },
		{ "{\"a\":\"\\u0000\"}", "line 1" },
		{ "{\"a\":\"\\ud800\"}", "line 1" },
		{ "{}x", "line 1" },
		{ "[1,]", "line 1" },
		{ "[99999999999999999999]", "line 1" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		json_t *json = NULL;
		struct cln_err err = { 0 };

		cr_expect(cln_json_parse(cases[i].text, strlen(cases[i].text), &json, &err) < 0,
			"%s", cases[i].text);
		cr_expect(strstr(err.text, cases[i].says), "%s: %s", cases[i].text, err.text);
		cr_expect(!json);
	}
}

Test(json, nesting_does_not_break_the_stack)
{
	size_t size = 1 << 20;
	cln_owned(cln_drop_mem) char *deep = malloc(size);
	json_t *json = NULL;
	struct cln_err err = { 0 };

	memset(deep, '[', size);
	cr_expect(cln_json_parse(deep, size, &json, &err) < 0);
}

Test(json, typed_lookups_have_defaults)
{
	cln_owned(cln_json_drop) json_t *json = NULL;
	const char *text = "{\"s\":\"x\",\"i\":7,\"b\":true,\"n\":null}";
	struct cln_err err = { 0 };

	cr_assert(!cln_json_parse(text, strlen(text), &json, &err));
	cr_expect_str_eq(cln_json_str(json, "s", "-"), "x");
	cr_expect_str_eq(cln_json_str(json, "i", "-"), "-");
	cr_expect_str_eq(cln_json_str(json, "missing", "-"), "-");
	cr_expect(cln_json_int(json, "i", -1) == 7);
	cr_expect(cln_json_int(json, "s", -1) == -1);
	cr_expect(cln_json_bool(json, "b", false));
	cr_expect(cln_json_bool(json, "n", true));
}

Test(json, bytes_that_are_no_text_are_marked)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "plain", "plain" },
		{ "\xff", "\xef\xbf\xbd" },
		{ "a\xc3(b", "a\xef\xbf\xbd(b" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* a surrogate */
		{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },		    /* overlong */
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(cln_json_drop) json_t *json = cln_json_text(cases[i].in);

		cr_expect_str_eq(json_string_value(json), cases[i].want);
	}
}

Test(json, canonical_forms)
{
	cln_owned(cln_json_drop) json_t *json = json_pack("{s:i,s:[i]}", "b", 1, "a", 2);
	cln_owned(cln_drop_mem) char *text = cln_json_text_new(json);
	cln_owned(cln_drop_mem) char *compact = cln_json_compact_new(json);

	cr_expect_str_eq(text, "{\n  \"b\": 1,\n  \"a\": [\n    2\n  ]\n}\n");
	cr_expect_str_eq(compact, "{\"a\":[2],\"b\":1}");
}

Test(log, bytes)
{
	char text[16];

	cr_expect_str_eq(cln_bytes_text(0, text), "0 B");
	cr_expect_str_eq(cln_bytes_text(1023, text), "1023 B");
	cr_expect_str_eq(cln_bytes_text(1536, text), "1.5 KiB");
	cr_expect_str_eq(cln_bytes_text(UINT64_MAX, text), "16777216.0 TiB");
}
