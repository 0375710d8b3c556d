// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/cli/tally.h"

#include "common/path.h"
#include "common/pathset.h"

#include <string.h>

/* A name a row: bits in the set are its number. */
struct counting {
	struct cln_pathset names;
	struct tally_row *row;
	size_t count, room;
};

static struct tally_row *row_of(struct counting *counting, const char *name, size_t length)
{
	size_t before = counting->names.count;

	cln_pathset_addn(&counting->names, name, length, 0);
	if (counting->names.count > before) {
		counting->names.entry[before].bits = (uint32_t)counting->count;
		CLN_PUSH(counting->row, counting->count, counting->room) =
			(struct tally_row){ .name = counting->names.entry[before].path };
		return &counting->row[counting->count - 1];
	}
	return &counting->row[cln_pathset_bitsn(&counting->names, name, length)];
}

static int row_order(const void *a, const void *b)
{
	const struct tally_row *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	if (x->files != y->files)
		return x->files < y->files ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* Hands rows and names over. */
static void finish(struct counting *counting, struct tally *tally)
{
	tally->row = cln_steal(&counting->row);
	tally->count = counting->count;
	tally->arena = cln_steal(&counting->names.arena);
	cln_pathset_release(&counting->names);
	if (tally->count)
		qsort(tally->row, tally->count, sizeof(*tally->row), row_order);
}

void tally_release(struct tally *tally)
{
	cln_arena_free(tally->arena);
	free(tally->row);
}

void tally_written(struct tally *tally, const struct cln_trace *trace)
{
	struct counting counting = { 0 };

	for (size_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];
		const char *path = file->target ? file->target : file->path;
		struct tally_row *row;

		if (!(file->access & CLN_ACCESS_WRITES))
			continue;
		row = row_of(&counting, path, cln_path_parent_length(path));
		row->files++;
		row->bytes += file->peak_bytes;
	}
	finish(&counting, tally);
}

/* One program under several arguments uses a path once. */
void tally_programs(struct tally *tally, const struct cln_trace *trace)
{
	struct counting counting = { 0 };

	for (size_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];

		for (size_t j = 0; j < file->use_count; j++) {
			const char *path;
			struct tally_row *row;

			if (file->use[j].exec == CLN_TRACE_NONE)
				continue;
			path = trace->exec[file->use[j].exec].path;
			row = row_of(&counting, path, strlen(path));
			row->files += row->last != i + 1;
			row->last = i + 1;
		}
	}
	finish(&counting, tally);
}

void tally_folders(struct tally *tally, const struct cln_trace *trace)
{
	struct counting counting = { 0 };

	for (size_t i = 0; i < trace->file_count; i++) {
		const char *path = trace->file[i].path;
		size_t length = cln_path_parent_length(path), slashes = 0, end = 0;

		while (end < length && (path[end] != '/' || ++slashes < 4))
			end++;
		row_of(&counting, path, end)->files++;
	}
	finish(&counting, tally);
}
