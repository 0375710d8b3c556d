/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descend.h - signalling everything that lives below this process.
 *
 * PID 1 reaches all of its PID namespace with kill(-1). Elsewhere (a subreaper) that
 * would hit strangers, so the tree is walked through /proc/PID/task/PID/children.
 */
#ifndef CLN_INIT_DESCEND_H
#define CLN_INIT_DESCEND_H

void descend_kill(int signal);

#endif
