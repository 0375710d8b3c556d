// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/find.h"

#include <string.h>

/* Depths by walking up to the first known one, then back down the same way. */
bool trace_exec_depths(const struct cln_trace *trace, uint32_t *depth)
{
	const uint32_t unknown = CLN_TRACE_NONE, walking = CLN_TRACE_NONE - 1;
	cln_owned(cln_drop_mem) uint32_t *way = cln_realloc(NULL, trace->exec_count, sizeof(*way));

	memset(depth, 0xff, trace->exec_count * sizeof(*depth));
	for (uint32_t i = 0; i < trace->exec_count; i++) {
		uint32_t at = i, next_depth;
		size_t steps = 0;

		while (at != CLN_TRACE_NONE && depth[at] == unknown) {
			depth[at] = walking;
			way[steps++] = at;
			at = trace->exec[at].parent;
		}
		if (at != CLN_TRACE_NONE && depth[at] == walking)
			return false;
		next_depth = at == CLN_TRACE_NONE ? 0 : depth[at] + 1;
		while (steps)
			depth[way[--steps]] = next_depth++;
	}
	return true;
}

bool trace_parent_is_outside(const struct cln_trace *trace, const struct cln_trace_exec *exec)
{
	return exec->parent != CLN_TRACE_NONE &&
	       !strcmp(trace->root[exec->root].kind, "container") &&
	       !strcmp(trace->root[trace->exec[exec->parent].root].kind, "host");
}

static int number_by_root(const void *a, const void *b, void *trace)
{
	const struct cln_trace_root *root = ((const struct cln_trace *)trace)->root;

	return trace_order_root(&root[*(const uint32_t *)a], &root[*(const uint32_t *)b]);
}

/* Sorts and folds the roots; map says where each went. */
static void settle_roots(struct cln_trace *trace, uint32_t *map)
{
	size_t count = trace->root_count, kept = 0;
	cln_owned(cln_drop_mem) uint32_t *order = cln_realloc(NULL, count, sizeof(*order));
	struct cln_trace_root *sorted = cln_alloc(count * sizeof(*sorted));

	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	qsort_r(order, count, sizeof(*order), number_by_root, trace);
	for (size_t i = 0; i < count; i++) {
		const struct cln_trace_root *root = &trace->root[order[i]];

		if (kept && !trace_order_root(&sorted[kept - 1], root))
			trace_join_root(trace->inside->arena, &sorted[kept - 1], root);
		else
			sorted[kept++] = *root;
		map[order[i]] = (uint32_t)kept - 1;
	}
	free(trace->root);
	trace->root = sorted;
	trace->root_count = kept;
	trace->inside->root_room = count;
}

struct exec_sort {
	const struct cln_trace *trace;
	const uint32_t *depth, *map; /* map: final numbers of the lesser depths */
};

static int exec_order(const struct exec_sort *sort, uint32_t a, uint32_t b)
{
	const struct cln_trace_exec *x = &sort->trace->exec[a], *y = &sort->trace->exec[b];
	int order = trace_order_exec(x, y);
	uint32_t above, below;

	if (order || x->parent == CLN_TRACE_NONE)
		return order;
	above = sort->map[x->parent];
	below = sort->map[y->parent];
	return (above > below) - (above < below);
}

static int number_by_exec(const void *a, const void *b, void *sort)
{
	return exec_order(sort, *(const uint32_t *)a, *(const uint32_t *)b);
}

static int number_by_depth(const void *a, const void *b, void *sort)
{
	const uint32_t *depth = ((const struct exec_sort *)sort)->depth;
	uint32_t x = depth[*(const uint32_t *)a], y = depth[*(const uint32_t *)b];

	return (x > y) - (x < y);
}

/* One depth: its execs sorted, equal ones folded, appended to sorted. */
static size_t settle_level(const struct exec_sort *sort, uint32_t *order, size_t count,
	struct cln_trace_exec *sorted, size_t kept)
{
	struct cln_arena *arena = sort->trace->inside->arena;
	uint32_t *map = (uint32_t *)sort->map;

	qsort_r(order, count, sizeof(*order), number_by_exec, (void *)sort);
	for (size_t i = 0; i < count; i++) {
		const struct cln_trace_exec *exec = &sort->trace->exec[order[i]];

		if (i && !exec_order(sort, order[i - 1], order[i])) {
			trace_join_exec(arena, &sorted[kept - 1], exec);
		} else {
			sorted[kept] = *exec;
			if (exec->parent != CLN_TRACE_NONE)
				sorted[kept].parent = map[exec->parent];
			kept++;
		}
		map[order[i]] = (uint32_t)kept - 1;
	}
	return kept;
}

/* Parents come before children, so that an exec is ordered by its own content
 * and by where its parent already stands. */
