// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/cli/images.h"

#include "common/mem.h"

#include <string.h>

void images_release(struct images *images)
{
	cln_arena_free(images->arena);
	free(images->root);
	free(images->parent);
	free(images->input);
	*images = (struct images){ 0 };
}

static uint32_t group_top(const struct images *images, uint32_t group)
{
	while (images->parent[group] != group)
		group = images->parent[group];
	return group;
}

static uint32_t group_new(struct images *images, int input)
{
	size_t count = images->group_count;

	CLN_PUSH(images->parent, images->group_count, images->parent_room) = (uint32_t)count;
	CLN_PUSH(images->input, count, images->input_room) = input;
	return (uint32_t)count - 1;
}

static void group_unite(struct images *images, uint32_t a, uint32_t b)
{
	a = group_top(images, a);
	b = group_top(images, b);
	if (images->input[b] < images->input[a])
		images->input[a] = images->input[b];
	images->parent[b] = a;
}

static bool same_facts(const struct cln_trace_root *a, const struct cln_trace_root *b)
{
	if (strcmp(a->platform, b->platform) != 0 || a->evidence_count != b->evidence_count)
		return false;
	for (size_t i = 0; i < a->evidence_count; i++)
		if (strcmp(a->evidence[i].path, b->evidence[i].path) != 0 ||
			strcmp(a->evidence[i].sha256, b->evidence[i].sha256) != 0)
			return false;
	return true;
}

static void root_keep(struct images *images, const struct cln_trace_root *root, uint32_t group)
{
	struct cln_trace_evidence *fact;
	struct images_root kept = { .group = group };

	if (!images->arena)
		images->arena = cln_arena_new();
	fact = cln_arena_alloc(images->arena, root->evidence_count * sizeof(*fact));
	for (size_t i = 0; i < root->evidence_count; i++) {
		fact[i].path = cln_arena_strdup(images->arena, root->evidence[i].path);
		fact[i].sha256 = cln_arena_strdup(images->arena, root->evidence[i].sha256);
	}
	kept.root.platform = cln_arena_strdup(images->arena, root->platform);
	kept.root.evidence = fact;
	kept.root.evidence_count = root->evidence_count;
	CLN_PUSH(images->root, images->count, images->room) = kept;
}

static void add_root(struct images *images, const struct cln_trace_root *root, uint32_t group)
{
	for (size_t i = 0; i < images->count; i++) {
		struct images_root *known = &images->root[i];

		if (same_facts(&known->root, root)) {
			group_unite(images, known->group, group);
			return;
		}
		if (cln_trace_same_image(&known->root, root))
			group_unite(images, known->group, group);
	}
	root_keep(images, root, group);
}

static bool counts(const struct cln_trace_root *root)
{
	return strcmp(root->kind, "host") != 0 && root->evidence_count;
}

static bool first_of_platform(const struct cln_trace *trace, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (counts(&trace->root[j]) &&
			!strcmp(trace->root[j].platform, trace->root[i].platform))
			return false;
	return counts(&trace->root[i]);
}

/* The containers of one input and one platform are one group. */
void images_add(struct images *images, const struct cln_trace *trace, int input)
{
	for (size_t i = 0; i < trace->root_count; i++) {
		uint32_t group;

		if (!first_of_platform(trace, i))
			continue;
		group = group_new(images, input);
		for (size_t j = i; j < trace->root_count; j++)
			if (counts(&trace->root[j]) &&
				!strcmp(trace->root[j].platform, trace->root[i].platform))
				add_root(images, &trace->root[j], group);
	}
}

int images_check(struct images *images, char *const *names, struct cln_err *err)
{
	for (size_t i = 0; i < images->count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct images_root *a = &images->root[i], *b = &images->root[j];
			uint32_t x = group_top(images, a->group), y = group_top(images, b->group);
			int first, second;

			if (x == y || strcmp(a->root.platform, b->root.platform) != 0)
				continue;
			first = CLN_MIN(images->input[x], images->input[y]);
			second = CLN_MAX(images->input[x], images->input[y]);
			return cln_refuse(err,
				"%s and %s are of different images: their containers have no file "
				"in common, or one that differs (--force merges them all the same)",
				names[first], names[second]);
		}
	}
	return 0;
}
