/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_inside.h - what a tree keeps for itself. Only tree*.c include this.
 */
#ifndef CLN_PACKAGER_TREE_INSIDE_H
#define CLN_PACKAGER_TREE_INSIDE_H

#include "common/mem.h"
#include "packager/model/tree_build.h"

#define WARNINGS_SHOWN 64
#define LINKS_FOLLOWED 40 /* as Linux: MAXSYMLINKS, include/linux/namei.h */
#define PATH_ROOM 4096

/* A name while the tree is built. Names are never removed: a dead one (inode
 * TREE_NONE) comes back to life when it is added again. */
struct bnode {
	uint32_t parent, inode;
	uint32_t first, next; /* children and siblings, newest first; TREE_NONE ends */
	const char *name;
	uint16_t name_length;
	uint16_t path_length; /* of the whole path; 0 for the root */
	bool warned;
};

enum entry_kind { ENTRY_PLAIN, ENTRY_LINK, ENTRY_WHITEOUT, ENTRY_OPAQUE, ENTRY_DEAD };

/* An entry of the layer that is being collected; path is clean, relative ("" is the root).
 * Texts are the layer's. */
struct bentry {
	const char
		*path; /* of white-outs: what they hide; of a link, what it leads to is behind it */
	uint32_t inode;
	uint32_t length; /* of path */
	uint8_t kind;
	bool applied, pending;
};

/* Of a link, clean and relative. */
static inline const char *entry_link(const struct bentry *entry)
{
	return entry->path + entry->length + 1;
}

struct tree_build {
	struct bnode *node;
	size_t node_count, node_room;
	struct inode *inode;
	size_t inode_count, inode_room;
	uint32_t *slot; /* hash table over (parent, name): node + 1 */
	size_t slots;
	struct cln_arena *layer_arena; /* texts of the layer's entries: gone when it ends */
	struct bentry *entry;
	size_t entry_count, entry_room;
	uint32_t *entry_slot; /* over the path as it stands in the layer: entry + 1 */
	size_t entry_slots;
	uint32_t layer; /* index of the layer being built */
	uint64_t entries_total;
	uint32_t ceiling;
};

struct tree_inside {
	struct cln_arena *arena;
	struct spool *spool;
	struct reuse *reuse;
	struct tree_build *build; /* NULL once sealed */
	const char *warning[WARNINGS_SHOWN + 1];
	size_t warnings;
};

void tree_warn(struct tree *tree, const char *fmt, ...) CLN_PRINTF(2, 3);

/* tree_names.c: the names of a tree that is being built */
struct tree_build *build_new(void);
void build_free(struct tree_build *build);
uint32_t build_child(const struct tree_build *build, uint32_t dir, const char *name, size_t length);
static inline bool build_alive(const struct tree_build *build, uint32_t id)
{
	return id != TREE_NONE && build->node[id].inode != TREE_NONE;
}
static inline struct inode *build_inode(const struct tree_build *build, uint32_t id)
{
	return &build->inode[build->node[id].inode];
}
static inline bool build_is_dir(const struct tree_build *build, uint32_t id)
{
	return build_inode(build, id)->type == NODE_DIR;
}
/* Finds or makes the name; a new or dead one has no inode yet. */
int build_name(struct tree *tree, uint32_t dir, const char *name, size_t length, uint32_t *id,
	struct cln_err *err);
uint32_t build_implied_dir(struct tree_build *build);
void build_kill(struct tree_build *build, uint32_t id); /* the name and all below it */
/* The directory at path[0 .. length), symlinks followed inside the root. With
 * make, what is missing is made; without, *dir is TREE_NONE then. */
int build_dir(struct tree *tree, const char *path, size_t length, bool make, uint32_t *dir,
	struct cln_err *err);

/* tree_layer.c: entries of the layer by their path; NULL: none that is alive */
struct bentry *layer_find(const struct tree_build *build, const char *path, size_t length);
void layer_forget(struct tree_build *build); /* the entries and their texts */

#endif
