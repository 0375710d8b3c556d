// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/work.h"

#include <string.h>

struct walk {
	struct work *work;
	struct keep *keep;
	uint32_t *first; /* pulls of node n: by_from[first[n] .. first[n + 1]) */
	uint32_t *by_from;
	uint32_t *level; /* by node, then by package; TREE_NONE: not reached */
	uint32_t *user;	 /* by package: the file that brings it into use */
	uint32_t *queue;
	uint32_t queue_count;
	uint32_t ids; /* nodes and packages */
};

static void walk_release(struct walk *walk)
{
	free(walk->first);
	free(walk->by_from);
	free(walk->level);
	free(walk->user);
	free(walk->queue);
}

/* Counting sort of the pulls by who pulls. */
static void index_pulls(struct walk *walk, const struct work *work)
{
	uint32_t nodes = walk->ids;

	walk->first = cln_alloc((nodes + 2) * sizeof(*walk->first));
	walk->by_from = cln_alloc((work->pull_count + 1) * sizeof(*walk->by_from));
	for (size_t i = 0; i < work->pull_count; i++)
		walk->first[work->pull[i].from + 2]++;
	for (uint32_t n = 2; n < nodes + 2; n++)
		walk->first[n] += walk->first[n - 1];
	for (size_t i = 0; i < work->pull_count; i++)
		walk->by_from[walk->first[work->pull[i].from + 1]++] = (uint32_t)i;
}

static void reach_package(struct walk *walk, uint32_t id, uint32_t level, uint32_t user)
{
	uint32_t *known = &walk->user[id - walk->keep->node_count];

	if (walk->level[id] == TREE_NONE) {
		walk->level[id] = level;
		walk->queue[walk->queue_count++] = id;
		*known = user;
	} else if (walk->level[id] == level) {
		*known = CLN_MIN(*known, user);
	}
}

static void reach(struct walk *walk, uint32_t node, uint32_t level, uint8_t why, uint32_t via)
{
	struct keep *keep = walk->keep;

	if (node >= keep->node_count) {
		reach_package(walk, node, level, via);
		return;
	}
	if (walk->work->bar[node])
		return;
	if (walk->level[node] == TREE_NONE) {
		walk->level[node] = level;
		walk->queue[walk->queue_count++] = node;
		keep->kept_count++;
	} else if (walk->level[node] != level || keep->why[node] < why ||
		   (keep->why[node] == why && keep->via[node] <= via)) {
		return;
	}
	keep->why[node] = why;
	keep->via[node] = via;
}

/* What stands as via for what `from` pulls: a package speaks for its user. */
static uint32_t via_of(const struct walk *walk, uint32_t from, uint8_t why)
{
	uint32_t nodes = walk->keep->node_count;

	if (from < nodes)
		return from;
	return why == WHY_RULE_PACKAGE ? from - nodes : walk->user[from - nodes];
}

static void walk_all(struct walk *walk)
{
	const struct work *work = walk->work;

	for (size_t i = 0; i < work->seed_count; i++)
		reach(walk, work->seed[i].node, 0, work->seed[i].why, work->seed[i].via);
	for (uint32_t head = 0; head < walk->queue_count; head++) {
		uint32_t node = walk->queue[head];
		uint32_t next = walk->level[node] + 1;

		for (uint32_t i = walk->first[node]; i < walk->first[node + 1]; i++) {
			const struct pull *pull = &work->pull[walk->by_from[i]];

			reach(walk, pull->to, next, pull->why, via_of(walk, node, pull->why));
		}
	}
}

/* Barred, or a symlink to what is. */
static bool bar_links(const struct work *work, uint32_t node)
{
	const struct tree *tree = work->tree;
	struct tree_walk walk;
	char path[4096];

	if (work->bar[node] || tree_inode(tree, node)->type != NODE_SYMLINK)
		return work->bar[node];
	if (tree_resolve(tree, tree_path(tree, node, path), true, &walk) != TREE_NONE) {
		work->bar[node] = work->bar[walk.end];
		work->bar_via[node] = work->bar_via[walk.end];
	}
	return work->bar[node];
}

/* Why the others are not kept: policy and rules first, then what was seen of them. */
static void assign_dropped(const struct work *work, const struct walk *walk)
{
	struct keep *keep = work->keep;

	for (uint32_t node = 0; node < keep->node_count; node++) {
		uint32_t parent = work->tree->node[node].parent;

		if (walk->level[node] != TREE_NONE)
			continue;
		if (bar_links(work, node)) {
			keep->why[node] = work->bar[node];
			keep->via[node] = work->bar_via[node];
		} else if (work->startup[node] != TREE_NONE) {
			keep->why[node] = WHY_STARTUP_ONLY;
			keep->via[node] = work->startup[node];
		} else if (work->mark[parent] & MARK_LISTED) {
			keep->why[node] = WHY_LISTED_OUT;
			keep->via[node] = parent;
		}
	}
}

/* Directories whose listing production read and that will now look shorter. */
static void report_left_out(const struct work *work)
{
	const struct tree *tree = work->tree;
	struct keep *keep = work->keep;
	char path[4096];

	for (uint32_t node = 0; node < keep->node_count; node++) {
		const struct node *dir = &tree->node[node];
		uint32_t out = 0;

		if (!(work->mark[node] & MARK_LISTED))
			continue;
		for (uint32_t i = 0; i < dir->child_count; i++)
			out += !why_keeps(keep->why[tree->child[dir->first_child + i]]);
		if (!out)
			continue;
		CLN_PUSH(keep->left_out.item, keep->left_out.count, keep->left_out.room) =
			cln_arena_format(keep->arena, "%s: %u of %u names left out",
				tree_path(tree, node, path), out, dir->child_count);
	}
}

void reason_assign(struct work *work)
{
	cln_owned(walk_release) struct walk walk = { .work = work, .keep = work->keep };
	uint32_t packages = work->in->packages ? work->in->packages->count : 0;

	walk.ids = work->keep->node_count + packages;
	index_pulls(&walk, work);
	walk.level = cln_alloc(walk.ids * sizeof(*walk.level));
	walk.queue = cln_alloc(walk.ids * sizeof(*walk.queue));
	walk.user = cln_alloc((packages + 1) * sizeof(*walk.user));
	memset(walk.level, 0xff, walk.ids * sizeof(*walk.level));
	walk_all(&walk);
	assign_dropped(work, &walk);
	report_left_out(work);
}
