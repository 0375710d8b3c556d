/* SPDX-License-Identifier: Apache-2.0 */
/*
 * splice.h - deflate blocks of another stream, made fit to stand between whole bytes.
 *
 * Blocks begin and end anywhere in a byte, and one that stores its bytes is padded to a
 * byte's end: at another place in a byte it would say something else. So they are not
 * shifted. Empty blocks in front bring the stream to the place that the first one had,
 * and an empty stored block behind the last fills its byte, as a flush does.
 */
#ifndef CLN_PACKAGER_SPLICE_H
#define CLN_PACKAGER_SPLICE_H

#include <stddef.h>
#include <stdint.h>

#define SPLICE_HEAD 15u /* whole bytes in front, at the most */
#define SPLICE_TAIL 5u	/* behind the last byte that holds a bit of a block */

/* How many bytes stand in front of blocks whose first bit is bit `phase` (0 to 7) of a byte. */
size_t splice_front(unsigned phase);

/* The blocks' bytes lie at data + splice_front(phase), their `bits` begin at bit `phase` there
 * and none is a last block. Fills in what is around them; returns how many bytes all take. */
size_t splice_around(unsigned char *data, unsigned phase, uint64_t bits);

#endif
