// SPDX-License-Identifier: Apache-2.0
#include "packager/model/pkg.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

struct ranked { /* a package and the index it was read at */
	struct package package;
	uint32_t index;
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;
	int r;

	if (a->package.kind != b->package.kind)
		return a->package.kind < b->package.kind ? -1 : 1;
	if ((r = compare_text(a->package.name, b->package.name)) ||
		(r = compare_text(a->package.version, b->package.version)) ||
		(r = compare_text(a->package.arch, b->package.arch)))
		return r;
	if (a->package.where != b->package.where)
		return a->package.where < b->package.where ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* Node ids may differ between readers of the same layers? They do not: where is
 * a fair last key. Sorting renumbers, so owner is renumbered too. */
static void settle(struct pkg_set *set, struct packages *out)
{
	struct ranked *ranked = cln_alloc(set->count * sizeof(*ranked) + 1);
	uint32_t *place = cln_alloc(set->count * sizeof(*place) + 1);

	for (size_t i = 0; i < set->count; i++)
		ranked[i] = (struct ranked){ set->package[i], (uint32_t)i };
	qsort(ranked, set->count, sizeof(*ranked), compare_ranked);
	out->package = cln_arena_alloc(set->arena, (set->count + 1) * sizeof(*out->package));
	for (size_t i = 0; i < set->count; i++) {
		out->package[i] = ranked[i].package;
		place[ranked[i].index] = (uint32_t)i;
	}
	for (uint32_t i = 0; i < set->tree->node_count; i++)
		if (set->owner[i] != PACKAGE_NONE)
			set->owner[i] = place[set->owner[i]];
	out->count = (uint32_t)set->count;
	out->owner = cln_steal(&set->owner);
	free(ranked);
	free(place);
}

/* Links that update-alternatives made are nobody's in any .list: they go with
 * the file they lead to. */
static void own_alternatives(struct pkg_set *set)
{
	struct tree_walk *walk = cln_alloc(sizeof(*walk));
	uint32_t dir = tree_resolve(set->tree, "/etc/alternatives", true, walk);
	char path[4096];

	for (uint32_t i = 0; i < set->tree->node_count; i++) {
		const struct inode *inode = tree_inode(set->tree, i);
		bool ours;

		if (inode->type != NODE_SYMLINK || set->owner[i] != PACKAGE_NONE)
			continue;
		ours = (dir != TREE_NONE && set->tree->node[i].parent == dir) ||
		       strncmp(inode->target, "/etc/alternatives/", 18) == 0;
		if (ours &&
			tree_resolve(set->tree, tree_path(set->tree, i, path), true, walk) !=
				TREE_NONE &&
			set->owner[walk->end] != PACKAGE_NONE)
			set->owner[i] = set->owner[walk->end];
	}
	free(walk);
}

static int read_all(struct pkg_set *set, struct packages *out, struct cln_err *err)
{
	static int (*const readers[])(struct pkg_set *, struct cln_err *) = { pkg_read_dpkg,
		pkg_read_apk, pkg_read_rpm, pkg_read_python, pkg_read_npm, pkg_read_gem,
		pkg_read_java, pkg_read_binaries };
	int r = pkg_read_identity(set, out, err);

	for (size_t i = 0; r == 0 && i < CLN_COUNT(readers); i++)
		r = readers[i](set, err);
	return r;
}

int packages_read(const struct tree *tree, struct packages **out, struct cln_err *err)
{
	struct pkg_set set = { .tree = tree, .arena = cln_arena_new() };
	struct packages *packages = cln_alloc(sizeof(*packages));
	int r;

	packages->arena = set.arena;
	packages->distro_id = packages->distro_version = "";
	set.owner = cln_alloc(((size_t)tree->node_count + 1) * sizeof(*set.owner));
	memset(set.owner, 0xff, (size_t)tree->node_count * sizeof(*set.owner));
	r = read_all(&set, packages, err);
	if (r == 0) {
		struct pkg_words findings = { set.finding, set.finding_count, set.finding_room };

		own_alternatives(&set);
		if (set.finding_lost)
			pkg_words_add(
				&findings, cln_arena_format(set.arena, "and %zu more findings",
						   set.finding_lost));
		packages->finding = pkg_words_done(&set, &findings);
		set.finding = NULL;
		settle(&set, packages);
		*out = cln_steal(&packages);
	}
	free(set.package);
	free(set.owner);
	free(set.finding);
	packages_free(packages);
	return r;
}

void packages_free(struct packages *packages)
{
	if (!packages)
		return;
	free(packages->owner);
	cln_arena_free(packages->arena);
	free(packages);
}

void packages_drop(struct packages **packages)
{
	packages_free(*packages);
}

uint32_t pkg_add(struct pkg_set *set, const struct package *package)
{
	static const char *const none[] = { NULL };

	if (set->count >= PKG_COUNT_MAX) {
		pkg_finding(
			set, "more than %u packages: %s left out", PKG_COUNT_MAX, package->name);
		return PACKAGE_NONE;
	}
	CLN_PUSH(set->package, set->count, set->room) = *package;
	if (!package->depends)
		set->package[set->count - 1].depends = none;
	return (uint32_t)(set->count - 1);
}

void pkg_own(struct pkg_set *set, uint32_t node, uint32_t package)
{
	if (node < set->tree->node_count && set->owner[node] == PACKAGE_NONE &&
		tree_inode(set->tree, node)->type != NODE_DIR)
		set->owner[node] = package;
}

void pkg_own_below(struct pkg_set *set, uint32_t dir, uint32_t package)
{
	const struct tree *tree = set->tree;
	uint32_t id = dir, top = dir;

	/* Depth first without a stack: nodes know their parents. */
	if (tree_inode(tree, dir)->type != NODE_DIR) {
		pkg_own(set, dir, package);
		return;
	}
	struct {
		uint32_t dir, next;
	} *stack = NULL;
	size_t depth = 0, room = 0;

	*(&CLN_PUSH(stack, depth, room)) = (__typeof__(*stack)){ id, 0 };
	while (depth) {
		uint32_t at = stack[depth - 1].dir, child;

		if (stack[depth - 1].next == tree->node[at].child_count) {
			depth--;
			continue;
		}
		child = tree->child[tree->node[at].first_child + stack[depth - 1].next++];
		if (tree_inode(tree, child)->type == NODE_DIR && child != top)
			*(&CLN_PUSH(stack, depth, room)) = (__typeof__(*stack)){ child, 0 };
		else
			pkg_own(set, child, package);
	}
	free(stack);
}

uint32_t pkg_find(const struct pkg_set *set, const char *path)
{
	struct tree_walk *walk;
	uint32_t id = tree_lookup(set->tree, path);

	if (id != TREE_NONE || *path != '/')
		return id;
	walk = cln_alloc(sizeof(*walk));
	id = tree_resolve(set->tree, path, false, walk);
	free(walk);
	return id;
}

bool pkg_is_distro_owned(const struct pkg_set *set, uint32_t node)
{
	uint32_t owner = set->owner[node];

	return owner != PACKAGE_NONE && set->package[owner].kind <= PACKAGE_RPM;
}

void pkg_finding(struct pkg_set *set, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (set->finding_count >= PKG_FINDINGS_MAX) {
		set->finding_lost++;
		return;
	}
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	CLN_PUSH(set->finding, set->finding_count, set->finding_room) =
		cln_arena_strdup(set->arena, text);
}

int pkg_read(struct pkg_set *set, uint32_t node, size_t ceiling, char **data, size_t *size,
	struct cln_err *err)
{
	const struct inode *inode = tree_inode(set->tree, node);
	char path[4096];

	*data = NULL;
	*size = 0;
	if (inode->type != NODE_FILE)
		return 0;
	if (inode->size_bytes > ceiling) {
		pkg_finding(set, "%s: larger than %zu bytes, not read",
			tree_path(set->tree, node, path), ceiling);
		return 0;
	}
	return tree_read_all(set->tree, node, ceiling, data, size, err);
}
