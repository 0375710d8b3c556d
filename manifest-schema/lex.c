// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/lex_parts.h"

#include "common/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lex_init_text(struct lex *lex, const char *text, size_t size, struct cln_err *err)
{
	*lex = (struct lex){
		.fd = -1,
		.text = text,
		.end = size,
		.keep = SIZE_MAX,
		.line = 1,
		.eof = true,
		.where.index = LEX_NO_INDEX,
		.err = err,
	};
}

void lex_init_fd(struct lex *lex, int fd, uint64_t limit, struct cln_err *err)
{
	lex_init_text(lex, NULL, 0, err);
	lex->fd = fd;
	lex->limit = limit;
	lex->eof = false;
	lex->room = LEX_WINDOW_BYTES;
	lex->text = lex->window = cln_realloc(NULL, lex->room, 1);
}

void lex_release(struct lex *lex)
{
	free(lex->window);
	cln_buf_release(&lex->scratch);
}

int lex_fail(struct lex *lex, const char *fmt, ...)
{
	const struct lex_where *where = &lex->where;
	char cause[1024], place[320] = "", number[32] = "";
	unsigned long long column = lex->base + lex->pos - lex->line_start + 1;
	va_list args;

	va_start(args, fmt);
	vsnprintf(cause, sizeof(cause), fmt, args);
	va_end(args);
	if (where->index != LEX_NO_INDEX)
		snprintf(number, sizeof(number), "[%zu]", where->index);
	if (where->section || where->field)
		snprintf(place, sizeof(place),
			"%s%s%s%s%s%s: ", where->section ? where->section : "", number,
			where->section && where->field ? "." : "", where->field ? where->field : "",
			where->inner ? "." : "", where->inner ? where->inner : "");
	return cln_fail(lex->err, EINVAL, "line %llu, column %llu: %s%s",
		(unsigned long long)lex->line, column, place, cause);
}

/* Drops what is done with, and makes room behind the rest. */
static void window_shift(struct lex *lex)
{
	size_t from = CLN_MIN(lex->pos, lex->keep);

	if (from) {
		memmove(lex->window, lex->window + from, lex->end - from);
		lex->base += from;
		lex->pos -= from;
		lex->end -= from;
		if (lex->keep != SIZE_MAX)
			lex->keep -= from;
	} else if (lex->end == lex->room) {
		lex->room *= 2; /* callers bound their tokens */
		lex->window = cln_realloc(lex->window, lex->room, 1);
	}
	lex->text = lex->window;
}

int lex_fill(struct lex *lex)
{
	ssize_t got;

	if (lex->eof)
		return 0;
	window_shift(lex);
	do
		got = read(lex->fd, lex->window + lex->end, lex->room - lex->end);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return cln_fail(lex->err, errno, "read: %m");
	lex->end += (size_t)got;
	lex->eof = !got;
	if (lex->base + lex->end > lex->limit)
		return cln_fail(lex->err, EFBIG, "larger than the limit of %llu bytes",
			(unsigned long long)lex->limit);
	return got > 0;
}

int lex_raw(struct lex *lex)
{
	if (lex->pos == lex->end) {
		int r = lex_fill(lex);

		if (r <= 0)
			return r;
	}
	return (unsigned char)lex->text[lex->pos];
}

int lex_peek(struct lex *lex)
{
	for (;;) {
		while (lex->pos < lex->end) {
			unsigned char byte = (unsigned char)lex->text[lex->pos];

			if (byte > ' ')
				return byte;
			if (byte == '\n') {
				lex->line++;
				lex->line_start = lex->base + lex->pos + 1;
			} else if (byte != ' ' && byte != '\t' && byte != '\r') {
				return lex_fail(lex, "a control character stands here");
			}
			lex->pos++;
		}
		int r = lex_fill(lex);

		if (r <= 0)
			return r;
	}
}

int lex_unexpected(struct lex *lex, int byte, const char *wanted)
{
	if (byte < 0)
		return byte;
	if (!byte)
		return lex_fail(lex, "the file ends where %s should stand", wanted);
	return lex_fail(lex, byte < 0x7f ? "%s expected, not '%c'" : "%s expected", wanted, byte);
}

int lex_expect(struct lex *lex, char byte)
{
	int r = lex_peek(lex);
	const char wanted[] = { '\'', byte, '\'', '\0' };

	if (r != (unsigned char)byte)
		return lex_unexpected(lex, r, wanted);
	lex->pos++;
	return 0;
}

/* A member or an element follows, or the closing byte. */
static int lex_next(struct lex *lex, bool *first, char close)
{
	int byte = lex_peek(lex);

	if (byte == close) {
		lex->pos++;
		return 0;
	}
	if (*first) {
		*first = false;
		return byte > 0 ? 1 : lex_unexpected(lex, byte, "a value");
	}
	if (byte != ',')
		return lex_unexpected(lex, byte, close == '}' ? "',' or '}'" : "',' or ']'");
	lex->pos++;
	return 1;
}

int lex_object_next(struct lex *lex, bool *first, struct lex_span *key)
{
	int r;

	if (*first && (r = lex_expect(lex, '{')) < 0)
		return r;
	r = lex_next(lex, first, '}');
	if (r <= 0)
		return r;
	r = lex_string(lex, 256, key);
	if (r < 0)
		return r;
	if (lex->pos < lex->end && lex->text[lex->pos] == ':') {
		lex->pos++;
		return 1;
	}
	/* the key must outlive a refill before its colon */
	if (key->data != lex->scratch.data) {
		lex->scratch.size = 0;
		cln_buf_add(&lex->scratch, key->data, key->size);
		key->data = lex->scratch.data;
	}
	r = lex_expect(lex, ':');
	return r < 0 ? r : 1;
}

int lex_array_next(struct lex *lex, bool *first)
{
	int r;

	if (*first && (r = lex_expect(lex, '[')) < 0)
		return r;
	return lex_next(lex, first, ']');
}

int lex_number(struct lex *lex, uint64_t max, uint64_t *out)
{
	int byte = lex_peek(lex);
	uint64_t value = 0;
	size_t digits = 0;

	if (byte < '0' || byte > '9')
		return byte == '-' ? lex_fail(lex, "a number is negative")
				   : lex_unexpected(lex, byte, "a number");
	for (bool zero = false;; lex->pos++, digits++) {
		byte = lex_raw(lex);
		if (byte < 0)
			return byte;
		if (byte == '.' || byte == 'e' || byte == 'E')
			return lex_fail(lex, "a number is no integer");
		if (byte < '0' || byte > '9')
			break;
		if (zero || digits > 16)
			return lex_fail(
				lex, zero ? "a number starts with 0" : "a number is absurd");
		value = value * 10 + (uint64_t)(byte - '0');
		zero = !value && !digits;
	}
	if (value > max)
		return lex_fail(lex, "a number is larger than %llu", (unsigned long long)max);
	*out = value;
	return 0;
}

static int lex_word(struct lex *lex, const char *word)
{
	for (const char *at = word; *at; at++, lex->pos++) {
		int byte = lex_raw(lex);

		if (byte < 0)
			return byte;
		if (byte != *at)
			return lex_fail(lex, "%s expected", word);
	}
	return 0;
}

int lex_bool(struct lex *lex, bool *out)
{
	int byte = lex_peek(lex);

	if (byte != 't' && byte != 'f')
		return lex_unexpected(lex, byte, "true or false");
	*out = byte == 't';
	return lex_word(lex, *out ? "true" : "false");
}

int lex_end(struct lex *lex)
{
	int byte = lex_peek(lex);

	return byte > 0 ? lex_fail(lex, "something stands behind the manifest") : byte;
}
