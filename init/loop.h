/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - the life of PID 1 after the start: forward, reap, end.
 *
 * Without watches it sleeps in rt_sigtimedwait(2) and never wakes up unasked. The loop
 * does not end while the main program lives, whatever fails.
 *
 * The end: a stop signal that is forwarded starts the grace period, if there is one, and
 * when it is over the main program (or its group) is killed. With stop.wait_all the
 * descendants get the stop signal once the main program has ended, and the grace period
 * (10 s where none is declared) to finish before they are killed.
 */
#ifndef CLN_INIT_LOOP_H
#define CLN_INIT_LOOP_H

#include "init/init.h"

#define LOOP_WATCH_MAX 56

/* Something besides signals: ready is called when fd has one of the events. */
struct watch {
	int fd; /* -1: free */
	short events;
	void (*ready)(void *of, int fd);
	void *of;
};

struct watches {
	struct watch slot[LOOP_WATCH_MAX];
	unsigned count; /* slots ever used */
};

/* 0, or -ENFILE when all slots are taken. */
int watch_add(struct watches *watches, struct watch watch);
void watch_drop(struct watches *watches, int fd);

/* Runs until main, and with wait_all everything else, is gone. The container's exit status. */
/* terminal: descriptor 0 is our controlling terminal, whoever has it now. */
int loop_run(struct init *in, pid_t main, int terminal, struct watches *watches);
/* The exit directives, applied to a status; pure. */
int loop_exit(const struct init *in, int status);

#endif
