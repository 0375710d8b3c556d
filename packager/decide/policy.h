/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - what a program's name says of it; the names stand in policy_table.h.
 */
#ifndef CLN_PACKAGER_DECIDE_POLICY_H
#define CLN_PACKAGER_DECIDE_POLICY_H

enum policy_kind {
	POLICY_NONE,
	POLICY_SHELL,
	POLICY_PACKAGE_MANAGER,
	POLICY_LANGUAGE_MANAGER, /* pip, npm, bundle: stays where production itself ran it */
};

/* The last component of a path; whether the file can run is the caller's to ask. */
enum policy_kind policy_of_name(const char *name);

#endif
