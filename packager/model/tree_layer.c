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

	layer_forget(build);
	build->layer_arena = cln_arena_new();
	if (build->entry_slots)
		memset(build->entry_slot, 0, build->entry_slots * sizeof(*build->entry_slot));
}

void layer_forget(struct tree_build *build)
{
	build->entry_count = 0;
	cln_arena_free(cln_steal(&build->layer_arena));
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

static const struct xattrs *xattrs_dup(struct cln_arena *arena, const struct tree_entry *entry)
{
	struct xattrs *copy;

	if (!entry->xattr_count)
		return NULL;
	copy = cln_arena_alloc(arena, sizeof(*copy) + entry->xattr_count * sizeof(*copy->item));
	copy->count = entry->xattr_count;
	for (uint32_t i = 0; i < entry->xattr_count; i++) {
		void *value = cln_arena_alloc(arena, entry->xattr[i].size);

		if (entry->xattr[i].size)
			memcpy(value, entry->xattr[i].value, entry->xattr[i].size);
		copy->item[i].name = cln_arena_strdup(arena, entry->xattr[i].name);
		copy->item[i].value = value;
		copy->item[i].size = entry->xattr[i].size;
	}
	return copy;
}

static uint32_t inode_push(struct tree *tree, const struct tree_entry *entry)
{
	struct tree_build *build = tree->inside->build;
	struct cln_arena *arena = tree->inside->arena;
	struct inode *inode = &CLN_PUSH(build->inode, build->inode_count, build->inode_room);

	*inode = (struct inode){
		.type = (uint8_t)entry->type,
		.mode = entry->mode & 07777,
		.uid = entry->uid,
		.gid = entry->gid,
		.layer = build->layer,
		.mtime = entry->mtime,
		.xattrs = xattrs_dup(arena, entry),
	};
	if (entry->type == NODE_FILE) {
		inode->size_bytes = entry->size_bytes;
		inode->spool_offset = entry->spool_offset;
	} else if (entry->type == NODE_SYMLINK) {
		inode->target = cln_arena_strdup(arena, entry->target ? entry->target : "");
	} else if (entry->type == NODE_CHAR || entry->type == NODE_BLOCK) {
		inode->dev_major = entry->dev_major;
		inode->dev_minor = entry->dev_minor;
	}
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

/* path has room for another behind it. */
static int entry_fill(struct tree *tree, const struct tree_entry *from, char *path,
	struct bentry *entry, struct cln_err *err)
{
	size_t length = entry->length, link = 0;

	if (entry->kind == ENTRY_PLAIN && from->hard_link) {
		if (clean(from->hard_link, path + length + 1, &link, err) < 0)
			return cln_within(err, "its hard link");
		entry->kind = ENTRY_LINK;
		length += 1 + link;
	} else if (entry->kind == ENTRY_PLAIN) {
		entry->inode = inode_push(tree, from);
	}
	entry->path = cln_arena_strndup(tree->inside->build->layer_arena, path, length);
	return 0;
}

int tree_layer_add(
	struct tree *tree, const struct tree_entry *from, uint32_t *handle, struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;
	struct bentry entry = { .inode = TREE_NONE };
	enum entry_kind kind = ENTRY_DEAD;
	char path[2 * PATH_ROOM] = "";
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
	entry.length = (uint32_t)length;
	entry.kind = (uint8_t)kind;
	if (entry_fill(tree, from, path, &entry, err) < 0)
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
