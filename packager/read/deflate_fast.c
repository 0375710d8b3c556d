// SPDX-License-Identifier: Apache-2.0
#include "packager/read/deflate_inside.h"

#include <endian.h>

#define INLINE static inline __attribute__((always_inline))
#define COPY 16u

/* The state of the loop, in registers: every function below becomes a part of it. */
struct loop {
	const uint8_t *in;
	uint8_t *out;
	uint64_t bits; /* above count: zeros, or what the input has there */
	unsigned count;
};

/* At least 56 bits. Takes whole bytes only, reads eight. */
INLINE void refill(struct loop *loop)
{
	uint64_t word;

	memcpy(&word, loop->in, sizeof(word));
	loop->bits |= le64toh(word) << loop->count;
	loop->in += (63 - loop->count) >> 3;
	loop->count |= 56;
}

INLINE void take(struct loop *loop, uint32_t entry)
{
	loop->bits >>= entry & ENTRY_BITS;
	loop->count -= entry & ENTRY_BITS;
}

/* The extra bits of an entry, from the bits before it was taken. */
INLINE unsigned extra(uint64_t bits, uint32_t entry)
{
	return (unsigned)((bits & (((uint64_t)1 << (entry & ENTRY_BITS)) - 1)) >>
			  ENTRY_CODE(entry));
}

INLINE void copy_block(uint8_t *to, const uint8_t *from)
{
	uint64_t word[2];

	memcpy(word, from, sizeof(word));
	memcpy(to, word, sizeof(word));
}

/* Writes up to 2 * COPY bytes too many, and COPY more where it had to double. Most are short:
 * the first two blocks go without a question. */
INLINE void copy_match(uint8_t *out, unsigned length, unsigned distance)
{
	const uint8_t *from = out - distance;
	uint8_t *end = out + length;

	/* what repeats is doubled until a whole block of it lies before out */
	while (__builtin_expect(distance < COPY, 0)) {
		copy_block(out, from);
		out += distance;
		distance *= 2;
	}
	copy_block(out, from); /* before the next is read: it may lie in it */
	copy_block(out + COPY, from + COPY);
	out += 2 * COPY;
	from += 2 * COPY;
	while (out < end) {
		copy_block(out, from);
		out += COPY;
		from += COPY;
	}
}

/* The entry of a code that is longer than its first table. */
INLINE uint32_t second(const uint32_t *table, uint32_t entry, uint64_t bits, unsigned first)
{
	return table[ENTRY_VALUE(entry) + (bits >> first & ((1u << (CODE_BITS - first)) - 1))];
}

/*
 * An entry is looked up as early as can be, and while the look-up takes its
 * time the bits are refilled: 56 of them suffice for a length and a distance
 * with their extra bits (48), or for a literal and the next code (30).
 */
INLINE int run(
	struct deflate *deflate, struct loop *loop, const uint8_t *in_stop, const uint8_t *out_stop)
{
	const uint32_t *litlen = deflate->litlen, *dist = deflate->dist;
	uint32_t entry;

	refill(loop);
	entry = litlen[loop->bits & LITLEN_MASK];
	while (loop->in < in_stop && loop->out < out_stop) {
		unsigned length, distance;
		uint64_t before;

		refill(loop);
		before = loop->bits;
		take(loop, entry);
		if (entry & ENTRY_LITERAL) {
			*loop->out++ = (uint8_t)ENTRY_VALUE(entry);
			entry = litlen[loop->bits & LITLEN_MASK];
			refill(loop);
			before = loop->bits;
			take(loop, entry);
			if (entry & ENTRY_LITERAL) {
				*loop->out++ = (uint8_t)ENTRY_VALUE(entry);
				entry = litlen[loop->bits & LITLEN_MASK];
				continue;
			}
		}
		if (__builtin_expect(entry & ENTRY_OTHER, 0)) {
			if (!(entry & ENTRY_SUB))
				return entry & ENTRY_END ? FAST_END : FAST_NO_CODE;
			entry = second(litlen, entry, before, LITLEN_BITS);
			continue;
		}
		length = ENTRY_VALUE(entry) + extra(before, entry);
		entry = dist[loop->bits & DIST_MASK];
		refill(loop);
		if (__builtin_expect(entry & ENTRY_OTHER, 0)) {
			if (entry & ENTRY_SUB)
				entry = second(dist, entry, loop->bits, DIST_BITS);
			if (entry & ENTRY_OTHER)
				return FAST_NO_DISTANCE;
		}
		distance = ENTRY_VALUE(entry) + extra(loop->bits, entry);
		take(loop, entry);
		entry = litlen[loop->bits & LITLEN_MASK];
		if (__builtin_expect(distance > (size_t)(loop->out - deflate->begin), 0)) {
			uint8_t *out = deflate_copy_far(deflate, loop->out, length, distance);

			if (!out)
				return FAST_TOO_FAR;
			loop->out = out;
			continue;
		}
		copy_match(loop->out, length, distance);
		loop->out += length;
	}
	return FAST_EDGE;
}

INLINE int fast(struct deflate *deflate, struct deflate_io *io)
{
	struct loop loop = { io->in, io->out, deflate->bits, deflate->count };
	unsigned back;
	int r;

	r = run(deflate, &loop, io->in_end - FAST_IN + 8, io->out_end - FAST_OUT);
	/* whole bytes go back to the input, as many as came from it */
	back = loop.count / 8;
	if (back > loop.in - io->in)
		back = (unsigned)(loop.in - io->in);
	loop.count -= back * 8;
	io->in = loop.in - back;
	io->out = loop.out;
	deflate->count = loop.count;
	deflate->bits = loop.bits & (((uint64_t)1 << loop.count) - 1);
	return r;
}

int deflate_fast(struct deflate *deflate, struct deflate_io *io)
{
	return fast(deflate, io);
}

#ifdef __x86_64__
/* Shifts by a register and masks are one instruction each there. */
__attribute__((target("bmi,bmi2"))) int deflate_fast_bmi2(
	struct deflate *deflate, struct deflate_io *io)
{
	return fast(deflate, io);
}
#endif
