/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - what this host has and lacks: the table of --check-host.
 */
#ifndef CLN_PROFILER_HOST_H
#define CLN_PROFILER_HOST_H

#include <stdbool.h>

/* Prints the table on standard output. True: clnimg-profile works here. */
bool host_check(void);

#endif
