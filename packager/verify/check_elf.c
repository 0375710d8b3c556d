/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_elf.c - every program finds its loader, and every library it names.
 *
 * Searched as its loader would, without what a file inherits from whoever loads
 * it: so a library that the dev image does not show either is no fault.
 */
#include "packager/decide/lib_paths.h"
#include "packager/verify/check.h"

#include <stdio.h>
#include <string.h>

struct elf_check {
	const struct check_input *in;
	struct cln_trace *empty;
	struct lib_paths paths, source_paths;
	struct cln_arena *arena;
};

static bool is_elf(const struct tree *tree, uint32_t id)
{
	const struct inode *inode = tree_inode(tree, id);
	struct cln_err ignored = {};
	char magic[4];

	return inode->type == NODE_FILE && inode->size_bytes >= 52 &&
	       tree_read(tree, id, 0, magic, sizeof(magic), &ignored) == 0 &&
	       memcmp(magic, "\177ELF", 4) == 0;
}

static bool in_folder(const struct tree *tree, const char *folder, const char *name)
{
	struct tree_walk walk;
	char path[4096 + 512];

	if (snprintf(path, sizeof(path), "%s/%s", strcmp(folder, "/") ? folder : "", name) >=
		(int)sizeof(path))
		return false;
	if (tree_resolve(tree, path, true, &walk) != TREE_NONE)
		return true;
	/* Only a build for newer processors may be there. */
	if (snprintf(path, sizeof(path), "%s/glibc-hwcaps", folder) >= (int)sizeof(path) ||
		tree_resolve(tree, path, true, &walk) == TREE_NONE)
		return false;
	const struct node *levels = &tree->node[walk.end];
	for (uint32_t i = 0; i < levels->child_count; i++)
		if (tree_child(tree, tree->child[levels->first_child + i], name, strlen(name)) !=
			TREE_NONE)
			return true;
	return false;
}

static bool in_folders(const struct tree *tree, const struct folders *folders, const char *name)
{
	for (size_t i = 0; i < folders->count; i++)
		if (in_folder(tree, folders->item[i], name))
			return true;
	return false;
}

static bool finds(struct elf_check *check, const struct tree *tree, const struct lib_paths *paths,
	const struct elf_facts *facts, const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	char *origin = cln_arena_strndup(check->arena, path, (size_t)(slash - path));
	struct folders own = {};
	struct tree_walk walk;
	bool found;

	if (strchr(name, '/'))
		return tree_resolve(tree, name, true, &walk) != TREE_NONE;
	if (facts->rpath)
		folders_expand(&own, check->arena, facts->rpath, origin, facts);
	if (facts->runpath)
		folders_expand(&own, check->arena, facts->runpath, origin, facts);
	found = in_folders(tree, &own, name) || in_folders(tree, &paths->env, name) ||
		in_folders(tree, &paths->glibc, name) || in_folders(tree, &paths->musl, name);
	return found;
}

static void lacks(const struct elf_check *check, struct findings *findings, const char *path,
	const char *what, const char *name)
{
	/* Without the dev image nobody knows whether it was ever there. */
	findings_add(findings,
		&(struct finding){ .level = check->in->source ? FINDING_BROKEN : FINDING_NOTE,
			.check = "elf",
			.path = path,
			.text = cln_arena_format(findings->arena,
				"%s needs the %s %s, which the image has not", path, what, name) });
}

static int check_file(
	struct elf_check *check, uint32_t id, struct findings *findings, struct cln_err *err)
{
	const struct check_input *in = check->in;
	struct elf_facts facts;
	struct tree_walk walk;
	char path[4096];
	int r = elf_read_node(in->tree, id, check->arena, &facts, err);

	tree_path(in->tree, id, path);
	if (r < 0)
		return cln_within(err, "%s", path);
	if (facts.broken || !lib_machine_fits(&facts, in->image->architecture))
		return 0;
	if (facts.interp && tree_resolve(in->tree, facts.interp, true, &walk) == TREE_NONE)
		lacks(check, findings, path, "loader", facts.interp);
	for (uint32_t i = 0; i < facts.needed_count; i++) {
		const char *name = facts.needed[i];

		if (finds(check, in->tree, &check->paths, &facts, path, name))
			continue;
		if (!in->source ||
			finds(check, in->source, &check->source_paths, &facts, path, name))
			lacks(check, findings, path, "library", name);
	}
	return 0;
}

static int load_paths(struct elf_check *check, const struct tree *tree, struct lib_paths *paths,
	struct cln_err *err)
{
	const struct keep_input input = {
		.image = check->in->image,
		.tree = tree,
		.trace = check->in->trace ? check->in->trace : check->empty,
		.root = CLN_TRACE_NONE,
	};

	return lib_paths_load(&input, check->arena, paths, err);
}

int check_elf(const struct check_input *in, struct findings *findings, struct cln_err *err)
{
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	cln_owned(cln_trace_drop) struct cln_trace *empty = cln_trace_new();
	struct elf_check check = { .in = in, .empty = empty, .arena = arena };
	int r = load_paths(&check, in->tree, &check.paths, err);

	if (r == 0 && in->source)
		r = load_paths(&check, in->source, &check.source_paths, err);
	for (uint32_t id = 0; r == 0 && id < in->tree->node_count; id++)
		if (is_elf(in->tree, id))
			r = check_file(&check, id, findings, err);
	return r;
}
