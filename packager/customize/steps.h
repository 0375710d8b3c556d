/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steps.h - the six steps as a person sees them.
 *
 * On a terminal the step that runs has a line with its time so far, which becomes
 * "done" or "failed" with its whole time; where tests print, the line rests.
 * Elsewhere each step is one plain line as it begins.
 */
#ifndef CLN_CUSTOMIZE_STEPS_H
#define CLN_CUSTOMIZE_STEPS_H

#include "packager/customize/proc.h"

#define STEPS_COUNT 6u
#define STEP_PROOF 7u /* behind them: the same tests again */

struct steps {
	struct events *events;
	bool live;	    /* on a terminal */
	unsigned now;	    /* 0: none runs */
	const char *detail; /* "--start" of the trace, or NULL; borrowed */
	uint64_t began;
	int ends[2]; /* a pipe on which clnimg-pack says where it is; -1: none */
};

/* steps must stay where it is until its release. */
void steps_init(struct steps *steps, struct events *events);
void steps_release(struct steps *steps);

void steps_begin(struct steps *steps, unsigned number, const char *detail);
void steps_end(struct steps *steps, bool done);

/* A pipe for a program of ours that announces steps: its end to write to, or -1. It lives
 * until steps_listened. */
int steps_listen(struct steps *steps);
void steps_listened(struct steps *steps);

#endif
