/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write.h - one entry of each kind as the members of its object, for the codec
 * and for `clnimg-manifest explain --json`.
 */
#ifndef CLN_MANIFEST_WRITE_H
#define CLN_MANIFEST_WRITE_H

#include "manifest-schema/trace.h"

void write_run(struct cln_buf *out, const struct cln_trace *trace, size_t i);
void write_root(struct cln_buf *out, const struct cln_trace *trace, size_t i);
void write_exec(struct cln_buf *out, const struct cln_trace *trace, size_t i);
void write_file(struct cln_buf *out, const struct cln_trace *trace, size_t i);
void write_port(struct cln_buf *out, const struct cln_trace *trace, size_t i);
void write_syscalls(struct cln_buf *out, const struct cln_trace *trace, size_t i);

/* "file", "directory" ... "gone" */
const char *trace_result_name(char type);

#endif
