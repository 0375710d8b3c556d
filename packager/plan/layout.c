// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/layout.h"

#include "common/hash.h"
#include "common/mem.h"
#include "common/path.h"

#include <errno.h>
#include <string.h>

#define MODE_KEPT UINT32_MAX /* of an inode: no edit changes its mode */

struct make {
	const struct tree *tree;
	struct layout *layout;
	size_t room;
	bool *alive;	/* by node id: goes into the image as it is */
	uint32_t *mode; /* by inode: the mode that an edit gives, or MODE_KEPT */
	uint32_t *slot; /* hash table over paths: entry + 1 */
	size_t slots;
	int64_t epoch;
};

void layout_free(struct layout *layout)
{
	if (!layout)
		return;
	free(layout->entry);
	cln_arena_free(layout->arena);
	free(layout);
}

void layout_drop(struct layout **layout)
{
	layout_free(*layout);
}

static void make_release(struct make *make)
{
	layout_free(make->layout);
	free(make->alive);
	free(make->mode);
	free(make->slot);
}

static uint32_t *path_slot(const struct make *make, const char *path, size_t length)
{
	uint64_t hash = cln_hash(path, length);

	for (size_t at = hash & (make->slots - 1);; at = (at + 1) & (make->slots - 1)) {
		const char *other;

		if (!make->slot[at])
			return &make->slot[at];
		other = make->layout->entry[make->slot[at] - 1].path;
		if (!strncmp(other, path, length) && !other[length])
			return &make->slot[at];
	}
}

static void slots_grow(struct make *make)
{
	free(make->slot);
	make->slots = CLN_MAX(make->slots * 2, (size_t)1024);
	make->slot = cln_alloc(make->slots * sizeof(*make->slot));
	for (size_t i = 0; i < make->layout->count; i++) {
		const char *path = make->layout->entry[i].path;

		*path_slot(make, path, strlen(path)) = (uint32_t)i + 1;
	}
}

static struct layout_entry *find(const struct make *make, const char *path, size_t length)
{
	uint32_t at = *path_slot(make, path, length);

	return at ? &make->layout->entry[at - 1] : NULL;
}

/* The entry of that path: a new one, or the old one emptied. path must live in the arena. */
static struct layout_entry *put(struct make *make, const char *path)
{
	struct layout *layout = make->layout;
	size_t length = strlen(path);
	uint32_t *slot;

	if (make->slots < layout->count * 2 + 2)
		slots_grow(make);
	slot = path_slot(make, path, length);
	if (!*slot) {
		(void)CLN_PUSH(layout->entry, layout->count, make->room);
		*slot = (uint32_t)layout->count;
	}
	/* the analyzer does not see that a used slot means a used entry */
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	layout->entry[*slot - 1] = (struct layout_entry){
		.path = path,
		.node = TREE_NONE,
		.mtime = make->epoch,
	};
	return &layout->entry[*slot - 1];
}

static struct layout_entry *put_copy(struct make *make, const char *path)
{
	return put(make, cln_arena_strdup(make->layout->arena, path));
}

static void put_node(struct make *make, const char *path, uint32_t id)
{
	const struct inode *inode = tree_inode(make->tree, id);
	uint32_t mode = make->mode[make->tree->node[id].inode];
	struct layout_entry *entry = put_copy(make, path);

	entry->type = inode->type;
	entry->mode = mode == MODE_KEPT ? inode->mode : mode;
	entry->uid = inode->uid;
	entry->gid = inode->gid;
	entry->mtime = inode->mtime;
	entry->size_bytes = inode->size_bytes;
	entry->node = id;
	entry->target = inode->target;
	entry->origin = "image";
}

/* Ids are in pre-order: what lies below a node follows it. */
static void kill_below(struct make *make, uint32_t id)
{
	uint32_t end = id + 1;

	if (id == TREE_NONE)
		return;
	while (end < make->tree->node_count && make->tree->node[end].parent >= id)
		end++;
	memset(make->alive + id, 0, end - id);
}

