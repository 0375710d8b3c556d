// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/cli/delta.h"

#include "common/path.h"

#include <string.h>

void delta_release(struct delta *delta)
{
	free(delta->fact);
	cln_arena_free(delta->arena);
}

static bool ignored(const struct cln_list *ignore, const char *path)
{
	for (size_t i = 0; i < ignore->count; i++)
		if (cln_path_match(ignore->item[i], path))
			return true;
	return false;
}

/* One side being collected. */
struct side {
	struct delta *delta;
	const struct cln_trace *trace;
	const struct cln_list *ignore;
	const char **root; /* labels */
	bool is_after;
};

static void add(struct side *side, struct delta_fact fact, uint32_t bits)
{
	fact.before = side->is_after ? 0 : bits;
	fact.after = side->is_after ? bits : 0;
	CLN_PUSH(side->delta->fact, side->delta->count, side->delta->room) = fact;
}

/* Roots of two builds have different identities: what they are called by is
 * their kind and platform, and their order where there are several. */
static void label_roots(struct side *side)
{
	const struct cln_trace *trace = side->trace;

	side->root = cln_realloc(NULL, trace->root_count, sizeof(*side->root));
	for (size_t i = 0; i < trace->root_count; i++) {
		const struct cln_trace_root *root = &trace->root[i];
		size_t number = 1;

		for (size_t j = 0; j < i; j++)
			number += !strcmp(trace->root[j].kind, root->kind) &&
				  !strcmp(trace->root[j].platform, root->platform);
		side->root[i] = cln_arena_format(side->delta->arena,
			number > 1 ? "%s %s %zu" : "%s %s", root->kind, root->platform, number);
	}
}

static void add_execs(struct side *side)
{
	for (size_t i = 0; i < side->trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &side->trace->exec[i];

		if (!ignored(side->ignore, exec->path))
			add(side,
				(struct delta_fact){ .kind = DELTA_EXEC,
					.root = side->root[exec->root],
					.key = exec->path },
				(uint32_t)1 << exec->role);
	}
}

static void add_files(struct side *side)
{
	for (size_t i = 0; i < side->trace->file_count; i++) {
		const struct cln_trace_file *file = &side->trace->file[i];
		uint32_t first = file->use_count ? file->use[0].exec : CLN_TRACE_NONE;

		if (ignored(side->ignore, file->path) ||
			(file->target && ignored(side->ignore, file->target)))
			continue;
		add(side,
			(struct delta_fact){ .kind = DELTA_FILE,
				.root = side->root[file->root],
				.under = first == CLN_TRACE_NONE ? NULL
								 : side->trace->exec[first].path,
				.key = file->path,
				.target = file->target },
			file->access);
	}
}

static void add_ports(struct side *side)
{
	for (size_t i = 0; i < side->trace->port_count; i++) {
		const struct cln_trace_port *port = &side->trace->port[i];

		add(side,
			(struct delta_fact){ .kind = DELTA_PORT,
				.root = side->root[port->root],
				.key = cln_arena_format(side->delta->arena, "%s %s port %u",
					port->protocol, port->address, port->port) },
			1);
	}
}

static void add_syscalls(struct side *side)
{
	for (size_t i = 0; i < side->trace->syscalls_count; i++) {
		const struct cln_trace_syscalls *syscalls = &side->trace->syscalls[i];

		if (ignored(side->ignore, syscalls->program))
			continue;
		for (const char *const *name = syscalls->name; *name; name++)
			add(side,
				(struct delta_fact){ .kind = DELTA_SYSCALL,
					.root = side->root[syscalls->root],
					.under = syscalls->program,
					.key = *name },
				(uint32_t)1 << syscalls->role);
	}
}

static void add_side(struct side side)
{
	label_roots(&side);
	add_execs(&side);
	add_ports(&side);
	add_syscalls(&side);
	add_files(&side);
	free(side.root);
}

static int text_order(const char *a, const char *b)
{
	if (!a || !b)
		return !!a - !!b;
	return strcmp(a, b);
}

/* A file is the same whoever uses it; a call belongs to its program. */
static int fact_order(const void *left, const void *right)
{
	const struct delta_fact *a = left, *b = right;
	int order = (int)a->kind - (int)b->kind;

	if (!order)
		order = strcmp(a->root, b->root);
	if (!order && a->kind == DELTA_SYSCALL)
		order = strcmp(a->under, b->under);
	if (!order)
		order = strcmp(a->key, b->key);
	return order ? order : text_order(a->target, b->target);
}

/* Calls that changed in the same way stand together. */
static int calls_order(const struct delta_fact *a, const struct delta_fact *b)
{
	if (a->before != b->before)
		return a->before < b->before ? 1 : -1;
	return (a->after > b->after) - (a->after < b->after);
}

/* For people: what one program does stands together. */
static int shown_order(const void *left, const void *right)
{
	const struct delta_fact *a = left, *b = right;
	int order = (int)a->kind - (int)b->kind;

	if (!order)
		order = strcmp(a->root, b->root);
	if (!order)
		order = text_order(a->under, b->under);
	if (!order && a->kind == DELTA_SYSCALL)
		order = calls_order(a, b);
	return order ? order : fact_order(a, b);
}

/* Facts of both sides that are one fold; those that agree go. */
static void keep_differences(struct delta *delta)
{
	size_t kept = 0;

	for (size_t i = 0; i < delta->count;) {
		struct delta_fact fact = delta->fact[i];
		size_t j = i + 1;

		for (; j < delta->count && !fact_order(&fact, &delta->fact[j]); j++) {
			fact.before |= delta->fact[j].before;
			fact.after |= delta->fact[j].after;
			if (text_order(delta->fact[j].under, fact.under) < 0 || !fact.under)
				fact.under = delta->fact[j].under;
		}
		i = j;
		if (fact.before != fact.after)
			delta->fact[kept++] = fact;
	}
	delta->count = kept;
}

void delta_make(struct delta *delta, const struct cln_trace *before, const struct cln_trace *after,
	const struct cln_list *ignore)
{
	struct side side = { .delta = delta, .trace = before, .ignore = ignore };

	delta->arena = cln_arena_new();
	add_side(side);
	side.trace = after;
	side.is_after = true;
	add_side(side);
	if (!delta->count)
		return;
	qsort(delta->fact, delta->count, sizeof(*delta->fact), fact_order);
	keep_differences(delta);
	if (delta->count)
		qsort(delta->fact, delta->count, sizeof(*delta->fact), shown_order);
}
