// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/script.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct template_var var[] = {
	{ "ADDRESS", "0.0.0.0:8000", false },
	{ "DATA", "/var/lib/app", false },
	{ "PORT", "8000", false },
	{ "TOKEN", "", true },
};
static const struct template_vars vars = { var, CLN_COUNT(var) };

static struct script script_of(const char *text)
{
	return (struct script){ .text = text, .size = strlen(text), .vars = &vars };
}

Test(script, assigns)
{
	static const struct {
		const char *text, *name, *value;
		enum script_how how;
		const char *word;
	} cases[] = {
		{ "export PORT=\"${PORT:-8000}\"", "PORT", "8000", SCRIPT_DEFAULT, "\"8000\"" },
		{ "PORT=${PORT:-8000}\nexport PORT", "PORT", "8000", SCRIPT_DEFAULT, "\"8000\"" },
		{ ": \"${PORT:=8000}\"", "PORT", "8000", SCRIPT_DEFAULT, "\"8000\"" },
		{ ": ${PORT=8000}", "PORT", "8000", SCRIPT_DEFAULT, "\"8000\"" },
		{ "PORT=8000", "PORT", "8000", SCRIPT_ALWAYS, "\"8000\"" },
		{ "if [ -z \"$PORT\" ]; then PORT=8000; fi", "PORT", "8000", SCRIPT_DEFAULT,
			"\"8000\"" },
		{ "ADDRESS=0.0.0.0:$PORT", "ADDRESS", "0.0.0.0:8000", SCRIPT_ALWAYS,
			"\"0.0.0.0:${PORT}\"" },
		{ "ADDRESS=\"${ADDRESS:-0.0.0.0:${PORT}}\"", "ADDRESS", "0.0.0.0:8000",
			SCRIPT_DEFAULT, "\"0.0.0.0:${PORT}\"" },
		{ "p=${PORT:-80}\nADDRESS=0.0.0.0:$p", "ADDRESS", "0.0.0.0:8000", SCRIPT_ALWAYS,
			"\"0.0.0.0:${PORT:-80}\"" },
		{ "X='a $b }'", "X", "a $b }", SCRIPT_ALWAYS, "\"a \\$b \\}\"" },
		{ "PORT=$(nproc)", "PORT", "8000", SCRIPT_UNKNOWN, NULL },
		{ "PORT=9000", "PORT", "8000", SCRIPT_UNKNOWN, NULL }, /* never the wrong value */
		{ "MYPORT=8000", "PORT", "8000", SCRIPT_UNKNOWN, NULL },
		{ "PORT=${PORT%x}", "PORT", "8000", SCRIPT_UNKNOWN, NULL },
		{ "X=$TOKEN", "X", "", SCRIPT_UNKNOWN, NULL },
		{ "", "PORT", "8000", SCRIPT_UNKNOWN, NULL },
		{ "A=$B\nB=$A", "A", "x", SCRIPT_UNKNOWN, NULL }, /* a circle ends */
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct script script = script_of(cases[i].text);
		struct cln_buf word = { 0 };
		enum script_how how = script_assigns(&script, cases[i].name, cases[i].value, &word);

		cr_expect_eq(how, cases[i].how, "%s: %d", cases[i].text, how);
		if (cases[i].word)
			cr_expect_str_eq(word.data ? word.data : "", cases[i].word, "%s: %s",
				cases[i].text, word.data);
		cln_buf_release(&word);
	}
}

Test(script, explains)
{
	static const struct {
		const char *text, *value, *word;
	} cases[] = {
		{ "exec gunicorn --bind \"0.0.0.0:${PORT:-80}\" app", "0.0.0.0:8000",
			"\"0.0.0.0:${PORT:-80}\"" },
		{ "exec x -D \"$DATA\"", "/var/lib/app", "\"${DATA}\"" },
		{ "exec x --bind=0.0.0.0:$PORT", "--bind=0.0.0.0:8000",
			"\"--bind=0.0.0.0:${PORT}\"" },
		{ "p=$PORT; exec x --bind=:$p", "--bind=:8000", "\"--bind=:${PORT}\"" },
		{ "exec x 8000", "8000", NULL }, /* a constant stays one */
		{ "exec x `echo $PORT`", "8000", NULL },
		{ "exec x '$PORT'", "$PORT", NULL },
		{ "exec x \"$TOKEN\"", "", NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct script script = script_of(cases[i].text);
		struct cln_buf word = { 0 };
		bool found = script_explains(&script, cases[i].value, &word);

		cr_expect_eq(found, cases[i].word != NULL, "%s", cases[i].text);
		if (found && cases[i].word)
			cr_expect_str_eq(
				word.data, cases[i].word, "%s: %s", cases[i].text, word.data);
		cln_buf_release(&word);
	}
}

Test(script, mentions)
{
	struct script script = script_of("echo $PORT ${DATA:-x} MYTOKEN\n");

	cr_expect(script_mentions(&script, "PORT"));
	cr_expect(script_mentions(&script, "DATA"));
	cr_expect_not(script_mentions(&script, "TOKEN"));
	cr_expect_not(script_mentions(&script, "POR"));
}
