// SPDX-License-Identifier: Apache-2.0
/* test-words.c - splitting, quoting and expansion. */
#include "init/env.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct line line;
static struct table env;
static char memory[65536];

/* The expanded words of one line joined by '|', "!CAUSE" on error. */
static const char *expand(const char *text)
{
	static char out[65536];
	struct cursor cursor = { text, text + strlen(text), 0 };
	struct arena arena = { memory, sizeof(memory), 0 };
	struct fail err = { .word = -1 };
	struct vars vars = env_vars(&env);
	size_t used = 0;
	int r = line_next(&cursor, &line, &err);

	if (r <= 0)
		return r < 0 ? (snprintf(out, sizeof(out), "!%s", err.text), out) : "(none)";
	for (unsigned i = 0; i < line.count; i++) {
		char *word = NULL;

		if (word_expand(&line.word[i], &vars, &arena, &word, &err) < 0) {
			snprintf(out, sizeof(out), "!%s", err.text);
			return out;
		}
		used += (size_t)snprintf(
			out + used, sizeof(out) - used, "%s%s", i ? "|" : "", word);
	}
	return out;
}

static void environment(void)
{
	static char a[] = "A=one two", empty[] = "EMPTY=", glob[] = "GLOB=*";

	env.count = 0;
	table_push(&env, a);
	table_push(&env, empty);
	table_push(&env, glob);
}

Test(words, expand, .init = environment)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "", "(none)" },
		{ "  # only a comment", "(none)" },
		{ "a b\tc", "a|b|c" },
		{ "a#b #c", "a#b" },
		{ "\"a b\" c", "a b|c" },
		{ "a\"b c\"d", "ab cd" },
		{ "\"\"", "" },
		{ "\\$ \"\\\"\" \\\\ \\x41\\n", "$|\"|\\|A\n" },
		{ "${A}", "one two" }, /* one word stays one word */
		{ "\"x${A}y\"", "xone twoy" },
		{ "${UNSET}", "" },
		{ "${UNSET:-d e} ${EMPTY:-x} ${A:-no}", "d e|x|one two" },
		{ "${UNSET:+x} ${A:+yes}", "|yes" },
		{ "${UNSET:-${NONE:-deep}}", "deep" },
		{ "${A:-${B:?never asked}}", "one two" },
		{ "${UNSET:?must be set}", "!UNSET: must be set" },
		{ "${EMPTY:?}", "!EMPTY: is not set" },
		{ "${UNSET:-a\\}b}", "a}b" },
		{ "${GLOB} $(id)", "!a dollar without ${NAME}: write \\$" },
		{ "${GLOB} `id`", "*|`id`" },
		{ "$A", "!a dollar without ${NAME}: write \\$" },
		{ "${A", "!${ without }" },
		{ "${1A}", "!bad variable name" },
		{ "${A:=x}", "!only :- :+ and :? may follow a variable's name" },
		{ "x${@args}", "!${@...} must be a word of its own" },
		{ "\"a", "!quote without end" },
		{ "\\q", "!unknown escape after a backslash" },
		{ "\\x00", "!unknown escape after a backslash" },
		{ "a\\", "!unknown escape after a backslash" },
		{ "a\001b", "!control character: write it as \\xHH" },
		{ "${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A}}}}}}}}}", "!${} nested too deep" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_str_eq(expand(cases[i].in), cases[i].want, "%s gives %s", cases[i].in,
			expand(cases[i].in));
}

/* What init_quote writes is read back byte for byte, whatever the bytes. */
Test(words, quote_round_trip, .init = environment)
{
	char word[256], quoted[1100];

	for (unsigned seed = 1; seed < 4000; seed++) {
		unsigned state = seed * 2654435761U;
		size_t size = seed % 200;

		for (size_t i = 0; i < size; i++) {
			state = state * 1664525U + 1013904223U;
			word[i] = (char)(1 + (state >> 16) % 255);
		}
		word[size] = '\0';
		cr_assert(init_quote(quoted, sizeof(quoted), word, size) < sizeof(quoted));
		cr_assert_str_eq(expand(quoted), word, "seed %u", seed);
		cr_assert_eq(line.count, 1);
	}
	cr_expect_eq(init_quote(quoted, 4, "abcdef", 6), 6);
	cr_expect_str_eq(quoted, "abc");
	init_quote(quoted, sizeof(quoted), "${A}", 4);
	cr_expect_str_eq(expand(quoted), "${A}");
}

