// SPDX-License-Identifier: Apache-2.0
#include "init/words.h"

#include <errno.h>
#include <string.h>

#define DEPTH_MAX 8 /* nested ${} */

/* Most bytes stand for themselves everywhere: above the dollar, below it are quote and blanks. */
static const char *plain_end(const char *p, const char *end)
{
	while (p<end && * p> '$' && *p != '\\' && *p != '}')
		p++;
	return p;
}

/* Decode the escape at *at ('\'), moving behind it. The byte, or -1. */
static int escape_byte(const char **at, const char *end)
{
	const char *p = *at + 1;

	if (p >= end)
		return -1;
	*at = p + 1;
	switch (*p) {
	case '\\':
	case '"':
	case '$':
	case '#':
	case '}':
	case ' ':
		return *p;
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'x':
		if (end - p < 3 || text_hex(p[1]) < 0 || text_hex(p[2]) < 0)
			return -1;
		*at = p + 3;
		return text_hex(p[1]) * 16 + text_hex(p[2]) ?: -1;
	default:
		return -1;
	}
}

/* The end of the word at from, or NULL with the cause in err. */
static const char *word_end(const char *from, const char *end, struct fail *err)
{
	int quoted = 0, depth = 0;
	const char *p = from;

	while ((p = plain_end(p, end)) < end && (quoted || depth || (*p != ' ' && *p != '\t'))) {
		if (*p == '\\') {
			if (escape_byte(&p, end) < 0) {
				FAIL(err, 0, "unknown escape after a backslash");
				return NULL;
			}
			continue;
		}
		if ((unsigned char)*p < 0x20 && *p != '\t') {
			FAIL(err, 0, "control character: write it as \\xHH");
			return NULL;
		}
		quoted ^= *p == '"';
		depth -= *p == '}' && depth > 0;
		if (*p == '$') {
			if (p + 1 >= end || p[1] != '{') {
				FAIL(err, 0, "a dollar without ${NAME}: write \\$");
				return NULL;
			}
			depth++;
		}
		p++;
	}
	if (quoted || depth) {
		FAIL(err, 0, quoted ? "quote without end" : "${ without }");
		return NULL;
	}
	return p;
}

static int line_cut(const char *start, const char *end, struct line *line, struct fail *err)
{
	const char *p = start;

	line->count = 0;
	for (;;) {
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		if (p >= end || *p == '#')
			return 0;
		err->word = (int)line->count;
		if (line->count == INIT_WORDS_MAX) {
			err->word--;
			return FAIL(err, E2BIG, "more words than a line may have");
		}
		struct word *word = &line->word[line->count++];

		word->at = p;
		word->size = 0;
		word->column = (uint32_t)(p - start + 1);
		p = word_end(p, end, err);
		if (!p)
			return -EINVAL;
		word->size = (uint32_t)(p - word->at);
	}
}

int line_next(struct cursor *cursor, struct line *line, struct fail *err)
{
	while (cursor->at < cursor->end) {
		const char *start = cursor->at;
		size_t left = (size_t)(cursor->end - start);
		const char *end = memchr(start, '\n', left);
		int r;

		if (!end)
			end = cursor->end;
		cursor->at = end + (end < cursor->end);
		line->number = ++cursor->number;
		r = line_cut(start, end, line, err);
		if (r < 0)
			return r;
		if (line->count)
			return 1;
	}
	return 0;
}

struct expansion {
	const char *at, *end;
	const struct vars *vars;
	struct arena *arena;
	struct fail *err;
	int live, depth;
};

static int emit(struct expansion *x, const char *text, size_t size)
{
	char *to = arena_take(x->arena, size);

	if (!to)
		return FAIL(x->err, E2BIG, "the expanded words need too much memory");
	memcpy(to, text, size);
	return 0;
}

static int part(struct expansion *x, int loud);

/* After the ':' of ${NAME: ; value is NULL where unset or empty. */
static int variable_operator(
	struct expansion *x, const char *value, const char *name, size_t size, int loud)
{
	char operator= x->at<x->end ? *x->at++ : '\0';
	size_t mark = x->arena->used;
	int r;

