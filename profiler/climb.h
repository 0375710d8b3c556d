/* SPDX-License-Identifier: Apache-2.0 */
/*
 * climb.h - where `link/../x` leads: ".." leaves the directory that the link
 * leads to, not the one that it stands in.
 *
 * The kernel resolved the path when it was asked; the text alone cannot tell.
 * So each name that a ".." leaves is looked at when its record is read, a few
 * milliseconds later. Other names stay as they were asked for: symlinks on the
 * way are the reader's to follow.
 */
#ifndef CLN_PROFILER_CLIMB_H
#define CLN_PROFILER_CLIMB_H

#include "common/defs.h"

/* Is there a ".." behind a name, so that the text may not tell the truth? */
bool climb_needed(const char *text);

struct climb { /* effects and their answers */
	void *context;
	/* What the symlink at path (absolute in the root) holds: its length, 0 where
	 * it is none, or -errno. out has room for CLN_PATH_MAX bytes. */
	int (*link)(void *context, const char *path, char *out);
	/* Told of each name that a ".." left; may be NULL. */
	void (*left)(void *context, const char *path);
};

/*
 * The absolute path that text, from base (without symlinks), asks for. Returns
 * its length; -ENOENT or -ENOTDIR where out is a name that is not there;
 * -ESTALE where nobody can tell; -ELOOP, -ENAMETOOLONG.
 */
int climb(const struct climb *how, const char *base, const char *text, char *out);

#endif
