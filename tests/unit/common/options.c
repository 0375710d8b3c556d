// SPDX-License-Identifier: Apache-2.0
#include "common/opt.h"

#include <criterion/criterion.h>
#include <string.h>

struct options {
	bool flag;
	const char *text, *choice;
	struct cln_list list;
	uint64_t number, bytes, ms;
};

#define AT(field) offsetof(struct options, field)

static const struct cln_opt opts[] = {
	{ "flag", 'f', NULL, "a flag", CLN_OPT_FLAG, AT(flag) },
	{ "text", 't', "TEXT", "a text", CLN_OPT_TEXT, AT(text) },
	{ "list", 'l', "WORD", "a list", CLN_OPT_LIST, AT(list) },
	{ "choice", 0, "one|two", "a choice", CLN_OPT_CHOICE, AT(choice) },
	{ "number", 'n', "N", "a number", CLN_OPT_NUMBER, AT(number) },
	{ "bytes", 0, "SIZE", "a size", CLN_OPT_BYTES, AT(bytes) },
	{ "wait", 0, "TIME", "a time", CLN_OPT_DURATION, AT(ms) },
};
static const struct cln_program plain = { .name = "p", .opts = opts, .opt_count = CLN_COUNT(opts) };
static const struct cln_command commands[] = {
	{ "go", "", "", opts, CLN_COUNT(opts) },
	{ "stop", "", "", NULL, 0 },
};
static const struct cln_program with_commands = { .name = "p",
	.commands = commands,
	.command_count = CLN_COUNT(commands) };

struct parsed {
	struct options options;
	struct cln_args args;
	struct cln_err err;
	char *argv[32];
	int argc, r;
};

/* words: NULL-terminated, without the program's name */
static void parse(
	struct parsed *p, const struct cln_program *program, bool stop, const char *const *words)
{
	memset(p, 0, sizeof(*p));
	p->argv[p->argc++] = (char *)"p";
	for (; *words; words++)
		p->argv[p->argc++] = (char *)*words;
	p->r = cln_opt_parse(program, p->argc, p->argv, stop, &p->options, &p->args, &p->err);
}

#define PARSE(p, program, stop, ...) \
	parse(p, program, stop, (const char *const[]){ __VA_ARGS__, NULL })

Test(options, every_type_in_every_spelling)
{
	struct parsed p;

	PARSE(&p, &plain, false, "-f", "--text=a=b", "x", "-l", "1", "--list", "2", "-l3",
		"--choice", "two", "-n42", "--bytes=3M", "--wait", "1500ms", "y", "--", "-f");
	cr_assert(!p.r, "%s", p.err.text);
	cr_expect(p.options.flag && p.options.number == 42);
	cr_expect_str_eq(p.options.text, "a=b");
	cr_expect_str_eq(p.options.choice, "two");
	cr_expect(p.options.list.count == 3);
	cr_expect_str_eq(p.options.list.item[2], "3");
	cr_expect(p.options.bytes == 3 << 20 && p.options.ms == 1500);
	cr_expect(p.args.separated && p.args.rest_count == 3);
	cr_expect_str_eq(p.args.rest[0], "x");
	cr_expect_str_eq(p.args.rest[1], "y");
	cr_expect_str_eq(p.args.rest[2], "-f", "behind -- nothing is an option");
	cln_list_release(&p.options.list);
}

Test(options, letters_stand_together)
{
	struct parsed p;

	PARSE(&p, &plain, false, "-fqtvalue", "-");
	cr_assert(!p.r, "%s", p.err.text);
	cr_expect(p.options.flag && p.args.quiet);
	cr_expect_str_eq(p.options.text, "value");
	cr_expect(p.args.rest_count == 1, "a dash alone is an operand");
}

Test(options, end_at_the_first_operand_where_a_command_follows)
{
	struct parsed p;

	PARSE(&p, &plain, true, "-f", "cmd", "-t");
	cr_assert(!p.r, "%s", p.err.text);
	cr_expect(p.args.rest_count == 2 && !p.options.text);
	cr_expect_str_eq(p.args.rest[1], "-t");
}

