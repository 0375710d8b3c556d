// SPDX-License-Identifier: Apache-2.0
/*
 * emit_policy.c - what may be executed, written and called, as lines of init.conf.
 */
#include "packager/plan/emit.h"

#include "common/path.h"
#include "common/pathset.h"
#include "init/format.h"
#include "packager/plan/programs.h"

#include <string.h>

#define PATHS_A_LINE 8
#define LANDLOCK_PATHS_MAX (INIT_LANDLOCK_MAX - 64)

static void path_lines(
	struct draft *draft, const char *kind, const struct cln_pathset *set, const char *comment)
{
	for (size_t i = 0; i < set->count;) {
		struct cln_buf text = { 0 };

		lines_live(&text, kind);
		for (size_t k = 0; k < PATHS_A_LINE && i < set->count; k++, i++)
			lines_word(&text, set->entry[i].path);
		lines_add(&draft->lines, "landlock", &text, comment);
		comment = NULL;
	}
}

static bool executable(const struct draft *draft, uint32_t node)
{
	const struct inode *inode = tree_inode(draft->in->tree, node);
	enum keep_why why = draft->keep->why[node];

	if (inode->type != NODE_FILE)
		return false;
	if (why == WHY_INTERP || why == WHY_SHEBANG)
		return true;
	return (why == WHY_RULE_KEEP || why == WHY_RULE_PACKAGE) && (inode->mode & 0111);
}

static void programs_of(struct draft *draft, struct cln_pathset *set)
{
	const struct scene *scene = &draft->lower->scene;
	const struct tree *tree = draft->in->tree;
	char path[CLN_PATH_MAX];
	struct tree_walk walk;

	for (size_t i = 0; i < scene->file_count; i++) {
		const struct scene_file *file = &scene->file[i];

		if (!((file->service | file->helper) & CLN_EXEC))
			continue;
		uint32_t node = tree_resolve(tree, file->path, true, &walk);

		if (node != TREE_NONE && draft_keeps(draft, node) &&
			(draft->opt->allow_shell || !program_is_shell(walk.real)))
			cln_pathset_add(set, walk.real, 1);
	}
	for (uint32_t node = 1; node < tree->node_count; node++)
		if (draft_keeps(draft, node) && executable(draft, node))
			cln_pathset_add(set, tree_path(tree, node, path), 1);
	const struct cln_trace_exec *main = scene_exec(scene, scene->main);

	if (tree_resolve(tree, main->path, true, &walk) != TREE_NONE)
		cln_pathset_add(set, walk.real, 1);
	for (size_t i = 0; i < draft->lower->demand_count; i++)
		if (draft->lower->demand[i].is_program &&
			tree_resolve(tree, draft->lower->demand[i].path, true, &walk) != TREE_NONE)
			cln_pathset_add(set, walk.real, 1);
	if (draft->lower->commands.size)
		cln_pathset_add(set, INIT_PATH, 1);
	cln_pathset_sort(set);
}

void emit_landlock(struct draft *draft)
{
	/* mounted by every engine, so never planned, but written all the same:
	 * shm_open(3) makes its segments in /dev/shm */
	static const char *const engines[] = { "/proc", "/dev/shm", "/dev/mqueue" };
	cln_owned(cln_pathset_release) struct cln_pathset programs = { 0 }, places = { 0 };
	const struct scene *scene = &draft->lower->scene;

	programs_of(draft, &programs);
	if (programs.count <= LANDLOCK_PATHS_MAX)
		path_lines(draft, "exec", &programs, "what may be executed");
	else
		draft_note(draft, "landlock",
			"%zu programs: more than rules hold, none is restricted", programs.count);
	for (size_t i = 0; i < draft->plan->mount_count; i++)
		cln_pathset_add(&places, draft->plan->mount[i].path, 1);
	for (size_t i = 0; i < scene->file_count; i++)
		for (size_t k = 0; k < CLN_COUNT(engines); k++)
			if (((scene->file[i].service | scene->file[i].helper) &
				    CLN_ACCESS_WRITES) &&
				cln_path_within(scene->file[i].path, engines[k]))
				cln_pathset_add(&places, engines[k], 1);
	if (!places.count)
		cln_pathset_add(&places, "/dev/null", 1);
	cln_pathset_sort(&places);
	path_lines(draft, "write", &places, "what may be written, besides devices");
}

/* Did main, a service or a run step make this call? */
static bool calls(const struct draft *draft, const char *name)
{
	for (const char *const *used = draft->plan->syscall; *used; used++)
		if (!strcmp(*used, name))
			return true;
	return false;
}

/* The kernel asks Landlock nothing about files that no filesystem of the image holds
 * (init/policy.h). A filter is only installed where asked, so the report says it. A trace
 * without any call of main's shows nothing. */
static void emit_memory_programs(struct draft *draft)
{
	if (!*draft->plan->syscall)
		return;
	if (calls(draft, "memfd_create"))
		draft_note(draft, "landlock",
			"production calls memfd_create: what it makes in memory may be executed "
			"in spite of landlock exec");
	else if (draft->opt->seccomp)
		lines_words(&draft->lines, "programs in memory would get round landlock exec",
			"seccomp", "deny", "memfd_create", NULL);
	else
		draft_note(draft, "landlock",
			"a program made in memory gets round landlock exec; production never "
			"called memfd_create: --seccomp denies it");
}

static bool is_left_out(const char *name)
{
	/* libc probes the first three and falls back; the last has a line of its own */
	static const char *const names[] = { "clone3", "seccomp", "landlock_create_ruleset",
		"memfd_create" };

	for (size_t i = 0; i < CLN_COUNT(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

void emit_seccomp(struct draft *draft)
{
#define NAME(name) #name,
	static const char *const known[] = { INIT_SECCOMP_NAMES(NAME) };
#undef NAME
	struct cln_buf text = { 0 };
	size_t count = 0;

	emit_memory_programs(draft);
	if (!draft->opt->seccomp)
		return;
	for (size_t i = 0; i < CLN_COUNT(known); i++) {
		if (calls(draft, known[i]) || is_left_out(known[i]))
			continue;
		if (!count++)
			lines_live(&text, "deny");
		lines_word(&text, known[i]);
	}
	if (count)
		lines_add(&draft->lines, "seccomp", &text,
			"privileged calls that the trace never saw");
	else
		cln_buf_release(&text);
}
