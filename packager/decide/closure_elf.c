// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/elf_file.h"
#include "packager/decide/lib_paths.h"
#include "packager/decide/work.h"

#include <stdio.h>
#include <string.h>

#define INHERITED_MAX 64u

struct elf_state {
	struct elf_facts facts;
	bool alien;		  /* for another machine, or broken: left alone */
	struct folders own;	  /* searched first: DT_RPATH without a DT_RUNPATH */
	struct folders run;	  /* after LD_LIBRARY_PATH: DT_RUNPATH */
	struct folders inherited; /* DT_RPATH of whoever loads it; only grows */
	unsigned int flavours;
	const char **missing; /* of the last look, which knew the most */
	uint32_t missing_count;
};

static int need_paths(struct work *work)
{
	int r;

	if (work->paths)
		return 0;
	work->paths = cln_arena_alloc(work->arena, sizeof(*work->paths));
	r = lib_paths_load(work->in, work->arena, work->paths, work->err);
	if (r < 0)
		work_fail(work, r);
	return r;
}

/* Which C library's loader will read it, as far as it says so itself. */
static unsigned int flavours_of(const struct work *work, const struct elf_facts *facts)
{
	unsigned int has = work->paths->flavours;

	if (facts->interp)
		return strstr(facts->interp, "ld-musl") ? LIB_MUSL : LIB_GLIBC;
	for (uint32_t i = 0; i < facts->needed_count; i++) {
		if (!strncmp(facts->needed[i], "libc.musl-", 10) ||
			!strcmp(facts->needed[i], "libc.so"))
			return LIB_MUSL;
		if (!strcmp(facts->needed[i], "libc.so.6"))
			return LIB_GLIBC;
	}
	return has ? has : LIB_GLIBC;
}

static void set_folders(struct work *work, uint32_t node, struct elf_state *state)
{
	const struct elf_facts *facts = &state->facts;
	const char *own = facts->runpath ? NULL : facts->rpath;
	const char *run = facts->runpath;
	char origin[4096];

	tree_path(work->tree, work->tree->node[node].parent, origin);
	if (!strcmp(origin, "/"))
		origin[0] = '\0';
	if (state->flavours == LIB_MUSL && !own) { /* musl: either tag, passed on */
		own = run;
		run = NULL;
	}
	if (own)
		folders_expand(&state->own, work->arena, own, origin, facts);
	if (run)
		folders_expand(&state->run, work->arena, run, origin, facts);
}

static struct elf_state *state_new(struct work *work, uint32_t node)
{
	struct elf_state *state = cln_arena_alloc(work->arena, sizeof(*state));
	int r = elf_read_node(work->tree, node, work->arena, &state->facts, work->err);

	if (r < 0) {
		work_fail(work, r);
		state->alien = true;
		return state;
	}
	state->alien = state->facts.broken ||
		       !lib_machine_fits(&state->facts, work->in->image->architecture);
	if (!state->alien) {
		state->flavours = flavours_of(work, &state->facts);
		set_folders(work, node, state);
	}
	return state;
}

static struct elf_state *state_of(struct work *work, uint32_t node)
{
	if (!work->elf[node])
		work->elf[node] = state_new(work, node);
	return work->elf[node];
}

/* A library for the same machine at path, or TREE_NONE. */
static uint32_t library_at(struct work *work, const struct elf_facts *wants, const char *path)
{
	struct tree_walk walk;
	const struct elf_facts *facts;

	if (work->failed || tree_resolve(work->tree, path, true, &walk) == TREE_NONE ||
		tree_inode(work->tree, walk.end)->type != NODE_FILE || work->bar[walk.end])
		return TREE_NONE;
	facts = &state_of(work, walk.end)->facts;
	if (facts->broken || facts->machine != wants->machine ||
		facts->elf_class != wants->elf_class || facts->byte_order != wants->byte_order)
		return TREE_NONE;
	return walk.end;
}

