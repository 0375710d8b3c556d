/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals.h - what the profiler is sent is the command's, but for what both got.
 *
 * A signal does not say whether it was meant for one process or for a group
 * (timeout(1), kill with a negative number). So a witness, a child that does
 * nothing else, stands in the profiler's group: what it got too, the group got.
 * The kernel hands a group's signal to its youngest members first (attach_pid()
 * adds at the head of the list), so the witness has it before the profiler.
 */
#ifndef CLN_PROFILER_SIGNALS_H
#define CLN_PROFILER_SIGNALS_H

#include "common/err.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct signals {
	int fd;	 /* signalfd */
	int ask; /* a socket to the witness, which ends with it; -1: nobody is there */
	pid_t witness;
	uint64_t group;	 /* signals that the witness told of and that did not reach us yet */
	sigset_t before; /* the mask that the command gets */
};

#define SIGNALS_NONE                \
	{                           \
		.fd = -1, .ask = -1 \
	}

int signals_catch(struct signals *signals, struct cln_err *err);
/* Passes on what has arrived to command (0: none). Was one of them to end us? */
bool signals_handle(struct signals *signals, pid_t command);
void signals_release(struct signals *signals);

#endif