Test(words, check_only)
{
	struct arena arena = { memory, sizeof(memory), 0 };
	struct fail err = { .word = -1 };
	struct word live = { "a${A:-b}", 8, 1 }, dead = { "a\\$b", 4, 1 };
	char *text = NULL;

	cr_expect_eq(word_expand(&live, NULL, &arena, &text, &err), 0);
	cr_expect_null(text);
	cr_expect_eq(word_expand(&dead, NULL, &arena, &text, &err), 0);
	cr_expect_str_eq(text, "a$b");
	cr_expect_lt(word_literal(&live, &arena, &text, &err), 0);
}

Test(text, values)
{
	const char *value = NULL;
	uint64_t n;
	uint32_t ms;
	unsigned mode;
	int signal;

	cr_expect_eq(text_number("255", 255, &n), 0);
	cr_expect_lt(text_number("256", 255, &n), 0);
	cr_expect_lt(text_number("", 255, &n), 0);
	cr_expect_lt(text_number("18446744073709551616", UINT64_MAX, &n), 0);
	cr_expect_eq(text_number("18446744073709551615", UINT64_MAX, &n), 0);
	cr_expect_lt(text_number("12x", 255, &n), 0);
	cr_expect_eq(text_pick("out=/x", "in=\0out=\0one\0", &value), 1);
	cr_expect_str_eq(value, "/x");
	cr_expect_eq(text_pick("one", "in=\0out=\0one\0", NULL), 2);
	cr_expect_eq(text_pick("ones", "in=\0out=\0one\0", NULL), -1);
	cr_expect_eq(text_pick("on", "in=\0out=\0one\0", NULL), -1);
	cr_expect_eq(text_pick("", "in=\0out=\0one\0", NULL), -1);
	cr_expect_eq(text_pick(NULL, "in=\0out=\0one\0", NULL), -1);
	cr_expect(text_mode("03775", &mode) == 0 && mode == 03775);
	cr_expect_lt(text_mode("0789", &mode), 0);
	cr_expect_lt(text_mode("10000", &mode), 0);
	cr_expect(text_duration("250ms", &ms) == 0 && ms == 250);
	cr_expect(text_duration("2m", &ms) == 0 && ms == 120000);
	cr_expect(text_duration("5", &ms) == 0 && ms == 5000);
	cr_expect_lt(text_duration("5h", &ms), 0);
	cr_expect_lt(text_duration("99999999m", &ms), 0);
	cr_expect(text_signal("SIGTERM", &signal) == 0 && signal == 15);
	cr_expect(text_signal("RTMIN+3", &signal) == 0 && signal == 37);
	cr_expect(text_signal("64", &signal) == 0 && signal == 64);
	cr_expect_lt(text_signal("65", &signal), 0);
	cr_expect_lt(text_signal("FOO", &signal), 0);
}

Test(text, glob)
{
	static const struct {
		const char *pattern, *text;
		int want;
	} cases[] = {
		{ "*.log", "a.log", 1 },
		{ "*.log", "a.log.1", 0 },
		{ "a?c", "abc", 1 },
		{ "a*b*c", "aXXbYYc", 1 },
		{ "a*b*c", "aXXbYY", 0 },
		{ "[a-c]x", "bx", 1 },
		{ "[!a-c]x", "bx", 0 },
		{ "[a", "a", 0 },
		{ "*", "a/b", 0 },
		{ "", "", 1 },
		{ "**", "", 1 },
		{ "[]]", "]", 1 },
		{ "access-*.log", "access-2024.log", 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(text_glob(cases[i].pattern, cases[i].text), cases[i].want,
			"%s against %s", cases[i].pattern, cases[i].text);
}

Test(env, types)
{
	static const struct {
		const char *type, *value;
		int want;
	} cases[] = {
		{ "int", "-5", 1 },
		{ "int", "-", 0 },
		{ "uint16", "65536", 0 },
		{ "port", "0", 0 },
		{ "port", "8080", 1 },
		{ "bool", "yes", 1 },
		{ "bool", "maybe", 0 },
		{ "path", "/a", 1 },
		{ "path", "a", 0 },
		{ "one-of=a,bc", "bc", 1 },
		{ "one-of=a,bc", "b", 0 },
		{ "glob=v*", "v2", 1 },
		{ "host", "db.example", 1 },
		{ "host", "a b", 0 },
		{ "name", "", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(env_matches(cases[i].type, cases[i].value), cases[i].want, "%s of %s",
			cases[i].type, cases[i].value);
	cr_expect_not(env_type_known("uint128"));
}
