/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.h - the whole of clnimg-verify: read, check, run, compare.
 */
#ifndef CLN_VERIFY_VERIFY_H
#define CLN_VERIFY_VERIFY_H

#include "packager/verify/check.h"
#include "packager/verify/proof.h"
#include "packager/verify/report.h"
#include "packager/verify/subject.h"

struct verify {
	struct subject image, source;
	struct cln_trace *trace;	/* what it was packed with, or NULL */
	json_t *runtime, *sbom;		/* of --emit, or NULL */
	struct cln_pathset source_path; /* of the dev image, from report.json */
	struct findings findings;
	struct proof proof;
	struct verdict verdict;
};

/* 0 with verify->verdict filled, whatever it says; -errno where it could not be found out. */
int verify_run(struct verify *verify, struct events *events, const struct verify_options *options,
	struct cln_err *err);
void verify_release(struct verify *verify);

#endif
