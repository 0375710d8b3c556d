/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.h - from "everything is declared" to "the main program runs".
 */
#ifndef CLN_INIT_LAUNCH_H
#define CLN_INIT_LAUNCH_H

#include "init/logs.h"

/* What lives as long as the main program, zero at first; untouched where nothing is watched. */
struct running {
	struct watches watches;
	struct logs logs;
};

/* Start the main program, live until it ends. The exit status; errors are already told. */
int launch_main(struct init *in, struct running *running);

#endif
