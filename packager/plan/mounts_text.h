/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts_text.h - the mounts that an image needs, as a label of it says.
 *
 *	[{"path":"/run","kind":"memory","mode":"0755","uid":65532,"gid":65532,
 *	  "bytes":16777216,"seeded":true}, ...]
 *
 * So the image alone tells what it must be given, and packing it again knows.
 */
#ifndef CLN_PACKAGER_PLAN_MOUNTS_TEXT_H
#define CLN_PACKAGER_PLAN_MOUNTS_TEXT_H

#include "packager/plan/plan.h"

#define MOUNTS_TEXT_MAX ((size_t)1 << 20)
#define MOUNTS_MAX 4096u

/* The caller's to free. */
char *mounts_text_new(const struct plan *plan);

/* From a label, which anybody may have written. In the arena; sorted by path, absolute, each once. */
int mounts_parse(const char *text, struct cln_arena *arena, struct plan_mount **out, size_t *count,
	struct cln_err *err);

#endif
