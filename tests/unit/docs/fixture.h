/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - a small Debian image, what a test run kept of it, and its plan:
 * the facts that all tests of documents start from.
 */
#ifndef CLN_TESTS_DOCS_FIXTURE_H
#define CLN_TESTS_DOCS_FIXTURE_H

#include "packager/docs/docs.h"

struct fixture_options {
	bool volume;   /* a persistent volume among the mounts */
	bool low_port; /* main listens on 80 */
	bool no_ports;
	bool files;	     /* every file in the bills of materials */
	bool no_packages;    /* an image without any database */
	uint32_t many;	     /* that many more files, for the report's size */
	const char *hostile; /* a text that shows up wherever texts come from outside */
};

struct fixture {
	struct tree *tree;
	struct packages *packages;
	struct cln_trace *trace;
	struct keep keep;
	struct plan plan;
	struct image image;
	struct layout layout;
	struct docs_input in;
	struct cln_arena *arena;
};

void fixture_make(const struct fixture_options *options, struct fixture *out);
void fixture_release(struct fixture *fixture);

/* A document by its name; NULL where there is none. */
const struct doc *fixture_doc(const struct docs *docs, const char *name);

#endif
