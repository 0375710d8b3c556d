/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_build.h - building a tree from layers, by the merge rules of the OCI.
 *
 *	tree = tree_new(spool);
 *	for each layer: tree_layer_begin, tree_layer_add ..., tree_layer_end
 *	tree_seal(tree, &err);
 *
 * A layer is a change, not a script: its white-outs act on what lies below it,
 * whatever their place in the layer, then its entries are laid on top. So:
 *
 *	- white-outs and opaque marks never touch the layer's own entries;
 *	- a directory entry over a directory changes its metadata, over anything
 *	  else it replaces it (a symlink is not followed);
 *	- anything else over a directory replaces it with all that is in it;
 *	- parents that no entry names come into being 0755 root, mtime 0;
 *	- a parent that is a symlink of a lower layer is followed inside the root;
 *	- of two entries for one path the last wins, with a warning;
 *	- a hard link's target is the layer's own entry of that path, before or
 *	  behind it, also where a symlink leads to it, else the lower layers' file,
 *	  even if the layer whites it out;
 *	- a name that is replaced leaves the other names of its file alone;
 *	- `.wh..wh.plnk`, `.wh..wh.aufs` and the like are not seen;
 *	- refused: "..", a root that is no directory, `.wh.` without a name, a
 *	  link to nothing or to a directory, a non-directory with children in the
 *	  same layer, names over 255 and paths over 4095 bytes.
 *
 * image-spec layer.md, "Representing Changes" and "Whiteouts"; the rules it
 * leaves open are settled so that order inside a layer matters only for
 * repeated paths.
 */
#ifndef CLN_PACKAGER_TREE_BUILD_H
#define CLN_PACKAGER_TREE_BUILD_H

#include "packager/model/reuse.h"
#include "packager/model/spool.h"
#include "packager/model/tree.h"

#define TREE_NAME_MAX 255

/* One entry of a layer, as its tar says. All is copied. */
struct tree_entry {
	const char *path;      /* "usr/bin/x", "./usr/", "/usr/.wh.x" */
	const char *hard_link; /* another name of this path; type and the rest do not count */
	enum node_type type;
	uint32_t mode, uid, gid;
	int64_t mtime;
	uint32_t mtime_ns;
	uint64_t size_bytes, spool_offset;
	uint32_t dev_major, dev_minor;
	const char *target; /* of a symlink */
	const struct xattr *xattr;
	uint32_t xattr_count;
};

/* An empty tree, not sealed. */
struct tree *tree_new(struct spool *take_spool);
struct spool *tree_spool(struct tree *tree);
/* What may be copied from the layers as they were stored; NULL: nothing. */
void tree_set_reuse(struct tree *tree, struct reuse *take_reuse);

/* How many entries all layers together may have; more is an error. */
void tree_set_ceiling(struct tree *tree, uint32_t entries);

void tree_layer_begin(struct tree *tree);
/* *handle (may be NULL) names the entry for tree_layer_place. */
int tree_layer_add(
	struct tree *tree, const struct tree_entry *entry, uint32_t *handle, struct cln_err *err);
/* The path of the entry that was added last, "" at the beginning. */
const char *tree_layer_last(const struct tree *tree);
/* Bytes that lie elsewhere than the entry said (expanded sparse files). */
void tree_layer_place(struct tree *tree, uint32_t handle, uint64_t spool_offset);
int tree_layer_end(struct tree *tree, struct cln_err *err);

/* After it the tree is immutable and everything in tree.h may be used. Node ids are in pre-order:
 * parents before children, siblings in byte order of their names. */
int tree_seal(struct tree *tree, struct cln_err *err);

/* What was odd but not refused: NULL-terminated, at most 64 texts; *total counts all. */
const char *const *tree_warnings(const struct tree *tree, size_t *total);

#endif
