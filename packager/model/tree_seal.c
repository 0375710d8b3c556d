// SPDX-License-Identifier: Apache-2.0
#include "packager/model/tree_inside.h"

#include <errno.h>
#include <string.h>

/* From the building tables to the final arrays: nodes in pre-order; inodes in use move together
 * where they are, because there are as many as paths. */
struct seal {
	struct tree *tree;
	struct tree_build *build;
	uint32_t *inode_new; /* by old inode: 1 where it is in use, then its new index */
	uint32_t *sorted;    /* the children of the directory at hand */
	size_t sorted_room;
};

static int by_name(const void *a, const void *b, void *context)
{
	const struct bnode *node = context;
	const struct bnode *x = &node[*(const uint32_t *)a], *y = &node[*(const uint32_t *)b];
	size_t length = CLN_MIN(x->name_length, y->name_length);
	int order = memcmp(x->name, y->name, length);

	return order ? order : (int)x->name_length - (int)y->name_length;
}

/* Only what living names lead to stays. Returns how many those names are. */
static uint32_t seal_inodes(struct seal *seal)
{
	struct tree_build *build = seal->build;
	uint32_t alive = 0, count = 0;

	seal->inode_new = cln_alloc(build->inode_count * sizeof(*seal->inode_new));
	for (uint32_t id = 0; id < build->node_count; id++) {
		if (!build_alive(build, id))
			continue;
		seal->inode_new[build->node[id].inode] = 1;
		alive++;
	}
	for (uint32_t old = 0; old < build->inode_count; old++) {
		if (!seal->inode_new[old])
			continue;
		build->inode[count] = build->inode[old];
		seal->inode_new[old] = count++;
	}
	seal->tree->inode_count = count;
	seal->tree->inode = cln_realloc(cln_steal(&build->inode), count, sizeof(*build->inode));
	return alive;
}

static void seal_node(struct seal *seal, uint32_t old, uint32_t parent)
{
	const struct bnode *from = &seal->build->node[old];

	seal->tree->node[seal->tree->node_count++] = (struct node){
		.parent = parent,
		.inode = seal->inode_new[from->inode],
		.name = from->name,
		.name_length = from->name_length,
	};
}

/* Appends the living children of old, sorted, behind `from` in seal->sorted. */
static uint32_t seal_children(struct seal *seal, uint32_t old, size_t from)
{
	const struct tree_build *build = seal->build;
	size_t count = from;

	for (uint32_t id = build->node[old].first; id != TREE_NONE; id = build->node[id].next)
		if (build_alive(build, id)) {
			CLN_PUSH(seal->sorted, count, seal->sorted_room) = id;
		}
	if (count - from > 1)
		qsort_r(seal->sorted + from, count - from, sizeof(*seal->sorted), by_name,
			build->node);
	return (uint32_t)(count - from);
}

/*
 * Lays down old and everything below it; `from` is where the stack of sorted
 * names is free, *child where tree->child is. Depth is at most 2048 (a path's length).
 */
static void seal_below(
	struct seal *seal, uint32_t old, uint32_t parent, size_t from, uint32_t *child)
{
	struct tree *tree = seal->tree;
	uint32_t id = tree->node_count, count = 0, first;

	seal_node(seal, old, parent);
	if (tree->inode[tree->node[id].inode].type == NODE_DIR)
		count = seal_children(seal, old, from);
	first = *child;
	*child += count;
	tree->node[id].first_child = first;
	tree->node[id].child_count = count;
	for (uint32_t i = 0; i < count; i++) {
		tree->child[first + i] = tree->node_count;
		seal_below(seal, seal->sorted[from + i], id, from + count, child);
	}
}

int tree_seal(struct tree *tree, struct cln_err *err)
{
	struct tree_inside *in = tree->inside;
	struct seal seal = { .tree = tree, .build = in->build };
	uint32_t alive, child = 0;

	if (!in->build)
		return cln_fail(err, EINVAL, "the tree is sealed already");
	free(in->build->entry);
	free(in->build->entry_slot);
	free(in->build->slot);
	in->build->entry = NULL;
	in->build->entry_slot = in->build->slot = NULL;
	alive = seal_inodes(&seal);
	tree->node = cln_realloc(NULL, alive, sizeof(*tree->node));
	tree->child = cln_realloc(NULL, alive, sizeof(*tree->child));
	seal_below(&seal, TREE_ROOT, TREE_ROOT, 0, &child);
	free(seal.inode_new);
	free(seal.sorted);
	build_free(cln_steal(&in->build));
	return 0;
}
