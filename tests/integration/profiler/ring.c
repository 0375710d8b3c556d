// SPDX-License-Identifier: Apache-2.0
#include "ring.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *ring_map(struct ring *ring, size_t size, off_t what)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, what);
}

int ring_open_as(struct ring *ring, unsigned int flags)
{
	struct io_uring_params *p = &ring->p;

	*ring = (struct ring){ .p.flags = flags, .p.sq_thread_idle = 1000 };
	ring->fd = (int)syscall(SYS_io_uring_setup, 4, p);
	if (ring->fd < 0)
		return -1;
	ring->sq = ring_map(ring, p->sq_off.array + p->sq_entries * 4, IORING_OFF_SQ_RING);
	ring->cq = ring_map(ring, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe),
		IORING_OFF_CQ_RING);
	ring->sqes = ring_map(ring, p->sq_entries * sizeof(*ring->sqes), IORING_OFF_SQES);
	return (void *)ring->sq == MAP_FAILED || (void *)ring->cq == MAP_FAILED ||
			       (void *)ring->sqes == MAP_FAILED
		       ? -1
		       : 0;
}

int ring_open(struct ring *ring)
{
	return ring_open_as(ring, 0);
}

void ring_close(struct ring *ring)
{
	close(ring->fd);
}

void ring_put(struct ring *ring, const struct io_uring_sqe *sqe)
{
	unsigned int at = ring->queued++ & (ring->p.sq_entries - 1);

	ring->sqes[at] = *sqe;
	((unsigned int *)(void *)(ring->sq + ring->p.sq_off.array))[at] = at;
	__atomic_store_n((unsigned int *)(void *)(ring->sq + ring->p.sq_off.tail), ring->queued,
		__ATOMIC_RELEASE);
}

long ring_wait(struct ring *ring, unsigned int submit, unsigned int results)
{
	unsigned int *tail = (void *)(ring->cq + ring->p.cq_off.tail);
	struct io_uring_cqe *cqes = (void *)(ring->cq + ring->p.cq_off.cqes);
	unsigned int flags = IORING_ENTER_GETEVENTS | (submit ? 0 : IORING_ENTER_SQ_WAKEUP);
	long r = syscall(SYS_io_uring_enter, ring->fd, submit, results, flags, NULL, 0);

	if (r < 0 || (submit && r != submit))
		return -1;
	if (__atomic_load_n(tail, __ATOMIC_ACQUIRE) < results) {
		errno = EPROTO;
		return -1;
	}
	r = cqes[results - 1].res;
	errno = r < 0 ? (int)-r : 0;
	return r < 0 ? -1 : r;
}

long ring_run(struct ring *ring, const struct io_uring_sqe *sqe)
{
	ring_put(ring, sqe);
	return ring_wait(ring, 1, 1);
}

long uring(const struct io_uring_sqe *sqe)
{
	struct ring ring;
	long r;

	if (ring_open(&ring) < 0)
		return -1;
	r = ring_run(&ring, sqe);
	ring_close(&ring);
	return r;
}
