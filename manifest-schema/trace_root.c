// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/inside.h"

#include "common/path.h"

#include <string.h>

static bool text_equal(const char *a, const char *b)
{
	return !trace_order_text(a, b);
}

static bool root_equal(const struct cln_trace_root *a, const struct cln_trace_root *b)
{
	if (trace_order_root(a, b) || !text_equal(a->cgroup, b->cgroup) ||
		!text_equal(a->extra, b->extra) || a->evidence_count != b->evidence_count ||
		a->mount_count != b->mount_count)
		return false;
	for (size_t i = 0; i < a->evidence_count; i++)
		if (trace_order_evidence(&a->evidence[i], &b->evidence[i]))
			return false;
	for (size_t i = 0; i < a->mount_count; i++)
		if (trace_order_mount(&a->mount[i], &b->mount[i]))
			return false;
	return true;
}

static int mount_order(const void *a, const void *b)
{
	return trace_order_mount(a, b);
}

static int evidence_order(const void *a, const void *b)
{
	return trace_order_evidence(a, b);
}

void trace_root_mounts(struct cln_arena *arena, struct cln_trace_root *root,
	struct cln_trace_mount *mount, size_t count)
{
	struct cln_trace_root more = {
		.mount = mount, .mount_count = count, .cgroup = root->cgroup
	};

	if (!count)
		return;
	qsort(mount, count, sizeof(*mount), mount_order);
	trace_join_root(arena, root, &more);
}

void trace_root_evidence(struct cln_arena *arena, struct cln_trace_root *root,
	struct cln_trace_evidence *fact, size_t count)
{
	struct cln_trace_root more = { .cgroup = root->cgroup };
	size_t kept = 0;

	if (!count)
		return;
	for (size_t i = 0; i < count; i++) {
		fact[i].identity |= cln_trace_identifies(fact[i].path);
		fact[i].size_bytes = trace_clamp(fact[i].size_bytes);
	}
	qsort(fact, count, sizeof(*fact), evidence_order);
	for (size_t i = 0; i < count; i++) {
		if (kept && !trace_order_evidence(&fact[kept - 1], &fact[i]))
			fact[kept - 1].identity |= fact[i].identity;
		else
			fact[kept++] = fact[i];
	}
	more.evidence = fact;
	more.evidence_count = kept;
	trace_join_root(arena, root, &more);
}

void cln_trace_add_evidence(
	struct cln_trace *trace, uint32_t root, const struct cln_trace_evidence *evidence)
{
	struct cln_trace_evidence fact = *evidence;

	trace_root_evidence(trace->inside->arena, &trace->root[root], &fact, 1);
	trace->inside->settled = false;
}

uint32_t cln_trace_add_root(struct cln_trace *trace, const struct cln_trace_root *root)
{
	struct cln_trace_inside *inside = trace->inside;
	uint32_t at = (uint32_t)trace->root_count;
	cln_owned(cln_drop_mem) struct cln_trace_evidence *fact =
		cln_memdup(root->evidence, root->evidence_count * sizeof(*fact));
	cln_owned(cln_drop_mem) struct cln_trace_mount *mount =
		cln_memdup(root->mount, root->mount_count * sizeof(*mount));

	CLN_PUSH(trace->root, trace->root_count, inside->root_room) = (struct cln_trace_root){
		.kind = trace_keep_text(inside->arena, root->kind),
		.platform = trace_keep_text(inside->arena, root->platform),
		.recognised =
			cln_arena_strdup(inside->arena, root->recognised ? root->recognised : ""),
		.cgroup = cln_arena_strdup(inside->arena, root->cgroup ? root->cgroup : ""),
		.folder = trace_keep_text(inside->arena, root->folder),
		.extra = trace_keep_text(inside->arena, root->extra),
	};
	trace_root_evidence(inside->arena, &trace->root[at], fact, root->evidence_count);
	trace_root_mounts(inside->arena, &trace->root[at], mount, root->mount_count);
	inside->settled = false;
	for (uint32_t i = 0; i < at; i++) {
		if (!root_equal(&trace->root[i], &trace->root[at]))
			continue;
		trace->root_count--;
		return i;
	}
	return at;
}

/* Roots are few and their evidence sorted: a walk over both. */
bool cln_trace_same_image(const struct cln_trace_root *a, const struct cln_trace_root *b)
{
	size_t i = 0, j = 0, shared = 0;

	if (strcmp(a->platform, b->platform) != 0)
		return false;
	while (i < a->evidence_count && j < b->evidence_count) {
		const struct cln_trace_evidence *x = &a->evidence[i], *y = &b->evidence[j];
		int order = strcmp(x->path, y->path);

		if (!order && strcmp(x->sha256, y->sha256) != 0)
			return false;
		shared += !order;
		i += order <= 0;
		j += order >= 0;
	}
	return shared > 0;
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A sorted copy, each name once. */
static const char *const *names_kept(struct cln_arena *arena, const char *const *names)
{
	const char **list = (const char **)trace_keep_list(arena, names);
	size_t count = 0, kept = 0;

	while (list[count])
		count++;
	qsort(list, count, sizeof(*list), name_order);
	for (size_t i = 0; i < count; i++)
		if (!kept || strcmp(list[kept - 1], list[i]) != 0)
			list[kept++] = list[i];
	list[kept] = NULL;
	return list;
}

void trace_keep_syscalls(struct cln_arena *arena, struct cln_trace_syscalls *syscalls)
{
	static const char *const nothing[] = { NULL };

	syscalls->program = trace_keep_text(arena, syscalls->program);
	syscalls->name = names_kept(arena, syscalls->name ? syscalls->name : nothing);
	syscalls->extra = trace_keep_text(arena, syscalls->extra);
}
