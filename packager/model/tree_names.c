// SPDX-License-Identifier: Apache-2.0
#include "packager/model/tree_inside.h"

#include "common/hash.h"
#include "packager/model/limits.h"

#include <errno.h>
#include <string.h>

struct tree_build *build_new(void)
{
	struct tree_build *build = cln_alloc(sizeof(*build));
	uint32_t root_inode;

	build->ceiling = (uint32_t)limit_of(NULL, LIMIT_ENTRIES);
	build->slots = 1024;
	build->slot = cln_alloc(build->slots * sizeof(*build->slot));
	root_inode = build_implied_dir(build);
	CLN_PUSH(build->node, build->node_count, build->node_room) = (struct bnode){
		.inode = root_inode,
		.first = TREE_NONE,
		.next = TREE_NONE,
		.name = "",
	};
	return build;
}

void build_free(struct tree_build *build)
{
	if (!build)
		return;
	free(build->node);
	free(build->inode);
	free(build->slot);
	free(build->entry);
	free(build->entry_slot);
	cln_arena_free(build->layer_arena);
	free(build);
}

uint32_t build_implied_dir(struct tree_build *build)
{
	CLN_PUSH(build->inode, build->inode_count, build->inode_room) = (struct inode){
		.type = NODE_DIR,
		.mode = 0755,
		.layer = build->layer,
	};
	return (uint32_t)(build->inode_count - 1);
}

static uint64_t name_hash(uint32_t dir, const char *name, size_t length)
{
	return cln_hash(name, length) + (uint64_t)dir * 0x9e3779b97f4a7c15u;
}

/* The slot that holds the name, or the free one where it belongs. */
static uint32_t *name_slot(
	const struct tree_build *build, uint32_t dir, const char *name, size_t length)
{
	uint64_t hash = name_hash(dir, name, length);

	for (size_t at = (hash ^ hash >> 32) & (build->slots - 1);;
		at = (at + 1) & (build->slots - 1)) {
		const struct bnode *node;

		if (!build->slot[at])
			return &build->slot[at];
		node = &build->node[build->slot[at] - 1];
		if (node->parent == dir && node->name_length == length &&
			!memcmp(node->name, name, length))
			return &build->slot[at];
	}
}

static void names_rehash(struct tree_build *build)
{
	free(build->slot);
	build->slots *= 2;
	build->slot = cln_alloc(build->slots * sizeof(*build->slot));
	for (uint32_t id = 1; id < build->node_count; id++) {
		const struct bnode *node = &build->node[id];

		*name_slot(build, node->parent, node->name, node->name_length) = id + 1;
	}
}

uint32_t build_child(const struct tree_build *build, uint32_t dir, const char *name, size_t length)
{
	uint32_t found = *name_slot(build, dir, name, length);

	return found ? found - 1 : TREE_NONE;
}

int build_name(struct tree *tree, uint32_t dir, const char *name, size_t length, uint32_t *id,
	struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;
	size_t path_length = build->node[dir].path_length + 1 + length;
	uint32_t *slot;

	*id = build_child(build, dir, name, length);
	if (*id != TREE_NONE)
		return 0;
	if (length > TREE_NAME_MAX || path_length >= PATH_ROOM)
		return cln_fail(err, ENAMETOOLONG,
			"the name is longer than %d bytes or its path than %d", TREE_NAME_MAX,
			PATH_ROOM - 1);
	if (build->node_count > build->ceiling) /* the root is no entry */
		return limit_over(LIMIT_ENTRIES, build->ceiling, err);
	if (build->node_count * 2 >= build->slots)
		names_rehash(build);
	*id = (uint32_t)build->node_count;
	slot = name_slot(build, dir, name, length);
	CLN_PUSH(build->node, build->node_count, build->node_room) = (struct bnode){
		.parent = dir,
		.inode = TREE_NONE,
		.first = TREE_NONE,
		.next = build->node[dir].first,
		.name = cln_arena_strndup(tree->inside->arena, name, length),
		.name_length = (uint16_t)length,
		.path_length = (uint16_t)path_length,
	};
	build->node[dir].first = *id;
	*slot = *id + 1;
	return 0;
}

/* Depth is bounded by the length of a path: at most 2048 levels. */
void build_kill(struct tree_build *build, uint32_t id)
{
	if (!build_alive(build, id))
		return;
	if (build_is_dir(build, id))
		for (uint32_t child = build->node[id].first; child != TREE_NONE;
			child = build->node[child].next)
			build_kill(build, child);
	build->node[id].inode = TREE_NONE;
}

/* What is still to be walked: text and the number of symlinks so far. */
struct way {
	char text[2 * PATH_ROOM];
	const char *next;
	int links;
};

static int way_follow(struct way *way, const char *target, struct cln_err *err)
{
	char rest[2 * PATH_ROOM];
	size_t target_length = strlen(target), rest_length = strlen(way->next);

	if (++way->links > LINKS_FOLLOWED)
		return cln_fail(err, ELOOP, "%m");
	if (target_length + 1 + rest_length >= sizeof(way->text))
		return cln_fail(err, ENAMETOOLONG, "%m");
	memcpy(rest, way->next, rest_length + 1);
	memcpy(way->text, target, target_length);
	way->text[target_length] = '/';
	memcpy(way->text + target_length + 1, rest, rest_length + 1);
	way->next = way->text;
	return 0;
}

/* One component of the way, from *dir; *dir is TREE_NONE where it is missing and not made. */
static int way_step(
	struct tree *tree, struct way *way, bool make, uint32_t *dir, struct cln_err *err)
{
	struct tree_build *build = tree->inside->build;
	size_t length = strcspn(way->next, "/");
	const char *name = way->next;
	uint32_t id;

	way->next += length;
	if (length == 1 && name[0] == '.')
		return 0;
	if (length == 2 && name[0] == '.' && name[1] == '.') {
		*dir = build->node[*dir].parent;
		return 0;
	}
	id = build_child(build, *dir, name, length);
	if (!build_alive(build, id)) {
		if (make && build_name(tree, *dir, name, length, &id, err) < 0)
			return -err->code;
		if (make)
			build->node[id].inode = build_implied_dir(build);
		*dir = make ? id : TREE_NONE;
		return 0;
	}
	if (build_is_dir(build, id)) {
		*dir = id;
		return 0;
	}
	if (build_inode(build, id)->type != NODE_SYMLINK)
		return cln_fail(err, ENOTDIR, "its parent %.*s is no directory", (int)length, name);
	if (build_inode(build, id)->target[0] == '/')
		*dir = TREE_ROOT;
	return way_follow(way, build_inode(build, id)->target, err);
}

int build_dir(struct tree *tree, const char *path, size_t length, bool make, uint32_t *dir,
	struct cln_err *err)
{
	struct way way = { .links = 0 };

	if (length >= PATH_ROOM)
		return cln_fail(err, ENAMETOOLONG, "%m");
	memcpy(way.text, path, length);
	way.text[length] = '\0';
	way.next = way.text;
	*dir = TREE_ROOT;
	for (;;) {
		way.next += strspn(way.next, "/");
		if (!*way.next)
			return 0;
		if (way_step(tree, &way, make, dir, err) < 0)
			return -err->code;
		if (*dir == TREE_NONE)
			return 0;
	}
}
