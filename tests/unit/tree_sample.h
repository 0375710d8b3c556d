/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_sample.h - small trees for tests: a table in, a sealed tree out.
 *
 *	static const struct sample files[] = {
 *		{ "usr/bin/", 0755 },			directory (ends in a slash)
 *		{ "usr/bin/sh", 0755, "bytes" },	file
 *		{ "bin", 0, .link = "usr/bin" },	symlink
 *		{ "usr/bin/dash", 0, .same = "usr/bin/sh" },	hard link
 *		{ "usr/lib/.wh.libx.so" },		white-out
 *	};
 *	struct tree *tree = sample_tree(files, CLN_COUNT(files));
 *
 * An entry { NULL } ends a layer and begins the next. Errors end the test program.
 */
#ifndef CLN_TESTS_TREE_SAMPLE_H
#define CLN_TESTS_TREE_SAMPLE_H

#include "common/defs.h"
#include "packager/model/tree_build.h"

#include <stdio.h>
#include <string.h>

/* Tables of samples name only what matters. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct sample {
	const char *path;
	uint32_t mode;
	const char *bytes; /* of a file; NULL: an empty one */
	const char *link;  /* target of a symlink */
	const char *same;  /* target of a hard link */
	uint32_t uid, gid;
	enum node_type type; /* for what the above cannot say: NODE_FIFO, NODE_CHAR, ... */
	size_t size;	     /* of bytes; 0: up to its NUL */
	int64_t mtime;
	const struct xattr *xattr;
	uint32_t xattr_count;
};

static inline int sample_add(struct tree *tree, const struct sample *sample, struct cln_err *err)
{
	size_t length = strlen(sample->path);
	struct tree_entry entry = {
		.path = sample->path,
		.hard_link = sample->same,
		.type = sample->type,
		.mode = sample->mode,
		.uid = sample->uid,
		.gid = sample->gid,
		.mtime = sample->mtime,
		.target = sample->link,
		.xattr = sample->xattr,
		.xattr_count = sample->xattr_count,
	};

	if (sample->link)
		entry.type = NODE_SYMLINK;
	else if (!sample->type && (!length || sample->path[length - 1] != '/'))
		entry.type = NODE_FILE;
	if (entry.type == NODE_SYMLINK && !entry.mode)
		entry.mode = 0777;
	if (entry.type == NODE_FILE && sample->bytes) {
		entry.size_bytes = sample->size ? sample->size : strlen(sample->bytes);
		if (spool_append(tree_spool(tree), sample->bytes, entry.size_bytes,
			    &entry.spool_offset, err) < 0)
			return -err->code;
	}
	return tree_layer_add(tree, &entry, NULL, err);
}

/* On failure *out is untouched and err says why: for tests of what is refused. */
static inline int sample_tree_try(
	const struct sample *sample, size_t count, struct tree **out, struct cln_err *err)
{
	cln_owned(tree_drop) struct tree *tree = NULL;
	struct spool *spool = NULL;

	if (spool_new(NULL, 0, &spool, err) < 0)
		return -err->code;
	tree = tree_new(spool);
	tree_layer_begin(tree);
	for (size_t i = 0; i < count; i++) {
		if (sample[i].path) {
			if (sample_add(tree, &sample[i], err) < 0)
				return -err->code;
			continue;
		}
		if (tree_layer_end(tree, err) < 0)
			return -err->code;
		tree_layer_begin(tree);
	}
	if (tree_layer_end(tree, err) < 0 || tree_seal(tree, err) < 0)
		return -err->code;
	*out = cln_steal(&tree);
	return 0;
}

static inline struct tree *sample_tree(const struct sample *sample, size_t count)
{
	struct cln_err err = { 0 };
	struct tree *tree = NULL;

	if (sample_tree_try(sample, count, &tree, &err) < 0) {
		fprintf(stderr, "sample tree: %s\n", err.text);
		abort();
	}
	return tree;
}

#endif
