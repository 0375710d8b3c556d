/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/options.h"
#include "packager/customize/output.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

Test(customize, words_of_a_start)
{
	static const struct {
		const char *in, *want; /* words joined by |; NULL: must be refused */
	} cases[] = {
		{ "nginx -g 'daemon off;'", "nginx|-g|daemon off;" },
		{ "  a\tb \n c  ", "a|b|c" },
		{ "\"a b\"c d\\ e", "a bc|d e" },
		{ "''", "" },
		{ "a '' b", "a||b" },
		{ "'$HOME' \"\\\"\"", "$HOME|\"" },
		{ "'a\\b'", "a\\b" },
		{ "open 'quote", NULL },
		{ "open \"quote", NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct cln_arena *arena = cln_arena_new();
		const char *const *words = options_words(cases[i].in, arena);
		char joined[256] = "";

		cr_expect_eq(words == NULL, cases[i].want == NULL, "%s", cases[i].in);
		for (size_t w = 0; words && words[w]; w++)
			snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s",
				w ? "|" : "", words[w]);
		if (words && cases[i].want)
			cr_expect_str_eq(joined, cases[i].want);
		cln_arena_free(arena);
	}
}

static int parse(struct options *options, const char *const *argv, struct cln_err *err)
{
	static char *copy[32]; /* parsing permutes it, and options borrow from it */
	int count = 0;

	for (; argv[count]; count++)
		copy[count] = (char *)argv[count];
	return options_parse(count, copy, options, err);
}

Test(customize, command_lines)
{
	static const struct {
		const char *argv[16];
		bool fine;
	} cases[] = {
		{ { "x", "--image", "oci:a", "--output", "oci:b", "--emit", "o", "--", "t" },
			true },
		{ { "x", "--image", "oci:a", "--output", "oci:b", "--emit", "o", "--test", "t" },
			true },
		{ { "x", "--image", "oci:a", "--output", "oci:b", "--emit", "o" }, false },
		{ { "x", "--output", "oci:b", "--emit", "o", "--", "t" }, false },
		{ { "x", "--image", "oci:a", "--emit", "o", "--", "t" }, false },
		{ { "x", "--image", "oci:a", "--output", "oci:b", "--", "t" }, false },
		{ { "x", "--image", "a", "--output", "b", "--emit", "o", "--env", "X", "--", "t" },
			false },
		{ { "x", "--image", "a", "--output", "b", "--emit", "o", "--env", "=X", "--", "t" },
			false },
		{ { "x", "--image", "a", "--output", "b", "--emit", "o", "--env", "A=", "--", "t" },
			true },
		{ { "x", "--image", "a", "--output", "b", "--emit", "o", "--volume", "v", "--",
			  "t" },
			false },
		{ { "x", "--image", "a", "--output", "b", "--emit", "o", "--network", "lan", "--",
			  "t" },
			false },
		{ { "x", "--image", "a", "--output", "b", "--emit", "o", "--augment", "999", "--",
			  "t" },
			false },
		{ { "x", "--image", "a", "--output", "b", "--emit", "o", "--start", "a 'b", "--",
			  "t" },
			false },
		{ { "x", "--image", "a", "--output", "b", "--emit", "o", "--readiness", "tcp:0",
			  "--", "t" },
			false },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct options options;
		struct cln_err err = {};
		int r = parse(&options, cases[i].argv, &err);

		cr_expect_eq(r == 0, cases[i].fine, "case %zu: %s", i, err.text);
		if (r < 0)
			cr_expect_eq(err.status, CLN_EXIT_USAGE, "case %zu: %s", i, err.text);
		options_release(&options);
	}
}

Test(customize, packing_options_are_handed_on)
{
	const char *argv[] = { "x", "--image", "a", "--output", "b", "--emit", "o", "--compression",
		"zstd", "--compression-level", "7", "--allow-shell", "--keep", "/a", "--keep", "/b",
		"--pack=--strict", "--", "t", NULL };
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	struct options options;
	struct cln_list list = { 0 };
	struct cln_err err = { 0 };
	char joined[256] = "";

	cr_assert_eq(parse(&options, argv, &err), 0, "%s", err.text);
	options_forward(&options, arena, &list);
	for (size_t i = 0; i < list.count; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s ",
			list.item[i]);
	cr_expect_str_eq(joined,
		"--keep=/a --keep=/b --compression=zstd --compression-level=7 --allow-shell "
		"--strict ");
	cln_list_release(&list);
	options_release(&options);
}

Test(customize, test_commands_end_where_they_should)
{
	const char *argv[] = { "x", "--image", "a", "--output", "b", "--emit", "o", "--test",
		"second one", "--", "sleep", "60", NULL };
	struct options options;
	struct run_tests tests;
	struct cln_err err = {};

	cr_assert_eq(parse(&options, argv, &err), 0, "%s", err.text);
	run_tests_make(&options.run, &options.args, &tests);
	cr_assert_eq(tests.count, 2);
	cr_expect_str_eq(tests.test[0][0], "sleep");
	cr_expect_str_eq(tests.test[0][1], "60");
	cr_expect_null(tests.test[0][2]);
	cr_expect_str_eq(tests.test[1][2], "second one");
	cr_expect_null(tests.test[1][3]);
	cr_expect_null(tests.test[2]);
	run_tests_release(&tests);
	options_release(&options);
}

Test(customize, outputs_are_tried_first)
{
	char directory[] = "/tmp/customize.XXXXXX", file[64], below[64], fresh[64];
	struct cln_err err = {};

	cr_assert_not_null(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/file", directory);
	snprintf(below, sizeof(below), "oci:%s/file/x:tag", directory);
	snprintf(fresh, sizeof(fresh), "oci:%s/new/deep/layout:tag", directory);
	fclose(fopen(file, "w"));
	cr_expect_eq(output_check(fresh, directory, &err), 0, "%s", err.text);
	cr_expect_lt(output_check(below, directory, &err), 0);
	cr_expect_lt(output_check(fresh, file, &err), 0);
	cr_expect_lt(output_check("oci:/proc/nowhere:x", directory, &err), 0);
	cr_expect_lt(output_check("oci:", directory, &err), 0);
	/* Asking leaves nothing behind. */
	remove(file);
	cr_expect_eq(rmdir(directory), 0);
}
