// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/layout_inside.h"

#include "common/hash.h"

#include <errno.h>
#include <string.h>

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
	free(make->own);
	free(make->slot);
}

static uint32_t *path_slot(const struct make *make, const char *path, size_t length)
{
	uint64_t hash = cln_hash(path, length);

	for (size_t at = hash & (make->slots - 1);; at = (at + 1) & (make->slots - 1)) {
		const char *other;

		if (!make->slot[at])
			return &make->slot[at];
		other = make->own[make->slot[at] - 1].path;
		if (!strncmp(other, path, length) && !other[length])
			return &make->slot[at];
	}
}

static void slots_grow(struct make *make)
{
	free(make->slot);
	make->slots = CLN_MAX(make->slots * 2, (size_t)1024);
	make->slot = cln_alloc(make->slots * sizeof(*make->slot));
	for (size_t i = 0; i < make->own_count; i++) {
		const char *path = make->own[i].path;

		*path_slot(make, path, strlen(path)) = (uint32_t)i + 1;
	}
}

static struct layout_entry *own(const struct make *make, const char *path)
{
	uint32_t at = *path_slot(make, path, strlen(path));

	return at ? &make->own[at - 1] : NULL;
}

static uint32_t node_at(const struct make *make, const char *path)
{
	uint32_t id = tree_lookup(make->tree, path);

	return id != TREE_NONE && make->alive[id] ? id : TREE_NONE;
}

/* The own entry of that path: a new one, also in place of a node, or the old one emptied. */
static struct layout_entry *put(struct make *make, const char *path)
{
	uint32_t *slot, node = node_at(make, path);
	struct layout_entry *entry;

	if (node != TREE_NONE)
		make->alive[node] = false;
	if (make->slots < make->own_count * 2 + 2)
		slots_grow(make);
	slot = path_slot(make, path, strlen(path));
	if (!*slot) {
		entry = &CLN_PUSH(make->own, make->own_count, make->own_room);
		entry->path = cln_arena_strdup(make->layout->arena, path);
		*slot = (uint32_t)make->own_count;
	} else {
		entry = &make->own[*slot - 1];
	}
	*entry = (struct layout_entry){
		/* the analyzer does not see that a used slot means a used entry */
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		.path = entry->path,
		.node = TREE_NONE,
		.mtime = make->epoch,
	};
	return entry;
}

void make_from_node(const struct make *make, uint32_t id, struct layout_entry *entry)
{
	const struct inode *inode = tree_inode(make->tree, id);
	uint32_t mode = make->mode[make->tree->node[id].inode];

	entry->type = inode->type;
	entry->mode = mode ? (uint16_t)(mode - 1) : inode->mode;
	entry->uid = inode->uid;
	entry->gid = inode->gid;
	entry->mtime = inode->mtime;
	entry->size_bytes = inode->size_bytes;
	entry->node = id;
	entry->target = inode->target;
	entry->origin = ORIGIN_IMAGE;
}

static struct layout_entry *put_node(struct make *make, const char *path, uint32_t id)
{
	struct layout_entry *entry = put(make, path);

	make_from_node(make, id, entry);
	return entry;
}

/* The entry of that path, to be changed; NULL: there is none. */
static struct layout_entry *find(struct make *make, const char *path)
{
	struct layout_entry *entry = own(make, path);
	uint32_t node = entry ? TREE_NONE : node_at(make, path);

	return node == TREE_NONE ? entry : put_node(make, path, node);
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
			make->mode[make->tree->node[edit->node].inode] = edit->mode + 1;
	}
	make->alive[TREE_ROOT] = true;
}

/* Who may read it is the plan's to say: the init copies seeds as production's user, and
 * start-up gave files of the image to main's. */
static void owner_apply(struct make *make, const char *path, const struct plan_edit *edit)
{
	struct layout_entry *entry = edit->mode ? find(make, path) : NULL;

	if (!entry)
		return;
	entry->mode = (uint16_t)edit->mode;
	entry->uid = edit->uid;
	entry->gid = edit->gid;
}

