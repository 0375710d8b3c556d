// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/command.h"

#include "common/mem.h"
#include "init/format.h"

#include <errno.h>
#include <string.h>

_Static_assert(CLN_COUNT(((struct command *)0)->step) <= INIT_STEPS_MAX, "the init's ceiling");

/* Reserved unless quoted: POSIX 2.4, and bash's and zsh's. */
static const char *const keywords[] = { "!", "{", "}", "case", "do", "done", "elif", "else", "esac",
	"fi", "for", "if", "in", "then", "until", "while", "select", "function", "time" };

/* What sh does itself instead of running a program, quoted or not: POSIX 2.14 and
 * the builtins of dash and bash that have no program of the same meaning. */
static const char *const builtins[] = { ".", ":", "alias", "bg", "break", "builtin", "chdir",
	"command", "continue", "declare", "eval", "exit", "export", "fc", "fg", "getopts", "hash",
	"jobs", "let", "local", "read", "readonly", "return", "set", "shift", "shopt", "source",
	"times", "trap", "type", "typeset", "ulimit", "umask", "unalias", "unset", "wait", "cd",
	"exec" };

enum token_kind { TOKEN_WORD, TOKEN_OPERATOR, TOKEN_END };

struct token {
	enum token_kind kind;
	const char *text; /* of a word: its value; of an operator: itself */
	bool quoted;	  /* some of the word was quoted: no keyword, no assignment */
};

struct parser {
	const char *at;
	struct token token;
	struct command *command;
	struct cln_err *err;
};

static int parser_refuse(struct parser *p, const char *what, const char *at)
{
	return cln_fail(p->err, EINVAL, "%s at `%.24s'", what, at);
}

static int quoted_part(struct parser *p, struct cln_buf *word)
{
	const char *start = p->at;
	char quote = *p->at++;

	while (*p->at && *p->at != quote) {
		if (quote == '"' && (*p->at == '$' || *p->at == '`'))
			return parser_refuse(p, "expansion", p->at);
		if (quote == '"' && *p->at == '\\' && p->at[1] && strchr("$`\"\\", p->at[1]))
			p->at++;
		cln_buf_addc(word, *p->at++);
	}
	if (!*p->at)
		return parser_refuse(p, "quote without end", start);
	p->at++;
	return 0;
}

static int word_part(struct parser *p, struct cln_buf *word, bool *quoted)
{
	char c = *p->at;

	if (c == '\'' || c == '"') {
		*quoted = true;
		return quoted_part(p, word);
	}
	if (c == '\\') {
		*quoted = true;
		if (!p->at[1] || p->at[1] == '\n')
			return parser_refuse(p, "continued line", p->at);
		p->at++;
	} else if (c == '$' || c == '`') {
		return parser_refuse(p, "expansion", p->at);
	} else if (strchr("*?[", c) || (c == '~' && !word->size)) {
		return parser_refuse(p, "pattern", p->at);
	} else if (c == '{' || c == '}') {
		/* bash expands braces, dash does not: two meanings are none */
		return parser_refuse(p, "brace", p->at);
	} else if (c == '#' && !word->size && !*quoted) {
		return parser_refuse(p, "comment", p->at);
	}
	cln_buf_addc(word, *p->at++);
	return 0;
}

static int next_word(struct parser *p)
{
	struct cln_buf word = { 0 };
	bool quoted = false;
	int r = 0;

	while (r == 0 && *p->at && !strchr(" \t\n;&|()<>", *p->at))
		r = word_part(p, &word, &quoted);
	if (r == 0)
		p->token = (struct token){ TOKEN_WORD,
			cln_arena_strndup(p->command->arena, word.data ? word.data : "", word.size),
			quoted };
	cln_buf_release(&word);
	return r;
}

