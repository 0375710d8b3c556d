/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc.h - child processes, each bounded in time and ended by a signal.
 *
 * The pipeline starts other programs and waits; what makes it safe is that
 * every wait has a deadline and wakes up for INT, TERM and HUP. These are
 * blocked and read from a signalfd, so no handler runs and nothing is global.
 * Each child leads its own process group: Ctrl-C at a terminal reaches only
 * us, and we end the children in the right order.
 *
 * Times: milliseconds of CLOCK_MONOTONIC, see proc_now.
 */
#ifndef CLN_CUSTOMIZE_PROC_H
#define CLN_CUSTOMIZE_PROC_H

#include "common/buf.h"
#include "common/err.h"

#include <sys/types.h>

struct events {
	int signal_fd;
	int caught;		  /* the signal that asked us to end, or 0 */
	bool closing;		  /* cleaning up: further signals do not interrupt */
	bool hold;		  /* others write to the terminal: no ticks */
	void (*tick)(void *data); /* called several times a second while waiting, or NULL */
	void *tick_data;
};

/* Blocks the signals for good: call it once, first in main. */
int events_open(struct events *events, struct cln_err *err);

/* Ends as the caught signal would have ended us, once everything is cleaned up. */
int events_end(const struct events *events);

struct proc {
	pid_t pid; /* 0: never started */
	int pidfd; /* -1: none */
	bool ended;
	int status; /* 0..255, 128+n for a signal; valid once ended */
};

#define PROC_NONE           \
	{                   \
		.pidfd = -1 \
	}

struct proc_spec {
	const char *const *argv; /* argv[0] is looked up in PATH */
	const char *const *env;	 /* "NAME=value" added to ours, or NULL */
	const char *cwd;	 /* or NULL */
	int out_fd, err_fd;	 /* -1: ours */
};

int proc_start(struct proc *proc, const struct proc_spec *spec, struct cln_err *err);

/* Reaps it if it has ended. */
bool proc_ended(struct proc *proc);

/*
 * Waits for the first of procs to end. 0; -ETIMEDOUT at the deadline; -EINTR
 * (with err) when a signal came. Others may be NULL or not started.
 */
int proc_wait(struct events *events, struct proc *const *procs, size_t count, uint64_t deadline,
	struct cln_err *err);

/* TERM to its group, after grace_ms KILL; reaps. Never fails. */
void proc_end(struct proc *proc, uint64_t grace_ms);

/*
 * Runs a tool to its end, its output (both streams, at most 1 MiB) in output
 * where that is not NULL. A status other than 0 is an error that ends in the
 * tool's last line.
 */
int proc_run(struct events *events, const char *const *argv, uint64_t timeout_ms,
	struct cln_buf *output, struct cln_err *err);

uint64_t proc_now(void);

#endif
