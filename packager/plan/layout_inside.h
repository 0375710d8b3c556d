/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout_inside.h - a layout while it is made. Only layout*.c include this.
 *
 * Most entries are nodes at their own place: of these only that they are alive
 * is known until all are laid down in order. What an edit or a document puts
 * somewhere, and what they change, has an entry by its path.
 */
#ifndef CLN_PACKAGER_LAYOUT_INSIDE_H
#define CLN_PACKAGER_LAYOUT_INSIDE_H

#include "common/mem.h"
#include "common/path.h"
#include "packager/plan/layout.h"

struct make {
	const struct tree *tree;
	struct layout *layout;
	bool *alive;		  /* by node id: goes into the image as it is, where it is */
	uint32_t *mode;		  /* by inode: the mode that an edit gives + 1, or 0 */
	struct layout_entry *own; /* by path; none is alive too */
	size_t own_count, own_room;
	uint32_t *slot; /* hash table over own's paths: its number + 1 */
	size_t slots;
	int64_t epoch;
};

/* The node's facts, with what edits say of its inode. */
void make_from_node(const struct make *make, uint32_t id, struct layout_entry *entry);

/* layout_order.c: all that is alive and own into layout->entry, by path. */
void make_order(struct make *make);

#endif
