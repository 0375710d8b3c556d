// SPDX-License-Identifier: Apache-2.0
/*
 * tree_apply.c - the entries of a layer, once all are known, laid on the tree below.
 */
#include "packager/model/tree_inside.h"

#include <errno.h>
#include <string.h>

static size_t parent_length(const struct bentry *entry)
{
	const char *slash = memrchr(entry->path, '/', entry->length);

	return slash ? (size_t)(slash - entry->path) : 0;
}

static const char *entry_name(const struct bentry *entry, size_t *length)
{
	size_t parent = parent_length(entry);
	const char *name = entry->path + parent + (entry->path[parent] == '/' ? 1 : 0);

	*length = entry->length - (size_t)(name - entry->path);
	return name;
}

/* What a link leads to in the tree as it is; TREE_NONE: nothing, or what has an entry by that very
 * name. */
static int link_target(
	struct tree *tree, const struct bentry *entry, uint32_t *id, struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;
	struct bentry target = { .path = entry_link(entry),
		.length = (uint32_t)strlen(entry_link(entry)) };
	const char *name;
	size_t length;
	uint32_t dir;

	*id = TREE_NONE;
	if (layer_find(build, target.path, target.length))
		return 0;
	if (build_dir(tree, target.path, parent_length(&target), false, &dir, err) < 0)
		return -err->code;
	name = entry_name(&target, &length);
	if (dir != TREE_NONE)
		*id = length ? build_child(build, dir, name, length) : TREE_ROOT;
	if (!build_alive(build, *id))
		*id = TREE_NONE;
	return 0;
}

/* 1: links to what the layer does not hold itself mean the lower layers' file. */
static int link_lower(struct tree *tree, struct bentry *entry, struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;
	uint32_t id;

	if (link_target(tree, entry, &id, err) < 0)
		return -err->code;
	if (id != TREE_NONE && build_is_dir(build, id))
		return cln_fail(
			err, EINVAL, "a hard link to the directory %.300s", entry_link(entry));
	if (id != TREE_NONE)
		entry->inode = build->node[id].inode;
	return 0;
}

/* 5: but the layer may hold it by another name, through a symlink on the way. */
static void link_own(struct tree *tree, struct bentry *entry)
{
	struct tree_build *build = tree->inside->build;
	struct cln_err no_way = { 0 };
	uint32_t id;

	if (link_target(tree, entry, &id, &no_way) == 0 && id != TREE_NONE &&
		!build_is_dir(build, id) && build_inode(build, id)->layer == build->layer)
		entry->inode = build->node[id].inode;
}

static int dir_apply_one(struct tree *tree, struct bentry *entry, struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;
	uint32_t dir, id = TREE_ROOT;
	const char *name;
	size_t length;

	entry->applied = true;
	if (entry->length) {
		name = entry_name(entry, &length);
		if (build_dir(tree, entry->path, parent_length(entry), true, &dir, err) < 0 ||
			build_name(tree, dir, name, length, &id, err) < 0)
			return -err->code;
	}
	build->node[id].inode = entry->inode;
	return 0;
}

/* 2: directories, those on the way first, whatever their order in the layer. */
static int dir_apply(struct tree *tree, struct bentry *entry, struct cln_err *err)
{
	const struct tree_build *build = tree->inside->build;

	for (const char *slash = entry->path; (slash = strchr(slash, '/')); slash++) {
		struct bentry *above =
			layer_find(build, entry->path, (size_t)(slash - entry->path));

		if (above && above->kind == ENTRY_PLAIN && !above->applied &&
			build->inode[above->inode].type == NODE_DIR &&
			dir_apply_one(tree, above, err) < 0)
			return -err->code;
	}
	return entry->applied ? 0 : dir_apply_one(tree, entry, err);
}

/*
 * Takes away what lower layers put at id and below. At this point the layer's
 * own nodes are directories, marked by their inode's layer. Does id stay?
 */
static bool prune(struct tree_build *build, uint32_t id)
{
	bool filled = false;

	if (build_is_dir(build, id))
		for (uint32_t child = build->node[id].first; child != TREE_NONE;
			child = build->node[child].next)
			if (build_alive(build, child) && prune(build, child))
				filled = true;
	if (build_inode(build, id)->layer == build->layer)
		return true;
	/* A parent that only the layer's own directories need keeps nothing of what it was. */
	build->node[id].inode = filled ? build_implied_dir(build) : TREE_NONE;
	return filled;
}

