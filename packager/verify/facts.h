/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.h - what an image offers somebody who got in, counted from its tree.
 *
 * Used on the dev and the prod image alike, so that the table that compares
 * them compares the same things. Pure.
 */
#ifndef CLN_VERIFY_FACTS_H
#define CLN_VERIFY_FACTS_H

#include "packager/model/package.h"
#include "packager/model/tree.h"

enum tool_kind { TOOL_SHELL, TOOL_PACKAGE_MANAGER, TOOL_DEBUG, TOOL_KINDS };

struct facts {
	uint64_t size_bytes; /* of all files, hard links counted once */
	uint32_t files, directories, symlinks;
	uint32_t executables; /* files that somebody may execute */
	uint32_t setuid;      /* setuid or setgid files */
	uint32_t devices;
	uint32_t packages;
	uint32_t tools[TOOL_KINDS];  /* programs of each kind */
	char first[TOOL_KINDS][256]; /* path of the first of each, or "" */
};

/* packages may be NULL. Shells and package managers are what decide bars
 * (packager/decide/policy.h). -errno: a program cannot be read. */
int facts_count(const struct tree *tree, const struct packages *packages, struct facts *facts,
	struct cln_err *err);

#endif
