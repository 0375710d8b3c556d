// SPDX-License-Identifier: Apache-2.0
#include "packager/model/tree_inside.h"

#include <errno.h>
#include <string.h>

struct tree *tree_new(struct spool *take_spool)
{
	struct tree *tree = cln_alloc(sizeof(*tree));

	tree->inside = cln_alloc(sizeof(*tree->inside));
	tree->inside->arena = cln_arena_new();
	tree->inside->spool = take_spool;
	tree->inside->build = build_new();
	return tree;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	build_free(tree->inside->build);
	spool_free(tree->inside->spool);
	reuse_free(tree->inside->reuse);
	cln_arena_free(tree->inside->arena);
	free(tree->inside);
	free(tree->node);
	free(tree->inode);
	free(tree->child);
	free(tree);
}

void tree_drop(struct tree **tree)
{
	tree_free(*tree);
}

struct spool *tree_spool(struct tree *tree)
{
	return tree->inside->spool;
}

void tree_set_reuse(struct tree *tree, struct reuse *take_reuse)
{
	reuse_free(tree->inside->reuse);
	tree->inside->reuse = take_reuse;
}

struct reuse *tree_reuse(const struct tree *tree)
{
	return tree->inside->reuse;
}

void tree_set_ceiling(struct tree *tree, uint32_t entries)
{
	if (tree->inside->build)
		tree->inside->build->ceiling = entries;
}

const char *const *tree_warnings(const struct tree *tree, size_t *total)
{
	if (total)
		*total = tree->inside->warnings;
	return tree->inside->warning;
}

uint32_t tree_child(const struct tree *tree, uint32_t dir, const char *name, size_t length)
{
	uint32_t low = tree->node[dir].first_child;
	uint32_t high = low + tree->node[dir].child_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct node *node = &tree->node[tree->child[middle]];
		int order = memcmp(name, node->name, CLN_MIN(length, node->name_length));

		if (!order && length == node->name_length)
			return tree->child[middle];
		if (order < 0 || (!order && length < node->name_length))
			high = middle;
		else
			low = middle + 1;
	}
	return TREE_NONE;
}

uint32_t tree_lookup(const struct tree *tree, const char *path)
{
	uint32_t at = TREE_ROOT;

	if (*path != '/')
		return TREE_NONE;
	for (;;) {
		size_t length;

		path += strspn(path, "/");
		if (!*path)
			return at;
		length = strcspn(path, "/");
		at = tree_child(tree, at, path, length);
		if (at == TREE_NONE)
			return TREE_NONE;
		path += length;
	}
}

const char *tree_path(const struct tree *tree, uint32_t id, char out[4096])
{
	char text[PATH_ROOM];
	size_t at = sizeof(text) - 1;

	text[at] = '\0';
	for (; id != TREE_ROOT; id = tree->node[id].parent) {
		const struct node *node = &tree->node[id];

		if (at < (size_t)node->name_length + 1)
			break; /* cannot be: building refuses longer paths */
		at -= node->name_length;
		memcpy(text + at, node->name, node->name_length);
		text[--at] = '/';
	}
	if (!text[at])
		text[--at] = '/';
	memcpy(out, text + at, sizeof(text) - at);
	return out;
}

int tree_read(const struct tree *tree, uint32_t id, uint64_t offset, void *data, size_t size,
	struct cln_err *err)
{
	const struct inode *inode = tree_inode(tree, id);

	if (inode->type != NODE_FILE || offset > inode->size_bytes ||
		size > inode->size_bytes - offset)
		return cln_fail(err, EINVAL, "a read outside the file");
	return spool_read(tree->inside->spool, inode->spool_offset + offset, data, size, err);
}

int tree_read_all(const struct tree *tree, uint32_t id, size_t ceiling, char **data, size_t *size,
	struct cln_err *err)
{
	const struct inode *inode = tree_inode(tree, id);
	cln_owned(cln_drop_mem) char *text = NULL;

	if (inode->type != NODE_FILE)
		return cln_fail(err, EINVAL, "no file");
	if (inode->size_bytes > ceiling)
		return cln_fail(err, EFBIG, "larger than the limit of %zu bytes", ceiling);
	text = cln_realloc(NULL, inode->size_bytes + 1, 1);
	if (tree_read(tree, id, 0, text, inode->size_bytes, err) < 0)
		return -err->code;
	text[inode->size_bytes] = '\0';
	*size = inode->size_bytes;
	*data = cln_steal(&text);
	return 0;
}
