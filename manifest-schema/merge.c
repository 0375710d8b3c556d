// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/find.h"

#include <string.h>

/* Own numbers of what the other trace calls 0, 1, 2... */
struct renumber {
	uint32_t *root, *exec, *run;
	uint32_t *runs; /* room for all runs */
	size_t run_count;
};

static uint32_t renumbered(const uint32_t *map, uint32_t number)
{
	return number == CLN_TRACE_NONE ? number : map[number];
}

/* The root of the same identity, joined; a new one where there is none yet. */
static uint32_t merge_root(struct cln_trace *into, const struct cln_trace_root *from)
{
	for (uint32_t i = 0; i < into->root_count; i++) {
		if (trace_order_root(&into->root[i], from))
			continue;
		trace_join_root(into->inside->arena, &into->root[i], from);
		return i;
	}
	return cln_trace_add_root(into, from);
}

static uint32_t merge_exec(struct cln_trace *into, const struct cln_trace *other,
	const struct cln_trace_exec *from, const struct renumber *map)
{
	struct cln_trace_exec exec = *from;

	exec.root = renumbered(map->root, from->root);
	exec.parent = trace_parent_is_outside(other, from) ? CLN_TRACE_NONE
							   : renumbered(map->exec, from->parent);
	exec.run_count = from->run ? from->run_count : map->run_count;
	for (size_t i = 0; i < exec.run_count; i++)
		map->runs[i] = map->run[from->run ? from->run[i] : i];
	exec.run = map->runs;
	return cln_trace_add_exec(into, &exec);
}

/* "All runs" means those so far, once others come. */
static void spell_out_runs(struct cln_trace *trace)
{
	for (size_t i = 0; i < trace->exec_count; i++) {
		struct cln_trace_exec *exec = &trace->exec[i];

		if (exec->run)
			continue;
		exec->run = cln_arena_alloc(trace->inside->arena, sizeof(*exec->run));
		exec->run_count = 0;
		for (uint32_t run = 0; run < trace->run_count; run++)
			trace_exec_run(trace->inside->arena, exec, run);
	}
}

/* Files of one block: looking one up costs several cache misses, and those of
 * many can be under way at once. */
#define BLOCK 32

struct block {
	uint32_t hash[BLOCK];
	struct cln_trace_file probe[BLOCK];
	size_t count;
};

static void block_prefetch(const struct cln_trace *into, const struct block *block)
{
	const struct trace_table *table = &into->inside->file;
	const struct cln_trace_file *likely[BLOCK];

	for (size_t i = 0; i < block->count; i++) {
		uint32_t at = trace_table_peek(table, block->hash[i]);

		likely[i] = at == CLN_TRACE_NONE ? NULL : &into->file[at];
		if (likely[i])
			__builtin_prefetch(likely[i]);
	}
	for (size_t i = 0; i < block->count; i++) {
		if (!likely[i])
			continue;
		__builtin_prefetch(likely[i]->path);
		__builtin_prefetch(likely[i]->use + likely[i]->use_count / 2);
		__builtin_prefetch(likely[i]->use + likely[i]->use_count, 1);
	}
}

static void merge_file(struct cln_trace *into, const struct cln_trace_file *from,
	const struct cln_trace_file *probe, uint32_t hash, const struct renumber *map)
{
	struct cln_trace_inside *inside = into->inside;
	uint32_t at = trace_find_file_hashed(into, probe, hash);
	struct cln_trace_file *file;

	if (at == CLN_TRACE_NONE) {
		at = (uint32_t)into->file_count;
		CLN_PUSH(into->file, into->file_count, inside->file_room) = (struct cln_trace_file){
			.path = trace_keep_text(inside->arena, from->path),
			.target = trace_keep_text(inside->arena, from->target),
			.root = probe->root,
		};
		trace_table_put(&inside->file, hash, at);
	}
	file = &into->file[at];
	for (size_t i = 0; i < from->use_count; i++)
		trace_file_use(into, file,
			(struct cln_trace_use){
				renumbered(map->exec, from->use[i].exec), from->use[i].access });
	file->peak_bytes = CLN_MAX(file->peak_bytes, from->peak_bytes);
	trace_join_result(inside->arena, &file->result, from->result);
	if (from->extra)
		file->extra = trace_extra_join(inside->arena, file->extra, from->extra);
}

static void merge_files(
	struct cln_trace *into, const struct cln_trace *from, const struct renumber *map)
{
	struct block block;

	trace_files_ready(into);
	for (size_t first = 0; first < from->file_count; first += block.count) {
		block.count = CLN_MIN(from->file_count - first, (size_t)BLOCK);
		for (size_t i = 0; i < block.count; i++) {
			block.probe[i] = from->file[first + i];
			block.probe[i].root = renumbered(map->root, block.probe[i].root);
			block.hash[i] = trace_file_hash(&block.probe[i]);
			trace_table_prefetch(&into->inside->file, block.hash[i]);
		}
		block_prefetch(into, &block);
		for (size_t i = 0; i < block.count; i++)
			merge_file(
				into, &from->file[first + i], &block.probe[i], block.hash[i], map);
	}
}

static void merge_rest(
	struct cln_trace *into, const struct cln_trace *from, const struct renumber *map)
{
	for (size_t i = 0; i < from->port_count; i++) {
		struct cln_trace_port port = from->port[i];

		port.root = renumbered(map->root, port.root);
		port.exec = renumbered(map->exec, port.exec);
		cln_trace_add_port(into, &port);
	}
	for (size_t i = 0; i < from->syscalls_count; i++) {
		struct cln_trace_syscalls syscalls = from->syscalls[i];

		syscalls.root = renumbered(map->root, syscalls.root);
		cln_trace_add_syscalls(into, &syscalls);
	}
	into->inside->extra =
		trace_extra_join(into->inside->arena, into->inside->extra, from->inside->extra);
}

void cln_trace_merge(struct cln_trace *into, const struct cln_trace *from)
{
	cln_owned(cln_drop_mem) uint32_t *root = cln_realloc(NULL, from->root_count, sizeof(*root));
	cln_owned(cln_drop_mem) uint32_t *exec = cln_realloc(NULL, from->exec_count, sizeof(*exec));
	cln_owned(cln_drop_mem) uint32_t *run =
		cln_realloc(NULL, 2 * from->run_count, sizeof(*run));
	struct renumber map = { root, exec, run, run + from->run_count, from->run_count };

	if (into == from)
		return;
	into->inside->settled = false;
	spell_out_runs(into);
	for (size_t i = 0; i < from->run_count; i++)
		run[i] = cln_trace_add_run(into, &from->run[i]);
	for (size_t i = 0; i < from->root_count; i++)
		root[i] = merge_root(into, &from->root[i]);
	for (size_t i = 0; i < from->exec_count; i++)
		exec[i] = merge_exec(into, from, &from->exec[i], &map);
	merge_files(into, from, &map);
	merge_rest(into, from, &map);
}
