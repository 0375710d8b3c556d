// SPDX-License-Identifier: Apache-2.0
/*
 * script_text.c - the entry script's text, and what it reads as a part of itself.
 */
#include "packager/plan/lower.h"

#include "common/path.h"
#include "packager/plan/programs.h"

#include <stdio.h>
#include <string.h>

#define SCRIPT_MAX_BYTES ((size_t)256 * 1024)

/* The program that `#!/usr/bin/env [-S] [NAME=VALUE] PROGRAM` runs, or NULL. */
static const char *behind_env(const struct cln_trace_exec *exec)
{
	for (size_t i = 1; exec->argv && exec->argv[0] && exec->argv[i]; i++) {
		const char *word = exec->argv[i];

		word += strncmp(word, "-S", 2) ? 0 : 2;
		word += strspn(word, " \t");
		if (*word && *word != '-' && !strchr(word, '='))
			return word;
	}
	return NULL;
}

bool shells_is(const struct cln_trace_exec *exec)
{
	const char *runs = exec->interpreter ? exec->interpreter : exec->path;
	const char *behind;
	char name[32];

	if (!exec->interpreter || strcmp(cln_path_name(runs), "env") != 0 ||
		!(behind = behind_env(exec)))
		return program_is_shell(runs);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(behind, " \t"), behind);
	return program_is_shell(name);
}

/* The STRING of `sh -c STRING`, or NULL. */
const char *shells_string(const struct cln_trace_exec *exec)
{
	const char *const *argv = exec->argv;

	if (exec->interpreter || !argv || !argv[0] || !argv[1])
		return NULL;
	/* musl's and glibc's system() call it as `sh -c STRING`, newer glibc `sh -c -- STRING` */
	if (strcmp(argv[1], "-c") != 0 || !argv[2])
		return NULL;
	return !strcmp(argv[2], "--") ? argv[3] : argv[2];
}

static bool is_script_of_shell(const char *text, size_t size)
{
	size_t line = strcspn(text, "\n");

	if (size < 3 || strncmp(text, "#!", 2) != 0)
		return false;
	cln_owned(cln_drop_mem) char *head =
		cln_format("%.*s", (int)CLN_MIN(line - 2, (size_t)200), text + 2);
	char *save = NULL;

	for (char *w = strtok_r(head, " \t", &save); w; w = strtok_r(NULL, " \t", &save))
		if (program_is_shell(w))
			return true;
	return false;
}

static bool sourced_name(const char *path)
{
	return cln_path_match("*.sh", path) || cln_path_match("*.envsh", path);
}

/* A file that the image has is read to the end of all; sourced: whatever it looks like. */
static int add_script(struct lower *lower, struct cln_buf *all, const char *path, bool sourced,
	struct cln_err *err)
{
	const struct tree *tree = lower->scene.in->tree;
	cln_owned(cln_drop_mem) char *text = NULL;
	struct tree_walk walk;
	size_t size;
	uint32_t node = tree_resolve(tree, path, true, &walk);
	int r;

	if (node == TREE_NONE || tree_inode(tree, node)->type != NODE_FILE ||
		tree_inode(tree, node)->size_bytes > SCRIPT_MAX_BYTES)
		return 0;
	r = tree_read_all(tree, node, SCRIPT_MAX_BYTES, &text, &size, err);
	if (r < 0)
		return cln_within(err, "%s", path);
	if (sourced == (sourced_name(path) || is_script_of_shell(text, size)) ||
		memchr(text, '\0', size))
		return 0;
	cln_buf_add(all, text, size);
	cln_buf_addc(all, '\n');
	return 0;
}

static void set_script(struct lower *lower, const struct cln_buf *all)
{
	lower->script = (struct script){
		.text = cln_arena_strndup(
			lower->scene.arena, all->data ? all->data : "", all->size),
		.size = all->size,
		.vars = &lower->scene.vars,
	};
}

/* Did a shell of start-up itself read it? */
static bool read_by_shell(const struct scene *scene, const struct scene_file *file)
{
	for (size_t i = 0; i < file->fact->use_count; i++) {
		const struct cln_trace_use *use = &file->fact->use[i];
		const struct cln_trace_exec *exec = scene_exec(scene, use->exec);

		if (exec && scene->side[use->exec] == SIDE_STARTUP && (use->access & CLN_READ) &&
			shells_is(exec))
			return true;
	}
	return false;
}

/* Files without a script's looks, which the script names behind `.` or `source`. */
static int add_sourced(struct lower *lower, struct cln_buf *all, struct cln_err *err)
{
	const struct scene *scene = &lower->scene;
	int r = 0;

	for (size_t i = 0; r == 0 && i < scene->file_count; i++)
		if (read_by_shell(scene, &scene->file[i]) &&
			script_sources(&lower->script, scene->file[i].path))
			r = add_script(lower, all, scene->file[i].path, true, err);
	return r;
}

int lower_script(struct lower *lower, struct cln_err *err)
{
	struct scene *scene = &lower->scene;
	cln_owned(cln_buf_release) struct cln_buf all = { .ceiling = 4 * SCRIPT_MAX_BYTES };
	const struct cln_trace_exec *entry = scene_exec(scene, scene->entry);
	const char *string = entry ? shells_string(entry) : NULL;
	int r = 0;

	if (string)
		cln_buf_addf(&all, "%s\n", string);
	for (size_t i = 0; r == 0 && i < scene->file_count; i++)
		if (scene->file[i].startup & (CLN_READ | CLN_EXEC))
			r = add_script(lower, &all, scene->file[i].path, false, err);
	set_script(lower, &all);
	if (r == 0)
		r = add_sourced(lower, &all, err);
	set_script(lower, &all);
	return r;
}
