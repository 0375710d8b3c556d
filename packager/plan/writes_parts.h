/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writes_parts.h - the rules of writes.h, one concept a file. Internal to
 * packager/plan/writes*.c.
 */
#ifndef CLN_PACKAGER_WRITES_PARTS_H
#define CLN_PACKAGER_WRITES_PARTS_H

#include "packager/plan/writes.h"

struct want {
	const struct scene_file *file;
	const char *path; /* what is changed: real, or the end of a link */
	uint32_t access;  /* of service and helpers */
	bool needs_dir;
	const char *why;
};

/* Adds a mount, folding others into it or it into another. */
struct plan_mount *writes_add_mount(
	struct writes *w, enum plan_mount_kind kind, const char *path, const char *why);

/* Mounts or links what want needs; refused where none may be (writes_place.c). */
int writes_place(struct writes *w, const struct want *want, struct cln_err *err);
/* What the image holds at path; NULL: nothing. */
const struct inode *writes_image_inode(const struct scene *scene, const char *path);
bool writes_image_dir(const struct scene *scene, const char *path);

/* What only ever grows and is never read back (writes_logs.c). */
bool writes_is_log(const struct scene_file *file, const struct want *want);
/* Another name each day: its directory is needed. */
bool writes_log_dated(const struct scene_file *file);
/* Does the name lead to the program's own standard output or error? */
bool writes_to_output(const struct scene_file *file);
/* Once a path; rotated: the program moves it away itself. */
void writes_add_log(struct writes *w, const struct scene_file *file, const char *why, bool rotated);
/* Logs whose directory is writable anyway are pipes in it; the others are linked. */
void writes_place_logs(struct writes *w);

/* Settles kind, mode and size (writes_sizes.c). */
void writes_finish_mount(struct writes *w, struct plan_mount *mount);

#endif