Test(options, errors_are_usage_errors_that_name_the_option)
{
	static const struct {
		const char *word, *says;
	} cases[] = {
		{ "--nope", "--nope" },
		{ "--fla", "--fla" }, /* no abbreviations */
		{ "-x", "-x" },
		{ "--flag=1", "--flag takes no value" },
		{ "--text", "--text needs TEXT" },
		{ "-t", "--text needs TEXT" },
		{ "--choice=three", "'three'" },
		{ "--choice=one|two", "'one|two'" },
		{ "--number=-1", "'-1'" },
		{ "--number=1x", "'1x'" },
		{ "--number=99999999999999999999", "valid N" },
		{ "--bytes=1Q", "'1Q'" },
		{ "--bytes=99999999999T", "valid SIZE" },
		{ "--wait=1d", "'1d'" },
		{ "--wait=", "''" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct parsed p;

		PARSE(&p, &plain, false, cases[i].word);
		cr_expect(p.r < 0 && p.err.status == CLN_EXIT_USAGE, "%s", cases[i].word);
		cr_expect(strstr(p.err.text, cases[i].says), "%s: %s", cases[i].word, p.err.text);
	}
}

Test(options, commands_have_their_own_table)
{
	struct parsed p;

	PARSE(&p, &with_commands, false, "go", "-f", "x");
	cr_assert(!p.r, "%s", p.err.text);
	cr_expect(p.args.command == &commands[0] && p.options.flag && p.args.rest_count == 1);
	PARSE(&p, &with_commands, false, "stop", "-f");
	cr_expect(p.r < 0);
	PARSE(&p, &with_commands, false, "fly");
	cr_expect(strstr(p.err.text, "fly"));
	PARSE(&p, &with_commands, false, "-q");
	cr_expect(strstr(p.err.text, "which command"));
}

Test(options, units)
{
	static const struct {
		const char *text;
		uint64_t bytes, ms; /* UINT64_MAX: refused */
	} cases[] = {
		{ "0", 0, 0 },
		{ "1K", 1024, UINT64_MAX },
		{ "1MiB", 1 << 20, UINT64_MAX },
		{ "2h", UINT64_MAX, 7200000 },
		{ "2m", 2 << 20, 120000 },
		{ "5ms", UINT64_MAX, 5 },
		{ "", UINT64_MAX, UINT64_MAX },
		{ "M", UINT64_MAX, UINT64_MAX },
		{ "+1", UINT64_MAX, UINT64_MAX },
		{ " 1", UINT64_MAX, UINT64_MAX },
		{ "1 ", UINT64_MAX, UINT64_MAX },
		{ "1.5M", UINT64_MAX, UINT64_MAX },
		{ "18446744073709551615h", UINT64_MAX, UINT64_MAX },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		uint64_t bytes = UINT64_MAX, ms = UINT64_MAX;
		int b = cln_parse_bytes(cases[i].text, &bytes);
		int t = cln_parse_duration(cases[i].text, &ms);

		cr_expect((b < 0) == (cases[i].bytes == UINT64_MAX), "%s", cases[i].text);
		cr_expect((t < 0) == (cases[i].ms == UINT64_MAX), "%s", cases[i].text);
		cr_expect(b < 0 || bytes == cases[i].bytes, "%s", cases[i].text);
		cr_expect(t < 0 || ms == cases[i].ms, "%s", cases[i].text);
	}
}

Test(options, what_was_meant)
{
	static const struct {
		const struct cln_program *program;
		const char *word, *want;
	} cases[] = {
		{ &plain, "--chioce=one",
			"unknown option --chioce: did you mean --choice? (try --help)" },
		{ &plain, "--hepl", "unknown option --hepl: did you mean --help? (try --help)" },
		{ &plain, "--kitten", "unknown option --kitten (try --help)" },
		{ &with_commands, "sotp",
			"unknown command 'sotp': did you mean stop? (try --help)" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		char *argv[] = { (char *)"p", (char *)cases[i].word, NULL };
		struct options options = { 0 };
		struct cln_args args;
		struct cln_err err = { 0 };

		cr_expect_lt(
			cln_opt_parse(cases[i].program, 2, argv, false, &options, &args, &err), 0);
		cr_expect_str_eq(err.text, cases[i].want);
	}
}