/* 3: white-outs. */
static int whiteout_apply(struct tree *tree, struct bentry *entry, struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;
	const char *name;
	size_t length;
	uint32_t dir, id;

	if (build_dir(tree, entry->path, parent_length(entry), false, &dir, err) < 0) {
		if (err->code != ENOTDIR)
			return -err->code;
		*err = (struct cln_err){ 0 }; /* below a file there is nothing to hide */
		return 0;
	}
	if (dir == TREE_NONE)
		return 0;
	if (entry->kind == ENTRY_OPAQUE) {
		for (id = build->node[dir].first; id != TREE_NONE; id = build->node[id].next)
			if (build_alive(build, id))
				prune(build, id);
		return 0;
	}
	name = entry_name(entry, &length) + 4;
	id = build_child(build, dir, name, length - 4);
	if (build_alive(build, id))
		prune(build, id);
	return 0;
}

static bool holds_own(const struct tree_build *build, uint32_t id)
{
	if (!build_alive(build, id))
		return false;
	if (build_inode(build, id)->layer == build->layer)
		return true;
	if (build_is_dir(build, id))
		for (uint32_t child = build->node[id].first; child != TREE_NONE;
			child = build->node[child].next)
			if (holds_own(build, child))
				return true;
	return false;
}

/* 4: everything that is no directory; then links. */
static int name_apply(struct tree *tree, struct bentry *entry, struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;
	const char *name;
	size_t length;
	uint32_t dir, id;

	name = entry_name(entry, &length);
	if (build_dir(tree, entry->path, parent_length(entry), true, &dir, err) < 0 ||
		build_name(tree, dir, name, length, &id, err) < 0)
		return -err->code;
	if (build_alive(build, id) && build_is_dir(build, id)) {
		if (holds_own(build, id))
			return cln_fail(
				err, EINVAL, "it replaces a directory that the same layer fills");
		build_kill(build, id);
	} else if (build_alive(build, id) && build_inode(build, id)->layer == build->layer) {
		tree_warn(tree, "layer %u: %s stands there under more than one path: the %s counts",
			build->layer, entry->path, entry->kind == ENTRY_LINK ? "link" : "last one");
	}
	build->node[id].inode = entry->inode;
	entry->applied = true;
	return 0;
}

/* The entry that a link of this layer leads to; links to links are followed. */
static int link_end(struct tree *tree, struct bentry *entry, struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;
	struct bentry *at = entry;
	uint32_t inode;

	/* the ring test first: pending entries are those already passed */
	while (at->inode == TREE_NONE && !at->pending) {
		struct bentry *next = layer_find(build, entry_link(at), strlen(entry_link(at)));

		at->pending = true;
		if (!next)
			break;
		at = next;
	}
	inode = at->inode;
	for (at = entry; at->pending;) {
		struct bentry *next = layer_find(build, entry_link(at), strlen(entry_link(at)));

		at->pending = false;
		at->inode = inode;
		if (!next)
			break;
		at = next;
	}
	if (inode == TREE_NONE)
		return cln_fail(err, ENOENT, "a hard link to %.300s, which is in no layer",
			entry_link(entry));
	if (build->inode[inode].type == NODE_DIR)
		return cln_fail(
			err, EINVAL, "a hard link to the directory %.300s", entry_link(entry));
	return 0;
}

enum step {
	STEP_LOWER_LINKS,
	STEP_DIRS,
	STEP_WHITEOUTS,
	STEP_FILES,
	STEP_OWN_LINKS,
	STEP_LINKS,
	STEP_LINK_NAMES,
	STEP_COUNT
};

static int entry_step(struct tree *tree, struct bentry *entry, enum step step, struct cln_err *err)
{
	bool link = entry->kind == ENTRY_LINK;
	bool plain = entry->kind == ENTRY_PLAIN;
	bool dir = plain && tree->inside->build->inode[entry->inode].type == NODE_DIR;

	switch (step) {
	case STEP_LOWER_LINKS:
		return link ? link_lower(tree, entry, err) : 0;
	case STEP_DIRS:
		return dir ? dir_apply(tree, entry, err) : 0;
	case STEP_WHITEOUTS:
		return entry->kind == ENTRY_WHITEOUT || entry->kind == ENTRY_OPAQUE
			       ? whiteout_apply(tree, entry, err)
			       : 0;
	case STEP_FILES:
		return plain && !dir ? name_apply(tree, entry, err) : 0;
	case STEP_OWN_LINKS:
		if (link)
			link_own(tree, entry);
		return 0;
	case STEP_LINKS:
		return link && entry->inode == TREE_NONE ? link_end(tree, entry, err) : 0;
	default:
		return link ? name_apply(tree, entry, err) : 0;
	}
}

int tree_layer_end(struct tree *tree, struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;

	for (enum step step = 0; step < STEP_COUNT; step++) {
		for (size_t i = 0; i < build->entry_count; i++) {
			struct bentry *entry = &build->entry[i];

			if (entry->kind == ENTRY_DEAD)
				continue;
			if (entry_step(tree, entry, step, err) < 0)
				return cln_within(err, "entry %.300s", entry->path);
		}
	}
	layer_forget(build);
	build->layer++;
	return 0;
}
