/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scratch.h - temporary files and folders that a signal must not leave behind.
 *
 * What is made here is on a list until it is forgotten or removed. In a program
 * that called cln_scratch_guard, SIGINT, SIGTERM and SIGHUP remove what is on
 * the list, end the registered child, and end the program as the signal would
 * have (a shell sees 128+n). A thread waits for them, so no handler runs and
 * ordinary calls may be used. Without the guard the list costs nothing else.
 *
 * The list belongs to the process, as signals do: this is the one place besides
 * main and logging that holds state. Paths must stay valid: do not chdir.
 */
#ifndef CLN_COMMON_SCRATCH_H
#define CLN_COMMON_SCRATCH_H

#include "common/err.h"

#include <sys/types.h>

/*
 * mkdtemp and mkostemps (close-on-exec; the descriptor or -1 with errno). What is made is
 * locked (flock) as long as it is on the list, so that others can tell whose maker is dead.
 */
bool cln_scratch_dir(char *name);
int cln_scratch_file(char *name, int suffix_length);

/*
 * Removes what killed programs left: each PREFIXxxxxxxSUFFIX of ours in folder that
 * nobody locks. A program that is alive keeps its own, whatever its age. Best effort.
 */
void cln_scratch_sweep(const char *folder, const char *prefix, const char *suffix);

/* It was renamed or removed by the caller: a signal leaves the name alone. */
void cln_scratch_forget(const char *path);
/* Removes file or tree, and forgets it. */
void cln_scratch_remove(const char *path);

/* What was made by other means. */
void cln_scratch_add(const char *path);

/* hold, start a child, child: a signal that comes between is heard at the end. The child (0: none) is ended with us. */
void cln_scratch_hold(void);
void cln_scratch_child(pid_t pid);

/* Between the two a signal waits: several renames happen all, or none. */
void cln_scratch_commit_begin(void);
void cln_scratch_commit_end(void);

/* Once, before other threads start: they inherit the blocked signals. */
int cln_scratch_guard(struct cln_err *err);
/* From here on the signals stay blocked and pending: whoever asked next reads them. */
void cln_scratch_unguard(void);

#endif
