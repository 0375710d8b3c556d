// SPDX-License-Identifier: Apache-2.0
/*
 * layout_order.c - all entries in byte order of their paths, without sorting what is sorted.
 *
 * The tree has its names in order, but what lies in "a" begins with "a/" and comes behind
 * "a-b" and all that lies in it. So a directory that was laid down waits until the name at
 * hand is behind it and a slash; whoever waits is the beginning of all that wait after it.
 */
#include "packager/plan/layout_inside.h"

#include <string.h>

struct order {
	struct make *make;
	size_t own_at;	   /* of make->own, sorted: the next */
	uint32_t *waiting; /* directories that are laid down, but not what is in them */
	size_t waiting_count, waiting_room;
	char path[CLN_PATH_MAX];
};

static void lay_own(struct order *order, const char *before)
{
	struct make *make = order->make;

	while (order->own_at < make->own_count &&
		(!before || strcmp(make->own[order->own_at].path, before) < 0))
		make->layout->entry[make->layout->count++] = make->own[order->own_at++];
}

/* path is in order->path. */
static void lay_node(struct order *order, uint32_t id)
{
	struct make *make = order->make;
	struct layout_entry *entry;

	if (!make->alive[id])
		return;
	lay_own(order, order->path);
	entry = &make->layout->entry[make->layout->count++];
	*entry = (struct layout_entry){ 0 };
	make_from_node(make, id, entry);
}

/* Behind the directory's path, which is the first length bytes. */
static size_t set_name(struct order *order, size_t length, const struct node *node)
{
	order->path[length] = '/';
	memcpy(order->path + length + 1, node->name, node->name_length);
	length += 1 + (size_t)node->name_length;
	order->path[length] = '\0';
	return length;
}

/* Is all that lies in dir in front of the name beside it? */
static bool is_behind(const struct node *name, const struct node *dir)
{
	int order = memcmp(name->name, dir->name, CLN_MIN(name->name_length, dir->name_length));

	return order ? order > 0
		     : name->name_length > dir->name_length &&
			       (unsigned char)name->name[dir->name_length] > '/';
}

static void lay_below(struct order *order, uint32_t dir, size_t length);

static void lay_waiting(struct order *order, size_t length)
{
	uint32_t dir = order->waiting[--order->waiting_count];

	lay_below(order, dir, set_name(order, length, &order->make->tree->node[dir]));
}

/* length: of the directory's path, 0 for the root's. A path is at most 2048 names deep. */
static void lay_below(struct order *order, uint32_t dir, size_t length)
{
	const struct tree *tree = order->make->tree;
	const struct node *node = &tree->node[dir];
	size_t before = order->waiting_count;

	for (uint32_t i = 0; i < node->child_count; i++) {
		uint32_t child = tree->child[node->first_child + i];

		while (order->waiting_count > before &&
			is_behind(&tree->node[child],
				&tree->node[order->waiting[order->waiting_count - 1]]))
			lay_waiting(order, length);
		set_name(order, length, &tree->node[child]);
		lay_node(order, child);
		if (tree->node[child].child_count)
			CLN_PUSH(order->waiting, order->waiting_count, order->waiting_room) = child;
	}
	while (order->waiting_count > before)
		lay_waiting(order, length);
}

/* Of the names of one inode the first stands for the file, the others are links to it. */
static void hard_links(struct make *make)
{
	struct layout *layout = make->layout;
	const struct tree *tree = make->tree;
	uint32_t *first = cln_alloc(tree->inode_count * sizeof(*first)); /* entry, or 0 */

	for (size_t i = 0; i < layout->count; i++) {
		struct layout_entry *entry = &layout->entry[i];
		uint32_t inode;

		if (entry->node == TREE_NONE || entry->type == NODE_DIR)
			continue;
		inode = tree->node[entry->node].inode;
		if (first[inode])
			entry->hard_link = first[inode];
		else
			first[inode] = (uint32_t)i;
	}
	free(first);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(
		((const struct layout_entry *)a)->path, ((const struct layout_entry *)b)->path);
}

void make_order(struct make *make)
{
	struct order order = { .make = make, .path = "/" };
	size_t count = make->own_count;

	for (uint32_t id = 0; id < make->tree->node_count; id++)
		count += make->alive[id];
	make->layout->entry = cln_realloc(NULL, count, sizeof(*make->layout->entry));
	if (make->own_count)
		qsort(make->own, make->own_count, sizeof(*make->own), by_path);
	lay_node(&order, TREE_ROOT);
	lay_below(&order, TREE_ROOT, 0);
	lay_own(&order, NULL);
	free(order.waiting);
	hard_links(make);
}
