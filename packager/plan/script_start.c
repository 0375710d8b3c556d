// SPDX-License-Identifier: Apache-2.0
/*
 * script_start.c - the command that started a program, as a whole.
 */
#include "packager/plan/script_parts.h"

#include "common/path.h"
#include "packager/plan/lines.h"

#include <string.h>

struct starting {
	const struct script *script;
	const struct script_pass *pass;
	const char *const *argv; /* what is left to explain */
	const char *const *given;
	struct cln_buf *words;
	unsigned *work;
};

/* NAME of an unquoted $NAME or ${NAME}: the shell splits its value at blanks. */
static bool split_name(const char *from, const char *to, const char **name, size_t *size)
{
	bool braced = to - from > 3 && from[1] == '{' && to[-1] == '}';

	if (to - from < 2 || *from != '$')
		return false;
	*name = from + 1 + braced;
	*size = (size_t)(to - from) - 1 - 2 * (size_t)braced;
	for (size_t i = 0; i < *size; i++)
		if (!script_name_byte((*name)[i], i == 0))
			return false;
	return *size;
}

/* Takes the blank-separated words of value off argv. */
static bool take_split(struct starting *s, const char *value)
{
	while (*(value += strspn(value, " \t\n"))) {
		size_t size = strcspn(value, " \t\n");

		if (!*s->argv || strlen(*s->argv) != size || memcmp(*s->argv, value, size) != 0)
			return false;
		s->argv++;
		value += size;
	}
	return true;
}

/* An environment variable that main has, or that nobody set: its words, however many. */
static bool take_variable(struct starting *s, const char *name, size_t size)
{
	const struct template_vars *vars = s->script->vars;
	const char *at = s->script->text;
	const char *value = NULL;

	for (size_t i = 0; i < vars->count && !value; i++) {
		const struct template_var *var = &vars->var[i];

		if (strlen(var->name) == size && !memcmp(var->name, name, size))
			value = var->secret ? NULL : var->value;
	}
	if (!value && (script_next_default(s->script, at, name, size) ||
			      script_next_assignment(s->script, &at, name, size)))
		return false;
	if (!take_split(s, value ? value : ""))
		return false;
	cln_buf_addf(s->words, " ${@%.*s}", (int)size, name);
	return true;
}

static bool take_word(struct starting *s, size_t i)
{
	struct script_word w = { .script = s->script,
		.at = s->pass->from[i],
		.end = s->pass->to[i],
		.secrets = true,
		.work = s->work };
	const char *name;
	size_t size;

	if (split_name(w.at, w.end, &name, &size) && take_variable(s, name, size))
		return true;
	bool fine = *s->argv && script_word_read(&w, 0) && w.at == w.end &&
		    script_word_is(&w, *s->argv);

	if (fine && w.refers) {
		cln_buf_addc(s->words, ' ');
		script_word_out(s->words, &w);
	} else if (fine) {
		lines_word(s->words, *s->argv);
	}
	s->argv += fine;
	script_word_release(&w);
	return fine;
}

static bool take_given(struct starting *s)
{
	for (size_t i = 0; s->given[i]; i++, s->argv++)
		if (!*s->argv || strcmp(*s->argv, s->given[i]) != 0)
			return false;
	cln_buf_adds(s->words, " ${@args}");
	return true;
}

/* The words behind the i-th, which names the program, against all its arguments. */
static bool explains_all(struct starting *s, size_t i)
{
	for (i++; i <= s->pass->count; i++) {
		if (s->pass->has_args && s->pass->args == i && !take_given(s))
			return false;
		if (i < s->pass->count && !take_word(s, i))
			return false;
	}
	return !*s->argv;
}

static bool names(const struct script_pass *pass, size_t i, const char *program)
{
	return pass->word[i] && !strcmp(cln_path_name(pass->word[i]), cln_path_name(program));
}

struct start {
	const struct script_started *started; /* asked for */
	struct cln_buf *words;
	unsigned work;
};

/* Does the command start the program with its i-th word? Then what follows is added to words. */
static bool starts_at(
	const struct script *script, const struct script_pass *pass, struct start *start, size_t i)
{
	cln_owned(cln_buf_release) struct cln_buf out = { 0 };
	const char *const *argv = start->started->argv;
	struct starting s = { script, pass, argv + 1, start->started->given, &out, &start->work };
	/* a name that cannot be told is told by all that follows it */
	bool hidden = i == 0 && pass->is_exec && !pass->word[0] && pass->count + pass->has_args > 1;

	if (!(hidden || names(pass, i, argv[0])) || !explains_all(&s, i))
		return false;
	if (out.size)
		cln_buf_add(start->words, out.data, out.size);
	return true;
}

static bool starts(const struct script *script, const struct script_pass *pass, void *of)
{
	for (size_t i = 0; !pass->is_set && i < pass->count; i++)
		if (starts_at(script, pass, of, i))
			return true;
	return false;
}

bool script_starts(
	const struct script *script, const struct script_started *started, struct cln_buf *words)
{
	struct start start = { started, words, SCRIPT_WORK_MAX };

	return script_any_command(script, starts, &start);
}

/* Behind `|` that is no `||`, or with `<`, `<<` or `<<<` among its words. */
static bool is_fed(const struct script *script, const struct script_pass *pass)
{
	const char *at = pass->count ? pass->from[0] : script->text;

	while (at > script->text && strchr(" \t\n\\", at[-1]))
		at--;
	if (at - script->text >= 2 && at[-1] == '|' && at[-2] != '|')
		return true;
	for (size_t i = 0; i < pass->count; i++)
		if (*pass->from[i] == '<' &&
			!(i + 1 < pass->count && script_pass_is(pass, i + 1, "/dev/null")))
			return true;
	return false;
}

/* Is it this call, as far as its words can be told? */
static bool calls(const struct script_pass *pass, size_t i, const char *const *argv)
{
	if (!names(pass, i, argv[0]))
		return false;
	for (size_t k = 1;
		argv[k] && i + k < pass->count && !strchr("<>0123456789", *pass->from[i + k]); k++)
		if (pass->word[i + k] && strcmp(pass->word[i + k], argv[k]) != 0)
			return false;
	return true;
}

static bool feeds(const struct script *script, const struct script_pass *pass, void *argv)
{
	for (size_t i = 0; i < pass->count; i++)
		if (calls(pass, i, argv) && is_fed(script, pass))
			return true;
	return false;
}

bool script_feeds(const struct script *script, const char *const *argv)
{
	return argv[0] && script_any_command(script, feeds, (void *)argv);
}
