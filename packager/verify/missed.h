/* SPDX-License-Identifier: Apache-2.0 */
/*
 * missed.h - what a traced run of the prod image wanted and did not get.
 *
 * A path that was not there counts only where the dev image has it: software
 * probes for much that nobody has. A trace is a set without times, so "first"
 * is by weight: an exec before a library before a file before a look.
 * Pure.
 */
#ifndef CLN_VERIFY_MISSED_H
#define CLN_VERIFY_MISSED_H

#include "manifest-schema/trace.h"
#include "packager/model/tree.h"
#include "common/pathset.h"
#include "packager/verify/findings.h"

/* trace: of the prod run; dev may be NULL, then every missing path that no
 * profile run of the dev image missed too counts (profile may be NULL). */
struct missed_input {
	const struct cln_trace *trace, *profile;
	const struct tree *dev, *prod;
	const struct cln_pathset *dev_path; /* where dev is NULL: its paths, or NULL */
};

void missed_find(const struct missed_input *in, struct findings *findings);

#endif
