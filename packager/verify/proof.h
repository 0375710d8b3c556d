/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof.h - the production image, run as production would, with tests.
 */
#ifndef CLN_VERIFY_PROOF_H
#define CLN_VERIFY_PROOF_H

#include "manifest-schema/trace.h"
#include "packager/verify/options.h"

struct proof {
	struct cln_trace *trace; /* of the run, or NULL where there is none */
	bool passed;
	int test_status; /* of the test that failed */
	char *why;	 /* not passed: one line or more */
};

/* 0 also where tests fail (proof->passed tells); -errno where the session could not be held. */
int proof_run(struct events *events, const struct verify_options *options, struct proof *proof,
	struct cln_err *err);
void proof_release(struct proof *proof);

#endif