static void nodes_choose(struct make *make, const struct keep *keep, const struct plan *plan)
{
	for (uint32_t id = make->tree->node_count; id-- > 0;) {
		if (why_keeps(keep->why[id]))
			make->alive[id] = true;
		if (make->alive[id])
			make->alive[make->tree->node[id].parent] = true;
	}
	make->alive[TREE_ROOT] = true;
	for (size_t i = 0; i < plan->edit_count; i++) {
		const struct plan_edit *edit = &plan->edit[i];

		if (edit->kind == EDIT_REMOVE)
			kill_below(make, edit->node);
		else if (edit->kind == EDIT_SYMLINK || edit->kind == EDIT_FILE)
			kill_below(make, tree_lookup(make->tree, edit->path));
		else if (edit->kind == EDIT_MODE)
			make->mode[make->tree->node[edit->node].inode] = edit->mode;
	}
	make->alive[TREE_ROOT] = true;
}

/* Who may read it is the plan's to say: the init copies seeds as production's user, and
 * start-up gave files of the image to main's. */
static void owner_apply(struct layout_entry *entry, const struct plan_edit *edit)
{
	if (!entry || !edit->mode)
		return;
	entry->mode = edit->mode;
	entry->uid = edit->uid;
	entry->gid = edit->gid;
}

static void edit_apply(struct make *make, const struct plan_edit *edit)
{
	struct layout_entry *entry;

	switch (edit->kind) {
	case EDIT_DIR:
		entry = put_copy(make, edit->path);
		entry->type = NODE_DIR;
		break;
	case EDIT_SYMLINK:
		entry = put_copy(make, edit->path);
		entry->type = NODE_SYMLINK;
		entry->target = cln_arena_strdup(make->layout->arena, edit->target);
		break;
	case EDIT_FILE:
		entry = put_copy(make, edit->path);
		entry->type = NODE_FILE;
		entry->size_bytes = edit->data_size;
		entry->data = edit->data;
		break;
	case EDIT_SEED:
		put_node(make, edit->target, edit->node);
		owner_apply(find(make, edit->target, strlen(edit->target)), edit);
		return;
	case EDIT_MODE:
		owner_apply(find(make, edit->path, strlen(edit->path)), edit);
		return;
	default:
		return; /* in nodes_choose */
	}
	entry->mode = entry->type == NODE_SYMLINK ? 0777 : edit->mode;
	entry->uid = edit->uid;
	entry->gid = edit->gid;
	entry->origin = "plan";
}

/* A directory that stays a directory keeps its time and its attributes. */
static void dir_edit(struct make *make, const struct plan_edit *edit)
{
	struct layout_entry *old = find(make, edit->path, strlen(edit->path));

	if (!old || old->type != NODE_DIR) {
		edit_apply(make, edit);
		return;
	}
	if (old->mode != edit->mode || old->uid != edit->uid || old->gid != edit->gid)
		old->origin = "plan";
	old->mode = edit->mode;
	old->uid = edit->uid;
	old->gid = edit->gid;
}

static void extra_apply(struct make *make, const struct layout_extra *extra)
{
	struct layout_entry *entry = put_copy(make, extra->path);

	entry->type = NODE_FILE;
	entry->mode = extra->mode;
	entry->size_bytes = extra->size;
	entry->data = extra->data;
	entry->origin = extra->origin;
}

/* The directory above path: the image's own where it had one, else 0755 root. */
static int parent_put(struct make *make, const char *path, struct cln_err *err)
{
	char parent[CLN_PATH_MAX];
	size_t length = cln_path_parent_length(path);
	struct layout_entry *entry = find(make, path, length);
	uint32_t id;

	if (entry && entry->type != NODE_DIR)
		return cln_fail(err, ENOTDIR, "layout: %s lies below %s, which is no directory",
			path, entry->path);
	if (entry)
		return 0;
	memcpy(parent, path, length);
	parent[length] = '\0';
	id = tree_lookup(make->tree, parent);
	if (id != TREE_NONE && tree_inode(make->tree, id)->type == NODE_DIR) {
		put_node(make, parent, id);
		return 0;
	}
	entry = put_copy(make, parent);
	entry->type = NODE_DIR;
	entry->mode = 0755;
	entry->origin = "plan";
	return 0;
}

