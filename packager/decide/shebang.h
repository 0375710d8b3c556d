/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shebang.h - what a script's first line asks for: `#!/bin/sh -e`, `#!/usr/bin/env -S A=b node`.
 *
 * The kernel takes one word and the rest of the line (fs/binfmt_script.c); env(1) looks the
 * program up in PATH.
 */
#ifndef CLN_PACKAGER_SHEBANG_H
#define CLN_PACKAGER_SHEBANG_H

#include "manifest-schema/trace.h"
#include "packager/model/image.h"

#define SHEBANG_MAX 256 /* BINPRM_BUF_SIZE, include/uapi/linux/binfmts.h */

struct shebang {
	char line[SHEBANG_MAX + 1];
	const char *interpreter; /* absolute */
	const char *program;	 /* that env(1) is asked for, or NULL */
};

/* False: the head is no script's, or names no absolute path. */
bool shebang_parse(const char *head, size_t size, struct shebang *out);

/* The value of PATH that a script will see: main's where the trace has it. */
const char *shebang_search_path(
	const struct cln_trace *trace, uint32_t root, const struct image *image);

/* The next path where env(1) would look for the program; NULL: no more. *folders: PATH at
 * first, what is left of it then. */
const char *shebang_next(const char *program, const char **folders, char path[4096]);

#endif
