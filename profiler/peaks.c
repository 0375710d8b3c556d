// SPDX-License-Identifier: Apache-2.0
/*
 * A file that was written under one name and has another one later, by rename, by
 * link, or because a directory above it was renamed, was as large under both.
 */
#include "profiler/inside.h"

#include "common/path.h"

#include <stdio.h>
#include <string.h>

#define PEAK_ROUNDS 64

static uint64_t path_hash(uint32_t root, const char *path, size_t length)
{
	uint64_t h = 0xcbf29ce484222325ULL ^ root;

	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char)path[i]) * 0x100000001b3ULL;
	return h;
}

static bool is_path(const struct cln_trace_file *file, const char *path, size_t length)
{
	return strlen(file->path) == length && !memcmp(file->path, path, length);
}

/* What file `at` was called before the directory on its way, length bytes of its
 * path, got that name: a written file of the trace makes a pair with it. */
static void add_child(struct collect *c, const struct table *names, const struct renamed *r,
	uint32_t at, size_t length)
{
	const struct cln_trace_file *file = c->trace->file, *was;
	char path[CLN_PATH_MAX];
	union table_value *slot;
	int size = snprintf(path, sizeof(path), "%s%s", file[r->from].path, file[at].path + length);

	if (size < 0 || (size_t)size >= sizeof(path))
		return;
	slot = table_find(names, path_hash(file[at].root, path, (size_t)size));
	if (!slot || !slot->number)
		return;
	was = &file[slot->number - 1];
	if (was->root == file[at].root && is_path(was, path, (size_t)size))
		CLN_PUSH(c->renamed, c->renamed_count, c->renamed_room) =
			(struct renamed){ (uint32_t)(slot->number - 1), at, 0 };
}

/* Every name with a renamed directory on its way, for each of that one's names. */
static void add_below(
	struct collect *c, const struct table *names, const struct table *places, uint32_t at)
{
	const struct cln_trace_file *file = c->trace->file;
	const char *path = file[at].path;

	for (size_t i = 1; path[i]; i++) {
		const union table_value *slot = NULL;

		if (path[i] == '/')
			slot = table_find(places, path_hash(file[at].root, path, i));
		for (size_t k = slot ? slot->number : 0; k; k = c->renamed[k - 1].next) {
			struct renamed r = c->renamed[k - 1];

			if (file[r.to].root == file[at].root && is_path(&file[r.to], path, i))
				add_child(c, names, &r, at, i);
		}
	}
}

static void add_children(struct collect *c, size_t direct)
{
	const struct cln_trace_file *file = c->trace->file;
	struct table names = {}, places = {};

	for (size_t k = 0; k < direct; k++) {
		const struct cln_trace_file *to = &file[c->renamed[k].to];
		union table_value *slot =
			table_put(&places, path_hash(to->root, to->path, strlen(to->path)));

		c->renamed[k].next = slot->number;
		slot->number = k + 1;
	}
	for (uint32_t i = 0; i < c->trace->file_count; i++)
		if (file[i].peak_bytes)
			table_put(
				&names, path_hash(file[i].root, file[i].path, strlen(file[i].path)))
				->number = i + 1;
	for (uint32_t i = 0; i < c->trace->file_count; i++)
		add_below(c, &names, &places, i);
	table_release(&names);
	table_release(&places);
}

/* A chain of n renames in the worst order takes n rounds; peaks only grow and
 * come from a finite set, so it ends. In the order of the calls one is enough. */
void files_peaks_settle(struct collect *c)
{
	size_t direct = c->renamed_count;
	const struct cln_trace_file *file = c->trace->file;
	bool more = true;

	if (direct)
		add_children(c, direct);
	for (size_t round = 0; more && round < PEAK_ROUNDS; round++) {
		more = false;
		for (size_t i = 0; i < c->renamed_count; i++) {
			const struct renamed *r = &c->renamed[i];

			if (file[r->from].peak_bytes <= file[r->to].peak_bytes)
				continue;
			cln_trace_set_peak(c->trace, r->to, file[r->from].peak_bytes);
			more = true;
		}
	}
}
