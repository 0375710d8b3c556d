/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - an io_uring of four entries, without liburing.
 */
#ifndef TESTS_PROFILER_RING_H
#define TESTS_PROFILER_RING_H

#include <linux/io_uring.h>

struct ring {
	int fd;
	struct io_uring_params p;
	struct io_uring_sqe *sqes;
	char *sq, *cq;
	unsigned int queued;
};

/* 0, or -1 with errno. */
int ring_open(struct ring *ring);
int ring_open_as(struct ring *ring, unsigned int flags);
void ring_close(struct ring *ring);
void ring_put(struct ring *ring, const struct io_uring_sqe *sqe);
/* Submits (0: the kernel's thread does) and waits; the last result, or -1 with errno. */
long ring_wait(struct ring *ring, unsigned int submit, unsigned int results);
long ring_run(struct ring *ring, const struct io_uring_sqe *sqe);
/* One request in a ring of its own. */
long uring(const struct io_uring_sqe *sqe);

#endif
