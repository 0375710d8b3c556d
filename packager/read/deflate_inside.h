/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deflate_inside.h - what the parts of the inflater share: deflate.c (blocks and
 * all that is careful), deflate_table.c, deflate_fast.c (symbols far from the
 * ends of input and room).
 *
 * Decoding tables. A code of more bits than the table's goes on in a second
 * table, of as many bits as are left to 15. An entry, from its lowest bit:
 *
 *   0-5    bits to take: of the code and of the extra bits behind it
 *   8-11   of these, bits of the code
 *   12     ENTRY_SUB: a second table
 *   13     ENTRY_END: of the block
 *   14     ENTRY_OTHER: one of these two, or no code
 *   15     ENTRY_LITERAL
 *   16-31  the literal, what a length or distance begins with, or where the
 *          second table begins
 */
#ifndef CLN_PACKAGER_DEFLATE_INSIDE_H
#define CLN_PACKAGER_DEFLATE_INSIDE_H

#include "packager/read/deflate.h"

#include <string.h>

#define CODE_BITS 15u /* of the longest code, RFC 1951 3.2.7 */
#define LITLEN_BITS 11u
#define DIST_BITS 9u
#define LITLEN_MASK ((1u << LITLEN_BITS) - 1)
#define DIST_MASK ((1u << DIST_BITS) - 1)
#define LITLEN_SYMBOLS 288u
#define DIST_SYMBOLS 32u
/* Each second table holds two codes or more: a complete code has no lonely one. */
#define SUB_ROOM(symbols, bits) ((symbols) / 2 << (CODE_BITS - (bits)))
#define LITLEN_ROOM ((1u << LITLEN_BITS) + SUB_ROOM(LITLEN_SYMBOLS, LITLEN_BITS))
#define DIST_ROOM ((1u << DIST_BITS) + SUB_ROOM(DIST_SYMBOLS, DIST_BITS))

#define ENTRY_BITS 0x3fu
#define ENTRY_SUB 0x1000u
#define ENTRY_END 0x2000u
#define ENTRY_OTHER 0x4000u
#define ENTRY_LITERAL 0x8000u
#define ENTRY_CODE(entry) ((entry) >> 8 & 15)
#define ENTRY_VALUE(entry) ((entry) >> 16)

#define WINDOW 32768u

enum deflate_state {
	DEFLATE_HEAD,
	DEFLATE_STORED_SIZE,
	DEFLATE_STORED,
	DEFLATE_COUNTS,
	DEFLATE_PRECODE,
	DEFLATE_LENGTHS,
	DEFLATE_SYMBOLS,
};

struct deflate {
	uint64_t bits;	/* taken and not used, the next one lowest; zeros above */
	unsigned count; /* how many they are */
	enum deflate_state state;
	bool last;     /* the block is the stream's last */
	bool fixed;    /* the tables are those of the fixed codes */
	uint32_t left; /* bytes of a stored block */

	unsigned length, distance; /* of a match not yet written; distance 0: not yet read */

	unsigned litlens, dists, precodes, at; /* of the header of a dynamic block */
	uint8_t lengths[LITLEN_SYMBOLS + DIST_SYMBOLS];
	uint8_t precode_lengths[19];
	uint32_t precode[128];

	uint32_t litlen[LITLEN_ROOM];
	uint32_t dist[DIST_ROOM];

	/* What was written in earlier steps; the last of it at history + history_size. */
	uint8_t history[2 * WINDOW];
	unsigned history_size;
	bool going;	      /* between two blocks, with the same room */
	const uint8_t *begin; /* of the output that is not yet in the history */

	int (*fast)(struct deflate *deflate, struct deflate_io *io);
};

/* deflate_table.c: 0, or -1 for lengths that are no code. */
int deflate_table_litlen(struct deflate *deflate, const uint8_t *lengths, unsigned count);
int deflate_table_dist(struct deflate *deflate, const uint8_t *lengths, unsigned count);
int deflate_table_precode(struct deflate *deflate);
void deflate_table_fixed(struct deflate *deflate);

/* deflate_fast.c */
#define FAST_IN 48u /* input and room at the least for it to do anything */
#define FAST_OUT 320u
enum { FAST_EDGE, FAST_END, FAST_NO_CODE, FAST_NO_DISTANCE, FAST_TOO_FAR };
int deflate_fast(struct deflate *deflate, struct deflate_io *io);
int deflate_fast_bmi2(struct deflate *deflate, struct deflate_io *io);

/* length bytes to out from distance before it, where some of them lie in the history.
 * NULL: it reaches to before the stream. */
uint8_t *deflate_copy_far(
	const struct deflate *deflate, uint8_t *out, unsigned length, unsigned distance);

#endif