static void settle_execs(struct cln_trace *trace, uint32_t *map)
{
	size_t count = trace->exec_count, kept = 0, level;
	cln_owned(cln_drop_mem) uint32_t *depth = cln_realloc(NULL, count, sizeof(*depth));
	cln_owned(cln_drop_mem) uint32_t *order = cln_realloc(NULL, count, sizeof(*order));
	struct cln_trace_exec *sorted = cln_alloc(count * sizeof(*sorted));
	struct exec_sort sort = { trace, depth, map };

	trace_exec_depths(trace, depth);
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	qsort_r(order, count, sizeof(*order), number_by_depth, &sort);
	for (size_t i = 0; i < count; i += level) {
		level = 1;
		while (i + level < count && depth[order[i + level]] == depth[order[i]])
			level++;
		kept = settle_level(&sort, order + i, level, sorted, kept);
	}
	free(trace->exec);
	trace->exec = sorted;
	trace->exec_count = kept;
	trace->inside->exec_room = count;
}

static bool map_is_plain(const uint32_t *map, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (map[i] != i)
			return false;
	return true;
}

static int use_order(const void *a, const void *b)
{
	uint32_t x = ((const struct cln_trace_use *)a)->exec;
	uint32_t y = ((const struct cln_trace_use *)b)->exec;

	return (x > y) - (x < y);
}

/* Renumbers the users, folds those that became one, and leaves to the unknown
 * user only what no known one did. */
static void settle_uses(struct cln_trace_file *file, const uint32_t *map)
{
	struct cln_trace_use *use = (struct cln_trace_use *)file->use;
	uint32_t known = 0;
	size_t kept = 0;

	if (map)
		for (size_t i = 0; i < file->use_count; i++)
			if (use[i].exec != CLN_TRACE_NONE)
				use[i].exec = map[use[i].exec];
	for (size_t i = 1; i < file->use_count; i++) {
		if (use[i - 1].exec <= use[i].exec)
			continue;
		qsort(use, file->use_count, sizeof(*use), use_order);
		break;
	}
	file->access = 0;
	for (size_t i = 0; i < file->use_count; i++) {
		file->access |= use[i].access;
		if (use[i].exec == CLN_TRACE_NONE)
			use[i].access &= ~known;
		else
			known |= use[i].access;
		if (!use[i].access)
			continue;
		if (kept && use[kept - 1].exec == use[i].exec)
			use[kept - 1].access |= use[i].access;
		else
			use[kept++] = use[i];
	}
	file->use_count = kept;
}

static void join_file(
	struct cln_trace *trace, struct cln_trace_file *into, const struct cln_trace_file *from)
{
	struct cln_arena *arena = trace->inside->arena;

	for (size_t i = 0; i < from->use_count; i++)
		trace_file_use(trace, into, from->use[i]);
	into->peak_bytes = CLN_MAX(into->peak_bytes, from->peak_bytes);
	trace_join_result(arena, &into->result, from->result);
	into->extra = trace_extra_join(arena, into->extra, from->extra);
}

static int file_order(const void *a, const void *b)
{
	return trace_order_file(a, b);
}

static void settle_files(struct cln_trace *trace, const uint32_t *root, const uint32_t *exec)
{
	size_t kept = 0;
	bool sorted = true;

	for (size_t i = 0; i < trace->file_count; i++) {
		struct cln_trace_file *file = &trace->file[i];

		file->root = root[file->root];
		settle_uses(file, exec);
		sorted = sorted && (!i || trace_order_file(file - 1, file) <= 0);
	}
	if (!sorted)
		qsort(trace->file, trace->file_count, sizeof(*trace->file), file_order);
	for (size_t i = 0; i < trace->file_count; i++) {
		if (!trace->file[i].access)
			continue;
		if (kept && !trace_order_file(&trace->file[kept - 1], &trace->file[i])) {
			join_file(trace, &trace->file[kept - 1], &trace->file[i]);
			settle_uses(&trace->file[kept - 1], NULL);
		} else {
			trace->file[kept++] = trace->file[i];
		}
	}
	trace->file_count = kept;
}

static int port_order(const void *a, const void *b)
{
	return trace_order_port(a, b);
}

static void settle_ports(struct cln_trace *trace, const uint32_t *root, const uint32_t *exec)
{
	struct cln_arena *arena = trace->inside->arena;
	struct cln_trace_port *port = trace->port;
	size_t kept = 0;

	for (size_t i = 0; i < trace->port_count; i++) {
		port[i].root = root[port[i].root];
		if (exec && port[i].exec != CLN_TRACE_NONE)
			port[i].exec = exec[port[i].exec];
	}
	if (port)
		qsort(port, trace->port_count, sizeof(*port), port_order);
	for (size_t i = 0; i < trace->port_count; i++) {
		if (kept && !trace_order_port(&port[kept - 1], &port[i]))
			port[kept - 1].extra =
				trace_extra_join(arena, port[kept - 1].extra, port[i].extra);
		else
			port[kept++] = port[i];
	}
	trace->port_count = kept;
}

