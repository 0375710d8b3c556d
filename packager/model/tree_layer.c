// SPDX-License-Identifier: Apache-2.0
#include "packager/model/tree_inside.h"

#include "common/hash.h"
#include "packager/model/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WHITEOUT ".wh."
#define WHITEOUT_META ".wh..wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

void tree_warn(struct tree *tree, const char *fmt, ...)
{
	struct tree_inside *in = tree->inside;
	char text[PATH_ROOM + 256];
	va_list args;

	if (in->warnings++ >= WARNINGS_SHOWN)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	in->warning[in->warnings - 1] = cln_arena_strdup(in->arena, text);
}

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

static uint32_t *entry_slot(const struct tree_build *build, const char *path, size_t length)
{
	uint64_t hash = cln_hash(path, length);

	for (size_t at = hash & (build->entry_slots - 1);;
		at = (at + 1) & (build->entry_slots - 1)) {
		const struct bentry *entry;

		if (!build->entry_slot[at])
			return &build->entry_slot[at];
		entry = &build->entry[build->entry_slot[at] - 1];
		if (entry->length == length && !memcmp(entry->path, path, length))
			return &build->entry_slot[at];
	}
}

static void entries_rehash(struct tree_build *build)
{
	free(build->entry_slot);
	build->entry_slots = build->entry_slots ? build->entry_slots * 2 : 1024;
	build->entry_slot = cln_alloc(build->entry_slots * sizeof(*build->entry_slot));
	for (size_t i = 0; i < build->entry_count; i++)
		*entry_slot(build, build->entry[i].path, build->entry[i].length) = (uint32_t)i + 1;
}

struct bentry *layer_find(const struct tree_build *build, const char *path, size_t length)
{
	uint32_t at = build->entry_slots ? *entry_slot(build, path, length) : 0;
	struct bentry *entry = at ? &build->entry[at - 1] : NULL;

	return entry && (entry->kind == ENTRY_PLAIN || entry->kind == ENTRY_LINK) ? entry : NULL;
}

void tree_layer_begin(struct tree *tree)
{
	struct tree_build *build = tree->inside->build;

	build->entry_count = 0;
	if (build->entry_slots)
		memset(build->entry_slot, 0, build->entry_slots * sizeof(*build->entry_slot));
}