static void edit_apply(struct make *make, const struct plan_edit *edit)
{
	struct layout_entry *entry;

	switch (edit->kind) {
	case EDIT_DIR:
		entry = put(make, edit->path);
		entry->type = NODE_DIR;
		break;
	case EDIT_SYMLINK:
		entry = put(make, edit->path);
		entry->type = NODE_SYMLINK;
		entry->target = cln_arena_strdup(make->layout->arena, edit->target);
		break;
	case EDIT_FILE:
		entry = put(make, edit->path);
		entry->type = NODE_FILE;
		entry->size_bytes = edit->data_size;
		entry->data = edit->data;
		break;
	case EDIT_SEED:
		put_node(make, edit->target, edit->node);
		owner_apply(make, edit->target, edit);
		return;
	case EDIT_MODE:
		owner_apply(make, edit->path, edit);
		return;
	default:
		return; /* in nodes_choose */
	}
	entry->mode = entry->type == NODE_SYMLINK ? 0777 : (uint16_t)edit->mode;
	entry->uid = edit->uid;
	entry->gid = edit->gid;
	entry->origin = ORIGIN_PLAN;
}

/* A directory that stays a directory keeps its time and its attributes. */
static void dir_edit(struct make *make, const struct plan_edit *edit)
{
	struct layout_entry *old = find(make, edit->path);

	if (!old || old->type != NODE_DIR) {
		edit_apply(make, edit);
		return;
	}
	if (old->mode != edit->mode || old->uid != edit->uid || old->gid != edit->gid)
		old->origin = ORIGIN_PLAN;
	old->mode = (uint16_t)edit->mode;
	old->uid = edit->uid;
	old->gid = edit->gid;
}

static void extra_apply(struct make *make, const struct layout_extra *extra)
{
	struct layout_entry *entry = put(make, extra->path);

	entry->type = NODE_FILE;
	entry->mode = (uint16_t)extra->mode;
	entry->size_bytes = extra->size;
	entry->data = extra->data;
	entry->origin = (uint8_t)extra->origin;
}

/* The directory above path: the image's own where it had one, else 0755 root. */
static int parent_put(struct make *make, const char *path, struct cln_err *err)
{
	char parent[CLN_PATH_MAX];
	size_t length = cln_path_parent_length(path);
	struct layout_entry *entry;
	bool alive, is_dir;
	uint32_t id;

	memcpy(parent, path, length);
	parent[length] = '\0';
	entry = own(make, parent);
	id = tree_lookup(make->tree, parent);
	alive = id != TREE_NONE && make->alive[id];
	is_dir = id != TREE_NONE && tree_inode(make->tree, id)->type == NODE_DIR;
	if (entry ? entry->type != NODE_DIR : alive && !is_dir)
		return cln_fail(err, ENOTDIR, "layout: %s lies below %s, which is no directory",
			path, parent);
	if (entry || alive)
		return 0;
	if (is_dir) {
		make->alive[id] = true;
		return 0;
	}
	entry = put(make, parent);
	entry->type = NODE_DIR;
	entry->mode = 0755;
	entry->origin = ORIGIN_PLAN;
	return 0;
}

static int parents_put(struct make *make, struct cln_err *err)
{
	const struct tree *tree = make->tree;
	char path[CLN_PATH_MAX];

	/* the list grows behind the loop: parents of parents come in turn */
	for (size_t i = 0; i < make->own_count; i++)
		if (make->own[i].path[1] && parent_put(make, make->own[i].path, err) < 0)
			return -err->code;
	/* and here: parents have smaller ids */
	for (uint32_t id = tree->node_count; id-- > 1;)
		if (make->alive[id] && !make->alive[tree->node[id].parent] &&
			parent_put(make, tree_path(tree, id, path), err) < 0)
			return -err->code;
	return 0;
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

int layout_make(const struct tree *tree, const struct keep *keep, const struct plan *plan,
	const struct layout_extra *extra, size_t extra_count, int64_t epoch, struct layout **out,
	struct cln_err *err)
{
	cln_owned(make_release) struct make make = { .tree = tree, .epoch = epoch };

	make.layout = cln_alloc(sizeof(*make.layout));
	make.layout->tree = tree;
	make.layout->arena = cln_arena_new();
	make.alive = cln_alloc(tree->node_count * sizeof(*make.alive));
	make.mode = cln_alloc(tree->inode_count * sizeof(*make.mode));
	slots_grow(&make);
	if (paths_check(&make, plan, extra, extra_count, err) < 0)
		return -err->code;
	nodes_choose(&make, keep, plan);
	for (size_t i = 0; i < extra_count; i++)
		kill_below(&make, tree_lookup(tree, extra[i].path));
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
	make_order(&make);
	*out = cln_steal(&make.layout);
	return 0;
}
