/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - the command line of clnimg-verify.
 */
#ifndef CLN_VERIFY_OPTIONS_H
#define CLN_VERIFY_OPTIONS_H

#include "packager/customize/run_options.h"
#include "packager/model/limits.h"

struct verify_options {
	struct run_options run;
	const char *image, *emit, *source, *manifest, *report, *platform;
	struct cln_list limit;
	struct limits limits;
	bool json, compare;
	struct cln_args args;
};

extern const struct cln_program verify_program;

/* Parses and checks; options are released in any case. */
int verify_options_parse(
	int argc, char **argv, struct verify_options *options, struct cln_err *err);

#endif
