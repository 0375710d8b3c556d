/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phases.h - the pipeline: profile, pack, verify, and again with --augment.
 *
 * Each phase is one of the programs that people can run by hand; this file
 * only calls them in order and looks after what lies between. All that lies
 * between is in one work directory that is removed on every way out.
 */
#ifndef CLN_CUSTOMIZE_PHASES_H
#define CLN_CUSTOMIZE_PHASES_H

#include "packager/customize/guard.h"
#include "packager/customize/options.h"
#include "packager/customize/steps.h"

struct pipeline {
	struct events *events;
	const struct options *options;
	struct run_tests tests;
	struct ready ready;
	char *workdir;
	char *manifest;	     /* the merged trace */
	char *staged, *emit; /* what has not yet passed: "oci:DIR:prod", DIR */
	struct cln_list add; /* --keep for pack, found by verify; owned texts */
	struct steps steps;
	struct guard guard; /* removes the work directory should we be killed */
	int status;	    /* the exit status to end with, where not the error's */
};

/* The whole pipeline. On failure pipeline->status, where not 0, is the exit status. */
int pipeline_run(struct pipeline *pipeline, struct events *events, const struct options *options,
	struct cln_err *err);
void pipeline_release(struct pipeline *pipeline);

#endif
