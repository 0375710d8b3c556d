/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.h - starting a program, and waiting for a helper.
 *
 * The child is made with vfork(2): the parent sleeps until the child has executed, so
 * an error comes back through memory, no page is copied, and the child's process group
 * exists before any signal can be forwarded to it; with a terminal it is a fork, so that a
 * child that is stopped before it executes is seen. execve(2) only: a file that the
 * kernel does not know is an error, never a reason to call a shell.
 */
#ifndef CLN_INIT_SPAWN_H
#define CLN_INIT_SPAWN_H

#include "init/policy.h"

struct spawn {
	char *const *argv;
	char *const *envp;
	const char *cwd;	     /* NULL: as it is */
	const char *oom;	     /* NULL: as it is */
	int umask;		     /* -1: as it is */
	int fd[3];		     /* become 0, 1, 2; -1: as it is */
	const struct policy *policy; /* NULL: none */
	int redirect;		     /* socket for redirect_enter; -1: none */
	uint8_t no_new_privs;
	uint8_t terminal; /* hand the controlling terminal on descriptor 0 over */
	uint8_t group;	  /* lead a new process group */
	/* On failure: */
	int eno;
	const char *stage;
};

/* Where names without a slash are looked for when PATH is not set. */
#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/*
 * Into file, of INIT_PATH_MAX + 1 bytes, where the first directory of path would have the
 * program name: "" where that is too long. What is left of path, NULL at its end.
 */
const char *path_next(const char *path, const char *name, char *file);

/* The child's pid, or -errno with eno and stage set. */
pid_t spawn_start(const struct init *in, struct spawn *spawn);
/* 126 or 127, and one line on stderr. */
int spawn_complain(const struct spawn *spawn);
/* Replace this process: never returns but with 126 or 127. */
int spawn_replace(const struct init *in, struct spawn *spawn);
/* 128+n for a signal, else the exit status. */
int spawn_status(int wait_status);
/*
 * Wait for a helper in its own process group, reaping whatever else ends, forwarding
 * signals to it. *status is its status; -ETIMEDOUT after killing its group. Where a
 * signal that ends containers came meanwhile its number is returned.
 */
int spawn_wait(const struct init *in, pid_t pid, uint32_t timeout_ms, int *status);

/* All signals as rt_sigprocmask(2) takes them: musl's sigfillset leaves out 32 to 34. */
#define SIGNALS_ALL (~0ULL)
void signals_block(uint64_t *old_mask);
void signals_restore(const struct init *in);
/*
 * The next blocked signal: its number and sender, 0 when the time is up. timeout_ms < 0
 * waits for ever. A signal that this process sent itself (SIGPIPE) is not reported.
 */
int signals_next(int64_t timeout_ms);
/* TERM, INT, QUIT or HUP: the ones that mean the container is to end. */
int signal_ends(int signal);

#endif
