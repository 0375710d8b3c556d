/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals.h - what the profiler is sent is the command's, but for what both got.
 */
#ifndef CLN_PROFILER_SIGNALS_H
#define CLN_PROFILER_SIGNALS_H

#include "common/err.h"

#include <signal.h>
#include <stdbool.h>

struct signals {
	int fd;		 /* signalfd */
	sigset_t before; /* the mask that the command gets */
};

#define SIGNALS_NONE     \
	{                \
		.fd = -1 \
	}

int signals_catch(struct signals *signals, struct cln_err *err);
/* Passes on what has arrived to command (0: none). Was one of them to end us? */
bool signals_handle(struct signals *signals, pid_t command);
void signals_release(struct signals *signals);

#endif
