/* SPDX-License-Identifier: Apache-2.0 */
/*
 * may.h - may a user without capabilities do this to a file? As inode_permission(9)
 * decides it from owner, group and mode; attributes and ACLs are not looked at.
 */
#ifndef CLN_MODEL_MAY_H
#define CLN_MODEL_MAY_H

#include "packager/model/tree.h"

enum may_bits { MAY_EXEC = 1, MAY_WRITE = 2, MAY_READ = 4 }; /* of a directory: MAY_EXEC searches */

struct may_user {
	uint32_t uid, gid;
	const uint32_t *group; /* supplementary */
	size_t group_count;
};

bool may_use(const struct may_user *user, const struct inode *inode, unsigned bits);

/* The topmost directory of the tree above path, name by name, that the user cannot search,
 * or TREE_NONE. */
uint32_t may_blocked_at(const struct tree *tree, const struct may_user *user, const char *path);

#endif
