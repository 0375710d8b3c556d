// SPDX-License-Identifier: Apache-2.0
/*
 * scripts.c - scripts that lost their interpreter.
 *
 * A script that production only reads stays, though its interpreter (a shell) is kept
 * out. Nothing can run it, so it is no program any more: its execute bits are cleared,
 * and the report says so. Running it was refused before, by name (shells.c).
 */
#include "packager/plan/draft.h"

#include "common/path.h"

#include <string.h>

#define HEAD_MAX 256

/* The interpreter of "#! /usr/bin/x -y" in head, or NULL. */
static const char *interpreter_of(char *head)
{
	char *end;

	if (head[0] != '#' || head[1] != '!')
		return NULL;
	head += 2 + strspn(head + 2, " \t");
	end = head + strcspn(head, " \t\r\n");
	*end = '\0';
	return *head == '/' ? head : NULL;
}

/* Will the path lead to a file: one that is kept, or one that the plan puts there? */
static bool will_stand(const struct draft *draft, const char *path)
{
	struct tree_walk walk;
	uint32_t end = tree_resolve(draft->in->tree, path, true, &walk);

	if (end != TREE_NONE && draft_keeps(draft, end))
		return true;
	for (size_t i = 0; i < draft->edit_count; i++) {
		const struct plan_edit *edit = &draft->edit[i];

		if ((edit->kind == EDIT_SYMLINK || edit->kind == EDIT_FILE) &&
			(!strcmp(edit->path, walk.real) || !strcmp(edit->path, path)))
			return true;
	}
	return false;
}

/* Another edit has made something else of it, or took it away. */
static bool is_gone(const struct draft *draft, const char *path)
{
	for (size_t i = 0; i < draft->edit_count; i++)
		if (draft->edit[i].kind != EDIT_SEED && draft->edit[i].kind != EDIT_MODE &&
			!strcmp(draft->edit[i].path, path))
			return true;
	return false;
}

/* Start-up may have given it to somebody: that stays. */
static void clear_place(struct draft *draft, uint32_t node, const char *path)
{
	const struct inode *inode = tree_inode(draft->in->tree, node);
	struct plan_edit was = { .mode = inode->mode, .uid = inode->uid, .gid = inode->gid };
	struct plan_edit *edit;

	for (size_t i = 0; i < draft->edit_count; i++)
		if (draft->edit[i].kind == EDIT_MODE && !strcmp(draft->edit[i].path, path))
			was = draft->edit[i];
	edit = draft_edit(draft, EDIT_MODE, path, "its interpreter is kept out");
	edit->node = node;
	edit->mode = was.mode & 0666;
	edit->uid = was.uid;
	edit->gid = was.gid;
}

static void clear_seeds(struct draft *draft, uint32_t node)
{
	const struct inode *inode = tree_inode(draft->in->tree, node);

	for (size_t i = 0; i < draft->edit_count; i++) {
		struct plan_edit *edit = &draft->edit[i];

		if (edit->kind != EDIT_SEED || edit->node != node)
			continue;
		if (!edit->mode) { /* as the node has them */
			edit->mode = inode->mode;
			edit->uid = inode->uid;
			edit->gid = inode->gid;
		}
		edit->mode &= 0666;
	}
}

static void clear_execute(struct draft *draft, uint32_t node, const char *interpreter)
{
	char path[CLN_PATH_MAX];

	tree_path(draft->in->tree, node, path);
	clear_seeds(draft, node);
	if (!is_gone(draft, path))
		clear_place(draft, node, path);
	draft_note(draft, "script",
		"%s: can be read but not run: its interpreter %s is kept out "
		"(--allow-shell keeps a shell that it needs, --drop %s the script)",
		path, interpreter, path);
}

int draft_scripts(struct draft *draft, struct cln_err *err)
{
	const struct tree *tree = draft->in->tree;

	for (uint32_t node = 1; node < tree->node_count; node++) {
		const struct inode *inode = tree_inode(tree, node);
		char head[HEAD_MAX + 1] = "", path[CLN_PATH_MAX];
		const char *interpreter;
		struct tree_walk walk;

		if (inode->type != NODE_FILE || !(inode->mode & 0111) || inode->size_bytes < 4 ||
			!draft_keeps(draft, node))
			continue;
		if (tree_read(tree, node, 0, head, CLN_MIN(inode->size_bytes, HEAD_MAX), err) < 0)
			return cln_within(err, "%s", tree_path(tree, node, path));
		interpreter = interpreter_of(head);
		/* one that was never there: that is how the software came */
		if (interpreter && tree_resolve(tree, interpreter, true, &walk) != TREE_NONE &&
			!will_stand(draft, interpreter))
			clear_execute(draft, node, interpreter);
	}
	return 0;
}