static int parents_put(struct make *make, struct cln_err *err)
{
	/* the list grows behind the loop: parents of parents come in turn */
	for (size_t i = 0; i < make->layout->count; i++)
		if (make->layout->entry[i].path[1] &&
			parent_put(make, make->layout->entry[i].path, err) < 0)
			return -err->code;
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(
		((const struct layout_entry *)a)->path, ((const struct layout_entry *)b)->path);
}

/* Of the names of one inode the first stands for the file, the others are links to it. */
static void hard_links(struct make *make)
{
	struct layout *layout = make->layout;
	const struct tree *tree = make->tree;
	uint32_t *first = cln_alloc(tree->inode_count * sizeof(*first)); /* entry + 1 */

	for (size_t i = 0; i < layout->count; i++) {
		struct layout_entry *entry = &layout->entry[i];
		uint32_t inode;

		if (entry->node == TREE_NONE || entry->type == NODE_DIR)
			continue;
		inode = tree->node[entry->node].inode;
		if (first[inode])
			entry->hard_link = layout->entry[first[inode] - 1].path;
		else
			first[inode] = (uint32_t)i + 1;
	}
	free(first);
}

static int paths_check(const struct make *make, const struct plan *plan,
	const struct layout_extra *extra, size_t extra_count, struct cln_err *err)
{
	for (size_t i = 0; i < plan->edit_count; i++) {
		const struct plan_edit *edit = &plan->edit[i];
		const char *path = edit->kind == EDIT_SEED ? edit->target : edit->path;
		bool by_node = edit->kind == EDIT_SEED || edit->kind == EDIT_MODE ||
			       edit->kind == EDIT_REMOVE;

		if (!path || !cln_path_is_normal(path, strlen(path)) ||
			(by_node && edit->node >= make->tree->node_count))
			return cln_fail(err, EINVAL, "layout: an edit of %s that cannot be",
				path ? path : "nothing");
	}
	for (size_t i = 0; i < extra_count; i++)
		if (!cln_path_is_normal(extra[i].path, strlen(extra[i].path)) || !extra[i].path[1])
			return cln_fail(err, EINVAL, "layout: %s is no path", extra[i].path);
	return 0;
}

static void nodes_put(struct make *make, const struct layout_extra *extra, size_t extra_count)
{
	char path[CLN_PATH_MAX];

	for (size_t i = 0; i < extra_count; i++)
		kill_below(make, tree_lookup(make->tree, extra[i].path));
	for (uint32_t id = 0; id < make->tree->node_count; id++)
		if (make->alive[id])
			put_node(make, tree_path(make->tree, id, path), id);
}

int layout_make(const struct tree *tree, const struct keep *keep, const struct plan *plan,
	const struct layout_extra *extra, size_t extra_count, int64_t epoch, struct layout **out,
	struct cln_err *err)
{
	cln_owned(make_release) struct make make = { .tree = tree, .epoch = epoch };

	make.layout = cln_alloc(sizeof(*make.layout));
	make.layout->arena = cln_arena_new();
	make.alive = cln_alloc(tree->node_count * sizeof(*make.alive));
	make.mode = cln_realloc(NULL, tree->inode_count, sizeof(*make.mode));
	slots_grow(&make);
	memset(make.mode, 0xff, tree->inode_count * sizeof(*make.mode));
	if (paths_check(&make, plan, extra, extra_count, err) < 0)
		return -err->code;
	nodes_choose(&make, keep, plan);
	nodes_put(&make, extra, extra_count);
	for (size_t i = 0; i < plan->edit_count; i++) {
		if (plan->edit[i].kind == EDIT_DIR)
			dir_edit(&make, &plan->edit[i]);
		else
			edit_apply(&make, &plan->edit[i]);
	}
	for (size_t i = 0; i < extra_count; i++)
		extra_apply(&make, &extra[i]);
	if (parents_put(&make, err) < 0)
		return -err->code;
	qsort(make.layout->entry, make.layout->count, sizeof(*make.layout->entry), by_path);
	hard_links(&make);
	*out = cln_steal(&make.layout);
	return 0;
}
