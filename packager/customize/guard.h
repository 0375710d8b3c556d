/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.h - cleaning up after ourselves when we are killed.
 *
 * The guard is a child that does nothing but wait for the end of a pipe. When we
 * end without dismissing it (kill -9, out of memory), it calls clean with the
 * memory as it was when it started. It is in a session of its own and ignores
 * the signals that a terminal sends.
 */
#ifndef CLN_CUSTOMIZE_GUARD_H
#define CLN_CUSTOMIZE_GUARD_H

#include "common/err.h"

#include <sys/types.h>

struct guard {
	int pipe; /* to the guard */
	pid_t pid;
};

#define GUARD_NONE         \
	{                  \
		.pipe = -1 \
	}

int guard_start(struct guard *guard, void (*clean)(const void *data), const void *data,
	struct cln_err *err);

/* The process group that runs for us now, 0 for none: killed before clean is called. */
void guard_tell(const struct guard *guard, pid_t group);

/* Ends the guard without cleaning; safe at any time, also twice. */
void guard_dismiss(struct guard *guard);

#endif
