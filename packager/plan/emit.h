/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emit.h - the parts of init.conf, one concept a file. Internal to packager/plan/emit*.c.
 *
 * Each adds to the draft: lines that policy needs to draft->lines, lines that
 * fill mounts to draft->files (and what they need first with draft_dir), edits
 * where the image itself can hold the result.
 */
#ifndef CLN_PACKAGER_EMIT_H
#define CLN_PACKAGER_EMIT_H

#include "packager/plan/draft.h"

/* emit_files.c; the first may read the source image. Links come before steps. */
int emit_step(struct draft *draft, const struct step *step, struct cln_err *err);
void emit_redirects(struct draft *draft);
void emit_logs(struct draft *draft);
/* Directories that main's TMPDIR, HOME, XDG_CACHE_HOME, ... name below mounts. */
void emit_places(struct draft *draft);

void emit_run(struct draft *draft, const struct helper *helper); /* emit_run.c */

/* emit_policy.c */
void emit_landlock(struct draft *draft);
/* Lines only with --seccomp; without, a note says what landlock leaves open. */
void emit_seccomp(struct draft *draft);

#endif