/* Who loads a library hands its DT_RPATH down; what is new is looked at again. */
static void inherit(struct work *work, const struct elf_state *from, uint32_t to)
{
	struct elf_state *state = state_of(work, to);
	size_t before = state->inherited.count;

	for (size_t i = 0; i < from->own.count && state->inherited.count < INHERITED_MAX; i++)
		folders_add(&state->inherited, work->arena, from->own.item[i]);
	for (size_t i = 0; i < from->inherited.count && state->inherited.count < INHERITED_MAX; i++)
		folders_add(&state->inherited, work->arena, from->inherited.item[i]);
	if (state->inherited.count > before)
		work_again(work, to);
}

static bool pull_library(struct work *work, uint32_t node, const char *path)
{
	uint32_t found = library_at(work, &work->elf[node]->facts, path);

	if (found == TREE_NONE)
		return false;
	work_pull_path(work, node, path, WHY_NEEDED);
	inherit(work, work->elf[node], found);
	return true;
}

/* glibc-hwcaps/LEVEL/NAME for every level that the folder has. */
static bool pull_levels(struct work *work, uint32_t node, const char *folder, const char *name)
{
	char path[4096 + 512];
	struct tree_walk walk;
	bool found = false;

	snprintf(path, sizeof(path), "%s/glibc-hwcaps", folder);
	if (tree_resolve(work->tree, path, true, &walk) == TREE_NONE)
		return false;
	const struct node *dir = &work->tree->node[walk.end];
	for (uint32_t i = 0; i < dir->child_count; i++) {
		const char *level = work->tree->node[work->tree->child[dir->first_child + i]].name;

		if (snprintf(path, sizeof(path), "%s/glibc-hwcaps/%s/%s", folder, level, name) <
			(int)sizeof(path))
			found |= pull_library(work, node, path);
	}
	return found;
}

static bool pull_from(struct work *work, uint32_t node, const char *folder, const char *name)
{
	char path[4096 + 512];
	bool found = false;

	if (work->elf[node]->flavours & LIB_GLIBC)
		found = pull_levels(work, node, folder, name);
	if (snprintf(path, sizeof(path), "%s/%s", strcmp(folder, "/") ? folder : "", name) <
		(int)sizeof(path))
		found |= pull_library(work, node, path);
	return found;
}

/* The first of the folders that has it, or NULL. */
static const char *pull_first(
	struct work *work, uint32_t node, const struct folders *folders, const char *name)
{
	for (size_t i = 0; i < folders->count; i++)
		if (pull_from(work, node, folders->item[i], name))
			return folders->item[i];
	return NULL;
}

static void pull_conf(struct work *work, uint32_t node, bool musl)
{
	const struct folders *conf = &work->paths->conf;

	for (size_t i = 0; i < conf->count; i++)
		if (!strncmp(conf->item[i], "/etc/ld-musl-", 13) == musl)
			work_pull_path(work, node, conf->item[i], WHY_LOADER);
}

static bool has_folder(const struct folders *folders, const char *path)
{
	for (size_t i = 0; i < folders->count; i++)
		if (!strcmp(folders->item[i], path))
			return true;
	return false;
}

/* ld.so.conf stays where only it tells how a library was found. */
static bool pull_glibc(struct work *work, uint32_t node, const char *name)
{
	const char *folder = pull_first(work, node, &work->paths->named, name);

	if (folder && !has_folder(&work->paths->glibc, folder))
		pull_conf(work, node, false);
	return folder || pull_first(work, node, &work->paths->glibc, name);
}

/* musl is all of these itself (ldso/dynlink.c, "reserved"). */
static bool is_musl_own(const char *name)
{
	static const char *const own[] = { "c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet.",
		"crypt.", "resolv." };

	if (strncmp(name, "lib", 3) != 0)
		return false;
	for (size_t i = 0; i < CLN_COUNT(own); i++)
		if (!strncmp(name + 3, own[i], strlen(own[i])))
			return true;
	return false;
}

