/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_options.h - the options on how to run a container, which
 * cleanimage-customize and clnimg-verify share word for word.
 */
#ifndef CLN_CUSTOMIZE_RUN_OPTIONS_H
#define CLN_CUSTOMIZE_RUN_OPTIONS_H

#include "packager/customize/session.h"

struct run_options {
	const char *engine, *network, *readiness;
	struct cln_list env, volume, cmd, test;
	uint64_t timeout_ms;
};

#define RUN_OPTIONS_TIMEOUT_MS 600000

/* Rows for a program's table; type is the program's options structure with a
 * `struct run_options run` in it. */
#define RUN_OPTIONS(type)                                                                              \
	{ "engine", 0, "NAME",                                                                         \
		"what runs containers: runc, crun, podman or docker (default: the "                    \
		"first that is installed)",                                                            \
		CLN_OPT_TEXT, offsetof(type, run.engine) },                                            \
		{ "env", 'e', "NAME=VALUE", "set an environment variable in the container",            \
			CLN_OPT_LIST, offsetof(type, run.env) },                                       \
		{ "cmd", 0, "ARG", "replace the image's Cmd; one argument each time",                  \
			CLN_OPT_LIST, offsetof(type, run.cmd) },                                       \
		{ "volume", 0, "SRC:DST[:ro]", "mount a directory or file of the host",                \
			CLN_OPT_LIST, offsetof(type, run.volume) },                                    \
		{ "network", 0, "host|none",                                                           \
			"host (default): tests reach the container on 127.0.0.1; none: loopback only", \
			CLN_OPT_CHOICE, offsetof(type, run.network) },                                 \
		{ "readiness", 0, "PROBE",                                                             \
			"start the tests once tcp:PORT accepts, http:URL answers or log:REGEX "        \
			"was printed",                                                                 \
			CLN_OPT_TEXT, offsetof(type, run.readiness) },                                 \
		{ "timeout", 0, "DURATION",                                                            \
			"end readiness and each test command after this long (default 10m)",           \
			CLN_OPT_DURATION, offsetof(type, run.timeout_ms) },                            \
	{                                                                                              \
		"test", 0, "COMMAND", "one more test command, run by the host's sh -c",                \
			CLN_OPT_LIST, offsetof(type, run.test)                                         \
	}

/* The test commands: what stands behind "--", then each --test. */
struct run_tests {
	const char *const **test; /* argv lists, NULL-terminated */
	size_t count;
	struct cln_arena *arena;
};

void run_tests_make(
	const struct run_options *run, const struct cln_args *args, struct run_tests *tests);
void run_tests_release(struct run_tests *tests);

/* Checks the words of --env and --network; usage errors. */
int run_options_check(const struct run_options *run, struct cln_err *err);
void run_options_release(struct run_options *run);

/* Appends these options to the argv of another program of ours. */
void run_options_forward(
	const struct run_options *run, struct cln_arena *arena, struct cln_list *argv);

#endif
