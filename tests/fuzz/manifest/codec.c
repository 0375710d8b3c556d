// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes: refused with a reason, or a trace whose manifest reads back as the
 * same bytes and merges with itself into itself.
 */
#include "common/mem.h"
#include "manifest-schema/trace.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static char *text_of(struct cln_trace *trace)
{
	struct cln_buf buf = { 0 };

	cln_trace_text(trace, &buf);
	return cln_buf_steal(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = NULL, *again = NULL;
	cln_owned(cln_trace_drop) struct cln_trace *both = cln_trace_new();
	cln_owned(cln_drop_mem) char *first = NULL, *second = NULL, *merged = NULL;
	struct cln_err err = { 0 };

	if (cln_trace_parse((const char *)data, size, &trace, &err) < 0) {
		must(err.text[0] && err.code, "refused without a reason");
		return 0;
	}
	first = text_of(trace);
	must(!cln_trace_parse(first, strlen(first), &again, &err), err.text);
	second = text_of(again);
	must(!strcmp(first, second), "write(read(x)) is not x");
	cln_trace_merge(both, trace);
	cln_trace_merge(both, again);
	merged = text_of(both);
	must(!strcmp(first, merged), "merging with itself changed it");
	return 0;
}
