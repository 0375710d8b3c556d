// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int trace_order_limit(const struct cln_trace_limit *a, const struct cln_trace_limit *b)
{
	int order = strcmp(a->name, b->name);

	if (!order)
		order = (a->soft > b->soft) - (a->soft < b->soft);
	return order ? order : (a->hard > b->hard) - (a->hard < b->hard);
}

static int limit_order(const void *a, const void *b)
{
	return trace_order_limit(a, b);
}

const struct cln_trace_limit *trace_keep_limits(
	struct cln_arena *arena, const struct cln_trace_limit *limit, size_t *count)
{
	struct cln_trace_limit *copy;
	size_t kept = 0;

	if (!*count)
		return NULL;
	copy = cln_arena_alloc(arena, *count * sizeof(*copy));
	for (size_t i = 0; i < *count; i++) {
		copy[i] = limit[i];
		copy[i].name = trace_keep_text(arena, limit[i].name);
	}
	qsort(copy, *count, sizeof(*copy), limit_order);
	for (size_t i = 0; i < *count; i++)
		if (!kept || strcmp(copy[kept - 1].name, copy[i].name) != 0)
			copy[kept++] = copy[i];
	*count = kept;
	return copy;
}

/* Which of the two next ones is first in order: below 0 the left, 0 both. */
static int limit_next(
	const struct cln_trace_exec *a, size_t i, const struct cln_trace_exec *b, size_t j)
{
	if (j == b->limit_count)
		return -1;
	return i == a->limit_count ? 1 : strcmp(a->limit[i].name, b->limit[j].name);
}

/* A limit that only one of two runs found changed stands as it is: the other
 * may have been started with that value. */
void trace_join_limits(
	struct cln_arena *arena, struct cln_trace_exec *into, const struct cln_trace_exec *from)
{
	size_t i = 0, j = 0, count = 0;
	struct cln_trace_limit *all;

	if (!from->limit_count)
		return;
	all = cln_arena_alloc(arena, (into->limit_count + from->limit_count) * sizeof(*all));
	while (i < into->limit_count || j < from->limit_count) {
		int names = limit_next(into, i, from, j);
		int order = names ? names : trace_order_limit(&into->limit[i], &from->limit[j]);
		struct cln_trace_limit *limit = &all[count++];

		*limit = order <= 0 ? into->limit[i] : from->limit[j];
		limit->name = trace_keep_text(arena, limit->name);
		if (!names)
			limit->varies = order || into->limit[i].varies || from->limit[j].varies;
		i += names <= 0;
		j += names >= 0;
	}
	into->limit = all;
	into->limit_count = count;
}

bool trace_limit_name_fits(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");

	return length && length <= 32 && !name[length];
}

const char *trace_limit_text(uint64_t value, char *room)
{
	if (value == CLN_TRACE_UNLIMITED)
		return "unlimited";
	snprintf(room, TRACE_LIMIT_TEXT, "%" PRIu64, value);
	return room;
}

bool trace_limit_value(const char *text, uint64_t *out)
{
	uint64_t value = 0;

	if (!strcmp(text, "unlimited")) {
		*out = CLN_TRACE_UNLIMITED;
		return true;
	}
	if (!*text || (*text == '0' && text[1]))
		return false; /* one spelling for each number */
	for (; *text; text++) {
		unsigned int digit = (unsigned char)*text - '0';

		if (digit > 9 || value > (UINT64_MAX - 1 - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}
