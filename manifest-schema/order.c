// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/inside.h"

#include <string.h>

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))
/* The first difference decides. */
#define UNLESS_EQUAL(order)        \
	do {                       \
		int r_ = (order);  \
		if (r_)            \
			return r_; \
	} while (0)

int trace_order_text(const char *a, const char *b)
{
	if (!a || !b)
		return ORDER(!!a, !!b);
	return strcmp(a, b);
}

static int order_list(const char *const *a, const char *const *b)
{
	if (!a || !b)
		return ORDER(!!a, !!b);
	for (; *a && *b; a++, b++)
		UNLESS_EQUAL(strcmp(*a, *b));
	return ORDER(!!*a, !!*b);
}

static int order_bytes(const void *a, size_t a_size, const void *b, size_t b_size)
{
	size_t shared = CLN_MIN(a_size, b_size);

	if (!a || !b)
		return ORDER(!!a, !!b);
	if (shared)
		UNLESS_EQUAL(memcmp(a, b, shared));
	return ORDER(a_size, b_size);
}

static int order_losses(const struct cln_trace_run *a, const struct cln_trace_run *b)
{
	for (size_t i = 0; i < a->loss_count && i < b->loss_count; i++) {
		UNLESS_EQUAL(strcmp(a->loss[i].name, b->loss[i].name));
		UNLESS_EQUAL(ORDER(a->loss[i].count, b->loss[i].count));
	}
	return ORDER(a->loss_count, b->loss_count);
}

/* Incomplete first: where two runs claim one id, the doubt stays. */
int trace_order_run(const struct cln_trace_run *a, const struct cln_trace_run *b)
{
	UNLESS_EQUAL(strcmp(a->id, b->id));
	UNLESS_EQUAL(ORDER(a->complete, b->complete));
	UNLESS_EQUAL(order_losses(a, b));
	UNLESS_EQUAL(trace_order_text(a->tool, b->tool));
	UNLESS_EQUAL(trace_order_text(a->host, b->host));
	UNLESS_EQUAL(trace_order_text(a->kernel, b->kernel));
	UNLESS_EQUAL(trace_order_text(a->platform, b->platform));
	UNLESS_EQUAL(trace_order_text(a->started, b->started));
	UNLESS_EQUAL(ORDER(a->duration_ms, b->duration_ms));
	UNLESS_EQUAL(order_list(a->argv, b->argv));
	return ORDER(a->exit_status, b->exit_status);
}

int trace_order_mount(const struct cln_trace_mount *a, const struct cln_trace_mount *b)
{
	UNLESS_EQUAL(strcmp(a->point, b->point));
	UNLESS_EQUAL(strcmp(a->type, b->type));
	UNLESS_EQUAL(trace_order_text(a->source, b->source));
	return trace_order_text(a->options, b->options);
}

int trace_order_evidence(const struct cln_trace_evidence *a, const struct cln_trace_evidence *b)
{
	UNLESS_EQUAL(strcmp(a->path, b->path));
	UNLESS_EQUAL(strcmp(a->sha256, b->sha256));
	return ORDER(a->size_bytes, b->size_bytes);
}

static const struct cln_trace_evidence *next_identity(
	const struct cln_trace_root *root, size_t *next)
{
	while (*next < root->evidence_count) {
		const struct cln_trace_evidence *fact = &root->evidence[(*next)++];

		if (fact->identity)
			return fact;
	}
	return NULL;
}

int trace_order_root(const struct cln_trace_root *a, const struct cln_trace_root *b)
{
	size_t i = 0, j = 0;

	UNLESS_EQUAL(strcmp(a->kind, b->kind));
	UNLESS_EQUAL(strcmp(a->platform, b->platform));
	UNLESS_EQUAL(strcmp(a->recognised, b->recognised));
	UNLESS_EQUAL(trace_order_text(a->folder, b->folder));
	for (;;) {
		const struct cln_trace_evidence *x = next_identity(a, &i);
		const struct cln_trace_evidence *y = next_identity(b, &j);

		if (!x || !y)
			return ORDER(!!x, !!y);
		UNLESS_EQUAL(trace_order_evidence(x, y));
	}
}

/* All of an exec's own content; parents and what merging joins are not. */
int trace_order_exec(const struct cln_trace_exec *a, const struct cln_trace_exec *b)
{
	UNLESS_EQUAL(ORDER(a->root, b->root));
	UNLESS_EQUAL(strcmp(a->path, b->path));
	UNLESS_EQUAL(order_list(a->argv, b->argv));
	UNLESS_EQUAL(ORDER(a->role, b->role));
	UNLESS_EQUAL(trace_order_text(a->interpreter, b->interpreter));
	UNLESS_EQUAL(ORDER(a->argv_cut, b->argv_cut));
	UNLESS_EQUAL(trace_order_text(a->cwd, b->cwd));
	UNLESS_EQUAL(ORDER(a->uid, b->uid));
	UNLESS_EQUAL(ORDER(a->gid, b->gid));
	UNLESS_EQUAL(ORDER(a->umask, b->umask));
	for (size_t i = 0; i < a->group_count && i < b->group_count; i++)
		UNLESS_EQUAL(ORDER(a->group[i], b->group[i]));
	return ORDER(a->group_count, b->group_count);
}

/* Set before unset, given before inherited: the stronger statement is first. */
int trace_order_env(const struct cln_trace_env *a, const struct cln_trace_env *b)
{
	UNLESS_EQUAL(strcmp(a->name, b->name));
	UNLESS_EQUAL(ORDER(a->inherited, b->inherited));
	UNLESS_EQUAL(ORDER(!a->value, !b->value));
	UNLESS_EQUAL(ORDER(!a->redacted, !b->redacted));
	return trace_order_text(a->value, b->value);
}

int trace_order_result(const struct cln_trace_result *a, const struct cln_trace_result *b)
{
	UNLESS_EQUAL(ORDER(a->type, b->type));
	UNLESS_EQUAL(ORDER(a->mode, b->mode));
	UNLESS_EQUAL(ORDER(a->uid, b->uid));
	UNLESS_EQUAL(ORDER(a->gid, b->gid));
	UNLESS_EQUAL(ORDER(a->size_bytes, b->size_bytes));
	UNLESS_EQUAL(order_bytes(a->content, a->content_size, b->content, b->content_size));
	return trace_order_text(a->link_target, b->link_target);
}

int trace_order_file(const struct cln_trace_file *a, const struct cln_trace_file *b)
{
	UNLESS_EQUAL(ORDER(a->root, b->root));
	UNLESS_EQUAL(strcmp(a->path, b->path));
	return trace_order_text(a->target, b->target);
}

int trace_order_port(const struct cln_trace_port *a, const struct cln_trace_port *b)
{
	UNLESS_EQUAL(ORDER(a->root, b->root));
	UNLESS_EQUAL(ORDER(a->port, b->port));
	UNLESS_EQUAL(strcmp(a->protocol, b->protocol));
	UNLESS_EQUAL(strcmp(a->family, b->family));
	UNLESS_EQUAL(strcmp(a->address, b->address));
	return ORDER(a->exec, b->exec);
}

int trace_order_syscalls(const struct cln_trace_syscalls *a, const struct cln_trace_syscalls *b)
{
	UNLESS_EQUAL(ORDER(a->root, b->root));
	UNLESS_EQUAL(ORDER(a->role, b->role));
	return strcmp(a->program, b->program);
}
