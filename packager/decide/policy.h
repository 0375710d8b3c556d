/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - which files are shells and installers; the names stand in policy_table.h.
 *
 * What decides on a file and what verifies the result ask the same function.
 */
#ifndef CLN_PACKAGER_DECIDE_POLICY_H
#define CLN_PACKAGER_DECIDE_POLICY_H

#include "packager/model/tree.h"

enum policy_kind {
	POLICY_NONE,
	POLICY_SHELL,
	POLICY_PACKAGE_MANAGER,
	POLICY_LANGUAGE_MANAGER, /* pip, npm, bundle: stays where production itself ran it */
};

/* The last component of a path; whether the file can run is the caller's to ask. */
enum policy_kind policy_of_name(const char *name);

/* The same without looking at what it holds: by name, kind and place. */
int policy_of_node(
	const struct tree *tree, uint32_t node, enum policy_kind *kind, struct cln_err *err);

/*
 * What a file that can run is. A shell is an ELF program with a shell's name or
 * content; an installer has the name of one and lies in a folder called bin,
 * sbin or libexec. A symlink is nothing itself: ask for what it leads to.
 * -errno: its content cannot be read.
 */
int policy_of_file(
	const struct tree *tree, uint32_t node, enum policy_kind *kind, struct cln_err *err);

#endif
