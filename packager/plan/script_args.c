// SPDX-License-Identifier: Apache-2.0
/*
 * script_args.c - the commands of a script, and those of them that hand "$@" on.
 */
#include "packager/plan/script_parts.h"

#include "common/mem.h"

#include <string.h>

#define COMMANDS_MAX 2000u

/* Behind the word at at, whatever it holds: quotes and $(...) are stepped over as a whole. */
static const char *skip_word(const char *at, const char *end)
{
	const char *start = at;
	unsigned depth = 0;
	char quote = 0;

	for (; at < end; at++) {
		char c = *at;

		if (c == '\\' && quote != '\'' && at + 1 < end)
			at++;
		else if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'' || c == '`')
			quote = c;
		else if ((c == '(' || c == '{') && (depth || (at > start && at[-1] == '$')))
			depth++;
		else if (depth && (c == ')' || c == '}'))
			depth--;
		else if (!depth && strchr(" \t\n;&|)<>", c))
			break;
	}
	return at;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end &&
		(*at == ' ' || *at == '\t' || (*at == '\\' && at + 1 < end && at[1] == '\n')))
		at += *at == '\\' ? 2 : 1;
	return at;
}

static bool is_args(const char *at, const char *end)
{
	static const char *const forms[] = { "\"$@\"", "$@", "\"${@}\"", "\"${@:-}\"",
		"${1+\"$@\"}", "\"${@:2}\"", "\"${@:1}\"" };

	for (size_t i = 0; i < CLN_COUNT(forms); i++)
		if (strlen(forms[i]) == (size_t)(end - at) &&
			!memcmp(at, forms[i], (size_t)(end - at)))
			return true;
	return false;
}

static const char *value_of(const struct script *script, const char *at, const char *end,
	struct cln_arena *arena, unsigned *work)
{
	struct script_word w = { .script = script, .at = at, .end = end, .work = work };
	bool fine = script_word_read(&w, 0) && w.at == end;
	const char *value =
		fine ? cln_arena_strndup(arena, w.value.data ? w.value.data : "", w.value.size)
		     : NULL;

	script_word_release(&w);
	return value;
}

/* One command from *at; false: a blank or one that is too long. */
static bool read_command(const struct script *script, const char **at, struct cln_arena *arena,
	struct script_pass *pass, unsigned *work)
{
	const char *end = script->text + script->size, *p = skip_blanks(*at, end);

	*pass = (struct script_pass){ 0 };
	while (p < end && !strchr("\n;&|)", *p) && *p != '#') {
		const char *stop = skip_word(p, end);

		if (stop == p) /* a redirection */
			stop++;
		if (is_args(p, stop)) {
			pass->has_args = true;
			pass->args = pass->count;
		} else if (pass->count < SCRIPT_PASS_MAX) {
			pass->from[pass->count] = p;
			pass->to[pass->count] = stop;
			pass->word[pass->count++] = value_of(script, p, stop, arena, work);
		}
		p = skip_blanks(stop, end);
	}
	if (p < end && *p == '#')
		p += strcspn(p, "\n");
	*at = p < end ? p + 1 : end;
	return pass->count + pass->has_args && pass->count < SCRIPT_PASS_MAX;
}

/* Takes the first count words away. */
static void drop_words(struct script_pass *pass, size_t count)
{
	pass->count -= count;
	pass->args -= CLN_MIN(pass->args, count);
	memmove(pass->word, pass->word + count, pass->count * sizeof(*pass->word));
	memmove(pass->from, pass->from + count, pass->count * sizeof(*pass->from));
	memmove(pass->to, pass->to + count, pass->count * sizeof(*pass->to));
}

bool script_pass_is(const struct script_pass *pass, size_t i, const char *text)
{
	return i < pass->count && pass->word[i] && !strcmp(pass->word[i], text);
}

bool script_next_command(const struct script *script, const char **at, struct cln_arena *arena,
	struct script_pass *pass)
{
	/* words that may stand in front of a command on one line with it */
	static const char *const leads[] = { "then", "else", "do", "{", "!", "if", "env" };
	unsigned work = SCRIPT_WORK_MAX;

	if (!*at)
		*at = script->text;
	while (*at < script->text + script->size) {
		if (!read_command(script, at, arena, pass, &work))
			continue;
		for (size_t i = 0; i < CLN_COUNT(leads); i++)
			if (script_pass_is(pass, 0, leads[i]))
				drop_words(pass, 1);
		pass->is_exec = script_pass_is(pass, 0, "exec");
		pass->is_set = script_pass_is(pass, 0, "set") &&
			       (script_pass_is(pass, 1, "--") || script_pass_is(pass, 1, "-"));
		drop_words(pass, pass->is_exec ? 1 : pass->is_set ? 2 : 0);
		return true;
	}
	return false;
}

bool script_next_pass(const struct script *script, const char **at, struct cln_arena *arena,
	struct script_pass *pass)
{
	while (script_next_command(script, at, arena, pass))
		if (pass->has_args)
			return true;
	return false;
}

bool script_any_command(const struct script *script, script_ask *ask, void *of)
{
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	struct script_pass pass;
	const char *at = NULL;

	for (size_t n = 0; n < COMMANDS_MAX; n++) {
		if (!script_next_command(script, &at, arena, &pass))
			return false;
		if (ask(script, &pass, of))
			return true;
	}
	return false;
}
