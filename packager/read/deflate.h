/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deflate.h - RFC 1951 to plain bytes, in steps, block by block.
 *
 * Ours because no library both tells where blocks begin and is fast: the writer
 * copies blocks that it need not deflate again. It stops between blocks, takes
 * input and gives output in pieces of any size, and keeps the 32 KiB that
 * distances may reach itself: the caller's buffers may go away after each step.
 *
 * Refused, as by zlib: block type 3, a stored block whose lengths disagree (3.2.4), more than
 * 286 length or 30 distance codes, a code that is over-subscribed or incomplete (but a code of
 * one symbol of one bit is fine for lengths and for distances, and so are no distances: 3.2.7),
 * a repeat without or beyond its code lengths, no code for the end of the block, the symbols
 * 286, 287, 30 and 31, bits that are no code, and a distance to before the first byte.
 */
#ifndef CLN_PACKAGER_DEFLATE_H
#define CLN_PACKAGER_DEFLATE_H

#include "common/err.h"

struct deflate;

struct deflate *deflate_new(void);
void deflate_free(struct deflate *deflate);
void deflate_begin(struct deflate *deflate); /* another stream: nothing lies before it */

struct deflate_io { /* both are moved on; what lies behind out may be written to */
	const uint8_t *in, *in_end;
	uint8_t *out, *out_end;
};

enum deflate_stop {
	DEFLATE_INPUT, /* all input is taken and more is needed */
	DEFLATE_ROOM,  /* the room is full and more would come */
	DEFLATE_BLOCK, /* a block ended, another one begins; the next step goes on with this very io */
	DEFLATE_END, /* the last block ended */
};

/* An enum deflate_stop, or -EINVAL. Call it no more after an error or the end. */
int deflate_step(struct deflate *deflate, struct deflate_io *io, struct cln_err *err);

/* Bits that were taken from the input and not used yet: at most 63. */
unsigned deflate_ahead(const struct deflate *deflate);
/* After the end: the whole bytes among them, in order; at most 7. They are then given back. */
unsigned deflate_rest(struct deflate *deflate, uint8_t rest[8]);

#endif
