/* SPDX-License-Identifier: Apache-2.0 */
/*
 * marks.h - where blocks begin in a gzip stream (RFC 1951 3.2.3, RFC 1952 2.2) or in a zstd
 * stream (RFC 8878 3.1.1), whose frames are called members here.
 *
 * A mark is a place between two blocks of one member, or in front of its first,
 * or behind its last. Not every such place gets one: blocks of few plain bytes
 * do not, and where the array is full marks are left out. So a mark never tells
 * how long its block is. What holds is this: between two marks with the same
 * member_bit lies a whole number of blocks of that member, and none of them is
 * its last one unless the second mark is the member's end. Marks with different
 * member_bit have a trailer and a header between them.
 *
 * Bits are counted from the stream's first byte, in each byte from the lowest
 * (RFC 1951 3.1.1): bit / 8 is the byte, bit % 8 the place in it. A block that
 * is stored has its padding counted to a byte's end in the stream as it is:
 * copied to another place in a byte, the padding has another length. Blocks of
 * zstd are whole bytes, and the lowest bit of their first one says "the last".
 */
#ifndef CLN_PACKAGER_MARKS_H
#define CLN_PACKAGER_MARKS_H

#include <stddef.h>
#include <stdint.h>

/* Plain bytes between a mark and the next one of its member, at the least; the end has its own. */
#define MARK_APART 4096u

struct mark {
	uint64_t bit;	       /* the first bit of a block's header, or behind the last block */
	uint64_t plain;	       /* plain bytes of the whole stream in front of it */
	uint64_t member_bit;   /* where the member's first block begins: names the member */
	uint64_t member_plain; /* plain bytes in front of the member */
	uint64_t window_bytes; /* how far back its blocks refer at the most, never to before it */
	uint64_t final_bit;    /* at the member's end: where its last block begins; else 0 */
};

struct marks { /* the caller's; it takes marks out by setting count */
	struct mark *mark;
	size_t count, room;
};

#endif
