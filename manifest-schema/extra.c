// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/inside.h"

#include <string.h>

struct member { /* spans of text that the codec has checked and compacted */
	const char *key, *value;
	size_t key_size, value_size; /* the key with its quotes */
};

/* Behind the string whose opening quote is at text. */
static const char *string_end(const char *text)
{
	for (text++; *text && *text != '"'; text++)
		text += *text == '\\' && text[1];
	return *text ? text + 1 : text;
}

static const char *value_end(const char *text)
{
	for (unsigned int depth = 0; *text;) {
		if (*text == '"') {
			text = string_end(text);
			continue;
		}
		if (!depth && *text == ',')
			break;
		depth += *text == '{' || *text == '[';
		depth -= *text == '}' || *text == ']';
		text++;
	}
	return text;
}

static const char *next_member(const char *text, struct member *member)
{
	const char *end = string_end(text);

	member->key = text;
	member->key_size = (size_t)(end - text);
	member->value = end + (*end == ':');
	end = value_end(member->value);
	member->value_size = (size_t)(end - member->value);
	return end + (*end == ',');
}

static int span_order(const char *a, size_t a_size, const char *b, size_t b_size)
{
	int order = memcmp(a, b, CLN_MIN(a_size, b_size));

	return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int member_order(const void *left, const void *right)
{
	const struct member *a = left, *b = right;
	int order = span_order(a->key, a->key_size, b->key, b->key_size);

	return order ? order : span_order(a->value, a->value_size, b->value, b->value_size);
}

/* The members of both texts, sorted; of one key the smallest value stays. */
static const char *join_members(struct cln_arena *arena, const char *a, const char *b)
{
	size_t count = 0, room = 0, size = 0;
	cln_owned(cln_drop_mem) struct member *member = NULL;
	char *text, *to;

	while (*a)
		a = next_member(a, &CLN_PUSH(member, count, room));
	while (*b)
		b = next_member(b, &CLN_PUSH(member, count, room));
	if (count)
		qsort(member, count, sizeof(*member), member_order);
	for (size_t i = 0; i < count; i++)
		size += member[i].key_size + member[i].value_size + 2;
	to = text = cln_arena_alloc(arena, size + 1);
	for (size_t i = 0; i < count; i++) {
		const struct member *m = &member[i], *before = m - 1;

		if (i && !span_order(m->key, m->key_size, before->key, before->key_size))
			continue;
		if (to != text)
			*to++ = ',';
		to = mempcpy(to, m->key, m->key_size);
		*to++ = ':';
		to = mempcpy(to, m->value, m->value_size);
	}
	return text;
}

const char *trace_extra_join(struct cln_arena *arena, const char *a, const char *b)
{
	if (!b || (a && !strcmp(a, b)))
		return a;
	return join_members(arena, a ? a : "", b);
}

const char *trace_extra_sorted(struct cln_arena *arena, const char *members)
{
	return join_members(arena, members, "");
}
