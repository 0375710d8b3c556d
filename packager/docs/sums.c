// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/facts.h"

#include <stdlib.h>

/* By inode; a name more of one file costs nothing. */
struct docs_sums {
	struct facts_sums **known;
	uint32_t count;
	struct cln_arena *arena;
};

struct docs_sums *docs_sums_new(const struct tree *tree)
{
	struct docs_sums *sums = cln_alloc(sizeof(*sums));

	sums->count = tree->inode_count;
	sums->known = cln_alloc(((size_t)sums->count + 1) * sizeof(struct facts_sums *));
	sums->arena = cln_arena_new();
	return sums;
}

void docs_sums_free(struct docs_sums *sums)
{
	if (!sums)
		return;
	free((void *)sums->known);
	cln_arena_free(sums->arena);
	free(sums);
}

void facts_sums_data(const void *data, size_t size, struct facts_sums *out)
{
	cln_owned(cln_sums_drop) struct cln_sums *sums = cln_sums_new();

	if (size)
		cln_sums_add(sums, data, size);
	cln_sums_hex(sums, out->sha1, out->sha256);
}

static bool read_sums(const struct tree *tree, uint32_t node, struct facts_sums *out)
{
	const struct inode *inode = tree_inode(tree, node);
	cln_owned(cln_sums_drop) struct cln_sums *sums = cln_sums_new();
	cln_owned(cln_drop_mem) char *chunk = cln_alloc(65536);
	struct cln_err ignored = { 0 };

	for (uint64_t at = 0; at < inode->size_bytes;) {
		size_t size = (size_t)CLN_MIN(inode->size_bytes - at, 65536);

		if (tree_read(tree, node, at, chunk, size, &ignored) < 0)
			return false;
		cln_sums_add(sums, chunk, size);
		at += size;
	}
	cln_sums_hex(sums, out->sha1, out->sha256);
	return true;
}

const struct facts_sums *facts_sums_of(
	const struct facts *facts, uint32_t node, struct cln_arena *arena)
{
	const struct tree *tree = facts->in->tree;
	struct docs_sums *sums = facts->in->sums;
	uint32_t inode = tree->node[node].inode;
	bool remembers = sums && inode < sums->count;
	struct facts_sums *made;

	if (remembers && sums->known[inode])
		return sums->known[inode];
	made = cln_arena_alloc(remembers ? sums->arena : arena, sizeof(*made));
	if (!read_sums(tree, node, made))
		return NULL;
	if (remembers)
		sums->known[inode] = made;
	return made;
}

char *facts_hash_file_new(const struct facts *facts, uint32_t node)
{
	struct cln_arena *arena = cln_arena_new();
	const struct facts_sums *sums = facts_sums_of(facts, node, arena);
	char *hash = sums ? cln_strdup(sums->sha256) : NULL;

	cln_arena_free(arena);
	return hash;
}
