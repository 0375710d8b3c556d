// SPDX-License-Identifier: Apache-2.0
/*
 * seeds.c - what a mount hides and the init brings back.
 *
 * Kept nodes below a mount leave their place. Directories are made anew, small
 * sets of files copied one by one, larger ones as a tree; a volume is filled
 * only where it is empty.
 */
#include "packager/plan/draft.h"

#include "common/path.h"

#include <string.h>

#define SEED_LINES_MAX 32u /* more files of one mount are copied as a tree */

/* Start-up, a log or a link into the approved place puts something else there. */
static bool step_makes(const struct draft *draft, const char *path)
{
	for (size_t i = 0; i < draft->lower->writes.log_count; i++)
		if (!strcmp(draft->lower->writes.log[i].path, path))
			return true;
	for (size_t i = 0; i < draft->lower->step_count; i++)
		if (draft->lower->step[i].kind != STEP_OWNER &&
			!strcmp(draft->lower->step[i].path, path))
			return true;
	return false;
}

/* The seed itself: the init, as production's user, must be able to read it. */
static const char *seed_edit(struct draft *draft, uint32_t node, const char *path, const char *why)
{
	const struct inode *inode = tree_inode(draft->in->tree, node);
	struct plan_edit *edit = draft_edit_new(draft, EDIT_SEED, path, why);

	edit->node = node;
	edit->target = cln_arena_format(draft->arena, SEED_DIR "%s", path);
	edit->mode = inode->mode & 0777;
	edit->uid = inode->uid;
	edit->gid = inode->gid;
	if (!draft_may_read(draft, inode)) {
		edit->uid = draft->lower->scene.uid;
		edit->gid = draft->lower->scene.gid;
		edit->mode |= 0400;
	}
	return edit->target;
}

static void seed_file(struct draft *draft, uint32_t node, const char *path, bool volume)
{
	struct cln_buf text = { 0 };

	lines_word(&text, seed_edit(draft, node, path, "content below a mount"));
	lines_word(&text, path);
	if (volume)
		lines_live(&text, "unless-exists");
	lines_add(&draft->files, "copy", &text, "content of the image below a mount");
}

/* How many names the mount hides: few come back one by one, many as a tree. */
static size_t hidden_files(const struct draft *draft, const struct plan_mount *mount)
{
	const struct tree *tree = draft->in->tree;
	size_t count = 0;
	char path[CLN_PATH_MAX];

	for (uint32_t node = 1; node < tree->node_count; node++) {
		if (!draft_keeps(draft, node) || tree_inode(tree, node)->type == NODE_DIR)
			continue;
		const struct plan_mount *around =
			writes_mount(&draft->lower->writes, tree_path(tree, node, path));

		count += around && !strcmp(around->path, mount->path);
	}
	return count;
}

/* As part of a tree below the seed folder that is copied as a whole. */
static void seed_in_tree(struct draft *draft, uint32_t node, const char *path)
{
	const struct inode *inode = tree_inode(draft->in->tree, node);
	const char *seed = cln_arena_format(draft->arena, SEED_DIR "%s", path);

	if (inode->type == NODE_DIR)
		draft_edit_new(draft, EDIT_DIR, seed, "as in the image")->mode =
			(inode->mode & 0777) | 0555;
	else if (inode->type == NODE_SYMLINK)
		draft_edit_new(draft, EDIT_SYMLINK, seed, "as in the image")->target =
			inode->target;
	else if (inode->type == NODE_FILE)
		seed_edit(draft, node, path, "content below a mount");
}

static void seed_alone(struct draft *draft, uint32_t node, const char *path, bool volume)
{
	const struct inode *inode = tree_inode(draft->in->tree, node);

	if (inode->type == NODE_DIR)
		draft_dir(draft, path, (inode->mode & 01777) | 0700, "as in the image");
	else if (inode->type == NODE_SYMLINK)
		lines_words(&draft->files, "as in the image", "symlink", inode->target, path, NULL);
	else if (inode->type == NODE_FILE)
		seed_file(draft, node, path, volume);
}

static void seed_node(struct draft *draft, uint32_t node, struct plan_mount *mount, bool whole)
{
	char path[CLN_PATH_MAX];

	tree_path(draft->in->tree, node, path);
	if (!strcmp(path, mount->path))
		return;
	const char *copy = cln_arena_strdup(draft->arena, path);

	draft_edit_new(draft, EDIT_REMOVE, copy, "hidden by a mount")->node = node;
	if (step_makes(draft, copy))
		return;
	if (whole)
		seed_in_tree(draft, node, copy);
	else
		seed_alone(draft, node, copy, mount->kind == MOUNT_VOLUME);
	mount->seeded |= tree_inode(draft->in->tree, node)->type == NODE_FILE;
}

static void seed_mount(struct draft *draft, struct plan_mount *mount)
{
	const struct tree *tree = draft->in->tree;
	bool whole = hidden_files(draft, mount) > SEED_LINES_MAX;
	struct cln_buf text = { 0 };
	char path[CLN_PATH_MAX];

	for (uint32_t node = 1; node < tree->node_count; node++) {
		if (!draft_keeps(draft, node))
			continue;
		const struct plan_mount *around =
			writes_mount(&draft->lower->writes, tree_path(tree, node, path));

		if (around && !strcmp(around->path, mount->path))
			seed_node(draft, node, mount, whole);
	}
	if (!whole)
		return;
	lines_word(&text, cln_arena_format(draft->arena, SEED_DIR "%s", mount->path));
	lines_word(&text, mount->path);
	if (mount->kind == MOUNT_VOLUME)
		lines_live(&text, "unless-exists");
	lines_add(&draft->files, "copy", &text, "content of the image below a mount");
}

/* Files that became links keep their bytes too. */
static void seed_redirects(struct draft *draft)
{
	const struct writes *writes = &draft->lower->writes;

	for (size_t i = 0; i < writes->redirect_count; i++) {
		const struct redirect *redirect = &writes->redirect[i];

		if (redirect->node == TREE_NONE || !draft_keeps(draft, redirect->node) ||
			step_makes(draft, redirect->path))
			continue;
		lines_words(&draft->files, redirect->why, "copy",
			seed_edit(draft, redirect->node, redirect->path, redirect->why),
			redirect->place, NULL);
	}
}

void draft_seeds(struct draft *draft)
{
	for (size_t i = 0; i < draft->plan->mount_count; i++)
		seed_mount(draft, &draft->plan->mount[i]);
	seed_redirects(draft);
}
