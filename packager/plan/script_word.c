// SPDX-License-Identifier: Apache-2.0
/*
 * script_word.c - one word of a shell script: its value, and the same for init.conf.
 */
#include "packager/plan/script_parts.h"

#include "init/format.h"

#include <string.h>

#define DEPTH_MAX 6 /* variables that lead to variables */
#define VALUE_MAX 65536
#define SEARCH_BYTES 64u /* searched in the time that one byte is read in */

void script_word_release(struct script_word *w)
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

bool script_name_byte(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

static size_t name_length(const char *at, const char *end)
{
	const char *p = at;

	while (p < end && script_name_byte(*p, p == at))
		p++;
	return (size_t)(p - at);
}

void script_word_literal(struct script_word *w, const char *bytes, size_t size)
{
	cln_buf_add(&w->value, bytes, size);
	script_quote_inside(&w->live, bytes, size);
}

const struct template_var *script_var(const struct script *script, const char *name, size_t size)
{
	for (size_t i = 0; i < script->vars->count; i++) {
		const struct template_var *var = &script->vars->var[i];

		if (!strncmp(var->name, name, size) && !var->name[size])
			return var;
	}
	return NULL;
}

/* At a place where a word may begin: behind a blank, a separator or a quote-free start. */
bool script_word_starts(const struct script *script, const char *at)
{
	return at == script->text || strchr(" \t\n;&|(", at[-1]);
}

/* The next `NAME=` from *at, leaving *at behind the '='. */
bool script_next_assignment(
	const struct script *script, const char **at, const char *name, size_t size)
{
	const char *end = script->text + script->size, *p = *at;

	while (p && (size_t)(end - p) > size) {
		p = memmem(p, (size_t)(end - p), name, size);
		if (!p || (size_t)(end - p) <= size)
			return false;
		if (p[size] == '=' && script_word_starts(script, p)) {
			*at = p + size + 1;
			return true;
		}
		p++;
	}
	return false;
}

/* A shell variable that main did not inherit: what the script assigned to it. */
static bool word_local(struct script_word *w, const char *name, size_t size)
{
	const char *at = w->script->text;
	unsigned cost = (unsigned)(w->script->size / SEARCH_BYTES) + 1;

	if (w->depth >= DEPTH_MAX)
		return false;
	*w->work -= CLN_MIN(*w->work, cost);
	while (script_next_assignment(w->script, &at, name, size)) {
		struct script_word inner = {
			.script = w->script,
			.at = at,
			.end = w->script->text + w->script->size,
			.depth = w->depth + 1,
			.work = w->work,
		};
		bool fine = script_word_read(&inner, 0) && inner.value.size < VALUE_MAX;

		if (fine) {
			cln_buf_add(&w->value, inner.value.data, inner.value.size);
			cln_buf_add(&w->live, inner.live.data, inner.live.size);
			w->refers |= inner.refers;
		}
		script_word_release(&inner);
		if (fine)
			return true;
	}
	return false;
}

/* The same by `: "${NAME:=word}"`, which a later $NAME repeats. */
static bool word_own_default(struct script_word *w, const char *name, size_t size)
{
	const char *at = script_next_default(w->script, w->script->text, name, size);
	struct script_word inner = {
		.script = w->script,
		.at = at,
		.end = w->script->text + w->script->size,
		.depth = w->depth + 1,
		.work = w->work,
	};

	if (!at || w->depth >= DEPTH_MAX)
		return false;
	bool fine = script_word_variable(&inner);

	if (fine) {
		cln_buf_add(&w->value, inner.value.data, inner.value.size);
		cln_buf_add(&w->live, inner.live.data, inner.live.size);
		w->refers = true;
	}
	script_word_release(&inner);
	return fine;
}

/* A value that the trace withheld stands here. */
static void leave_hole(struct script_word *w)
{
	if (!w->hole)
		w->hole_start = w->value.size;
	w->hole = true;
	w->hole_end = w->value.size;
}

/* ${NAME:-word} and its kin; w->at is behind the operator. */
static bool word_default(struct script_word *w, const char *name, size_t size)
{
	const struct template_var *var = script_var(w->script, name, size);
	struct script_word inner = {
		.script = w->script,
		.at = w->at,
		.end = w->end,
		.depth = w->depth + 1,
		.work = w->work,
	};
	bool own = w->self && strlen(w->self) == size && !memcmp(w->self, name, size);
	bool whole = !w->value.size && !w->live.size;
	bool fine = inner.depth < DEPTH_MAX && script_word_read(&inner, '}');

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
		if (var && var->secret && w->secrets && !own)
			leave_hole(w);
		else if (var && var->value && *var->value && !var->secret && !(own && whole))
			cln_buf_adds(&w->value, var->value);
		else
			cln_buf_add(&w->value, inner.value.data, inner.value.size);
		w->refers |= inner.refers;
	}
	script_word_release(&inner);
	return fine;
}

bool script_word_variable(struct script_word *w)
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
		w->at++;
		return word_default(w, name, size);
	}
	if (braced && (w->at >= w->end || *w->at++ != '}'))
		return false;
	var = script_var(w->script, name, size);
	if (var && var->secret && w->secrets) {
		leave_hole(w);
	} else if (!var || !var->value || var->secret) {
		return word_local(w, name, size) || word_own_default(w, name, size);
	}
	cln_buf_adds(&w->value, var->value);
	cln_buf_addf(&w->live, "${%.*s}", (int)size, name);
	w->refers = true;
	return true;
}

static bool word_single(struct script_word *w)
{
	const char *start = ++w->at;
	const char *stop = memchr(start, '\'', (size_t)(w->end - start));

	if (!stop)
		return false;
	script_word_literal(w, start, (size_t)(stop - start));
	w->at = stop + 1;
	return true;
}

static bool word_double(struct script_word *w)
{
	w->at++;
	while (w->at < w->end && *w->at != '"') {
		char c = *w->at;

		if (c == '`' || w->value.size > VALUE_MAX)
			return false;
		if (c == '$') {
			if (!script_word_variable(w))
				return false;
			continue;
		}
		if (c == '\\' && w->at + 1 < w->end && strchr("$`\"\\", w->at[1]))
			c = *++w->at;
		script_word_literal(w, &c, 1);
		w->at++;
	}
	return w->at++ < w->end;
}

/* Reads to the end of the word, or to `until` inside ${X:-...}. */
bool script_word_read(struct script_word *w, char until)
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
			fine = script_word_variable(w);
		} else if (c == '\'') {
			fine = word_single(w);
		} else if (c == '"') {
			fine = word_double(w);
		} else {
			if (c == '\\' && ++w->at >= w->end)
				return false;
			script_word_literal(w, w->at++, 1);
		}
	}
	return fine && !until && w->value.size <= VALUE_MAX;
}

void script_word_out(struct cln_buf *out, const struct script_word *w)
{
	cln_buf_addc(out, '"');
	cln_buf_add(out, w->live.data, w->live.size);
	cln_buf_addc(out, '"');
}

bool script_word_is(const struct script_word *w, const char *value)
{
	size_t size = strlen(value), front = w->value.size, back = 0;

	if (w->hole) { /* the secret itself is not known here, what stands around it is */
		front = w->hole_start;
		back = w->value.size - w->hole_end;
		if (size <= front + back)
			return false;
	} else if (size != front) {
		return false;
	}
	return (!front || !memcmp(w->value.data, value, front)) &&
	       (!back || !memcmp(w->value.data + w->hole_end, value + size - back, back));
}
