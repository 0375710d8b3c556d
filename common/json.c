// SPDX-License-Identifier: Apache-2.0
#include "common/json.h"

#include "common/buf.h"
#include "common/file.h"

#include <errno.h>
#include <string.h>

int cln_json_parse(const char *text, size_t size, json_t **out, struct cln_err *err)
{
	json_error_t at;
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &at);

	if (!json)
		return cln_fail(
			err, EINVAL, "JSON, line %d column %d: %s", at.line, at.column, at.text);
	*out = json;
	return 0;
}

int cln_json_read(const char *path, size_t ceiling, json_t **out, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	size_t size;

	if (cln_read_file(path, ceiling, &text, &size, err) < 0)
		return -err->code;
	if (cln_json_parse(text, size, out, err) < 0)
		return cln_within(err, "%s", path);
	return 0;
}

char *cln_json_text_new(const json_t *json)
{
	cln_owned(cln_drop_mem) char *text =
		json_dumps(json, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };

	cln_buf_adds(&buf, text ? text : "null");
	cln_buf_addc(&buf, '\n');
	return cln_buf_steal(&buf);
}

char *cln_json_compact_new(const json_t *json)
{
	return json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}

const char *cln_json_str(const json_t *object, const char *key, const char *otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_string(value) ? json_string_value(value) : otherwise;
}

int64_t cln_json_int(const json_t *object, const char *key, int64_t otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool cln_json_bool(const json_t *object, const char *key, bool otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

/* Bytes of the UTF-8 character at text, 0 where it is none (RFC 3629). */
static size_t utf8_length(const unsigned char *text)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	uint32_t code = text[0] & (length == 1 ? 0x7f : 0xff >> (length + 1));

	if (length > 1 && (text[0] < 0xc2 || text[0] > 0xf4))
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return length;
}

json_t *cln_json_text(const char *text)
{
	cln_owned(cln_buf_release) struct cln_buf clean = { 0 };
	json_t *value = json_string(text);

	if (value)
		return value;
	while (*text) {
		size_t length = utf8_length((const unsigned char *)text);

		if (length)
			cln_buf_add(&clean, text, length);
		else
			cln_buf_adds(&clean, "\xef\xbf\xbd");
		text += length ? length : 1;
	}
	return json_string(clean.data ? clean.data : "");
}

void cln_json_set_str(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, cln_json_text(text));
}
