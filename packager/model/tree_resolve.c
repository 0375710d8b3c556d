// SPDX-License-Identifier: Apache-2.0
#include "packager/model/tree_inside.h"

#include <string.h>

struct resolve {
	const struct tree *tree;
	struct tree_walk *walk;
	bool follow;
	uint32_t at;
	bool missing; /* walk->real goes on in text only */
	size_t real_length;
	const char *next; /* what is left: of the path, or of text */
	char text[2 * PATH_ROOM];
};

static bool real_add(struct resolve *r, const char *name, size_t length)
{
	if (r->real_length + 1 + length >= sizeof(r->walk->real))
		return false;
	r->walk->real[r->real_length++] = '/';
	memcpy(r->walk->real + r->real_length, name, length);
	r->real_length += length;
	r->walk->real[r->real_length] = '\0';
	return true;
}

static void real_up(struct resolve *r)
{
	while (r->real_length && r->walk->real[r->real_length - 1] != '/')
		r->real_length--;
	if (r->real_length)
		r->real_length--;
	r->walk->real[r->real_length] = '\0';
}

/* The end of the walk in failure: nothing more can be followed. */
static bool stop(struct resolve *r, bool loop)
{
	r->walk->stuck = r->at;
	r->walk->loop = loop;
	r->missing = true;
	return false;
}

static bool follow_link(struct resolve *r, uint32_t id)
{
	const char *target = tree_inode(r->tree, id)->target;
	size_t target_length = strlen(target), rest_length = strlen(r->next);
	char rest[2 * PATH_ROOM];

	if (r->walk->link_count >= CLN_COUNT(r->walk->link))
		return stop(r, true);
	if (target_length + 1 + rest_length >= sizeof(r->text))
		return stop(r, false);
	r->walk->link[r->walk->link_count++] = id;
	memcpy(rest, r->next, rest_length + 1);
	memcpy(r->text, target, target_length);
	memcpy(r->text + target_length, rest, rest_length + 1);
	r->next = r->text;
	if (*target == '/') {
		r->at = TREE_ROOT;
		r->real_length = 0;
		r->walk->real[0] = '\0';
	}
	return true;
}

/* One component; false where the walk cannot go on. */
static bool step(struct resolve *r, const char *name, size_t length)
{
	bool last = !r->next[strspn(r->next, "/")];
	bool slash = *r->next == '/';
	uint32_t id;

	if (length == 1 && name[0] == '.')
		return true;
	if (length == 2 && name[0] == '.' && name[1] == '.') {
		real_up(r);
		if (!r->missing)
			r->at = r->tree->node[r->at].parent;
		return true;
	}
	if (r->missing)
		return real_add(r, name, length);
	id = tree_inode(r->tree, r->at)->type == NODE_DIR ? tree_child(r->tree, r->at, name, length)
							  : TREE_NONE;
	if (id == TREE_NONE) {
		stop(r, false);
		return real_add(r, name, length);
	}
	if (tree_inode(r->tree, id)->type == NODE_SYMLINK && (r->follow || !last || slash))
		return follow_link(r, id);
	if (!real_add(r, name, length))
		return stop(r, false);
	if (tree_inode(r->tree, id)->type != NODE_DIR && (!last || slash)) {
		stop(r, false); /* a file on the way: the last directory is its parent */
		return true;
	}
	r->at = id;
	return true;
}

uint32_t tree_resolve(
	const struct tree *tree, const char *path, bool follow, struct tree_walk *walk)
{
	struct resolve r; /* its text is not set: every path of an image and a trace comes here */

	r.tree = tree;
	r.walk = walk;
	r.follow = follow;
	r.at = TREE_ROOT;
	r.missing = false;
	r.real_length = 0;
	r.next = path;
	walk->end = walk->stuck = TREE_NONE;
	walk->link_count = 0;
	walk->loop = false;
	walk->real[0] = '\0';
	if (strlen(path) >= sizeof(r.text)) {
		walk->stuck = TREE_ROOT;
		return TREE_NONE;
	}
	for (;;) {
		const char *name = r.next += strspn(r.next, "/");

		if (!*name)
			break;
		r.next += strcspn(r.next, "/");
		if (!step(&r, name, (size_t)(r.next - name)))
			break;
	}
	if (!walk->real[0])
		memcpy(walk->real, "/", 2);
	if (!r.missing)
		walk->end = r.at;
	return walk->end;
}
