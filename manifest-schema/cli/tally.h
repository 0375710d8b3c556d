/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally.h - paths counted by what they have in common, the largest first.
 */
#ifndef CLN_MANIFEST_TALLY_H
#define CLN_MANIFEST_TALLY_H

#include "manifest-schema/trace.h"

struct tally_row {
	const char *name;
	uint64_t files, bytes;
	size_t last; /* while counting: the last file's number + 1 */
};

struct tally {
	struct tally_row *row;
	size_t count;
	struct cln_arena *arena; /* of the names */
};

void tally_release(struct tally *tally);
void tally_written(struct tally *tally, const struct cln_trace *trace); /* by folder, with peaks */
void tally_programs(struct tally *tally, const struct cln_trace *trace);
void tally_folders(struct tally *tally, const struct cln_trace *trace); /* two levels deep */

/* `show --json`: the same facts for programs. */
void show_json(struct cln_buf *out, const struct cln_trace *trace);

#endif
