/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - can the results be written at all? Asked before the first step,
 * so that nobody waits for a test run whose result has no place.
 */
#ifndef CLN_CUSTOMIZE_OUTPUT_H
#define CLN_CUSTOMIZE_OUTPUT_H

#include "common/err.h"

/* ref: an image reference; emit: a directory that need not exist yet. */
int output_check(const char *ref, const char *emit, struct cln_err *err);

#endif
