/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - the command line of clnimg-profile.
 */
#ifndef CLN_PROFILER_OPTIONS_H
#define CLN_PROFILER_OPTIONS_H

#include "common/opt.h"

#define PROFILE_OUTPUT "clnimg-manifest.json"

struct profile_options {
	const char *cgroup, *output, *user;
	bool attach, check_host, allow_incomplete, no_content;
	uint64_t ring_bytes; /* a power of two */
	char **command;	     /* NULL-terminated; NULL with --attach */
	bool quiet, verbose;
};

extern const struct cln_program profile_program;

/* 1: --help or --version was answered. */
int profile_options_parse(int argc, char **argv, struct profile_options *opt, struct cln_err *err);

#endif
