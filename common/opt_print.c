// SPDX-License-Identifier: Apache-2.0
#include "common/opt_print.h"

#include <stdio.h>
#include <string.h>

#define HELP_COLUMN 30

static const char *const house_exits =
	"0  done\n1  failed\n2  the command line is wrong\n"
	"3  refused by policy; the message names the option that would allow it\n";

static void help_option(const struct cln_opt *opt)
{
	char left[96];
	int width;

	if (!opt->help)
		return;
	width = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s", opt->letter ? '-' : ' ',
		opt->letter ? opt->letter : ' ', opt->letter ? "," : " ", opt->name,
		opt->arg ? " " : "", opt->arg ? opt->arg : "");
	if (width >= HELP_COLUMN)
		printf("%s\n%*s%s\n", left, HELP_COLUMN, "", opt->help);
	else
		printf("%-*s%s\n", HELP_COLUMN, left, opt->help);
}

static void help_table(const struct cln_opt *opts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		help_option(&opts[i]);
}

static void help_command(const struct cln_program *program, const struct cln_command *command)
{
	printf("Usage: %s %s %s\n\n%s\n\n", program->name, command->name, command->synopsis,
		command->summary);
	help_table(command->opts, command->opt_count);
}

static void help_program(const struct cln_program *program)
{
	printf("Usage: %s %s\n\n%s\n", program->name, program->synopsis, program->summary);
	if (program->description)
		printf("\n%s\n", program->description);
	if (program->command_count)
		printf("\nCommands (each has its own --help):\n");
	for (size_t i = 0; i < program->command_count; i++)
		printf("  %-10s %s\n", program->commands[i].name, program->commands[i].summary);
	printf("\nOptions:\n");
}

static void help_lines(const char *title, const char *line)
{
	printf("\n%s:\n", title);
	while (*line) {
		size_t length = strcspn(line, "\n");

		printf("  %.*s\n", (int)length, line);
		line += length;
		line += *line == '\n';
	}
}

void cln_opt_print_help(const struct cln_program *program, const struct cln_command *command)
{
	if (command)
		help_command(program, command);
	else
		help_program(program);
	help_table(program->opts, program->opt_count);
	help_table(cln_opt_common, CLN_OPT_COMMON_COUNT);
	if (command)
		return;
	if (program->list)
		help_lines(program->list_title, program->list);
	help_lines("Exit status", program->exits ? program->exits : house_exits);
	if (program->examples)
		printf("\nExamples:\n%s", program->examples);
}

void cln_opt_print_version(const struct cln_program *program)
{
	printf("%s %s\n", program->name, CLN_VERSION);
}

/* Text for man(7): a backslash and a leading dot or quote would be roff. */
static void man_text(const char *text)
{
	bool start = true;

	for (; *text; text++) {
		if (start && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
		start = *text == '\n';
	}
}

static void man_paragraphs(const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\n\n");
		size_t length = end ? (size_t)(end - text) : strlen(text);
		char *part = strndup(text, length);

		if (part)
			man_text(part);
		free(part);
		fputs(end ? "\n.PP\n" : "\n", stdout);
		text += end ? length + 2 : length;
	}
}

static void man_table(const struct cln_opt *opts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!opts[i].help)
			continue;
		fputs(".TP\n", stdout);
		if (opts[i].letter)
			printf("\\fB\\-%c\\fR, ", opts[i].letter);
		fputs("\\fB\\-\\-", stdout);
		man_text(opts[i].name);
		fputs("\\fR", stdout);
		if (opts[i].arg)
			printf(" \\fI%s\\fR", opts[i].arg);
		putchar('\n');
		man_text(opts[i].help);
		putchar('\n');
	}
}

static void man_lines(const char *section, const char *text)
{
	fputs(".SH ", stdout);
	for (const char *at = section; *at; at++)
		putchar(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
	fputs("\n.nf\n", stdout);
	man_text(text);
	fputs(".fi\n", stdout);
}

void cln_opt_print_man(const struct cln_program *program)
{
	printf(".TH %s 1 \"\" \"clnimg %s\" \"clnimg\"\n.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n\\fB%s\\fR ",
		program->name, CLN_VERSION, program->name, program->summary, program->name);
	man_text(program->synopsis);
	fputs("\n.SH DESCRIPTION\n", stdout);
	man_paragraphs(program->description ? program->description : program->summary);
	for (size_t i = 0; i < program->command_count; i++) {
		const struct cln_command *command = &program->commands[i];

		printf(".SS %s %s\n", command->name, command->synopsis);
		man_text(command->summary);
		putchar('\n');
		man_table(command->opts, command->opt_count);
	}
	fputs(".SH OPTIONS\n", stdout);
	man_table(program->opts, program->opt_count);
	man_table(cln_opt_common, CLN_OPT_COMMON_COUNT);
	if (program->list)
		man_lines(program->list_title, program->list);
	man_lines("EXIT STATUS", program->exits ? program->exits : house_exits);
	if (program->examples)
		man_lines("EXAMPLES", program->examples);
	if (program->see_also)
		printf(".SH SEE ALSO\n%s\n", program->see_also);
}

static void completion_table(const struct cln_opt *opts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (opts[i].help)
			printf(" --%s", opts[i].name);
}

static void completion_choices(const struct cln_opt *opts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (opts[i].type != CLN_OPT_CHOICE)
			continue;
		printf("\t--%s) COMPREPLY=($(compgen -W \"", opts[i].name);
		for (const char *word = opts[i].arg; *word; word++)
			putchar(*word == '|' ? ' ' : *word);
		fputs("\" -- \"$cur\")); return;;\n", stdout);
	}
}

void cln_opt_print_completion(const struct cln_program *program)
{
	printf("# bash completion for %s; made from its option table\n_%s() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\tcase $prev in\n",
		program->name, program->name);
	completion_choices(program->opts, program->opt_count);
	for (size_t i = 0; i < program->command_count; i++)
		completion_choices(program->commands[i].opts, program->commands[i].opt_count);
	fputs("\tesac\n", stdout);
	if (program->command_count) {
		fputs("\tif [ \"$COMP_CWORD\" = 1 ]; then COMPREPLY=($(compgen -W \"", stdout);
		for (size_t i = 0; i < program->command_count; i++)
			printf("%s ", program->commands[i].name);
		fputs("--help --version\" -- \"$cur\")); return; fi\n", stdout);
	}
	fputs("\tif [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"", stdout);
	completion_table(program->opts, program->opt_count);
	for (size_t i = 0; i < program->command_count; i++)
		completion_table(program->commands[i].opts, program->commands[i].opt_count);
	completion_table(cln_opt_common, CLN_OPT_COMMON_COUNT);
	fputs("\" -- \"$cur\"));\n\telse COMPREPLY=($(compgen -f -- \"$cur\")); fi\n}\n", stdout);
	printf("complete -o filenames -F _%s %s\n", program->name, program->name);
}
