// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/command.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <string.h>

static char *rows_of(const char *string)
{
	struct command *command = NULL;
	struct cln_err err = { 0 };
	struct cln_buf out = { 0 };

	if (command_parse(string, &command, &err) < 0)
		return NULL;
	command_rows(command, string, NULL, NULL, &out);
	command_free(command);
	/* without the first line: it repeats the string */
	char *steps = cln_strdup(strchr(out.data, '\n') + 1);

	cln_buf_release(&out);
	return steps;
}

Test(command, accepted)
{
	static const struct {
		const char *string, *rows;
	} cases[] = {
		{ "date", "step -- date\n" },
		{ "exec /usr/bin/x -a", "step -- /usr/bin/x -a\n" },
		{ "\"/usr/lib/postgresql/15/bin/postgres\" -V",
			"step -- /usr/lib/postgresql/15/bin/postgres -V\n" },
		{ "x 'a b' \"c d\" e\\ f", "step -- x \"a b\" \"c d\" \"e f\"\n" },
		{ "x '$HOME' '`id`'", "step -- x \"\\$HOME\" \"`id`\"\n" },
		{ "sendmail -t < /tmp/mail > /dev/null 2>&1",
			"step in=/tmp/mail out=/dev/null err-to-out -- sendmail -t\n" },
		{ "x >>/tmp/log 2>>/tmp/err", "step append=/tmp/log err-append=/tmp/err -- x\n" },
		{ "LC_ALL=C A='b c' locale -a", "step set=LC_ALL=C set=\"A=b c\" -- locale -a\n" },
		{ "cd /srv && a | b && c || d; e",
			"step cd=/srv -- a\nstep pipe cd=/srv -- b\nstep and cd=/srv -- c\n"
			"step or cd=/srv -- d\nstep seq cd=/srv -- e\n" },
		{ "a;", "step -- a\n" },
		{ "a \n", "step -- a\n" },
		{ "'if' x", "step -- if x\n" }, /* quoted: a program of that name */
		{ "a b=c", "step -- a b=c\n" },
		{ "a ''", "step -- a \"\"\n" },
		{ "x a#b", "step -- x \"a#b\"\n" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(cln_drop_mem) char *rows = rows_of(cases[i].string);

		cr_assert(rows, "%s is refused", cases[i].string);
		cr_expect_str_eq(rows, cases[i].rows, "%s gives\n%s", cases[i].string, rows);
	}
}

Test(command, refused)
{
	static const struct {
		const char *string, *cause;
	} cases[] = {
		{ "echo $HOME", "expansion" },
		{ "echo \"$HOME\"", "expansion" },
		{ "echo `id`", "expansion" },
		{ "echo \"`id`\"", "expansion" },
		{ "ls *.c", "pattern" },
		{ "ls ~", "pattern" },
		{ "ls a?", "pattern" },
		{ "echo {a,b}", "brace" },
		{ "{ a; }", "brace" },
		{ "sleep 1 &", "background" },
		{ "(a)", "group" },
		{ "a <<END", "redirection" },
		{ "a <&3", "redirection" },
		{ "a >&2", "redirection" },
		{ "a 3>/tmp/x", "other descriptor" },
		{ "'cd' /x", "builtin" },		    /* quoting hides keywords only */
		{ "a 2>&1 >/tmp/x", "second redirection" }, /* order would change its meaning */
		{ "a >x >y", "second redirection" },
		{ "if true; then a; fi", "keyword" },
		{ "! a", "keyword" },
		{ ". /etc/profile", "builtin" },
		{ "eval a", "builtin" },
		{ "cd x && a", "absolute" },
		{ "cd /x; a", "&&" },
		{ "a && cd /x", "builtin" },
		{ "export A=b", "builtin" },
		{ "A=b", "no program" },
		{ "> /tmp/x", "no program" },
		{ "", "no program" },
		{ "a &&", "no program" },
		{ "| a", "no program" },
		{ "a 'b", "quote without end" },
		{ "a \"b", "quote without end" },
		{ "a # b", "comment" },
		{ "a\nb", "several lines" },
		{ "a \\", "continued" },
		{ "a \\\nb", "continued" },
		{ "a >", "redirection without a file" },
		{ "a > && b", "redirection without a file" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct command *command = NULL;
		struct cln_err err = { 0 };
		int r = command_parse(cases[i].string, &command, &err);

		cr_expect_lt(r, 0, "%s is accepted", cases[i].string);
		cr_expect(strstr(err.text, cases[i].cause), "%s: %s", cases[i].string, err.text);
		command_free(command);
	}
}

static const char *in_usr_bin(void *of, const char *program)
{
	(void)of;
	return !strcmp(program, "sendmail") ? "/usr/sbin/sendmail" : NULL;
}

Test(command, programs_are_found)
{
	struct command *command = NULL;
	struct cln_err err = { 0 };
	struct cln_buf out = { 0 };

	cr_assert_eq(command_parse("sendmail -t", &command, &err), 0);
	command_rows(command, "sendmail -t", in_usr_bin, NULL, &out);
	cr_expect_str_eq(out.data, "command \"sendmail -t\"\nstep -- /usr/sbin/sendmail -t\n");
	command_free(command);
	cln_buf_release(&out);
}

Test(command, length_is_bounded)
{
	cln_owned(cln_drop_mem) char *text = cln_alloc(COMMAND_MAX_BYTES + 2);
	struct command *command = NULL;
	struct cln_err err = { 0 };

	memset(text, 'a', COMMAND_MAX_BYTES + 1);
	cr_expect_lt(command_parse(text, &command, &err), 0);
	text[COMMAND_MAX_BYTES] = '\0';
	cr_expect_eq(command_parse(text, &command, &err), 0);
	command_free(command);
}
