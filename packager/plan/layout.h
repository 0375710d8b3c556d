/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.h - every entry of the production image, in order.
 *
 * tree + keep + plan (+ documents that go inside) -> one sorted list. The
 * writer, the SBOM and the report read this list and nothing else, so none can
 * disagree with the image. Parents come before children, no path twice.
 */
#ifndef CLN_PACKAGER_LAYOUT_H
#define CLN_PACKAGER_LAYOUT_H

#include "packager/plan/plan.h"

struct layout_entry {
	const char *path; /* "/usr/bin/nginx"; the root is "/" */
	enum node_type type;
	uint32_t mode, uid, gid;
	int64_t mtime;
	uint64_t size_bytes;   /* of a file */
	uint32_t node;	       /* content and xattrs come from here, or TREE_NONE */
	const void *data;      /* of a file with node TREE_NONE */
	const char *target;    /* of a symlink */
	const char *hard_link; /* path of an earlier entry that is the same file, or NULL */
	const char *origin;    /* "image", "plan", "document", "init": who put it there */
};

struct layout {
	struct layout_entry *entry;
	size_t count;
	struct cln_arena *arena;
};

/* A file that is not the image's: an SBOM, a package record, the init itself. */
struct layout_extra {
	const char *path;
	uint32_t mode;
	const void *data; /* must live as long as the layout */
	size_t size;
	const char *origin; /* "document" or "init" */
};

/* mtime of all that is not the image's: epoch (SOURCE_DATE_EPOCH or the image's creation). */
int layout_make(const struct tree *tree, const struct keep *keep, const struct plan *plan,
	const struct layout_extra *extra, size_t extra_count, int64_t epoch, struct layout **out,
	struct cln_err *err);
void layout_free(struct layout *layout);
void layout_drop(struct layout **layout);

#endif