static bool pull_named(struct work *work, uint32_t node, const char *name)
{
	const struct elf_state *state = work->elf[node];
	bool found = false, also = false;

	/* What whoever loads it would find counts beside what it finds itself:
	 * who comes first is not ours to know, and closures only add. The DT_RUNPATH
	 * of a file switches its loaders' paths off. */
	if (!state->run.count)
		for (size_t i = 0; i < state->inherited.count; i++)
			also |= pull_from(work, node, state->inherited.item[i], name);
	if (pull_first(work, node, &state->own, name) ||
		pull_first(work, node, &work->paths->env, name) ||
		pull_first(work, node, &state->run, name))
		return true;
	if (state->flavours & LIB_GLIBC)
		found |= pull_glibc(work, node, name);
	if (state->flavours & LIB_MUSL)
		found |= pull_first(work, node, &work->paths->musl, name) != NULL ||
			 is_musl_own(name);
	return found || also;
}

/* A DT_NEEDED with a slash is a path: $ORIGIN and its like put in, absolute. */
static bool pull_path(struct work *work, uint32_t node, const char *name)
{
	struct folders paths = { 0 };
	char origin[4096];

	tree_path(work->tree, work->tree->node[node].parent, origin);
	folders_expand(&paths, work->arena, name, origin, &work->elf[node]->facts);
	for (size_t i = 0; i < paths.count; i++)
		if (pull_library(work, node, paths.item[i]))
			return true;
	return false;
}

static void note_missing(struct work *work, struct elf_state *state, const char *name)
{
	if (!state->missing)
		state->missing = cln_arena_alloc(
			work->arena, (state->facts.needed_count + 1) * sizeof(*state->missing));
	state->missing[state->missing_count++] = name;
}

/* The loader, and what it reads. */
static void pull_loader(struct work *work, uint32_t node, struct elf_state *state)
{
	uint32_t loader;

	if (!state->facts.interp)
		return;
	loader = work_pull_path(work, node, state->facts.interp, WHY_INTERP);
	if (loader == TREE_NONE) {
		note_missing(work, state, state->facts.interp);
		return;
	}
	if (state->flavours & LIB_GLIBC)
		work_pull_path(work, loader, "/etc/ld.so.cache", WHY_LOADER);
	if (state->flavours & LIB_MUSL)
		pull_conf(work, loader, true);
}

void closure_elf(struct work *work, uint32_t node)
{
	struct elf_state *state;

	if (need_paths(work) < 0)
		return;
	state = state_of(work, node);
	if (state->alien)
		return;
	state->missing_count = 0;
	pull_loader(work, node, state);
	for (uint32_t i = 0; i < state->facts.needed_count && !work->failed; i++) {
		const char *name = state->facts.needed[i];

		if (strchr(name, '/') ? !pull_path(work, node, name)
				      : !pull_named(work, node, name))
			note_missing(work, state, name);
	}
	/* glibc loads it by name when a thread ends early (nptl/pthread_cancel.c). */
	if (state->facts.wants_unwinder && state->flavours & LIB_GLIBC)
		pull_named(work, node, "libgcc_s.so.1");
}

/* A library that is loaded already answers to its DT_SONAME and its file name. */
static bool is_loaded(const struct work *work, const char *name)
{
	for (uint32_t node = 0; node < work->tree->node_count; node++) {
		if (!why_keeps(work->keep->why[node]) || !work->elf[node])
			continue;
		const char *soname = work->elf[node]->facts.soname;
		if ((soname && !strcmp(soname, name)) || !strcmp(work->tree->node[node].name, name))
			return true;
	}
	return false;
}

void closure_elf_warn(struct work *work)
{
	char path[4096];

	for (uint32_t node = 0; node < work->tree->node_count; node++) {
		const struct elf_state *state = work->elf[node];

		if (!state || !why_keeps(work->keep->why[node]))
			continue;
		if (state->facts.broken)
			work_warn(work, "%s: left alone: %s", tree_path(work->tree, node, path),
				state->facts.broken);
		for (uint32_t i = 0; i < state->missing_count; i++)
			if (!is_loaded(work, state->missing[i]))
				work_warn(work, "%s needs %s, which the image has not",
					tree_path(work->tree, node, path), state->missing[i]);
	}
}
