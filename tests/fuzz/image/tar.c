// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a layer: the tar reader, the merge rules, sealing and looking up. */
#include "packager/read/tar.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_entry(void *context, const struct tar_entry *entry, struct cln_err *err)
{
	struct tree *tree = context;
	uint64_t sum = 0;

	for (size_t i = 0; i < entry->sparse_count; i++)
		sum += entry->sparse[i].size_bytes;
	if (entry->sparse && sum != entry->stored_bytes)
		abort();
	if (entry->is.uid > INT32_MAX || entry->is.gid > INT32_MAX)
		abort();
	return tree_layer_add(tree, &entry->is, NULL, err);
}

static void look(const struct tree *tree)
{
	struct tree_walk walk;
	char path[4096];

	for (uint32_t id = 0; id < tree->node_count; id++) {
		if (tree_lookup(tree, tree_path(tree, id, path)) != id)
			abort();
		if (id && (tree->node[id].parent >= id || strstr(path, "/../")))
			abort();
		tree_resolve(tree, path, true, &walk);
		if (walk.end == TREE_NONE && walk.stuck == TREE_NONE)
			abort();
	}
}

/* Cut in two at a place the input chooses: where the bytes are cut must not matter. */
static int feed(struct tar *tar, const uint8_t *data, size_t size, struct cln_err *err)
{
	size_t cut = size ? data[0] * (size_t)7 % size : 0;

	if (tar_feed(tar, data, cut, err) < 0 || tar_feed(tar, data + cut, size - cut, err) < 0)
		return -err->code;
	return tar_finish(tar, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cln_owned(tree_drop) struct tree *tree = NULL;
	cln_owned(tar_drop) struct tar *tar = NULL;
	struct cln_err err = { 0 };
	struct spool *spool = NULL;

	if (spool_new("/tmp", 0, &spool, &err) < 0)
		abort();
	tree = tree_new(spool);
	tree_set_ceiling(tree, 4096);
	for (int layer = 0; layer < 2; layer++) { /* the second time upon itself */
		tar_free(tar);
		tar = tar_new(NULL, on_entry, tree);
		tree_layer_begin(tree);
		if (feed(tar, data, size, &err) < 0 || tree_layer_end(tree, &err) < 0)
			return 0;
	}
	if (tree_seal(tree, &err) < 0)
		abort();
	look(tree);
	return 0;
}
