/* SPDX-License-Identifier: Apache-2.0 */
/*
 * brake.h - stops the profiled cgroup while the ring fills faster than it is read.
 *
 * A thread of its own, because what fills the ring is a reader that stands
 * still: in a page fault, growing a table, hashing a file. It looks when the
 * kernel side says that much waits, and freezes the cgroup at half a ring; the
 * reader thaws it when it has read everything. What is written between the look
 * and the last process's stop must fit in the other half; where even that does
 * not, the writer waits a moment in the kernel (bpf/state.h), and only then a
 * record is lost, counted.
 */
#ifndef CLN_PROFILER_BRAKE_H
#define CLN_PROFILER_BRAKE_H

#include "profiler/hold.h"
#include "profiler/source.h"

#include <pthread.h>

struct brake {
	struct hold *hold; /* borrowed, as source is */
	const struct source *source;
	pthread_t thread;
	bool runs;
	int wait, end; /* epoll; eventfd that ends the thread */
	int pulled;    /* the cgroup is held for the ring; atomic, as the next */
	int ending;
};

#define BRAKE_NONE                    \
	{                             \
		.wait = -1, .end = -1 \
	}

/* Both must outlive it. */
int brake_init(
	struct brake *brake, const struct source *source, struct hold *hold, struct cln_err *err);
bool brake_pulled(const struct brake *brake);
void brake_let_go(struct brake *brake); /* the ring is empty */
void brake_release(struct brake *brake);

#endif
