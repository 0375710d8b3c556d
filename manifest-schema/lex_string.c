// SPDX-License-Identifier: Apache-2.0
/*
 * lex_string.c - strings: a span of the window where they stand there as they are.
 */
#include "manifest-schema/lex_parts.h"
#include "manifest-schema/utf8.h"

#include <string.h>

/* A byte at pos, or negative: the string must not end here. */
static int lex_inside(struct lex *lex)
{
	int r;

	if (lex->pos < lex->end)
		return (unsigned char)lex->text[lex->pos];
	r = lex_fill(lex);
	if (r < 0)
		return r;
	if (!r)
		return lex_fail(lex, "the file ends inside a string");
	return (unsigned char)lex->text[lex->pos];
}

static int lex_hex4(struct lex *lex, uint32_t *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++) {
		int byte = lex_inside(lex);
		int lower = byte | 0x20;

		if (byte < 0)
			return byte;
		if (byte >= '0' && byte <= '9')
			*code = *code << 4 | (uint32_t)(byte - '0');
		else if (lower >= 'a' && lower <= 'f')
			*code = *code << 4 | (uint32_t)(lower - 'a' + 10);
		else
			return lex_fail(lex, "four hex digits expected behind \\u");
		lex->pos++;
	}
	return 0;
}

static int lex_unicode(struct lex *lex)
{
	uint32_t code, low;
	char bytes[4];
	int r = lex_hex4(lex, &code);

	if (r < 0)
		return r;
	if (code >= 0xd800 && code < 0xdc00) {
		for (const char *wanted = "\\u"; *wanted; wanted++, lex->pos++)
			if ((r = lex_inside(lex)) != *wanted)
				return r < 0 ? r : lex_fail(lex, "a lone surrogate");
		if ((r = lex_hex4(lex, &low)) < 0)
			return r;
		if (low < 0xdc00 || low > 0xdfff)
			return lex_fail(lex, "a lone surrogate");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code < 0xe000) {
		return lex_fail(lex, "a lone surrogate");
	}
	if (!code)
		return lex_fail(lex, "a string holds a NUL");
	cln_buf_add(&lex->scratch, bytes, utf8_encode(code, bytes));
	return 0;
}

static int lex_escape(struct lex *lex)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	int byte;

	lex->pos++; /* the backslash */
	byte = lex_inside(lex);
	if (byte < 0)
		return byte;
	lex->pos++;
	if (byte == 'u')
		return lex_unicode(lex);
	found = byte ? strchr(from, byte) : NULL;
	if (!found)
		return lex_fail(lex, "no such escape");
	cln_buf_addc(&lex->scratch, to[found - from]);
	return 0;
}

/* Bytes from text up to the first that needs a look: quote, backslash, control,
 * not ASCII. Eight at a time (each test sets the top bit of its byte). */
static size_t plain_length(const char *text, size_t size)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	size_t done = 0;

	for (; size - done >= 8; done += 8) {
		uint64_t word, quote, slash;

		memcpy(&word, text + done, 8);
		quote = word ^ (ones * '"');
		slash = word ^ (ones * '\\');
		if (((word - ones * 0x20) | word | (quote - ones) | (slash - ones)) & tops)
			break;
	}
	for (; done < size; done++) {
		unsigned char byte = (unsigned char)text[done];

		if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\')
			break;
	}
	return done;
}

/* One character of more than one byte. */
static int lex_wide(struct lex *lex)
{
	while (lex->end - lex->pos < 4) {
		int r = lex_fill(lex);

		if (r < 0)
			return r;
		if (!r)
			break;
	}
	size_t length = utf8_length(lex->text + lex->pos, lex->end - lex->pos);

	if (!length)
		return lex_fail(lex, "a string is not UTF-8");
	lex->pos += length;
	return 0;
}

/*
 * Without escapes the string is a span of the window, from keep on; the first
 * escape moves it to scratch, and what follows is added there.
 */
int lex_string(struct lex *lex, size_t max, struct lex_span *out)
{
	bool moved = false;
	int byte = lex_peek(lex), r = 0;

	if (byte != '"')
		return lex_unexpected(lex, byte, "a string");
	lex->keep = ++lex->pos;
	for (;;) {
		lex->pos += plain_length(lex->text + lex->pos, lex->end - lex->pos);
		byte = lex_inside(lex);
		if (byte < 0)
			return byte;
		if (lex->pos - lex->keep + (moved ? lex->scratch.size : 0) > max)
			return lex_fail(lex, "a string is longer than %zu bytes", max);
		if (byte == '"')
			break;
		if (byte >= 0x80) {
			r = lex_wide(lex);
		} else if (byte == '\\') {
			if (!moved)
				lex->scratch.size = 0;
			moved = true;
			cln_buf_add(&lex->scratch, lex->text + lex->keep, lex->pos - lex->keep);
			r = lex_escape(lex);
			lex->keep = lex->pos;
		} else if (byte < 0x20) {
			r = lex_fail(lex, "a string holds a control character");
		}
		if (r < 0)
			return r;
	}
	*out = (struct lex_span){ lex->text + lex->keep, lex->pos - lex->keep };
	if (moved) {
		cln_buf_add(&lex->scratch, out->data, out->size);
		*out = (struct lex_span){ lex->scratch.data, lex->scratch.size };
	}
	lex->pos++;
	lex->keep = SIZE_MAX;
	return 0;
}
