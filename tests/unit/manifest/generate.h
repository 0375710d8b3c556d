/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generate.h - traces made up from a seed, for property tests and benchmarks.
 *
 * Facts are drawn from small pools, so that two traces of one image overlap:
 * what they share and what they disagree on (counts, peaks, results,
 * environments, evidence, unknown members) both happen often.
 */
#ifndef TESTS_MANIFEST_GENERATE_H
#define TESTS_MANIFEST_GENERATE_H

#include "manifest-schema/trace.h"

struct generate {
	uint64_t state;
	unsigned int roots, execs, files; /* how many facts are added, repeats included */
};

uint32_t generate_below(struct generate *g, uint32_t limit);
struct cln_trace *generate_trace(struct generate *g);

/* The manifest of the trace; the caller's to free. */
char *generate_text(struct cln_trace *trace);

#endif
