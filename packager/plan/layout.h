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

enum layout_origin { ORIGIN_IMAGE, ORIGIN_PLAN, ORIGIN_DOCUMENT, ORIGIN_INIT };

/* There is one for every path of the image: what two kinds of entries never have shares a place,
 * and the path of a node that is where it was is the tree's to say. */
struct layout_entry {
	const char *path; /* "/usr/bin/nginx"; NULL: the node's own (layout_path) */
	union {
		const void *data;   /* of a file with node TREE_NONE */
		const char *target; /* of a symlink */
	};
	int64_t mtime;
	uint64_t size_bytes; /* of a file */
	uint32_t uid, gid;
	uint32_t node; /* content and xattrs come from here, or TREE_NONE */
	uint32_t
		hard_link; /* number of an earlier entry that is the same file; 0, the root: none */
	uint16_t mode;
	uint8_t type;	/* enum node_type */
	uint8_t origin; /* enum layout_origin: who put it there */
};

struct layout {
	const struct tree *tree;
	struct layout_entry *entry;
	size_t count;
	struct cln_arena *arena;
};

/* The entry's path, in room or as long as the layout; the root is "/". */
static inline const char *layout_path(
	const struct layout *layout, const struct layout_entry *entry, char room[4096])
{
	return entry->path ? entry->path : tree_path(layout->tree, entry->node, room);
}

static inline const char *layout_origin_name(enum layout_origin origin)
{
	static const char *const name[] = { "image", "plan", "document", "init" };

	return name[origin];
}

/* A file that is not the image's: an SBOM, a package record, the init itself. */
struct layout_extra {
	const char *path;
	uint32_t mode;
	const void *data; /* must live as long as the layout */
	size_t size;
	enum layout_origin origin; /* a document or the init */
};

/* mtime of all that is not the image's: epoch (SOURCE_DATE_EPOCH or the image's creation). */
int layout_make(const struct tree *tree, const struct keep *keep, const struct plan *plan,
	const struct layout_extra *extra, size_t extra_count, int64_t epoch, struct layout **out,
	struct cln_err *err);
void layout_free(struct layout *layout);
void layout_drop(struct layout **layout);

#endif
