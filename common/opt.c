// SPDX-License-Identifier: Apache-2.0
#include "common/opt.h"

#include "common/mem.h"
#include "common/near.h"
#include "common/opt_print.h"

#include <errno.h>
#include <string.h>

const struct cln_opt cln_opt_common[CLN_OPT_COMMON_COUNT] = {
	{ "quiet", 'q', NULL, "say only warnings and errors", CLN_OPT_FLAG, 0 },
	{ "verbose", 'v', NULL, "say more", CLN_OPT_FLAG, 0 },
	{ "help", 'h', NULL, "print this help and exit", CLN_OPT_FLAG, 0 },
	{ "version", 'V', NULL, "print the version and exit", CLN_OPT_FLAG, 0 },
	{ "help-man", 0, NULL, NULL, CLN_OPT_FLAG, 0 },
	{ "help-completion", 0, NULL, NULL, CLN_OPT_FLAG, 0 },
};

void cln_list_release(struct cln_list *list)
{
	free(list->item);
	*list = (struct cln_list){ 0 };
}

struct unit {
	const char *name;
	uint64_t factor;
};

/* Digits, and one of the units behind them. */
static int parse_united(const char *text, const struct unit *unit, size_t units, uint64_t *out)
{
	char *end;
	uint64_t value;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno)
		return -EINVAL;
	for (size_t i = 0; i < units; i++) {
		if (strcmp(end, unit[i].name) != 0)
			continue;
		return __builtin_mul_overflow(value, unit[i].factor, out) ? -EINVAL : 0;
	}
	return -EINVAL;
}

int cln_parse_number(const char *text, uint64_t *number)
{
	static const struct unit none = { "", 1 };

	return parse_united(text, &none, 1, number);
}

int cln_parse_bytes(const char *text, uint64_t *bytes)
{
	static const struct unit unit[] = {
		{ "", 1 },
		{ "K", 1 << 10 },
		{ "M", 1 << 20 },
		{ "G", 1 << 30 },
		{ "T", (uint64_t)1 << 40 },
		{ "k", 1 << 10 },
		{ "m", 1 << 20 },
		{ "g", 1 << 30 },
		{ "t", (uint64_t)1 << 40 },
		{ "Ki", 1 << 10 },
		{ "Mi", 1 << 20 },
		{ "Gi", 1 << 30 },
		{ "KiB", 1 << 10 },
		{ "MiB", 1 << 20 },
		{ "GiB", 1 << 30 },
	};

	return parse_united(text, unit, CLN_COUNT(unit), bytes);
}

int cln_parse_duration(const char *text, uint64_t *ms)
{
	static const struct unit unit[] = {
		{ "", 1000 },
		{ "s", 1000 },
		{ "ms", 1 },
		{ "m", 60000 },
		{ "h", 3600000 },
	};

	return parse_united(text, unit, CLN_COUNT(unit), ms);
}

static bool choice_has(const char *words, const char *value)
{
	size_t length = strlen(value);

	for (const char *word = words; *word;) {
		size_t part = strcspn(word, "|");

		if (part == length && !memcmp(word, value, length))
			return true;
		word += part;
		word += *word == '|';
	}
	return false;
}

static int opt_store(
	const struct cln_opt *opt, const char *value, void *options, struct cln_err *err)
{
	void *place = (char *)options + opt->offset;
	struct cln_list *list = place;
	int r = 0;

	switch (opt->type) {
	case CLN_OPT_FLAG:
		*(bool *)place = true;
		break;
	case CLN_OPT_CHOICE:
		r = choice_has(opt->arg, value) ? 0 : -EINVAL;
		__attribute__((fallthrough));
	case CLN_OPT_TEXT:
		*(const char **)place = value;
		break;
	case CLN_OPT_LIST:
		CLN_PUSH(list->item, list->count, list->room) = value;
		break;
	case CLN_OPT_NUMBER:
		r = cln_parse_number(value, place);
		break;
	case CLN_OPT_BYTES:
		r = cln_parse_bytes(value, place);
		break;
	case CLN_OPT_DURATION:
		r = cln_parse_duration(value, place);
		break;
	}
	if (r < 0)
		return cln_usage(err, "--%s: '%s' is not a valid %s", opt->name, value, opt->arg);
	return 0;
}

struct parser {
	const struct cln_program *program;
	struct cln_args *args;
	void *options;
	int argc, at;
	char **argv;
};

static const struct cln_opt *table_find(
	const struct cln_opt *opts, size_t count, const char *name, size_t length, char letter)
{
	for (size_t i = 0; i < count; i++) {
		if (letter ? opts[i].letter == letter
			   : strlen(opts[i].name) == length && !memcmp(opts[i].name, name, length))
			return &opts[i];
	}
	return NULL;
}

static const struct cln_opt *parser_find(
	const struct parser *p, const char *name, size_t length, char letter)
{
	const struct cln_command *command = p->args->command;
	const struct cln_opt *opt = NULL;

	if (command)
		opt = table_find(command->opts, command->opt_count, name, length, letter);
	if (!opt)
		opt = table_find(p->program->opts, p->program->opt_count, name, length, letter);
	if (!opt)
		opt = table_find(cln_opt_common, CLN_OPT_COMMON_COUNT, name, length, letter);
	return opt;
}

