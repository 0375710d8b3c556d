// SPDX-License-Identifier: Apache-2.0
/*
 * story_keep.c - what decide would keep of a story, as far as the plan looks at it.
 */
#include "story.h"

#include <string.h>

static void keep_path(const struct story *story, struct keep *keep, const char *path, uint8_t why)
{
	const struct tree *tree = story->tree;
	struct tree_walk walk;
	uint32_t node = tree_resolve(tree, path, true, &walk);

	for (uint32_t i = 0; i < walk.link_count; i++)
		for (uint32_t n = walk.link[i]; !keep->why[n] && n != TREE_ROOT;
			n = tree->node[n].parent)
			keep->why[n] = WHY_SYMLINK;
	if (node == TREE_NONE) /* what the run made: the way to it */
		node = walk.stuck;
	if (node == TREE_NONE)
		return;
	if (!why_keeps(keep->why[node]) || keep->why[node] == WHY_PARENT)
		keep->why[node] = why;
	while (node != TREE_ROOT) {
		node = tree->node[node].parent;
		if (!why_keeps(keep->why[node]))
			keep->why[node] = WHY_PARENT;
	}
}

struct keep *story_keep(const struct story *story)
{
	struct keep *keep = cln_alloc(sizeof(*keep));

	keep->node_count = story->tree->node_count;
	keep->why = cln_alloc(keep->node_count + 1);
	keep->via = cln_alloc((keep->node_count + 1) * sizeof(*keep->via));
	keep->why[TREE_ROOT] = WHY_PARENT;
	for (size_t i = 0; i < story->trace->file_count; i++) {
		const struct cln_trace_file *file = &story->trace->file[i];
		bool used = false;

		for (size_t k = 0; k < file->use_count; k++) {
			enum cln_role role = story->trace->exec[file->use[k].exec].role;

			used |= role == CLN_ROLE_MAIN || role == CLN_ROLE_SERVICE;
		}
		if (used)
			keep_path(story, keep, file->path, WHY_TRACED);
	}
	for (size_t i = 0; i < story->input.demand_count; i++)
		keep_path(story, keep, story->input.demand[i].path, WHY_DEMAND);
	return keep;
}
