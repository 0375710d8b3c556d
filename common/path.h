/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h - absolute paths as text: cleaning, joining, matching.
 *
 * Pure text: no file system is asked, symlinks are not followed. A path is any
 * bytes but NUL, at most CLN_PATH_MAX - 1 of them.
 */
#ifndef CLN_COMMON_PATH_H
#define CLN_COMMON_PATH_H

#include "common/defs.h"

#define CLN_PATH_MAX 4096

/*
 * Writes the normal form of an absolute path to out (room: CLN_PATH_MAX bytes):
 * no empty, "." or ".." component, no slash at the end; ".." never climbs above
 * the root. Returns its length, or -EINVAL (not absolute), -ENAMETOOLONG.
 */
int cln_path_clean(const char *path, char *out);

/* cln_path_clean of path taken from base, an absolute folder. */
int cln_path_join(const char *base, const char *path, char *out);

/* Is path exactly what cln_path_clean would write? */
bool cln_path_is_normal(const char *path, size_t length);

/* Is path dir itself, or below it? Both normal. */
bool cln_path_within(const char *path, const char *dir);

/* The last component of a normal path ("" of the root); borrowed. */
const char *cln_path_name(const char *path);

/* Length of the parent of a normal path: 1 ("/") for top-level names and for "/". */
size_t cln_path_parent_length(const char *path);

/*
 * Does the whole path match the pattern? `*` and `?` stop at a slash, `**`
 * crosses it, [a-z] and [!a-z] are sets, a backslash takes the next byte as it
 * is. A pattern without any slash matches the last component. Never
 * exponential: the work is at most pattern times path.
 */
bool cln_path_match(const char *pattern, const char *path);

#endif
