/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold.h - freezing the profiled cgroup for moments, and the guard that thaws
 * it when the profiler dies.
 *
 * The guard is a child that does nothing but wait for the end of a pipe. When
 * the profiler ends without saying goodbye (kill -9), the guard thaws the cgroup
 * and removes it once it is empty, if it was ours. BPF programs need no guard:
 * nothing is pinned, so the kernel drops them with the profiler's descriptors.
 */
#ifndef CLN_PROFILER_HOLD_H
#define CLN_PROFILER_HOLD_H

#include "profiler/cgroup.h"

#include <pthread.h>

struct hold {
	const struct cgroup *cg; /* NULL: holding is impossible */
	pthread_mutex_t lock;	 /* reader and brake hold it, each by itself */
	unsigned int depth;
	int pipe; /* to the guard */
	pid_t guard;
	uint64_t times; /* how often the cgroup was frozen */
};

#define HOLD_NONE                                             \
	{                                                     \
		.lock = PTHREAD_MUTEX_INITIALIZER, .pipe = -1 \
	}

/* Does nothing where we stand in that cgroup ourselves. */
int hold_init(struct hold *hold, const struct cgroup *cg, struct cln_err *err);
void hold_on(struct hold *hold); /* nests; waits a few ms until all stand still */
void hold_off(struct hold *hold);
void hold_release(struct hold *hold);

#endif
