/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.h - the command: its cgroup, its user, its end.
 *
 * The child waits until it is let go, so that recording has begun by then. It
 * stays in our session and process group: the terminal is its own.
 */
#ifndef CLN_PROFILER_SPAWN_H
#define CLN_PROFILER_SPAWN_H

#include "profiler/cgroup.h"

#include <signal.h>

struct spawn {
	pid_t pid;   /* 0: none */
	int go;	     /* write end: closing it without a byte ends the child */
	int failure; /* read end: errno of the exec, or nothing */
	bool ended;
	int status; /* as clnimg-profile exits: code or 128 + signal */
};

#define SPAWN_NONE                      \
	{                               \
		.go = -1, .failure = -1 \
	}

/* First of all in a forked helper: it blocks every signal and lets go of the user's
 * terminal and pipes, so that nobody waits for their end because of it. */
void spawn_helper(void);
/* Forks and puts the child into the cgroup. mask: signals of the command. */
int spawn_prepare(struct spawn *spawn, char *const *argv, const char *user, const struct cgroup *cg,
	const sigset_t *mask, struct cln_err *err);
/* Starts it. Where it cannot be executed, spawn->ended is set with 126 or 127
 * and the error says why. */
int spawn_go(struct spawn *spawn, const char *program, struct cln_err *err);
void spawn_reap(struct spawn *spawn); /* without waiting */
void spawn_release(struct spawn *spawn);

#endif
