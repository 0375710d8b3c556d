/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paint.h - text for a terminal: colours, and paths that cannot play tricks.
 *
 * What comes from a manifest is hostile: control characters and bytes that are
 * no UTF-8 are shown as \xHH, so that no name moves the cursor.
 */
#ifndef CLN_MANIFEST_PAINT_H
#define CLN_MANIFEST_PAINT_H

#include "common/buf.h"

struct paint { /* "" each where there is no colour */
	const char *bold, *dim, *red, *green, *yellow, *off;
};

struct paint paint_for(bool colour);

/* Printable text, at most width columns (0: no limit), "..." where cut. */
void paint_text(struct cln_buf *out, const char *text, size_t width);
/* Arguments, quoted where a shell would need it. */
void paint_args(struct cln_buf *out, const char *const *argv, size_t width);

/* Writes the buffer to standard output, and empties it. */
void paint_flush(struct cln_buf *out);

#endif
