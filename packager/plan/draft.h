/* SPDX-License-Identifier: Apache-2.0 */
/*
 * draft.h - a plan while it is being made. Internal to packager/plan.
 */
#ifndef CLN_PACKAGER_DRAFT_H
#define CLN_PACKAGER_DRAFT_H

#include "packager/plan/lower.h"

struct draft_dir { /* a directory below a mount, made at each start */
	const char *path;
	uint32_t mode;
	const char *why;
};

struct draft {
	const struct keep_input *in;
	const struct keep *keep;
	const struct lower *lower;
	const struct plan_options *opt;
	struct plan *plan;
	struct cln_arena *arena; /* the plan's */
	struct lines lines;
	struct draft_dir *dir;
	size_t dir_count, dir_room;
	struct lines files; /* what fills the mounts: after the directories */
	struct plan_edit *edit;
	size_t edit_count, edit_room;
	struct plan_note *note;
	size_t note_count, note_room;
};

static inline bool draft_keeps(const struct draft *draft, uint32_t node)
{
	return why_keeps(draft->keep->why[node]);
}

/* A later edit of one path wins; why may be NULL. */
struct plan_edit *draft_edit(
	struct draft *draft, enum plan_edit_kind kind, const char *path, const char *why);
/* The same for a path that no other edit names: without looking. */
struct plan_edit *draft_edit_new(
	struct draft *draft, enum plan_edit_kind kind, const char *path, const char *why);
/* Path below a mount; parents below it come along, 0755. */
void draft_dir(struct draft *draft, const char *path, uint32_t mode, const char *why);
void draft_note(struct draft *draft, const char *kind, const char *fmt, ...) CLN_PRINTF(3, 4);

/* What production holds below mounts goes to the seed folder (seeds.c). */
void draft_seeds(struct draft *draft);
/* Files and directories that production's user cannot reach (access.c). */
void draft_access(struct draft *draft);
bool draft_may_read(const struct draft *draft, const struct inode *inode);
/* Scripts whose interpreter is kept out (scripts.c); behind all other edits. */
int draft_scripts(struct draft *draft, struct cln_err *err);
/* Will there be a file at the path, with all edits made? */
bool draft_stands(const struct draft *draft, const char *path);
/* A health check of the image that cannot run (health.c); behind all other edits. */
void draft_health(struct draft *draft);
/* The lines of init.conf, and the files that they need (emit.h). */
int draft_emit(struct draft *draft, struct cln_err *err);

#endif
