// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/work.h"

#include <string.h>

/* --listed small: a directory at most this large keeps all its names. */
#define SMALL_NAMES 64
#define SMALL_BYTES ((uint64_t)64 << 10)

bool trace_in_production(const struct cln_trace *trace, const struct cln_trace_use *use)
{
	if (use->exec == CLN_TRACE_NONE)
		return true;
	switch (trace->exec[use->exec].role) {
	case CLN_ROLE_MAIN:
	case CLN_ROLE_SERVICE:
	case CLN_ROLE_INJECTED:
		return true;
	default:
		return false;
	}
}

uint32_t trace_production_access(
	const struct cln_trace *trace, const struct cln_trace_file *file, uint32_t *startup)
{
	uint32_t production = 0, other = 0;

	for (size_t i = 0; i < file->use_count; i++) {
		const struct cln_trace_use *use = &file->use[i];

		if (trace_in_production(trace, use))
			production |= use->access;
		else if (trace->exec[use->exec].role != CLN_ROLE_HOST)
			other |= use->access;
	}
	if (!file->use_count)
		production = file->access;
	if (startup)
		*startup = other;
	return production;
}

/* What is left when what never led anywhere is taken out: an outcome, no use. */
static uint32_t useful(uint32_t access)
{
	return access & ~(uint32_t)(CLN_MISSING | CLN_DENIED);
}

/* Start-up took it away before main began, and main did not bring it back. */
static bool is_gone(const struct cln_trace *trace, const struct cln_trace_file *file)
{
	const struct cln_trace_result *result = file->result;

	return result && !result->type && !result->varies &&
	       !(trace_production_access(trace, file, NULL) & CLN_ACCESS_WRITES);
}

void trace_bar(struct work *work)
{
	const struct cln_trace *trace = work->in->trace;
	struct tree_walk walk;

	for (uint32_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];
		uint32_t end;

		if (file->root != work->in->root || !is_gone(trace, file))
			continue;
		end = tree_resolve(work->tree, file->path, false, &walk);
		if (end == TREE_NONE || work->bar[end] ||
			tree_inode(work->tree, end)->type == NODE_DIR)
			continue;
		work->bar[end] = WHY_STARTUP_ONLY;
		work->bar_via[end] = i;
	}
}

static void note_startup(struct work *work, const struct cln_trace_file *file, uint32_t index)
{
	const char *const path[] = { file->path, file->target };
	struct tree_walk walk;

	for (size_t i = 0; i < CLN_COUNT(path); i++) {
		if (!path[i] || tree_resolve(work->tree, path[i], true, &walk) == TREE_NONE)
			continue;
		if (work->startup[walk.end] == TREE_NONE || work->startup[walk.end] > index)
			work->startup[walk.end] = index;
	}
}

/* A file that the run made: what must be there is the way to it. */
static void seed_way(struct work *work, const struct tree_walk *walk, uint32_t index)
{
	if (walk->stuck == TREE_NONE)
		return;
	work_seed(work, walk->stuck, WHY_TRACED, index);
	for (uint32_t i = 0; i < walk->link_count; i++)
		work_pull(work, walk->stuck, walk->link[i], WHY_SYMLINK);
}

static bool is_small(const struct tree *tree, uint32_t dir)
{
	const struct node *node = &tree->node[dir];
	uint64_t bytes = 0;

	if (node->child_count > SMALL_NAMES)
		return false;
	for (uint32_t i = 0; i < node->child_count; i++)
		bytes += tree_inode(tree, tree->child[node->first_child + i])->size_bytes;
	return bytes <= SMALL_BYTES;
}

/*
 * A program that was never run nor read, in a folder that was listed: whoever
 * lists a folder asks about the names in it. Python looks for modules beside
 * its script, and a script in /usr/bin so asks about programs called `base64`.
 */
static bool is_glanced_at(const struct work *work, uint32_t node, uint32_t access)
{
	const struct tree *tree = work->tree;
	const char *listed = work->in->rules->listed;

	return node != TREE_NONE && access == CLN_STAT && (!listed || strcmp(listed, "all") != 0) &&
	       tree_inode(tree, node)->type == NODE_FILE && tree_inode(tree, node)->mode & 0111 &&
	       work->mark[tree->node[node].parent] & MARK_LISTED &&
	       !is_small(tree, tree->node[node].parent);
}

static void mark_listed(struct work *work)
{
	const struct cln_trace *trace = work->in->trace;
	struct tree_walk walk;

	for (size_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];

		if (file->root == work->in->root &&
			trace_production_access(trace, file, NULL) & CLN_LIST &&
			tree_resolve(work->tree, file->path, true, &walk) != TREE_NONE &&
			tree_inode(work->tree, walk.end)->type == NODE_DIR)
			work->mark[walk.end] |= MARK_LISTED;
	}
}

