// SPDX-License-Identifier: Apache-2.0
/*
 * scripts.c - scripts that lost their interpreter.
 *
 * A script that production only reads stays, though its interpreter (a shell) is kept
 * out. Nothing can run it, so it is no program any more: its execute bits are cleared,
 * and the report says so. Running a shell's was refused before, by name (shells.c); where
 * production ran one of another interpreter (--drop took it away), that is refused here.
 */
#include "packager/plan/draft.h"

#include "common/path.h"
#include "packager/decide/shebang.h"

#include <stdio.h>
#include <string.h>

/* Will the path lead to a file: one that is kept, or one that the plan puts there? */
bool draft_stands(const struct draft *draft, const char *path)
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

/* The interpreter that the script will find gone, in missing; false: it has one, or the image
 * never had any (that is how the software came). */
static bool find_missing(
	const struct draft *draft, const struct shebang *shebang, char missing[CLN_PATH_MAX])
{
	const struct keep_input *in = draft->in;
	const char *folders = shebang_search_path(in->trace, in->root, in->image), *at;
	char path[CLN_PATH_MAX];
	struct tree_walk walk;

	missing[0] = '\0';
	if (!draft_stands(draft, shebang->interpreter)) {
		snprintf(missing, CLN_PATH_MAX, "%s", shebang->interpreter);
		return tree_resolve(in->tree, missing, true, &walk) != TREE_NONE;
	}
	while (shebang->program && (at = shebang_next(shebang->program, &folders, path))) {
		if (draft_stands(draft, at))
			return false;
		if (!missing[0] && tree_resolve(in->tree, at, true, &walk) != TREE_NONE)
			snprintf(missing, CLN_PATH_MAX, "%s", at);
	}
	return missing[0] != '\0';
}

/* By production. */
static bool was_run(const struct draft *draft, uint32_t node)
{
	const struct cln_trace *trace = draft->in->trace;
	struct tree_walk walk;

	for (size_t i = 0; i < trace->exec_count; i++)
		if (trace->exec[i].root == draft->in->root && trace->exec[i].interpreter &&
			(trace->exec[i].role == CLN_ROLE_MAIN ||
				trace->exec[i].role == CLN_ROLE_SERVICE) &&
			tree_resolve(draft->in->tree, trace->exec[i].path, true, &walk) == node)
			return true;
	return false;
}

/* A shell was refused before, or accepted to be lost (shells.c). */
static bool is_refused(const struct draft *draft, uint32_t node, const char *interpreter)
{
	struct tree_walk walk;
	uint32_t end = tree_resolve(draft->in->tree, interpreter, true, &walk);

	return end != TREE_NONE && draft->keep->why[end] != WHY_SHELL && was_run(draft, node);
}

static int check_script(
	struct draft *draft, uint32_t node, const char *head, size_t size, struct cln_err *err)
{
	char missing[CLN_PATH_MAX], path[CLN_PATH_MAX];
	struct shebang shebang;

	if (!shebang_parse(head, size, &shebang) || !find_missing(draft, &shebang, missing))
		return 0;
	if (is_refused(draft, node, missing))
		return cln_refuse(err,
			"script %s: production ran it, and its interpreter %s is not in the image; "
			"--keep %s keeps it, or take back the --drop",
			tree_path(draft->in->tree, node, path), missing, missing);
	clear_execute(draft, node, missing);
	return 0;
}

int draft_scripts(struct draft *draft, struct cln_err *err)
{
	const struct tree *tree = draft->in->tree;

	for (uint32_t node = 1; node < tree->node_count; node++) {
		const struct inode *inode = tree_inode(tree, node);
		char head[SHEBANG_MAX], path[CLN_PATH_MAX];
		size_t size = (size_t)CLN_MIN(inode->size_bytes, sizeof(head));

		if (inode->type != NODE_FILE || !(inode->mode & 0111) || inode->size_bytes < 4 ||
			!draft_keeps(draft, node))
			continue;
		if (tree_read(tree, node, 0, head, size, err) < 0)
			return cln_within(err, "%s", tree_path(tree, node, path));
		if (check_script(draft, node, head, size, err) < 0)
			return -err->code;
	}
	return 0;
}