/* Longest first, so that ">>" is not two ">". */
static int next_token(struct parser *p)
{
	static const char *const operator[] = { "2>&1", "2>>", "2>", "1>>", "1>", "&&", "||", ">>",
		"<", ">", "|", ";" };

	while (*p->at == ' ' || *p->at == '\t')
		p->at++;
	p->token = (struct token){ TOKEN_END, "", false };
	if (!*p->at)
		return 0;
	if (*p->at == '\n') { /* trailing ones end the string */
		if (p->at[strspn(p->at, " \t\n")])
			return parser_refuse(p, "several lines", p->at + 1);
		p->at += strlen(p->at);
		return 0;
	}
	if (!strncmp(p->at, "<<", 2) || !strncmp(p->at, "<>", 2) || !strncmp(p->at, "<&", 2) ||
		!strncmp(p->at, ">&", 2) || !strncmp(p->at, ">|", 2) || !strncmp(p->at, "|&", 2))
		return parser_refuse(p, "redirection", p->at);
	for (size_t i = 0; i < CLN_COUNT(operator); i++) {
		size_t size = strlen(operator[i]);

		if (strncmp(p->at, operator[i], size) != 0)
			continue;
		p->at += size;
		p->token = (struct token){ TOKEN_OPERATOR, operator[i], false };
		return 0;
	}
	if (strchr("&()", *p->at))
		return parser_refuse(p, *p->at == '&' ? "background" : "group", p->at);
	/* a number glued to a redirection is a descriptor */
	size_t digits = strspn(p->at, "0123456789");

	if (digits && (p->at[digits] == '<' || p->at[digits] == '>'))
		return parser_refuse(p, "other descriptor", p->at);
	return next_word(p);
}

static bool is_operator(const struct parser *p, const char *text)
{
	return p->token.kind == TOKEN_OPERATOR && !strcmp(p->token.text, text);
}

/* Which slot a redirection fills; NULL where the token is none. */
static const char **redirection_slot(struct parser *p, struct command_step *step)
{
	static const struct {
		const char *operator;
		size_t offset;
	} slot[] = {
		{ "<", offsetof(struct command_step, in) },
		{ ">", offsetof(struct command_step, out) },
		{ "1>", offsetof(struct command_step, out) },
		{ ">>", offsetof(struct command_step, append) },
		{ "1>>", offsetof(struct command_step, append) },
		{ "2>", offsetof(struct command_step, err) },
		{ "2>>", offsetof(struct command_step, err_append) },
	};

	for (size_t i = 0; i < CLN_COUNT(slot); i++)
		if (is_operator(p, slot[i].operator))
			return (const char **)((char *)step + slot[i].offset);
	return NULL;
}

static int redirection(struct parser *p, struct command_step *step, const char **slot)
{
	bool to_out = slot == &step->out || slot == &step->append;
	int r;

	/* `2>&1 >file` sends errors to the old output: order matters, no row says it */
	if (*slot || (to_out && (step->out || step->append || step->err_to_out)) ||
		(!to_out && slot != &step->in &&
			(step->err || step->err_append || step->err_to_out)))
		return parser_refuse(p, "second redirection of one stream", p->at);
	r = next_token(p);
	if (r < 0)
		return r;
	if (p->token.kind != TOKEN_WORD || !*p->token.text)
		return parser_refuse(p, "redirection without a file", p->at);
	*slot = p->token.text;
	return next_token(p);
}

static bool is_assignment(const struct token *token)
{
	const char *p = token->text;

	if (*p >= '0' && *p <= '9')
		return false;
	while (*p == '_' || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		(*p >= '0' && *p <= '9'))
		p++;
	return p > token->text && *p == '=';
}

static bool among(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i], text))
			return true;
	return false;
}

/* `2>&1 | x` joins streams before the pipe, as the row's err-to-out does. */
static int word(struct parser *p, struct command_step *step)
{
	const char *text = p->token.text;

	if (!step->argc && is_assignment(&p->token)) {
		if (step->set_count == CLN_COUNT(step->set))
			return parser_refuse(p, "more assignments than a step may have", text);
		step->set[step->set_count++] = text;
		return next_token(p);
	}
	if (!step->argc && !p->token.quoted && !strcmp(text, "exec"))
		return next_token(p);
	if (!step->argc &&
		(among(text, builtins, CLN_COUNT(builtins)) ||
			(!p->token.quoted && among(text, keywords, CLN_COUNT(keywords)))))
		return parser_refuse(p, "shell builtin or keyword", text);
	if (step->argc + 1 >= CLN_COUNT(step->argv))
		return parser_refuse(p, "more arguments than a step may have", text);
	step->argv[step->argc++] = text;
	return next_token(p);
}

static int simple_command(struct parser *p, struct command_step *step)
{
	int r = 0;

	while (r == 0) {
		const char **slot = redirection_slot(p, step);

		if (slot) {
			r = redirection(p, step, slot);
		} else if (is_operator(p, "2>&1")) {
			if (step->err_to_out || step->err || step->err_append)
				return parser_refuse(p, "second redirection of one stream", p->at);
			step->err_to_out = true;
			r = next_token(p);
		} else if (p->token.kind == TOKEN_WORD) {
			r = word(p, step);
		} else {
			break;
		}
	}
	if (r == 0 && !step->argc)
		return parser_refuse(p, "no program", p->at);
	return r;
}

