// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/script.h"

#include "init/format.h"

#include <string.h>

#define DEPTH_MAX 6 /* variables that lead to variables */
#define VALUE_MAX 65536
#define WORK_MAX 4000000u

/* One word being read: its value now, and the same for init.conf (quotes apart). */
struct word {
	const struct script *script;
	const char *at, *end;
	struct cln_buf value, live;
	const char *self; /* the variable being assigned, or NULL */
	bool refers;	  /* holds a variable */
	bool own_default; /* is ${SELF:-word} as a whole */
	size_t own_size;  /* of live, when that was read */
	int depth;
	unsigned *work; /* bytes left to look at: a hostile script gives up */
};

static bool word_read(struct word *w, char until);

static void word_release(struct word *w)
{
	cln_buf_release(&w->value);
	cln_buf_release(&w->live);
}

void script_quote_inside(struct cln_buf *word, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char piece[5];
		size_t n = init_quote_byte((unsigned char)bytes[i], piece);

		/* inside ${X:-...} a bare brace would end the default */
		if (bytes[i] == '}')
			cln_buf_addc(word, '\\');
		cln_buf_add(word, piece, n);
	}
}

static bool name_byte(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

static size_t name_length(const char *at, const char *end)
{
	const char *p = at;

	while (p < end && name_byte(*p, p == at))
		p++;
	return (size_t)(p - at);
}

static void word_literal(struct word *w, const char *bytes, size_t size)
{
	cln_buf_add(&w->value, bytes, size);
	script_quote_inside(&w->live, bytes, size);
}

static const struct template_var *var_of(const struct script *script, const char *name, size_t size)
{
	for (size_t i = 0; i < script->vars->count; i++) {
		const struct template_var *var = &script->vars->var[i];

		if (!strncmp(var->name, name, size) && !var->name[size])
			return var;
	}
	return NULL;
}

/* At a place where a word may begin: behind a blank, a separator or a quote-free start. */
static bool word_starts(const struct script *script, const char *at)
{
	return at == script->text || strchr(" \t\n;&|(", at[-1]);
}

/* The next `NAME=` from *at, leaving *at behind the '='. */
static bool next_assignment(
	const struct script *script, const char **at, const char *name, size_t size)
{
	const char *end = script->text + script->size, *p = *at;

	while (p && (size_t)(end - p) > size) {
		p = memmem(p, (size_t)(end - p), name, size);
		if (!p || (size_t)(end - p) <= size)
			return false;
		if (p[size] == '=' && word_starts(script, p)) {
			*at = p + size + 1;
			return true;
		}
		p++;
	}
	return false;
}

/* A shell variable that main did not inherit: what the script assigned to it. */
static bool word_local(struct word *w, const char *name, size_t size)
{
	const char *at = w->script->text;

	if (w->depth >= DEPTH_MAX)
		return false;
	while (next_assignment(w->script, &at, name, size)) {
		struct word inner = {
			.script = w->script,
			.at = at,
			.end = w->script->text + w->script->size,
			.depth = w->depth + 1,
			.work = w->work,
		};
		bool fine = word_read(&inner, 0) && inner.value.size < VALUE_MAX;

		if (fine) {
			cln_buf_add(&w->value, inner.value.data, inner.value.size);
			cln_buf_add(&w->live, inner.live.data, inner.live.size);
			w->refers |= inner.refers;
		}
		word_release(&inner);
		if (fine)
			return true;
	}
	return false;
}

/* ${NAME:-word} and its kin; w->at is behind the operator. */
static bool word_default(struct word *w, const char *name, size_t size, bool assigns)
{
	const struct template_var *var = var_of(w->script, name, size);
	struct word inner = {
		.script = w->script,
		.at = w->at,
		.end = w->end,
		.depth = w->depth + 1,
		.work = w->work,
	};
	bool own = w->self && strlen(w->self) == size && !memcmp(w->self, name, size);
	bool whole = !w->value.size && !w->live.size;
	bool fine = inner.depth < DEPTH_MAX && word_read(&inner, '}');

	(void)assigns;
	if (fine) {
		w->at = inner.at;
		if (own && whole) { /* what is set stays; the default is the value now */
			w->own_default = true;
			cln_buf_add(&w->live, inner.live.data, inner.live.size);
			w->own_size = w->live.size;
		} else {
			cln_buf_addf(&w->live, "${%.*s:-", (int)size, name);
			cln_buf_add(&w->live, inner.live.data, inner.live.size);
			cln_buf_addc(&w->live, '}');
			w->refers = true;
		}
		if (var && var->value && *var->value && !var->secret && !(own && whole))
			cln_buf_adds(&w->value, var->value);
		else
			cln_buf_add(&w->value, inner.value.data, inner.value.size);
		w->refers |= inner.refers;
	}
	word_release(&inner);
	return fine;
}

static bool word_variable(struct word *w)
{
	bool braced = ++w->at < w->end && *w->at == '{';
	const char *name = w->at += braced;
	size_t size = name_length(name, w->end);
	const struct template_var *var;

	if (!size)
		return false;
	w->at += size;
	if (braced && w->at < w->end && *w->at != '}') {
		w->at += *w->at == ':';
		if (w->at >= w->end || (*w->at != '-' && *w->at != '='))
			return false;
		bool assigns = *w->at++ == '=';

		return word_default(w, name, size, assigns);
	}
	if (braced && (w->at >= w->end || *w->at++ != '}'))
		return false;
	var = var_of(w->script, name, size);
	if (!var || !var->value || var->secret)
		return word_local(w, name, size);
	cln_buf_adds(&w->value, var->value);
	cln_buf_addf(&w->live, "${%.*s}", (int)size, name);
	w->refers = true;
	return true;
}

static bool word_single(struct word *w)
{
	const char *start = ++w->at;
	const char *stop = memchr(start, '\'', (size_t)(w->end - start));

	if (!stop)
		return false;
	word_literal(w, start, (size_t)(stop - start));
	w->at = stop + 1;
	return true;
}

static bool word_double(struct word *w)
{
	w->at++;
	while (w->at < w->end && *w->at != '"') {
		char c = *w->at;

		if (c == '`' || w->value.size > VALUE_MAX)
			return false;
		if (c == '$') {
			if (!word_variable(w))
				return false;
			continue;
		}
		if (c == '\\' && w->at + 1 < w->end && strchr("$`\"\\", w->at[1]))
			c = *++w->at;
		word_literal(w, &c, 1);
		w->at++;
	}
	return w->at++ < w->end;
}

/* Reads to the end of the word, or to `until` inside ${X:-...}. */
static bool word_read(struct word *w, char until)
{
	bool fine = true;

	while (fine && w->at < w->end && w->value.size <= VALUE_MAX) {
		char c = *w->at;

		if (!*w->work || !--*w->work)
			return false;
		if (until && c == until) {
			w->at++;
			return true;
		}
		if (!until && strchr(" \t\n;&|()<>", c))
			return true;
		if (c == '\n' || strchr("`*?[", c))
			return false;
		if (c == '$') {
			fine = word_variable(w);
		} else if (c == '\'') {
			fine = word_single(w);
		} else if (c == '"') {
			fine = word_double(w);
		} else {
			if (c == '\\' && ++w->at >= w->end)
				return false;
			word_literal(w, w->at++, 1);
		}
	}
	return fine && !until && w->value.size <= VALUE_MAX;
}

static void word_out(struct cln_buf *out, const struct word *w)
{
	cln_buf_addc(out, '"');
	cln_buf_add(out, w->live.data, w->live.size);
	cln_buf_addc(out, '"');
}

static bool word_is(const struct word *w, const char *value)
{
	size_t size = strlen(value);

	return w->value.size == size && (!size || !memcmp(w->value.data, value, size));
}

/* `[ -z "$NAME" ]` anywhere makes a constant a default. */
static bool guarded(const struct script *script, const char *name)
{
	static const char *const form[] = { "-z \"$%s\"", "-z \"${%s}\"", "-z \"${%s:-}\"",
		"-z $%s ", "-z ${%s}", "! \"$%s\"", "\"$%s\" = \"\"", "-z \"${%s-}\"" };

	for (size_t i = 0; i < CLN_COUNT(form); i++) {
		struct cln_buf want = { 0 };
		const char *mark = strstr(form[i], "%s");
		bool found;

		cln_buf_add(&want, form[i], (size_t)(mark - form[i]));
		cln_buf_adds(&want, name);
		cln_buf_adds(&want, mark + 2);
		found = memmem(script->text, script->size, want.data, want.size);
		cln_buf_release(&want);
		if (found)
			return true;
	}
	return false;
}

static enum script_how assigned_plainly(
	const struct script *script, const char *name, const char *value, struct cln_buf *word)
{
	const char *at = script->text;
	enum script_how how = SCRIPT_UNKNOWN;
	unsigned work = WORK_MAX;

	while (how == SCRIPT_UNKNOWN && next_assignment(script, &at, name, strlen(name))) {
		struct word w = { .script = script,
			.at = at,
			.end = script->text + script->size,
			.self = name,
			.work = &work };

		if (word_read(&w, 0) && word_is(&w, value) &&
			(!w.own_default || w.own_size == w.live.size)) {
			how = w.own_default || guarded(script, name) ? SCRIPT_DEFAULT
								     : SCRIPT_ALWAYS;
			word_out(word, &w);
		}
		word_release(&w);
	}
	return how;
}

/* `: "${NAME:=word}"` */
static enum script_how assigned_inside(
	const struct script *script, const char *name, const char *value, struct cln_buf *word)
{
	const char *at = script->text, *end = script->text + script->size;
	enum script_how how = SCRIPT_UNKNOWN;
	unsigned work = WORK_MAX;
	size_t size = strlen(name);

	while (how == SCRIPT_UNKNOWN && (at = memmem(at, (size_t)(end - at), "${", 2))) {
		struct word w = {
			.script = script, .at = at, .end = end, .self = name, .work = &work
		};
		const char *p = at + 2 + size;

		at += 2;
		if ((size_t)(end - at) <= size + 1 || memcmp(at, name, size) != 0)
			continue;
		if (*p != '=' && !(p[0] == ':' && p[1] == '='))
			continue;
		if (word_variable(&w) && w.own_default && word_is(&w, value)) {
			how = SCRIPT_DEFAULT;
			word_out(word, &w);
		}
		word_release(&w);
	}
	return how;
}

enum script_how script_assigns(
	const struct script *script, const char *name, const char *value, struct cln_buf *word)
{
	enum script_how how = assigned_inside(script, name, value, word);

	return how != SCRIPT_UNKNOWN ? how : assigned_plainly(script, name, value, word);
}

bool script_explains(const struct script *script, const char *value, struct cln_buf *word)
{
	const char *end = script->text + script->size;
	unsigned work = WORK_MAX;

	for (const char *at = script->text; at < end; at++) {
		struct word w = { .script = script, .at = at, .end = end, .work = &work };
		bool found;

		if (strchr(" \t\n;&|()<>=#", *at) || !word_starts(script, at))
			continue;
		found = word_read(&w, 0) && w.refers && word_is(&w, value);
		if (found)
			word_out(word, &w);
		word_release(&w);
		if (found)
			return true;
	}
	return false;
}

bool script_mentions(const struct script *script, const char *name)
{
	const char *end = script->text + script->size, *at = script->text;
	size_t size = strlen(name);

	while ((at = memmem(at, (size_t)(end - at), name, size))) {
		bool before = at == script->text || !name_byte(at[-1], false);
		bool after = at + size == end || !name_byte(at[size], false);

		if (before && after)
			return true;
		at += size;
	}
	return false;
}
