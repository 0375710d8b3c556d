// SPDX-License-Identifier: Apache-2.0
#include "profiler/brake.h"

#include "common/file.h"

#include <errno.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#define FILL_HIGH 0.5	     /* of the ring: stop them */
#define FILL_LOW 0.0625	     /* where the kernel side stops waking us */
#define FASTEST 200000000ull /* bytes a second that a few processors can write */

/* Half of the time in which the other half of the ring can fill. */
static struct timespec pause_of(const struct source *source)
{
	return (struct timespec){ .tv_nsec = (long)(source_ring_bytes(source) / 4 * 1000000000 /
						    FASTEST) };
}

static void watch(struct brake *brake)
{
	const struct timespec moment = pause_of(brake->source);
	double fill;

	while ((fill = source_fill(brake->source)) > FILL_LOW &&
		!__atomic_load_n(&brake->ending, __ATOMIC_RELAXED)) {
		if (fill > FILL_HIGH && !brake_pulled(brake)) {
			hold_on(brake->hold);
			__atomic_store_n(&brake->pulled, 1, __ATOMIC_RELEASE);
		}
		nanosleep(&moment, NULL);
	}
}

/* Above the reader, or it could not interrupt it. */
static void *brake_run(void *of)
{
	struct sched_param param = { .sched_priority = 2 };
	struct brake *brake = of;
	struct epoll_event event;

	sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param);
	for (;;) {
		int got = epoll_wait(brake->wait, &event, 1, -1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got != 1 || event.data.fd == brake->end)
			return NULL;
		watch(brake);
	}
}

static int watch_fd(struct brake *brake, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(brake->wait, EPOLL_CTL_ADD, fd, &event);
}

int brake_init(
	struct brake *brake, const struct source *source, struct hold *hold, struct cln_err *err)
{
	int r;

	brake->source = source;
	brake->hold = hold;
	brake->wait = epoll_create1(EPOLL_CLOEXEC);
	brake->end = eventfd(0, EFD_CLOEXEC);
	/* Edges: each wake-up by the kernel side, not each time that something waits. */
	if (brake->wait < 0 || brake->end < 0 ||
		watch_fd(brake, source_ring_fd(source), EPOLLIN | EPOLLET) < 0 ||
		watch_fd(brake, brake->end, EPOLLIN) < 0)
		return cln_fail(err, errno, "watching the ring buffer: %m");
	r = pthread_create(&brake->thread, NULL, brake_run, brake);
	if (r)
		return cln_fail(err, r, "starting a thread: %m");
	brake->runs = true;
	return 0;
}

bool brake_pulled(const struct brake *brake)
{
	return __atomic_load_n(&brake->pulled, __ATOMIC_ACQUIRE);
}

void brake_let_go(struct brake *brake)
{
	__atomic_store_n(&brake->pulled, 0, __ATOMIC_RELEASE);
	hold_off(brake->hold);
}

void brake_release(struct brake *brake)
{
	uint64_t one = 1;

	if (brake->runs) {
		__atomic_store_n(&brake->ending, 1, __ATOMIC_RELAXED);
		while (write(brake->end, &one, sizeof(one)) < 0 && errno == EINTR)
			;
		pthread_join(brake->thread, NULL);
		brake->runs = false;
	}
	if (brake_pulled(brake))
		brake_let_go(brake);
	cln_drop_fd(&brake->wait);
	cln_drop_fd(&brake->end);
	brake->wait = brake->end = -1;
}
