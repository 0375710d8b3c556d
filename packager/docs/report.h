/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what a reviewer asks of the image; inside docs/ only.
 *
 * report.json is the whole of it; report.html holds the same, and shows it
 * without any network; report_text_new is its first page for a terminal.
 */
#ifndef CLN_PACKAGER_DOCS_REPORT_H
#define CLN_PACKAGER_DOCS_REPORT_H

#include "packager/docs/runtime.h"

/* The attack surface, before or after. */
struct surface {
	uint32_t files, executables, setuid, shells, package_managers, packages;
	uint64_t bytes;
};
void report_surface(const struct facts *facts, bool after, struct surface *out);

bool report_is_program(const struct facts *facts, uint32_t node); /* a regular file with an x bit */

/* What keep->via says, as text: a path, or what asked. Room: 4096 bytes. "" where
 * there is nothing to say. */
const char *report_via(const struct facts *facts, uint32_t node, char out[4096]);

/* The report without its list of files; the caller's reference. */
json_t *report_summary(const struct facts *facts);

void report_add(const struct facts *facts, struct docs *docs);	    /* report.json */
void report_html_add(const struct facts *facts, struct docs *docs); /* report.html */

#endif
