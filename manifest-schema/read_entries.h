/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_entries.h - one entry of each kind, appended to the trace as it stands:
 * references are checked and equal facts folded when all is read.
 */
#ifndef CLN_MANIFEST_READ_ENTRIES_H
#define CLN_MANIFEST_READ_ENTRIES_H

#include "manifest-schema/object.h"

int read_run(struct reader *rd);
int read_root(struct reader *rd);
int read_exec(struct reader *rd);
int read_file(struct reader *rd);
int read_port(struct reader *rd);
int read_syscalls(struct reader *rd);

/* {"name": count}; counts of 0 are left out. */
int read_losses(struct reader *rd, const struct cln_trace_loss **loss, size_t *count);

#endif