/* `cd DIR &&` in front of everything; the directory then holds for all steps. */
static int leading_cd(struct parser *p, const char **cd)
{
	int r;

	if (p->token.kind != TOKEN_WORD || p->token.quoted || strcmp(p->token.text, "cd") != 0)
		return 0;
	r = next_token(p);
	if (r == 0 && (p->token.kind != TOKEN_WORD || p->token.text[0] != '/'))
		return parser_refuse(p, "cd without an absolute directory", p->at);
	*cd = p->token.text;
	if (r == 0)
		r = next_token(p);
	if (r == 0 && !is_operator(p, "&&"))
		return parser_refuse(p, "cd that is not followed by &&", p->at);
	return r < 0 ? r : next_token(p);
}

static int joint_of(struct parser *p, enum command_joint *joint)
{
	*joint = is_operator(p, "|")	? JOINT_PIPE
		 : is_operator(p, "&&") ? JOINT_AND
		 : is_operator(p, "||") ? JOINT_OR
					: JOINT_SEQ;
	return next_token(p);
}

static int parse_list(struct parser *p)
{
	enum command_joint joint = JOINT_FIRST;
	const char *cd = NULL;
	int r = next_token(p);

	if (r == 0)
		r = leading_cd(p, &cd);
	while (r == 0) {
		struct command_step *step = &p->command->step[p->command->count];

		if (p->command->count == CLN_COUNT(p->command->step))
			return parser_refuse(p, "more steps than a command may have", p->at);
		step->joint = joint;
		step->cd = cd;
		p->command->count++;
		r = simple_command(p, step);
		if (r < 0 || p->token.kind == TOKEN_END)
			return r;
		r = joint_of(p, &joint);
		if (r == 0 && joint == JOINT_SEQ && p->token.kind == TOKEN_END)
			return 0;
	}
	return r;
}

int command_parse(const char *string, struct command **out, struct cln_err *err)
{
	cln_owned(command_drop) struct command *command = cln_alloc(sizeof(*command));
	struct parser p = { .at = string, .command = command, .err = err };
	int r;

	command->arena = cln_arena_new();
	if (strlen(string) > COMMAND_MAX_BYTES)
		return cln_fail(err, EINVAL, "longer than %d bytes", COMMAND_MAX_BYTES);
	r = parse_list(&p);
	if (r < 0)
		return r;
	*out = cln_steal(&command);
	return 0;
}

void command_free(struct command *command)
{
	if (!command)
		return;
	cln_arena_free(command->arena);
	free(command);
}

void command_drop(struct command **command)
{
	command_free(*command);
}

static void row_word(struct cln_buf *out, const char *key, const char *text)
{
	size_t size = strlen(text);
	char *quoted = cln_alloc(4 * size + 3);

	/* an option is one word: the key may stand before the quotes */
	init_quote(quoted, 4 * size + 3, text, size);
	cln_buf_addf(out, " %s%s", key, quoted);
	free(quoted);
}

static void row_option(struct cln_buf *out, const char *key, const char *text)
{
	if (text)
		row_word(out, key, text);
}

void command_rows(const struct command *command, const char *string, command_find *find, void *of,
	struct cln_buf *out)
{
	static const char *const joint[] = { "", " pipe", " and", " or", " seq" };

	cln_buf_adds(out, "command");
	row_word(out, "", string);
	cln_buf_addc(out, '\n');
	for (size_t i = 0; i < command->count; i++) {
		const struct command_step *step = &command->step[i];
		const char *program = find ? find(of, step->argv[0]) : NULL;

		cln_buf_addf(out, "step%s", joint[step->joint]);
		row_option(out, "cd=", step->cd);
		for (size_t k = 0; k < step->set_count; k++)
			row_word(out, "set=", step->set[k]);
		row_option(out, "in=", step->in);
		row_option(out, "out=", step->out);
		row_option(out, "append=", step->append);
		row_option(out, "err=", step->err);
		row_option(out, "err-append=", step->err_append);
		cln_buf_adds(out, step->err_to_out ? " err-to-out --" : " --");
		row_word(out, "", program ? program : step->argv[0]);
		for (size_t k = 1; k < step->argc; k++)
			row_word(out, "", step->argv[k]);
		cln_buf_addc(out, '\n');
	}
}
