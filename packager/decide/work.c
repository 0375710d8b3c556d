// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/work.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HEAD_BYTES 256 /* BINPRM_BUF_SIZE, include/uapi/linux/binfmts.h */

/* Reasons that keep a file beside others, not for itself: they never say that
 * the file's package is in use. */
static bool is_weak(enum keep_why why)
{
	switch (why) {
	case WHY_PARENT:
	case WHY_SYMLINK: /* what it leads to has a reason of its own */
	case WHY_METADATA:
	case WHY_RECORD:
	case WHY_LICENCE:
	case WHY_IDENTITY:
	case WHY_LISTED:
		return true;
	default:
		return false;
	}
}

void work_fail(struct work *work, int r)
{
	if (!work->failed)
		work->failed = r;
}

void work_warn(struct work *work, const char *fmt, ...)
{
	struct cln_list *list = &work->keep->warning;
	char text[8192];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	CLN_PUSH(list->item, list->count, list->room) = cln_arena_strdup(work->keep->arena, text);
}

static void mark(struct work *work, uint32_t node, enum keep_why why)
{
	uint8_t want = is_weak(why) ? MARK_IN : MARK_IN | MARK_STRONG;

	if ((work->mark[node] & want) == want)
		return;
	work->mark[node] |= want;
	if (work->mark[node] & MARK_QUEUED)
		return;
	work->mark[node] |= MARK_QUEUED;
	CLN_PUSH(work->queue, work->queue_count, work->queue_room) = node;
}

void work_seed(struct work *work, uint32_t node, enum keep_why why, uint32_t via)
{
	if (node == TREE_NONE || work->failed || policy_bars(work, node))
		return;
	CLN_PUSH(work->seed, work->seed_count, work->seed_room) =
		(struct seed){ .node = node, .via = via, .why = (uint8_t)why };
	mark(work, node, why);
}

void work_pull(struct work *work, uint32_t from, uint32_t to, enum keep_why why)
{
	if (from == TREE_NONE) {
		work_seed(work, to, why, TREE_NONE);
		return;
	}
	if (to == TREE_NONE || to == from || work->failed || policy_bars(work, to))
		return;
	CLN_PUSH(work->pull, work->pull_count, work->pull_room) =
		(struct pull){ .from = from, .to = to, .why = (uint8_t)why };
	mark(work, to, why);
}

void work_pull_package(struct work *work, uint32_t from, uint32_t package)
{
	CLN_PUSH(work->pull, work->pull_count, work->pull_room) = (struct pull){
		.from = from, .to = work_package_id(work, package), .why = WHY_RULE_PACKAGE
	};
	if (work->package_used[package])
		return;
	work->package_used[package] = 1;
	closure_package(work, package);
}

void work_again(struct work *work, uint32_t node)
{
	if (!(work->mark[node] & MARK_CLOSED))
		return;
	work->mark[node] &= (uint8_t)~MARK_CLOSED;
	if (work->mark[node] & MARK_QUEUED)
		return;
	work->mark[node] |= MARK_QUEUED;
	CLN_PUSH(work->queue, work->queue_count, work->queue_room) = node;
}

/* The symlinks that a walk met; node is what it was about. */
static void pull_links(struct work *work, uint32_t node, const struct tree_walk *walk)
{
	for (uint32_t i = 0; i < walk->link_count; i++)
		work_pull(work, node, walk->link[i], WHY_SYMLINK);
}

uint32_t work_pull_path(struct work *work, uint32_t from, const char *path, enum keep_why why)
{
	struct tree_walk walk;
	uint32_t end = tree_resolve(work->tree, path, true, &walk);

	if (end == TREE_NONE || policy_bars(work, end))
		return TREE_NONE;
	work_pull(work, from, end, why);
	pull_links(work, from == TREE_NONE ? end : from, &walk);
	return end;
}

uint32_t work_seed_walk(
	struct work *work, const struct tree_walk *walk, enum keep_why why, uint32_t via)
{
	if (walk->end == TREE_NONE || policy_bars(work, walk->end))
		return TREE_NONE;
	work_seed(work, walk->end, why, via);
	pull_links(work, walk->end, walk);
	return walk->end;
}

uint32_t work_seed_path(struct work *work, const char *path, enum keep_why why, uint32_t via)
{
	struct tree_walk walk;

	tree_resolve(work->tree, path, true, &walk);
	return work_seed_walk(work, &walk, why, via);
}

void closure_symlink(struct work *work, uint32_t node)
{
	char path[4096];

	work_pull_path(work, node, tree_path(work->tree, node, path), WHY_SYMLINK);
}

static void close_file(struct work *work, uint32_t node)
{
	const struct inode *inode = tree_inode(work->tree, node);
	char head[HEAD_BYTES];
	size_t size = CLN_MIN(inode->size_bytes, sizeof(head));

	closure_language(work, node);
	if (size < 4)
		return;
	int r = tree_read(work->tree, node, 0, head, size, work->err);
	if (r < 0) {
		work_fail(work, r);
		return;
	}
	if (private_keys_suspect(head, size))
		work->mark[node] |= MARK_ARMOURED;
	if (!memcmp(head, "\177ELF", 4))
		closure_elf(work, node);
	else if (head[0] == '#' && head[1] == '!' && inode->mode & 0111)
		closure_script(work, node, head, size);
}

static void count_package(struct work *work, uint32_t node)
{
	const struct packages *packages = work->in->packages;

	if (packages && packages->owner[node] != PACKAGE_NONE &&
		tree_inode(work->tree, node)->type != NODE_DIR)
		work_pull_package(work, node, packages->owner[node]);
}

static void visit(struct work *work, uint32_t node)
{
	uint8_t *mark_of = &work->mark[node];

	*mark_of &= (uint8_t)~MARK_QUEUED;
	if (!(*mark_of & MARK_CLOSED)) {
		*mark_of |= MARK_CLOSED;
		work_pull(work, node, work->tree->node[node].parent, WHY_PARENT);
		if (tree_inode(work->tree, node)->type == NODE_SYMLINK)
			closure_symlink(work, node);
		else if (tree_inode(work->tree, node)->type == NODE_FILE)
			close_file(work, node);
	}
	if (*mark_of & MARK_STRONG && !(*mark_of & MARK_COUNTED)) {
		*mark_of |= MARK_COUNTED;
		count_package(work, node);
	}
}

/* The newest, unless a test asks for any. */
static uint32_t queue_take(struct work *work)
{
	size_t at = work->queue_count - 1;
	uint32_t node;

	if (work->in->shuffle) {
		work->turn = work->turn * 1664525u + work->in->shuffle;
		at = (work->turn >> 8) % work->queue_count;
	}
	node = work->queue[at];
	work->queue[at] = work->queue[--work->queue_count];
	return node;
}

int work_run(struct work *work)
{
	while (work->queue_count && !work->failed)
		visit(work, queue_take(work));
	return work->failed;
}
