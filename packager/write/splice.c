// SPDX-License-Identifier: Apache-2.0
#include "packager/write/splice.h"

#include <string.h>

#define FIXED_BITS 10u	 /* an empty block with the fixed codes: the header, the end of block */
#define DYNAMIC_BITS 95u /* and one with codes of its own, for the odd places */

/* The fewest empty blocks that end at that bit of a byte. */
static void blocks_for(unsigned phase, unsigned *dynamic, unsigned *fixed)
{
	*dynamic = phase % 2;
	*fixed = 0;
	while ((*dynamic * DYNAMIC_BITS + *fixed * FIXED_BITS) % 8 != phase)
		++*fixed;
}

size_t splice_front(unsigned phase)
{
	unsigned dynamic, fixed;

	blocks_for(phase, &dynamic, &fixed);
	return (dynamic * DYNAMIC_BITS + fixed * FIXED_BITS) / 8;
}

struct bits {
	unsigned char *data; /* zeros from `at` on */
	size_t at;
};

static void put(struct bits *bits, unsigned value, unsigned count)
{
	for (unsigned i = 0; i < count; i++, bits->at++)
		bits->data[bits->at / 8] |= (unsigned char)((value >> i & 1) << bits->at % 8);
}

static void put_fixed(struct bits *bits)
{
	put(bits, 1 << 1, 3);
	put(bits, 0, 7);
}

/*
 * RFC 1951 3.2.7. All codes are complete, which some decoders ask for: of literals a zero byte
 * and the end of block, of distances the first two, one bit each; so are the lengths' codes,
 * of "one bit" (0) and of "11 to 138 times none" (1).
 */
static void put_dynamic(struct bits *bits)
{
	enum { LENGTHS = 19, PLACE_OF_REPEAT = 2, PLACE_OF_ONE = 17 };

	put(bits, 2 << 1, 3);
	put(bits, 257 - 257, 5);
	put(bits, 2 - 1, 5);
	put(bits, LENGTHS - 4, 4);
	for (unsigned i = 0; i < LENGTHS; i++)
		put(bits, i == PLACE_OF_REPEAT || i == PLACE_OF_ONE, 3);
	put(bits, 0, 1); /* literal 0 */
	put(bits, 1, 1);
	put(bits, 138 - 11, 7);
	put(bits, 1, 1);
	put(bits, 255 - 138 - 11, 7);
	put(bits, 0, 3); /* the end of block; both distances */
	put(bits, 1, 1); /* the end of block, now as itself */
}

size_t splice_around(unsigned char *data, unsigned phase, uint64_t bits)
{
	static const unsigned char no_bytes[] = { 0, 0, 0xff, 0xff }; /* and its complement */
	unsigned char front[SPLICE_HEAD + 1] = { 0 };
	struct bits head = { front, 0 };
	unsigned dynamic, fixed;
	uint64_t end = (uint64_t)splice_front(phase) * 8 + phase + bits;
	size_t at = (end + 7) / 8, header = (end + 3 + 7) / 8;

	blocks_for(phase, &dynamic, &fixed);
	while (dynamic--)
		put_dynamic(&head);
	while (fixed--)
		put_fixed(&head);
	if (phase)
		front[head.at / 8] |=
			(unsigned char)(data[head.at / 8] & ~((1u << phase) - 1) & 0xff);
	memcpy(data, front, head.at / 8 + (phase != 0));
	if (end % 8) /* zeros behind the blocks: the type "stored", not the last, and padding */
		data[at - 1] &= (unsigned char)((1u << end % 8) - 1);
	memset(data + at, 0, header - at);
	memcpy(data + header, no_bytes, sizeof(no_bytes));
	return header + sizeof(no_bytes);
}
