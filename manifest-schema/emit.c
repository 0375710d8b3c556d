// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/emit.h"

#include "manifest-schema/utf8.h"

#include "common/mem.h"

#include <string.h>

static bool needs_escape(unsigned char byte)
{
	return byte < 0x20 || byte == '"' || byte == '\\';
}

static void emit_escape(struct cln_buf *out, unsigned char byte)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *found = byte ? strchr(from, byte) : NULL;

	if (!found) {
		cln_buf_addf(out, "\\u%04x", byte);
		return;
	}
	cln_buf_addc(out, '\\');
	cln_buf_addc(out, to[found - from]);
}

void emit_text(struct cln_buf *out, const char *text, size_t size)
{
	size_t from = 0;

	cln_buf_addc(out, '"');
	for (size_t i = 0; i < size; i++) {
		if (!needs_escape((unsigned char)text[i]))
			continue;
		cln_buf_add(out, text + from, i - from);
		emit_escape(out, (unsigned char)text[i]);
		from = i + 1;
	}
	cln_buf_add(out, text + from, size - from);
	cln_buf_addc(out, '"');
}

void emit_base64(struct cln_buf *out, const void *data, size_t size)
{
	cln_owned(cln_drop_mem) char *text = cln_realloc(NULL, (size + 2) / 3, 4);

	cln_buf_addc(out, '"');
	cln_buf_add(out, text, base64_encode(data, size, text));
	cln_buf_addc(out, '"');
}

void emit_number(struct cln_buf *out, uint64_t number)
{
	char text[24];
	size_t at = sizeof(text);

	do
		text[--at] = (char)('0' + number % 10);
	while (number /= 10);
	cln_buf_add(out, text + at, sizeof(text) - at);
}

void emit_comma(struct cln_buf *out)
{
	char last = out->size ? out->data[out->size - 1] : '{';

	if (last != '{' && last != '[')
		cln_buf_addc(out, ',');
}

void emit_key(struct cln_buf *out, const char *key)
{
	emit_comma(out);
	cln_buf_addc(out, '"');
	cln_buf_adds(out, key);
	cln_buf_add(out, "\":", 2);
}

void emit_open(struct cln_buf *out, const char *key, char bracket)
{
	if (key)
		emit_key(out, key);
	else
		emit_comma(out);
	cln_buf_addc(out, bracket);
}

void emit_member(struct cln_buf *out, const char *key, const char *text)
{
	size_t size = text ? strlen(text) : 0;

	if (!text)
		return;
	if (utf8_valid(text, size)) {
		emit_key(out, key);
		emit_text(out, text, size);
		return;
	}
	emit_comma(out);
	cln_buf_addf(out, "\"%s_b64\":", key);
	emit_base64(out, text, size);
}

void emit_member_number(struct cln_buf *out, const char *key, uint64_t number)
{
	emit_key(out, key);
	emit_number(out, number);
}

void emit_member_octal(struct cln_buf *out, const char *key, uint32_t number)
{
	emit_key(out, key);
	cln_buf_addf(out, "\"%04o\"", number);
}

void emit_member_true(struct cln_buf *out, const char *key, bool value)
{
	if (!value)
		return;
	emit_key(out, key);
	cln_buf_adds(out, "true");
}

void emit_element(struct cln_buf *out, const char *text)
{
	size_t size = strlen(text);

	emit_comma(out);
	if (utf8_valid(text, size)) {
		emit_text(out, text, size);
		return;
	}
	cln_buf_adds(out, "{\"b64\":");
	emit_base64(out, text, size);
	cln_buf_addc(out, '}');
}