/* "./usr//bin/" -> "usr/bin" in out; ".." is refused, not resolved. */
static int clean(const char *path, char out[PATH_ROOM], size_t *length, struct cln_err *err)
{
	size_t used = 0;

	*length = 0;
	out[0] = '\0';
	for (;;) {
		size_t part;

		path += strspn(path, "/");
		if (!*path)
			break;
		part = strcspn(path, "/");
		if (part == 2 && path[0] == '.' && path[1] == '.')
			return cln_fail(err, EINVAL, "a name with \"..\"");
		if (part > TREE_NAME_MAX || used + part + 2 > PATH_ROOM)
			return cln_fail(err, ENAMETOOLONG,
				"the name is longer than %d bytes or its path than %d",
				TREE_NAME_MAX, PATH_ROOM - 1);
		if (part != 1 || path[0] != '.') {
			if (used)
				out[used++] = '/';
			memcpy(out + used, path, part);
			used += part;
		}
		path += part;
	}
	out[used] = '\0';
	*length = used;
	return 0;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* What a clean path's ".wh." names mean; ENTRY_DEAD: not to be seen at all. */
static int classify(const char *path, enum entry_kind *kind, struct cln_err *err)
{
	*kind = ENTRY_PLAIN;
	for (const char *name = path; name;
		name = strchr(name, '/') ? strchr(name, '/') + 1 : NULL) {
		const char *slash = strchr(name, '/');

		if (!begins(name, WHITEOUT))
			continue;
		if (!slash && !strcmp(name, WHITEOUT_OPAQUE))
			*kind = ENTRY_OPAQUE;
		else if (begins(name, WHITEOUT_META))
			*kind = ENTRY_DEAD; /* aufs: .wh..wh.plnk, .wh..wh.aufs, ... */
		else if (slash)
			return cln_fail(err, EINVAL, "an entry below a white-out");
		else if (!name[4] || !strcmp(name + 4, ".") || !strcmp(name + 4, ".."))
			return cln_fail(err, EINVAL, "a white-out of nothing");
		else
			*kind = ENTRY_WHITEOUT;
		return 0;
	}
	return 0;
}

static const struct xattr *xattrs_dup(struct cln_arena *arena, const struct tree_entry *entry)
{
	struct xattr *copy;

	if (!entry->xattr_count)
		return NULL;
	copy = cln_arena_alloc(arena, entry->xattr_count * sizeof(*copy));
	for (uint32_t i = 0; i < entry->xattr_count; i++) {
		void *value = cln_arena_alloc(arena, entry->xattr[i].size);

		if (entry->xattr[i].size)
			memcpy(value, entry->xattr[i].value, entry->xattr[i].size);
		copy[i].name = cln_arena_strdup(arena, entry->xattr[i].name);
		copy[i].value = value;
		copy[i].size = entry->xattr[i].size;
	}
	return copy;
}

static uint32_t inode_push(struct tree *tree, const struct tree_entry *entry)
{
	struct tree_build *build = tree->inside->build;
	struct cln_arena *arena = tree->inside->arena;

	CLN_PUSH(build->inode, build->inode_count, build->inode_room) = (struct inode){
		.type = entry->type,
		.mode = entry->mode & 07777,
		.uid = entry->uid,
		.gid = entry->gid,
		.layer = build->layer,
		.mtime = entry->mtime,
		.mtime_ns = entry->mtime_ns,
		.size_bytes = entry->type == NODE_FILE ? entry->size_bytes : 0,
		.spool_offset = entry->type == NODE_FILE ? entry->spool_offset : 0,
		.dev_major = entry->dev_major,
		.dev_minor = entry->dev_minor,
		.target = entry->type == NODE_SYMLINK
				  ? cln_arena_strdup(arena, entry->target ? entry->target : "")
				  : NULL,
		.xattr = xattrs_dup(arena, entry),
		.xattr_count = entry->xattr_count,
	};
	return (uint32_t)(build->inode_count - 1);
}

/* Of two entries for one path the last wins; of two directories that is the same as both. */
static void entry_supersede(struct tree *tree, uint32_t *slot)
{
	struct bentry *old;

	if (!*slot)
		return;
	old = &tree->inside->build->entry[*slot - 1];
	if (old->kind == ENTRY_PLAIN || old->kind == ENTRY_LINK)
		tree_warn(tree, "layer %u: %s stands there more than once: the last one counts",
			tree->inside->build->layer, old->path);
	old->kind = ENTRY_DEAD;
}

static int entry_check(const struct tree_entry *entry, size_t length, enum entry_kind *kind,
	const char *path, struct cln_err *err)
{
	if (classify(path, kind, err) < 0)
		return -err->code;
	if (!length && (entry->hard_link || entry->type != NODE_DIR))
		return cln_fail(err, EINVAL, "the root is no directory");
	if (*kind == ENTRY_PLAIN && !entry->hard_link && entry->type == NODE_SYMLINK &&
		(!entry->target || !*entry->target || strlen(entry->target) >= PATH_ROOM))
		return cln_fail(err, EINVAL, "a symlink to nothing, or to more than %d bytes",
			PATH_ROOM - 1);
	return 0;
}

static int entry_push(
	struct tree *tree, const struct tree_entry *from, struct bentry *entry, struct cln_err *err)
{
	char target[PATH_ROOM] = "";
	size_t length = 0;

	if (entry->kind == ENTRY_PLAIN && from->hard_link) {
		if (clean(from->hard_link, target, &length, err) < 0)
			return cln_within(err, "its hard link");
		entry->kind = ENTRY_LINK;
		entry->hard_link = cln_arena_strndup(tree->inside->arena, target, length);
	} else if (entry->kind == ENTRY_PLAIN) {
		entry->inode = inode_push(tree, from);
	}
	return 0;
}

int tree_layer_add(
	struct tree *tree, const struct tree_entry *from, uint32_t *handle, struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;
	struct bentry entry = { .inode = TREE_NONE };
	enum entry_kind kind = ENTRY_DEAD;
	char path[PATH_ROOM] = "";
	uint32_t *slot;
	size_t length = 0;

	if (handle)
		*handle = TREE_NONE;
	if (clean(from->path, path, &length, err) < 0 ||
		entry_check(from, length, &kind, path, err) < 0)
		return cln_within(err, "entry %.300s", from->path);
	if (++build->entries_total > build->ceiling)
		return limit_over(LIMIT_ENTRIES, build->ceiling, err) < 0
			       ? cln_within(err, "entry %.300s", from->path)
			       : 0;
	if (kind == ENTRY_DEAD)
		return 0;
	entry.path = cln_arena_strndup(tree->inside->arena, path, length);
	entry.length = (uint32_t)length;
	entry.kind = (uint8_t)kind;
	if (entry_push(tree, from, &entry, err) < 0)
		return cln_within(err, "entry %.300s", from->path);
	if (build->entry_count * 2 >= build->entry_slots)
		entries_rehash(build);
	slot = entry_slot(build, path, length);
	entry_supersede(tree, slot);
	CLN_PUSH(build->entry, build->entry_count, build->entry_room) = entry;
	*slot = (uint32_t)build->entry_count;
	if (handle)
		*handle = entry.inode;
	return 0;
}

const char *tree_layer_last(const struct tree *tree)
{
	const struct tree_build *build = tree->inside->build;

	return build->entry_count ? build->entry[build->entry_count - 1].path : "";
}

void tree_layer_place(struct tree *tree, uint32_t handle, uint64_t spool_offset)
{
	if (handle != TREE_NONE)
		tree->inside->build->inode[handle].spool_offset = spool_offset;
}

/* ---- laying the entries on the tree ---- */

/* 1: links to what the layer does not hold itself mean the lower layers' file. */
static int link_lower(struct tree *tree, struct bentry *entry, struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;
	struct bentry target = { .path = entry->hard_link,
		.length = (uint32_t)strlen(entry->hard_link) };
	const char *name;
	size_t length;
	uint32_t dir, id;

	if (layer_find(build, target.path, target.length))
		return 0;
	if (build_dir(tree, target.path, parent_length(&target), false, &dir, err) < 0)
		return -err->code;
	name = entry_name(&target, &length);
	id = dir == TREE_NONE ? TREE_NONE : build_child(build, dir, name, length);
	if (!length || (build_alive(build, id) && build_is_dir(build, id)))
		return cln_fail(err, EINVAL, "a hard link to the directory %.300s", target.path);
	if (build_alive(build, id))
		entry->inode = build->node[id].inode;
	return 0;
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

/* 4: everything that is no directory. */
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
		tree_warn(tree,
			"layer %u: %s stands there under more than one path: the last one counts",
			build->layer, entry->path);
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
		struct bentry *next = layer_find(build, at->hard_link, strlen(at->hard_link));

		at->pending = true;
		if (!next)
			break;
		at = next;
	}
	inode = at->inode;
	for (at = entry; at->pending;) {
		struct bentry *next = layer_find(build, at->hard_link, strlen(at->hard_link));

		at->pending = false;
		at->inode = inode;
		if (!next)
			break;
		at = next;
	}
	if (inode == TREE_NONE)
		return cln_fail(err, ENOENT, "a hard link to %.300s, which is in no layer",
			entry->hard_link);
	if (build->inode[inode].type == NODE_DIR)
		return cln_fail(
			err, EINVAL, "a hard link to the directory %.300s", entry->hard_link);
	return 0;
}

enum step { STEP_LOWER_LINKS, STEP_DIRS, STEP_WHITEOUTS, STEP_LINKS, STEP_NAMES, STEP_COUNT };

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
	case STEP_LINKS:
		return link && entry->inode == TREE_NONE ? link_end(tree, entry, err) : 0;
	default:
		return link || (plain && !dir) ? name_apply(tree, entry, err) : 0;
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
	build->layer++;
	return 0;
}
