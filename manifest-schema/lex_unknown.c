// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/emit.h"
#include "manifest-schema/lex.h"

#include "common/pathset.h"

#include <string.h>

static int unknown_value(struct lex *lex, struct cln_buf *out, int depth);

static int unknown_object(struct lex *lex, struct cln_buf *out, int depth)
{
	cln_owned(cln_pathset_release) struct cln_pathset keys = { 0 };
	struct lex_span key;
	bool first = true;
	int r;

	cln_buf_addc(out, '{');
	while ((r = lex_object_next(lex, &first, &key)) > 0) {
		size_t before = keys.count;

		cln_pathset_addn(&keys, key.data, key.size, 0);
		if (keys.count == before)
			return lex_fail(lex, "the key \"%.*s\" stands twice",
				(int)CLN_MIN(key.size, 64u), key.data);
		if (before)
			cln_buf_addc(out, ',');
		emit_text(out, key.data, key.size);
		cln_buf_addc(out, ':');
		r = unknown_value(lex, out, depth + 1);
		if (r < 0)
			return r;
	}
	cln_buf_addc(out, '}');
	return r;
}

static int unknown_array(struct lex *lex, struct cln_buf *out, int depth)
{
	bool first = true, any = false;
	int r;

	cln_buf_addc(out, '[');
	while ((r = lex_array_next(lex, &first)) > 0) {
		if (any)
			cln_buf_addc(out, ',');
		any = true;
		r = unknown_value(lex, out, depth + 1);
		if (r < 0)
			return r;
	}
	cln_buf_addc(out, ']');
	return r;
}

/* The grammar of RFC 8259, section 6, on what was collected. */
static bool is_number(const char *text)
{
	text += *text == '-';
	if (*text == '0')
		text++;
	else if (*text >= '1' && *text <= '9')
		text += strspn(text, "0123456789");
	else
		return false;
	if (*text == '.') {
		size_t digits = strspn(++text, "0123456789");

		if (!digits)
			return false;
		text += digits;
	}
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '+' || *text == '-';
		if (!strspn(text, "0123456789"))
			return false;
		text += strspn(text, "0123456789");
	}
	return !*text;
}

/* A number, true, false or null: letters, digits and signs up to what is none. */
static int unknown_word(struct lex *lex, struct cln_buf *out)
{
	char word[64];
	size_t length = 0;
	int byte;

	while ((byte = lex_raw(lex)) > 0 && length + 1 < sizeof(word) &&
		(strchr("+-.", byte) || (byte >= '0' && byte <= '9') ||
			((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'))) {
		word[length++] = (char)byte;
		lex->pos++;
	}
	if (byte < 0)
		return byte;
	word[length] = '\0';
	if (strcmp(word, "true") != 0 && strcmp(word, "false") != 0 && strcmp(word, "null") != 0 &&
		!is_number(word))
		return lex_fail(lex, "a value expected");
	cln_buf_add(out, word, length);
	return 0;
}

static int unknown_value(struct lex *lex, struct cln_buf *out, int depth)
{
	struct lex_span text;
	int byte = lex_peek(lex), r;

	if (byte < 0)
		return byte;
	if (depth > LEX_DEPTH_MAX)
		return lex_fail(lex, "nested deeper than %d", LEX_DEPTH_MAX);
	if (byte == '{') {
		r = unknown_object(lex, out, depth);
	} else if (byte == '[') {
		r = unknown_array(lex, out, depth);
	} else if (byte == '"') {
		r = lex_string(lex, out->ceiling, &text);
		if (!r)
			emit_text(out, text.data, text.size);
	} else {
		r = unknown_word(lex, out);
	}
	if (r >= 0 && out->full)
		return lex_fail(lex, "an unknown member is larger than %zu bytes", out->ceiling);
	return r;
}

int lex_unknown(struct lex *lex, struct cln_buf *out)
{
	return unknown_value(lex, out, 0);
}
