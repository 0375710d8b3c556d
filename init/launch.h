/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.h - from "everything is declared" to "the main program runs".
 */
#ifndef CLN_INIT_LAUNCH_H
#define CLN_INIT_LAUNCH_H

#include "init/logs.h"

/* Start the main program, live until it ends. The exit status; errors are already told. */
int launch_main(struct init *in, struct logs *logs);

#endif
