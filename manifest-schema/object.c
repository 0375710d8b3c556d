// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/object.h"

#include "manifest-schema/emit.h"
#include "manifest-schema/utf8.h"

#include "common/path.h"
#include "common/pathset.h"

#include <string.h>

int object_text(struct reader *rd, size_t max, const char **out)
{
	struct lex_span span;
	int r = lex_string(&rd->lex, max, &span);

	if (r < 0)
		return r;
	*out = cln_arena_strndup(rd->trace->inside->arena, span.data, span.size);
	return 0;
}

int object_base64(struct reader *rd, size_t max, const char **out, size_t *size)
{
	struct lex_span span;
	int r = lex_string(&rd->lex, (max + 2) / 3 * 4, &span);
	char *bytes;

	if (r < 0)
		return r;
	bytes = cln_arena_alloc(rd->trace->inside->arena, span.size / 4 * 3 + 1);
	*size = base64_decode(span.data, span.size, bytes);
	if (*size == SIZE_MAX)
		return lex_fail(&rd->lex, "no base64 (RFC 4648, padded)");
	*out = bytes;
	return 0;
}

static int text_base64(struct reader *rd, size_t max, const char **out)
{
	size_t size;
	int r = object_base64(rd, max, out, &size);

	if (r < 0)
		return r;
	if (memchr(*out, '\0', size))
		return lex_fail(&rd->lex, "a text holds a NUL");
	return 0;
}

static int field_text(struct reader *rd, const struct field *field, bool base64, const char **out)
{
	size_t max = field->type == FIELD_PATH ? CLN_PATH_MAX - 1 : LIMIT_TEXT_BYTES;
	int r = base64 ? text_base64(rd, max, out) : object_text(rd, max, out);

	if (r < 0)
		return r;
	if (field->type == FIELD_PATH && !cln_path_is_normal(*out, strlen(*out)))
		return lex_fail(&rd->lex,
			**out == '/' ? "the path is not normal" : "the path is not absolute");
	if (field->fits && !field->fits(*out))
		return lex_fail(&rd->lex, "no such %s", field->name);
	return 0;
}

static int field_octal(struct reader *rd, uint32_t *out)
{
	struct lex_span span;
	int r = lex_string(&rd->lex, 16, &span);

	if (r < 0)
		return r;
	*out = 0;
	for (size_t i = 0; i < span.size; i++)
		*out = span.data[i] >= '0' && span.data[i] <= '7' && *out < 01000
			       ? *out << 3 | (uint32_t)(span.data[i] - '0')
			       : UINT32_MAX;
	if (span.size != 4 || *out > 07777)
		return lex_fail(&rd->lex, "four octal digits expected");
	return 0;
}

static int field_value(struct reader *rd, const struct field *field, bool base64, void *object)
{
	void *place = (char *)object + field->offset;
	uint64_t number;
	int r = 0;

	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_PATH:
		return field_text(rd, field, base64, place);
	case FIELD_COUNT:
		return lex_number(&rd->lex, CLN_TRACE_COUNT_MAX, place);
	case FIELD_U32:
		r = lex_number(&rd->lex, UINT32_MAX, &number);
		if (!r)
			*(uint32_t *)place = (uint32_t)number;
		return r;
	case FIELD_U16:
		r = lex_number(&rd->lex, UINT16_MAX, &number);
		if (!r)
			*(uint16_t *)place = (uint16_t)number;
		return r;
	case FIELD_OCTAL:
		return field_octal(rd, place);
	case FIELD_BOOL:
		return lex_bool(&rd->lex, place);
	case FIELD_CUSTOM:
		return field->read(rd, object);
	}
	return r;
}

static bool key_is(const struct field *field, const struct lex_span *key, bool *base64)
{
	size_t length = strlen(field->name);

	*base64 = false;
	if (key->size == length)
		return !memcmp(key->data, field->name, length);
	if (key->size != length + 4 || field->type > FIELD_PATH || field->fits)
		return false;
	*base64 = true;
	return !memcmp(key->data, field->name, length) && !memcmp(key->data + length, "_b64", 4);
}

/* What nobody knows: collected as `,"key":value`. */
struct unknown {
	struct cln_buf text;
	struct cln_pathset keys;
};

