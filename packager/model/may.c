// SPDX-License-Identifier: Apache-2.0
#include "packager/model/may.h"

#include "common/path.h"

#include <stdio.h>

bool may_use(const struct may_user *user, const struct inode *inode, unsigned bits)
{
	bool in_group = inode->gid == user->gid;

	for (size_t i = 0; i < user->group_count; i++)
		in_group |= user->group[i] == inode->gid;
	unsigned shift = inode->uid == user->uid ? 6 : in_group ? 3 : 0;

	return ((inode->mode >> shift) & bits) == bits;
}

uint32_t may_blocked_at(const struct tree *tree, const struct may_user *user, const char *path)
{
	char dir[CLN_PATH_MAX];
	struct tree_walk walk;

	for (size_t i = 1; *path && path[i] && i < sizeof(dir); i++) {
		if (path[i] != '/')
			continue;
		snprintf(dir, sizeof(dir), "%.*s", (int)i, path);
		uint32_t node = tree_resolve(tree, dir, true, &walk);

		if (node == TREE_NONE)
			break;
		if (tree_inode(tree, node)->type == NODE_DIR &&
			!may_use(user, tree_inode(tree, node), MAY_EXEC))
			return node;
	}
	return TREE_NONE;
}
