// SPDX-License-Identifier: Apache-2.0
/*
 * access.c - can production's user reach what main used?
 *
 * Root could read everything; the user that production runs as may not. That
 * is said before it fails. Directories on the way to a mount, a log or another link
 * into a mount are opened for searching: what lies behind them would be of no use.
 */
#include "packager/plan/draft.h"

#include "common/path.h"
#include "common/pathset.h"
#include "packager/model/may.h"

#include <stdio.h>
#include <string.h>

struct access {
	struct draft *draft;
	const struct scene *scene;
	uint32_t *mode;		     /* by node: 1 + the edit that sets its owner and mode, or 0 */
	struct cln_pathset replaced; /* by other edits */
};

static bool user_may(const struct scene *scene, const struct inode *inode, unsigned bits)
{
	const struct may_user user = { scene->uid, scene->gid, scene->group, scene->group_count };

	return may_use(&user, inode, bits);
}

bool draft_may_read(const struct draft *draft, const struct inode *inode)
{
	return user_may(&draft->lower->scene, inode, MAY_READ);
}

/* As production will have it. */
static struct inode planned(const struct access *access, uint32_t node)
{
	struct inode inode = *tree_inode(access->draft->in->tree, node);
	uint32_t at = access->mode[node];

	if (at) {
		const struct plan_edit *edit = &access->draft->edit[at - 1];

		inode.mode = edit->mode;
		inode.uid = edit->uid;
		inode.gid = edit->gid;
	}
	return inode;
}

static bool may(const struct access *access, uint32_t node, unsigned bits)
{
	struct inode inode = planned(access, node);

	return user_may(access->scene, &inode, bits);
}

/* The topmost directory on the way to node that the user cannot search, or TREE_NONE. */
static uint32_t blocked_at(const struct access *access, uint32_t node)
{
	uint32_t found = TREE_NONE;

	while (node != TREE_ROOT) {
		node = access->draft->in->tree->node[node].parent;
		if (!may(access, node, MAY_EXEC))
			found = node;
	}
	return found;
}

static bool replaced(const struct access *access, const char *path)
{
	return cln_pathset_has(&access->replaced, path) ||
	       writes_mount(&access->draft->lower->writes, path);
}

static void note_blocked(const struct access *access, const char *path, uint32_t node)
{
	struct inode inode = planned(access, node);
	char at[CLN_PATH_MAX];

	draft_note(access->draft, "unreadable",
		"%s: user %u:%u cannot search %s (mode %04o, owner %u:%u)", path,
		access->scene->uid, access->scene->gid,
		tree_path(access->draft->in->tree, node, at), inode.mode, inode.uid, inode.gid);
}

static void check_file(const struct access *access, const struct scene_file *file)
{
	const struct tree *tree = access->draft->in->tree;
	struct tree_walk walk;
	unsigned bits = (file->service & (CLN_READ | CLN_LIST | CLN_MAP) ? MAY_READ : 0) |
			(file->service & CLN_EXEC ? MAY_EXEC : 0);
	uint32_t node, blocked;

	if (!bits || (node = tree_resolve(tree, file->path, true, &walk)) == TREE_NONE ||
		!draft_keeps(access->draft, node) || replaced(access, walk.real))
		return;
	struct inode inode = planned(access, node);

	blocked = blocked_at(access, node);
	if (blocked != TREE_NONE)
		note_blocked(access, file->path, blocked);
	else if ((inode.type == NODE_FILE || inode.type == NODE_DIR) && !may(access, node, bits))
		draft_note(access->draft, "unreadable",
			"%s: user %u:%u may not %s it (mode %04o, owner %u:%u); make it readable in the source "
			"image or choose --user",
			file->path, access->scene->uid, access->scene->gid,
			bits & MAY_EXEC ? "execute" : "read", inode.mode, inode.uid, inode.gid);
}

/* The way to a mount or a link into one, from the top: searchable by production's user. */
static void open_way(struct access *access, const char *path, const char *why)
{
	const struct tree *tree = access->draft->in->tree;
	char at[CLN_PATH_MAX];

	for (size_t i = 1; path[i]; i++) {
		if (path[i] != '/')
			continue;
		snprintf(at, sizeof(at), "%.*s", (int)i, path);
		uint32_t node = tree_lookup(tree, at);

		if (node == TREE_NONE || tree_inode(tree, node)->type != NODE_DIR ||
			may(access, node, MAY_EXEC))
			continue;
		struct inode inode = planned(access, node);
		struct plan_edit *edit = draft_edit(access->draft, EDIT_MODE, at, why);

		edit->node = node;
		edit->mode = inode.mode | 0111;
		edit->uid = inode.uid;
		edit->gid = inode.gid;
		draft_note(access->draft, "mode",
			"%s: mode %04o becomes %04o, so that %u:%u reaches %s", at, inode.mode,
			edit->mode, access->scene->uid, access->scene->gid, path);
	}
}

static void read_edits(struct access *access)
{
	const struct draft *draft = access->draft;

	for (size_t i = 0; i < draft->edit_count; i++) {
		const struct plan_edit *edit = &draft->edit[i];

		if (edit->kind == EDIT_MODE)
			access->mode[edit->node] = (uint32_t)i + 1;
		else
			cln_pathset_add(&access->replaced, edit->path, 1);
	}
}

void draft_access(struct draft *draft)
{
	struct access access = { .draft = draft, .scene = &draft->lower->scene };
	const struct writes *writes = &draft->lower->writes;
	size_t room = draft->in->tree->node_count;

	access.mode = cln_alloc((room + 1) * sizeof(*access.mode));
	read_edits(&access);
	for (size_t i = 0; i < draft->plan->mount_count; i++) {
		open_way(&access, draft->plan->mount[i].path, "on the way to a mount");
		read_edits(&access);
	}
	for (size_t i = 0; i < writes->redirect_count; i++) {
		open_way(&access, writes->redirect[i].path, "on the way to a link into a mount");
		read_edits(&access);
	}
	for (size_t i = 0; i < access.scene->file_count; i++)
		check_file(&access, &access.scene->file[i]);
	cln_pathset_release(&access.replaced);
	free(access.mode);
}
