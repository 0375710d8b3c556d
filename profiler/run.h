/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - one recording, from the cgroup to the manifest.
 */
#ifndef CLN_PROFILER_RUN_H
#define CLN_PROFILER_RUN_H

#include "profiler/options.h"

#define RUN_EXIT_TROUBLE 125

/* *status: what main exits with, where 0 is returned. On an error that has a
 * status of its own (126, 127) *status is it, else RUN_EXIT_TROUBLE. */
int run_profile(const struct profile_options *opt, int *status, struct cln_err *err);

#endif
