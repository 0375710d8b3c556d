// SPDX-License-Identifier: Apache-2.0
/*
 * access.c - can production's user reach what main used?
 *
 * Root could read everything; the user that production runs as may not. That
 * is said before it fails. Directories on the way to a mount are opened for
 * searching, since the mount would be of no use.
 */
#include "packager/plan/draft.h"

#include "common/path.h"

#include <stdio.h>
#include <string.h>

enum want_bits { MAY_EXEC = 1, MAY_WRITE = 2, MAY_READ = 4 };

static bool user_may(const struct scene *scene, const struct inode *inode, unsigned bits)
{
	bool in_group = inode->gid == scene->gid;

	for (size_t i = 0; i < scene->group_count; i++)
		in_group |= scene->group[i] == inode->gid;
	unsigned shift = inode->uid == scene->uid ? 6 : in_group ? 3 : 0;

	return ((inode->mode >> shift) & bits) == bits;
}

bool draft_may_read(const struct draft *draft, const struct inode *inode)
{
	return user_may(&draft->lower->scene, inode, MAY_READ);
}

/* The first directory on the way to node that the user cannot search, or TREE_NONE. */
static uint32_t blocked_at(const struct draft *draft, uint32_t node)
{
	const struct tree *tree = draft->in->tree;
	uint32_t found = TREE_NONE;

	while (node != TREE_ROOT) {
		node = tree->node[node].parent;
		if (!user_may(&draft->lower->scene, tree_inode(tree, node), MAY_EXEC))
			found = node;
	}
	return found;
}

static bool replaced(const struct draft *draft, const char *path)
{
	for (size_t i = 0; i < draft->edit_count; i++)
		if (!strcmp(draft->edit[i].path, path) && draft->edit[i].kind != EDIT_MODE)
			return true;
	return writes_mount(&draft->lower->writes, path);
}

static void check_file(struct draft *draft, const struct scene_file *file)
{
	const struct tree *tree = draft->in->tree;
	struct tree_walk walk;
	unsigned bits = (file->service & (CLN_READ | CLN_LIST | CLN_MAP) ? MAY_READ : 0) |
			(file->service & CLN_EXEC ? MAY_EXEC : 0);
	uint32_t node, blocked;
	char at[CLN_PATH_MAX];

	if (!bits || (node = tree_resolve(tree, file->path, true, &walk)) == TREE_NONE ||
		!draft_keeps(draft, node) || replaced(draft, walk.real))
		return;
	const struct inode *inode = tree_inode(tree, node);

	blocked = blocked_at(draft, node);
	if (blocked != TREE_NONE)
		draft_note(draft, "unreadable",
			"%s: user %u:%u cannot search %s (mode %04o, owner %u:%u)", file->path,
			draft->lower->scene.uid, draft->lower->scene.gid,
			tree_path(tree, blocked, at), tree_inode(tree, blocked)->mode,
			tree_inode(tree, blocked)->uid, tree_inode(tree, blocked)->gid);
	else if ((inode->type == NODE_FILE || inode->type == NODE_DIR) &&
		 !user_may(&draft->lower->scene, inode, bits))
		draft_note(draft, "unreadable",
			"%s: user %u:%u may not %s it (mode %04o, owner %u:%u); make it readable in the source "
			"image or choose --user",
			file->path, draft->lower->scene.uid, draft->lower->scene.gid,
			bits & MAY_EXEC ? "execute" : "read", inode->mode, inode->uid, inode->gid);
}

/* The way to a mount, from the top: searchable by production's user. */
static void open_way(struct draft *draft, const char *path)
{
	const struct tree *tree = draft->in->tree;
	char at[CLN_PATH_MAX];

	for (size_t i = 1; path[i]; i++) {
		if (path[i] != '/')
			continue;
		snprintf(at, sizeof(at), "%.*s", (int)i, path);
		uint32_t node = tree_lookup(tree, at);

		if (node == TREE_NONE || tree_inode(tree, node)->type != NODE_DIR ||
			user_may(&draft->lower->scene, tree_inode(tree, node), MAY_EXEC))
			continue;
		struct plan_edit *edit = draft_edit(draft, EDIT_MODE, at, "on the way to a mount");

		edit->node = node;
		edit->mode = tree_inode(tree, node)->mode | 0111;
		edit->uid = tree_inode(tree, node)->uid;
		edit->gid = tree_inode(tree, node)->gid;
		draft_note(draft, "mode", "%s: mode %04o becomes %04o, so that %u:%u reaches %s",
			at, tree_inode(tree, node)->mode, edit->mode, draft->lower->scene.uid,
			draft->lower->scene.gid, path);
	}
}

void draft_access(struct draft *draft)
{
	const struct scene *scene = &draft->lower->scene;

	for (size_t i = 0; i < draft->plan->mount_count; i++)
		open_way(draft, draft->plan->mount[i].path);
	for (size_t i = 0; i < scene->file_count; i++)
		check_file(draft, &scene->file[i]);
}