	switch (operator) {
	case '-':
		if (value && loud && (r = emit(x, value, strlen(value))) < 0)
			return r;
		return part(x, loud && !value && x->vars);
	case '+':
		return part(x, loud && value);
	case '?':
		r = part(x, loud && !value && x->vars);
		if (r < 0 || !loud || !x->vars)
			return r;
		if (value)
			return emit(x, value, strlen(value));
		if ((r = emit(x, "", 1)) < 0)
			return r;
		char copy[64];

		text_join(copy, size + 1 < sizeof(copy) ? size + 1 : sizeof(copy), name, END);
		r = FAIL(x->err, 0, copy, ": ",
			x->arena->base[mark] ? x->arena->base + mark : "is not set");
		x->arena->used = mark;
		return r;
	default:
		return FAIL(x->err, 0, "only :- :+ and :? may follow a variable's name");
	}
}

/* x->at is behind "${". */
static int variable(struct expansion *x, int loud)
{
	const char *name = x->at, *value = NULL;
	size_t size;
	int r = 0;

	while (x->at < x->end && *x->at != '}' && *x->at != ':')
		x->at++;
	size = (size_t)(x->at - name);
	if (!text_is_name(name, size))
		return FAIL(x->err, 0,
			size && *name == '@' ? "${@...} must be a word of its own"
					     : "bad variable name");
	if (++x->depth > DEPTH_MAX)
		return FAIL(x->err, 0, "${} nested too deep");
	x->live = 1;
	if (x->vars)
		value = x->vars->get(x->vars->of, name, size);
	if (value && !*value)
		value = NULL;
	if (x->at < x->end && *x->at == ':') {
		x->at++;
		r = variable_operator(x, value, name, size, loud);
	} else if (value && loud) {
		r = emit(x, value, strlen(value));
	}
	if (r < 0)
		return r;
	x->depth--;
	if (x->at >= x->end || *x->at != '}')
		return FAIL(x->err, 0, "${ without }");
	x->at++;
	return 0;
}

/* Up to the end or, inside ${}, to its '}'. */
static int part(struct expansion *x, int loud)
{
	int r = 0;

	while (x->at < x->end && r == 0) {
		const char *plain = plain_end(x->at, x->end);
		char c = *x->at;

		if (plain > x->at) {
			r = loud ? emit(x, x->at, (size_t)(plain - x->at)) : 0;
			x->at = plain;
			continue;
		}

		if (c == '}' && x->depth)
			return 0;
		if (c == '$' && x->end - x->at >= 2 && x->at[1] == '{') {
			x->at += 2;
			r = variable(x, loud);
			continue;
		}
		if (c == '$')
			return FAIL(x->err, 0, "a dollar without ${NAME}: write \\$");
		if (c == '\\') {
			int byte = escape_byte(&x->at, x->end);

			if (byte < 0)
				return FAIL(x->err, 0, "unknown escape after a backslash");
			c = (char)byte;
		} else {
			x->at++;
			if (c == '"')
				continue;
		}
		if (loud)
			r = emit(x, &c, 1);
	}
	return r;
}

int word_expand(const struct word *word, const struct vars *vars, struct arena *arena, char **out,
	struct fail *err)
{
	struct expansion x = { .at = word->at,
		.end = word->at + word->size,
		.vars = vars,
		.arena = arena,
		.err = err };
	size_t mark = arena->used;
	int r = part(&x, 1);

	if (r == 0)
		r = emit(&x, "", 1);
	if (r < 0)
		return r;
	*out = arena->base + mark;
	if (x.live && !vars) {
		arena->used = mark;
		*out = NULL;
	}
	return 0;
}

int word_literal(const struct word *word, struct arena *arena, char **out, struct fail *err)
{
	char *text = NULL;
	int r = word_expand(word, NULL, arena, &text, err);

	if (r == 0 && !text)
		r = FAIL(err, 0, "nothing is expanded here: write \\$");
	if (r == 0)
		*out = text;
	return r;
}

const char *word_splice(const struct word *word, size_t *size)
{
	if (word->size < 5 || memcmp(word->at, "${@", 3) != 0 || word->at[word->size - 1] != '}')
		return NULL;
	*size = word->size - 4;
	return text_is_name(word->at + 3, *size) ? word->at + 3 : NULL;
}
