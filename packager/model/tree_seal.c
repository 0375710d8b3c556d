// SPDX-License-Identifier: Apache-2.0
#include "packager/model/tree_inside.h"

#include <errno.h>
#include <string.h>

/* From the building tables to the final arrays: nodes in pre-order, only inodes in use. */
struct seal {
	struct tree *tree;
	struct tree_build *build;
	uint32_t *inode_new; /* by old inode: new index + 1 */
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

static uint32_t seal_inode(struct seal *seal, uint32_t old)
{
	struct tree *tree = seal->tree;

	if (!seal->inode_new[old]) {
		tree->inode[tree->inode_count] = seal->build->inode[old];
		tree->inode[tree->inode_count].links = 0;
		seal->inode_new[old] = ++tree->inode_count;
	}
	tree->inode[seal->inode_new[old] - 1].links++;
	return seal->inode_new[old] - 1;
}

static void seal_node(struct seal *seal, uint32_t old, uint32_t parent)
{
	const struct bnode *from = &seal->build->node[old];

	seal->tree->node[seal->tree->node_count++] = (struct node){
		.parent = parent,
		.inode = seal_inode(seal, from->inode),
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
	if (build_is_dir(seal->build, old))
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
	uint32_t alive = 0, child = 0;

	if (!in->build)
		return cln_fail(err, EINVAL, "the tree is sealed already");
	free(in->build->entry);
	free(in->build->entry_slot);
	free(in->build->slot);
	in->build->entry = NULL;
	in->build->entry_slot = in->build->slot = NULL;
	for (size_t i = 0; i < in->build->node_count; i++)
		alive += build_alive(in->build, (uint32_t)i);
	seal.inode_new = cln_alloc(in->build->inode_count * sizeof(*seal.inode_new));
	tree->node = cln_realloc(NULL, alive, sizeof(*tree->node));
	tree->child = cln_realloc(NULL, alive, sizeof(*tree->child));
	tree->inode =
		cln_realloc(NULL, CLN_MIN(alive, in->build->inode_count), sizeof(*tree->inode));
	seal_below(&seal, TREE_ROOT, TREE_ROOT, 0, &child);
	free(seal.inode_new);
	free(seal.sorted);
	build_free(cln_steal(&in->build));
	return 0;
}