static void common_store(struct parser *p, const struct cln_opt *opt)
{
	switch (opt - cln_opt_common) {
	case 0:
		p->args->quiet = true;
		return;
	case 1:
		p->args->verbose = true;
		return;
	case 2:
		cln_opt_print_help(p->program, p->args->command);
		break;
	case 3:
		cln_opt_print_version(p->program);
		break;
	case 4:
		cln_opt_print_man(p->program);
		break;
	case 5:
		cln_opt_print_completion(p->program);
		break;
	}
	p->args->done = true;
}

/* Stores opt; its value is `inline_value` or the next word of argv. */
static int parser_apply(
	struct parser *p, const struct cln_opt *opt, const char *inline_value, struct cln_err *err)
{
	const char *value = inline_value;

	if (opt->type == CLN_OPT_FLAG && value)
		return cln_usage(err, "--%s takes no value", opt->name);
	if (opt >= cln_opt_common && opt < cln_opt_common + CLN_OPT_COMMON_COUNT) {
		common_store(p, opt);
		return 0;
	}
	if (opt->type != CLN_OPT_FLAG && !value) {
		if (p->at + 1 >= p->argc)
			return cln_usage(err, "--%s needs %s", opt->name, opt->arg);
		value = p->argv[++p->at];
	}
	return opt_store(opt, value, p->options, err);
}

static const char *near_option(
	const struct parser *p, const char *word, size_t length, char out[128])
{
	struct cln_near near = { .word = word, .length = length };
	const struct cln_command *command = p->args->command;

	for (size_t i = 0; i < p->program->opt_count; i++)
		cln_near_offer(&near, p->program->opts[i].name);
	for (size_t i = 0; command && i < command->opt_count; i++)
		cln_near_offer(&near, command->opts[i].name);
	for (size_t i = 0; i < CLN_OPT_COMMON_COUNT; i++)
		cln_near_offer(&near, cln_opt_common[i].name);
	return cln_near_text(&near, "--", out);
}

static int parser_long(struct parser *p, const char *word, struct cln_err *err)
{
	size_t length = strcspn(word, "=");
	const struct cln_opt *opt = parser_find(p, word, length, 0);
	char near[128];

	if (!opt)
		return cln_usage(err, "unknown option --%.*s%s (try --help)", (int)length, word,
			near_option(p, word, length, near));
	return parser_apply(p, opt, word[length] ? word + length + 1 : NULL, err);
}

static int parser_letters(struct parser *p, const char *letters, struct cln_err *err)
{
	for (; *letters; letters++) {
		const struct cln_opt *opt = parser_find(p, NULL, 0, *letters);
		const char *value = NULL;
		int r;

		if (!opt)
			return cln_usage(err, "unknown option -%c (try --help)", *letters);
		if (opt->type != CLN_OPT_FLAG && letters[1])
			value = letters + 1;
		r = parser_apply(p, opt, value, err);
		if (r < 0 || value)
			return r;
		if (opt->type != CLN_OPT_FLAG)
			return 0;
	}
	return 0;
}

static int parser_command(struct parser *p, const char *word, struct cln_err *err)
{
	struct cln_near near = { .word = word, .length = strlen(word) };
	char text[128];

	for (size_t i = 0; i < p->program->command_count; i++) {
		if (!strcmp(p->program->commands[i].name, word)) {
			p->args->command = &p->program->commands[i];
			return 0;
		}
		cln_near_offer(&near, p->program->commands[i].name);
	}
	return cln_usage(
		err, "unknown command '%s'%s (try --help)", word, cln_near_text(&near, "", text));
}

int cln_opt_parse(const struct cln_program *program, int argc, char **argv, bool stop_at_operand,
	void *options, struct cln_args *args, struct cln_err *err)
{
	struct parser p = { program, args, options, argc, 1, argv };
	int kept = 1; /* operands are moved to the front of argv */

	*args = (struct cln_args){ 0 };
	for (; p.at < argc && !args->done; p.at++) {
		const char *word = argv[p.at];
		int r = 0;

		if (!strcmp(word, "--")) {
			args->separated = true;
			p.at++;
			break;
		}
		if (word[0] == '-' && word[1] == '-')
			r = parser_long(&p, word + 2, err);
		else if (word[0] == '-' && word[1])
			r = parser_letters(&p, word + 1, err);
		else if (program->command_count && !args->command)
			r = parser_command(&p, word, err);
		else if (stop_at_operand)
			break;
		else
			argv[kept++] = argv[p.at];
		if (r < 0)
			return r;
	}
	while (p.at < argc)
		argv[kept++] = argv[p.at++];
	args->rest = argv + 1;
	args->rest_count = kept - 1;
	if (program->command_count && !args->command && !args->done)
		return cln_usage(err, "which command? (try --help)");
	return 0;
}