static int syscalls_order(const void *a, const void *b)
{
	return trace_order_syscalls(a, b);
}

static void settle_syscalls(struct cln_trace *trace, const uint32_t *root)
{
	struct cln_trace_syscalls *syscalls = trace->syscalls;
	size_t kept = 0;

	for (size_t i = 0; i < trace->syscalls_count; i++)
		syscalls[i].root = root[syscalls[i].root];
	if (syscalls)
		qsort(syscalls, trace->syscalls_count, sizeof(*syscalls), syscalls_order);
	for (size_t i = 0; i < trace->syscalls_count; i++) {
		if (kept && !trace_order_syscalls(&syscalls[kept - 1], &syscalls[i]))
			trace_join_syscalls(
				trace->inside->arena, &syscalls[kept - 1], &syscalls[i]);
		else
			syscalls[kept++] = syscalls[i];
	}
	trace->syscalls_count = kept;
}

static int number_by_run(const void *a, const void *b, void *trace)
{
	const struct cln_trace_run *run = ((const struct cln_trace *)trace)->run;

	return trace_order_run(&run[*(const uint32_t *)a], &run[*(const uint32_t *)b]);
}

static int run_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Sorts and folds the runs; map says where each went. */
static void settle_runs(struct cln_trace *trace, uint32_t *map)
{
	size_t count = trace->run_count, kept = 0;
	cln_owned(cln_drop_mem) uint32_t *order = cln_realloc(NULL, count, sizeof(*order));
	struct cln_trace_run *sorted = cln_alloc(count * sizeof(*sorted));

	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	qsort_r(order, count, sizeof(*order), number_by_run, trace);
	for (size_t i = 0; i < count; i++) {
		const struct cln_trace_run *run = &trace->run[order[i]];

		if (kept && !strcmp(sorted[kept - 1].id, run->id))
			trace_join_run(trace->inside->arena, &sorted[kept - 1], run);
		else
			sorted[kept++] = *run;
		map[order[i]] = (uint32_t)kept - 1;
	}
	free(trace->run);
	trace->run = sorted;
	trace->run_count = kept;
	trace->inside->run_room = count;
}

static void renumber_runs(struct cln_trace *trace, const uint32_t *map)
{
	for (size_t i = 0; i < trace->exec_count; i++) {
		struct cln_trace_exec *exec = &trace->exec[i];
		uint32_t *run = (uint32_t *)exec->run;
		size_t kept = 0;

		for (size_t j = 0; j < exec->run_count; j++)
			run[j] = map[run[j]];
		if (exec->run_count)
			qsort(run, exec->run_count, sizeof(*run), run_order);
		for (size_t j = 0; j < exec->run_count; j++)
			if (!kept || run[kept - 1] != run[j])
				run[kept++] = run[j];
		exec->run_count = kept;
	}
}

/* One spelling: who was in every run names none. */
static void shorten_runs(struct cln_trace *trace)
{
	for (size_t i = 0; i < trace->exec_count; i++) {
		if (trace->exec[i].run_count != trace->run_count)
			continue;
		trace->exec[i].run = NULL;
		trace->exec[i].run_count = 0;
	}
}

void cln_trace_settle(struct cln_trace *trace)
{
	size_t roots = trace->root_count, execs = trace->exec_count;
	cln_owned(cln_drop_mem) uint32_t *root = cln_realloc(NULL, roots, sizeof(*root));
	cln_owned(cln_drop_mem) uint32_t *exec = cln_realloc(NULL, execs, sizeof(*exec));
	cln_owned(cln_drop_mem) uint32_t *run = cln_realloc(NULL, trace->run_count, sizeof(*run));
	const uint32_t *moved;

	if (trace->inside->settled)
		return;
	trace_tables_drop(trace);
	settle_runs(trace, run);
	renumber_runs(trace, run);
	settle_roots(trace, root);
	for (size_t i = 0; i < execs; i++)
		trace->exec[i].root = root[trace->exec[i].root];
	for (size_t i = 0; i < execs; i++)
		if (trace_parent_is_outside(trace, &trace->exec[i]))
			trace->exec[i].parent = CLN_TRACE_NONE;
	settle_execs(trace, exec);
	shorten_runs(trace);
	moved = map_is_plain(exec, execs) ? NULL : exec;
	settle_files(trace, root, moved);
	settle_ports(trace, root, moved);
	settle_syscalls(trace, root);
	trace->inside->settled = true;
}
