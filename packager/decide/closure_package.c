// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/work.h"

#include <stdio.h>
#include <string.h>

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);

	return length > tail && !strcmp(name + length - tail, end);
}

/* Below X.dist-info or X.egg-info, which importlib.metadata reads; or such a file itself. */
static bool is_python_metadata(const struct tree *tree, uint32_t node)
{
	if (ends_with(tree->node[node].name, ".egg-info"))
		return tree_inode(tree, node)->type == NODE_FILE;
	for (int up = 0; up < 3 && node != TREE_ROOT; up++) {
		node = tree->node[node].parent;
		if (ends_with(tree->node[node].name, ".dist-info") ||
			ends_with(tree->node[node].name, ".egg-info"))
			return true;
	}
	return false;
}

/* Debian's place, and the one of RPM distributions and Alpine. */
static void pull_licence(struct work *work, const struct package *package, uint32_t id)
{
	static const char *const place[][2] = { { "/usr/share/doc", "/copyright" },
		{ "/usr/share/licenses", "" } };
	char path[512];

	if (package->kind != PACKAGE_DEB && package->kind != PACKAGE_RPM &&
		package->kind != PACKAGE_APK)
		return;
	for (size_t i = 0; i < CLN_COUNT(place); i++) {
		int length = snprintf(
			path, sizeof(path), "%s/%s%s", place[i][0], package->name, place[i][1]);
		uint32_t end = TREE_NONE;

		if (length > 0 && length < (int)sizeof(path))
			end = work_pull_path(work, id, path, WHY_LICENCE);
		if (end == TREE_NONE)
			continue;
		const struct node *dir = &work->tree->node[end];
		for (uint32_t c = 0; c < dir->child_count; c++)
			work_pull(work, id, work->tree->child[dir->first_child + c], WHY_LICENCE);
	}
}

void closure_package(struct work *work, uint32_t index)
{
	const struct package *package = &work->in->packages->package[index];
	uint32_t id = work_package_id(work, index);

	pull_licence(work, package, id);
	if (package->where != TREE_NONE && package->where < work->tree->node_count &&
		(package->kind == PACKAGE_PYTHON || package->kind == PACKAGE_NPM ||
			package->kind == PACKAGE_GEM))
		work_pull(work, id, package->where, WHY_METADATA);
	for (uint32_t i = work->package_first[index]; i < work->package_first[index + 1]; i++) {
		uint32_t node = work->package_file[i];

		if (is_python_metadata(work->tree, node))
			work_pull(work, id, node, WHY_METADATA);
		if (package->kind >= PACKAGE_PYTHON &&
			tree_inode(work->tree, node)->type != NODE_DIR &&
			trace_keeps_names(work, work->tree->node[node].parent))
			work_pull(work, work->tree->node[node].parent, node, WHY_LISTED);
		if (work->in->rules->package_granularity)
			work_pull(work, id, node, WHY_RULE_PACKAGE);
	}
}

/* Counting sort of the files by their packages. */
void closure_package_index(struct work *work)
{
	const struct packages *packages = work->in->packages;
	uint32_t nodes = work->tree->node_count, *first;

	if (!packages)
		return;
	first = work->package_first = cln_alloc((packages->count + 3) * sizeof(*first));
	work->package_file = cln_alloc((nodes + 1) * sizeof(*work->package_file));
	for (uint32_t node = 0; node < nodes; node++)
		if (packages->owner[node] < packages->count)
			first[packages->owner[node] + 2]++;
	for (uint32_t p = 2; p < packages->count + 2; p++)
		first[p] += first[p - 1];
	for (uint32_t node = 0; node < nodes; node++)
		if (packages->owner[node] < packages->count)
			work->package_file[first[packages->owner[node] + 1]++] = node;
}
