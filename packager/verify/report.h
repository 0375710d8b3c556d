/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - the outcome of a verification, for people and for programs.
 */
#ifndef CLN_VERIFY_REPORT_H
#define CLN_VERIFY_REPORT_H

#include "packager/verify/facts.h"
#include "packager/verify/findings.h"

struct verdict {
	const char *image, *digest;
	const struct facts *facts;
	const struct findings *findings;
	bool tested, passed;
	const char *why; /* not passed: what the tests said, or NULL */
	enum cln_exit status;
};

/* The caller's to free. */
char *report_text_new(const struct verdict *verdict);
char *report_json_new(const struct verdict *verdict);

#endif