static void seed_use(
	struct work *work, const struct cln_trace_file *file, uint32_t access, uint32_t index)
{
	struct tree_walk walk;
	uint32_t end = tree_resolve(work->tree, file->path, true, &walk);

	if (is_glanced_at(work, end, access))
		return;
	if (end != TREE_NONE)
		work_seed_walk(work, &walk, WHY_TRACED, index);
	else if (file->access & CLN_ACCESS_WRITES || !(file->access & CLN_MISSING))
		seed_way(work, &walk, index);
	if (file->target && access & ~(uint32_t)CLN_ACCESS_WRITES)
		work_seed_path(work, file->target, WHY_TRACED, index);
}

static bool lists_all(const struct work *work)
{
	return work->in->rules->listed && !strcmp(work->in->rules->listed, "all");
}

bool trace_keeps_names(const struct work *work, uint32_t dir)
{
	const char *listed = work->in->rules->listed;

	return (work->mark[dir] & MARK_LISTED) && (!listed || strcmp(listed, "none") != 0) &&
	       (lists_all(work) || is_small(work->tree, dir));
}

static bool is_of_language_package(const struct work *work, uint32_t node)
{
	const struct packages *packages = work->in->packages;
	uint32_t owner = packages ? packages->owner[node] : PACKAGE_NONE;

	return owner != PACKAGE_NONE && packages->package[owner].kind >= PACKAGE_PYTHON;
}

/* The rest of what --listed says; see is_glanced_at. Python lists every dist-info to find
 * packages: those of packages that nothing uses would say that they are there. The files of a
 * package in use come back with it (closure_package.c). */
static void pull_listed(struct work *work, uint32_t dir)
{
	const struct tree *tree = work->tree;
	const struct node *node = &tree->node[dir];

	if (!trace_keeps_names(work, dir))
		return;
	/* No folders: an empty one says more than none. Python, for one, imports it. */
	for (uint32_t i = 0; i < node->child_count; i++) {
		uint32_t child = tree->child[node->first_child + i];

		if (tree_inode(tree, child)->type != NODE_DIR &&
			(lists_all(work) || !is_of_language_package(work, child)))
			work_pull(work, dir, child, WHY_LISTED);
	}
}

/* Programs and working directories of production, should files[] not name them. */
static void seed_execs(struct work *work)
{
	const struct cln_trace *trace = work->in->trace;

	for (uint32_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];
		struct cln_trace_use use = { .exec = i };

		if (exec->root != work->in->root || !trace_in_production(trace, &use))
			continue;
		work_seed_path(work, exec->path, WHY_TRACED, CLN_TRACE_NONE);
		if (exec->interpreter)
			work_seed_path(work, exec->interpreter, WHY_TRACED, CLN_TRACE_NONE);
		if (exec->cwd)
			work_seed_path(work, exec->cwd, WHY_TRACED, CLN_TRACE_NONE);
	}
}

/* Where the trace does not say which folder became a chroot's root (it was one before the
 * recording began), guessing it is nobody's business: a person must name its files. */
static void warn_chroots(struct work *work)
{
	const struct cln_trace *trace = work->in->trace;
	const char *cgroup = trace->root_count ? trace->root[work->in->root].cgroup : "";

	for (uint32_t i = 0; i < trace->root_count; i++) {
		const struct cln_trace_root *root = &trace->root[i];
		size_t used = 0;

		if (i == work->in->root || strcmp(root->recognised, "chroot") != 0 ||
			strcmp(root->cgroup, cgroup) != 0)
			continue;
		for (size_t k = 0; k < trace->file_count; k++)
			used += trace->file[k].root == i &&
				useful(trace_production_access(trace, &trace->file[k], NULL));
		if (used)
			work_warn(work,
				"production used %zu paths inside a chroot of the container: --keep them",
				used);
	}
}

void trace_seed(struct work *work)
{
	const struct cln_trace *trace = work->in->trace;

	warn_chroots(work);
	mark_listed(work);
	for (uint32_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];
		uint32_t startup, access;

		if (file->root != work->in->root)
			continue;
		access = useful(trace_production_access(trace, file, &startup));
		if (access)
			seed_use(work, file, access, i);
		else if (useful(startup))
			note_startup(work, file, i);
	}
	seed_execs(work);
	for (uint32_t node = 0; node < work->tree->node_count; node++)
		if (work->mark[node] & MARK_LISTED)
			pull_listed(work, node);
}