static int unknown_member(struct reader *rd, const struct lex_span *key, struct unknown *unknown)
{
	size_t before = unknown->keys.count;

	unknown->text.ceiling = LIMIT_UNKNOWN_BYTES;
	cln_pathset_addn(&unknown->keys, key->data, key->size, 0);
	if (unknown->keys.count == before)
		return lex_fail(&rd->lex, "the key \"%.*s\" stands twice",
			(int)CLN_MIN(key->size, 64u), key->data);
	if (before)
		cln_buf_addc(&unknown->text, ',');
	emit_text(&unknown->text, key->data, key->size);
	cln_buf_addc(&unknown->text, ':');
	return lex_unknown(&rd->lex, &unknown->text);
}

static void unknown_release(struct unknown *unknown)
{
	cln_buf_release(&unknown->text);
	cln_pathset_release(&unknown->keys);
}

/* The field of key: writers keep the table's order, so the one behind the last
 * is tried first. */
static size_t field_find(const struct field *fields, size_t count, size_t next,
	const struct lex_span *key, bool *base64)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = next + i < count ? next + i : next + i - count;

		if (key_is(&fields[at], key, base64))
			return at;
	}
	return count;
}

static int missing_field(struct reader *rd, const struct field *fields, size_t count, uint32_t seen)
{
	for (size_t i = 0; i < count; i++)
		if (fields[i].required && !(seen >> i & 1))
			return lex_fail(&rd->lex, "%s is missing", fields[i].name);
	return 0;
}

static int read_members(struct reader *rd, const struct field *fields, size_t count, void *object,
	struct unknown *unknown, const char **label)
{
	struct lex_span key;
	bool first = true, base64;
	uint32_t seen = 0;
	size_t at = 0;
	int r;

	while ((r = lex_object_next(&rd->lex, &first, &key)) > 0) {
		at = field_find(fields, count, at, &key, &base64);
		if (at < count) {
			*label = fields[at].name;
			if (seen >> at & 1)
				return lex_fail(&rd->lex, "stands twice");
			seen |= (uint32_t)1 << at;
			r = field_value(rd, &fields[at++], base64, object);
			*label = NULL;
		} else if (unknown) {
			at = 0;
			r = unknown_member(rd, &key, unknown);
		} else {
			r = lex_fail(&rd->lex, "unknown member \"%.*s\"",
				(int)CLN_MIN(key.size, 64u), key.data);
		}
		if (r < 0)
			return r;
	}
	return r < 0 ? r : missing_field(rd, fields, count, seen);
}

int object_read(struct reader *rd, const struct field *fields, size_t count, void *object,
	const char **extra)
{
	cln_owned(unknown_release) struct unknown unknown = { 0 };
	int r = read_members(rd, fields, count, object, &unknown, &rd->lex.where.field);

	if (!r && unknown.text.size)
		*extra = trace_extra_sorted(rd->trace->inside->arena, unknown.text.data);
	return r;
}

int object_read_inner(struct reader *rd, const struct field *fields, size_t count, void *object)
{
	return read_members(rd, fields, count, object, NULL, &rd->lex.where.inner);
}

static int list_element(struct reader *rd, size_t max_bytes, const char **out)
{
	struct lex_span key;
	bool first = true;
	int r = lex_peek(&rd->lex);

	if (r != '{')
		return r < 0 ? r : object_text(rd, max_bytes, out);
	r = lex_object_next(&rd->lex, &first, &key);
	if (r < 0)
		return r;
	if (!r || key.size != 3 || memcmp(key.data, "b64", 3) != 0)
		return lex_fail(&rd->lex, "a text or {\"b64\": ...} expected");
	r = text_base64(rd, max_bytes, out);
	return r < 0 ? r : lex_expect(&rd->lex, '}');
}

int object_list(struct reader *rd, size_t max_count, size_t max_bytes, const char *const **out)
{
	size_t count = 0;
	bool first = true;
	const char **copy;
	int r;

	while ((r = lex_array_next(&rd->lex, &first)) > 0) {
		if (count == max_count)
			return lex_fail(&rd->lex, "more than %zu elements", max_count);
		const char **slot = &CLN_PUSH(rd->list, count, rd->list_room);
		r = list_element(rd, max_bytes, slot);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	copy = cln_arena_alloc(rd->trace->inside->arena, (count + 1) * sizeof(*copy));
	if (count)
		memcpy(copy, rd->list, count * sizeof(*copy));
	*out = copy;
	return 0;
}
