// SPDX-License-Identifier: Apache-2.0
/* A block that is said to stand alone decodes to the same bytes, and so do all behind it, in a
 * frame whose blocks in front are others: of other sizes, tables and offsets. libzstd judges. */
#include "packager/model/zblock.h"

#include "common/mem.h"
#include "packager/write/chunk.h"
#include "packager/write/zframe.h"
#include "zstream.h"

#include <criterion/criterion.h>
#include <string.h>
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_compressSequences: blocks to order, in a test only */
#include <zstd.h>

/* The plain bytes in front of `upto`, compressed anew in parts of so many bytes. */
static void front(struct zjoined *to, const struct zstream *s, size_t upto, size_t part, int level)
{
	struct zframe *zframe = zframe_new((unsigned)level);

	*to = (struct zjoined){ 0 };
	for (size_t at = 0; at < upto; at += part) {
		size_t size = CLN_MIN(part, upto - at), room = zstd_bound(size);
		const struct zframe_part is = { s->plain + at, size, !at, (uint64_t)8 << 20 };
		size_t made;

		to->data = cln_realloc(to->data, to->size + room, 1);
		made = zframe_compress(zframe, &is, to->data + to->size, room);
		cr_assert_neq(made, 0);
		to->size += made;
	}
	zframe_free(zframe);
}

/* Blocks from one mark to another behind that front: do they decode to what they should? */
static bool serves(const struct zstream *s, size_t from, size_t to, size_t part, int level)
{
	uint64_t begin = s->mark[from].plain, end = s->mark[to].plain;
	size_t size = end;
	struct zjoined joined;
	unsigned char *plain;
	bool same;

	front(&joined, s, begin, part, level);
	zjoined_put(&joined, s, s->mark[from].bit, s->mark[to].bit);
	plain = zjoined_decode(&joined, &size);
	same = plain && size == end && !memcmp(plain, s->plain, end);
	free(plain);
	zjoined_release(&joined);
	return same;
}

static const struct zstream_how cases[] = {
	{ 1 << 20, 1, 1, 19, 0, 1 },
	{ 1 << 20, 1, 3, 19, 0, 2 },
	{ 1 << 19, 1, 3, 18, 30000, 3 },
	{ 1 << 19, 1, 9, 19, 30000, 4 },
	{ 1 << 19, 1, 19, 19, 30000, 5 },
	{ 1 << 18, 1, 5, 18, 3000, 6 },
	{ 1 << 19, 1, -3, 19, 9000, 7 },
};

struct seen {
	size_t blocks, alone, wrong;
};

static void check_blocks(const struct zstream_how *how, struct seen *seen)
{
	struct zstream s;

	zstream_make(&s, how);
	for (size_t n = 1; n + 1 < s.marks; n++) {
		const unsigned char *block = s.packed + s.mark[n].bit / 8;
		size_t size = (s.mark[n + 1].bit - s.mark[n].bit) / 8;
		size_t last = CLN_MIN(n + 5, s.marks - 1);
		int level = 1 + (int)(n % 9);

		seen->blocks++;
		if (zblock_is_alone(block, size)) {
			seen->alone++;
			cr_expect(serves(&s, n, last, 50000, level), "level %d, seed %u, block %zu",
				how->level, how->seed, n);
			/* and it does not hang on bytes behind it */
			cr_expect(zblock_is_alone(block, s.packed_size - s.mark[n].bit / 8));
			cr_expect_not(zblock_is_alone(block, size - 1));
		} else {
			seen->wrong += !serves(&s, n, n + 1, 50000, level);
		}
	}
	zstream_release(&s);
}

static void check_seen(const struct seen *seen)
{
	cr_expect_gt(
		seen->alone, seen->blocks / 50, "%zu of %zu blocks", seen->alone, seen->blocks);
	/* the question is not an idle one */
	cr_expect_gt(
		seen->wrong, seen->blocks / 20, "%zu of %zu blocks", seen->wrong, seen->blocks);
}

Test(zstd_block, alone_is_alone)
{
	struct seen seen = { 0 };

	for (size_t i = 0; i < CLN_COUNT(cases); i++)
		check_blocks(&cases[i], &seen);
	check_seen(&seen);
}

/* Small blocks: with few sequences, whose offsets those behind them take over. */
Test(zstd_block, small_blocks)
{
	static const int levels[] = { 19, -7, 13, 1, 16, 4 };
	struct seen seen = { 0 };

	for (unsigned i = 0; i < 60; i++)
		check_blocks(&(struct zstream_how){ 40000, 1, levels[i % CLN_COUNT(levels)], 16,
				     i % 2 ? 1500 : 6000, 100 + i },
			&seen);
	check_seen(&seen);
}

/* Whatever bytes: an answer, and none outside of them is read. */
Test(zstd_block, any_bytes)
{
	struct zstream s;
	uint32_t seed = 11;

	zstream_make(&s, &cases[3]);
	for (size_t n = 1; n + 1 < s.marks; n++) {
		size_t size = (s.mark[n + 1].bit - s.mark[n].bit) / 8;
		const unsigned char *from = s.packed + s.mark[n].bit / 8;

		for (int round = 0; round < 60; round++) {
			size_t left = round % 3 ? size : zstream_random(&seed) % (size + 1);
			cln_owned(cln_drop_mem) unsigned char *data = cln_realloc(NULL, left, 1);

			memcpy(data, from, left);
			for (int k = 0; k < round % 5 && left; k++)
				data[zstream_random(&seed) %
					CLN_MIN(left, (size_t)(k % 2 ? left : 24))] =
					(unsigned char)zstream_random(&seed);
			zblock_is_alone(data, left);
		}
	}
	zstream_release(&s);
}

/* What another block may be asked for, by the fields that say so (RFC 8878 3.1.1.3). */
Test(zstd_block, by_its_fields)
{
	static const struct {
		const char *what, *data;
		size_t size;
	} blocks[] = {
		{ "nothing", "", 0 },
		{ "raw",
			"\x20\x00\x00"
			"abcd",
			7 },
		{ "one byte again and again",
			"\x22\x00\x00"
			"a",
			4 },
		{ "raw literals",
			"\x34\x00\x00"
			"\x20"
			"abcd"
			"\x00",
			9 },
		{ "a tree of before",
			"\x44\x00\x00"
			"\x43\x00\x01"
			"abcd"
			"\x00",
			11 },
		{ "longer than all",
			"\xfc\xff\xff"
			"abc",
			6 },
	};

	for (size_t i = 0; i < CLN_COUNT(blocks); i++)
		cr_expect_not(
			zblock_is_alone((const unsigned char *)blocks[i].data, blocks[i].size),
			"%s", blocks[i].what);
}

#define BEFORE 60000 /* plain bytes in front of the block at hand */
#define LITERALS 3000

/* Sequences as they should be in a block whose three offsets of before are 1001, 1002, 1003; a
 * distance of 0 ends the list. */
static const struct ordered {
	const char *what;
	bool alone;
	struct sequence {
		unsigned offset, literals, match;
	} sequence[6];
} ordered[] = {
	{ "three of its own", true, { { 2001, 5, 20 }, { 2002, 5, 20 }, { 2003, 5, 20 } } },
	{ "two of its own", false, { { 2001, 5, 20 }, { 2002, 5, 20 } } },
	{ "the first of before", false,
		{ { 1001, 5, 20 }, { 2001, 5, 20 }, { 2002, 5, 20 }, { 2003, 5, 20 } } },
	{ "the third of before", false,
		{ { 2001, 5, 20 }, { 2002, 5, 20 }, { 1001, 5, 20 }, { 2003, 5, 20 } } },
	{ "its own again", true,
		{ { 2001, 5, 20 }, { 2001, 5, 20 }, { 2002, 5, 20 }, { 2003, 5, 20 } } },
	{ "the second of before without literals", false,
		{ { 2001, 5, 20 }, { 1001, 0, 20 }, { 2002, 5, 20 }, { 2003, 5, 20 } } },
	{ "its own second without literals", true,
		{ { 2001, 5, 20 }, { 2002, 5, 20 }, { 2001, 0, 20 }, { 2003, 5, 20 } } },
	{ "the first of before less one", false,
		{ { 1000, 0, 20 }, { 2002, 5, 20 }, { 2003, 5, 20 }, { 2004, 5, 20 } } },
	{ "its own first less one", true, { { 2001, 5, 20 }, { 2000, 0, 20 }, { 2003, 5, 20 } } },
	{ "the third without literals", false,
		{ { 2001, 5, 20 }, { 1002, 0, 20 }, { 2002, 5, 20 }, { 2003, 5, 20 } } },
};

/* The plain bytes that the sequences and so many literals behind them make; letters: 12, which
 * should be others in each block, so that each has a tree of its own. */
static size_t play(unsigned char *plain, size_t at, const struct sequence *sequence, size_t count,
	size_t literals, const char *letters)
{
	uint32_t seed = 5;

	for (size_t i = 0; i <= count; i++) {
		size_t want = i < count ? sequence[i].literals : literals;

		for (size_t n = 0; n < want; n++)
			plain[at++] = (unsigned char)letters[zstream_random(&seed) % 12];
		for (size_t n = 0; i < count && n < sequence[i].match; n++, at++)
			plain[at] = plain[at - sequence[i].offset];
	}
	return at;
}

/* As the library takes them: a block's last literals follow its sequences. */
static size_t block(
	ZSTD_Sequence *out, const struct sequence *sequence, size_t count, unsigned literals)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (ZSTD_Sequence){ sequence[i].offset, sequence[i].literals,
			sequence[i].match, 0 };
	out[count] = (ZSTD_Sequence){ 0, literals, 0, 0 };
	return count + 1;
}

/* A frame of two blocks; the second one has the sequences. Returns where that begins. */
static size_t order(const struct ordered *want, unsigned char *out, size_t room, size_t *size)
{
	static unsigned char plain[2 * BEFORE];
	static const struct sequence before[] = { { 1003, 5000, 20 }, { 1002, 5, 20 },
		{ 1001, 5, 20 } };
	ZSTD_Sequence all[16];
	ZSTD_CCtx *z = ZSTD_createCCtx();
	size_t count = 0, total, used, at = 6;

	while (want->sequence[count].offset)
		count++;
	used = play(plain, 0, before, 3, BEFORE, "aaaabbbccd e");
	used = play(plain, used, want->sequence, count, LITERALS, "vvvvwwwxxyz.");
	total = block(all, before, 3, BEFORE);
	total += block(all + total, want->sequence, count, LITERALS);
	ZSTD_CCtx_setParameter(z, ZSTD_c_blockDelimiters, ZSTD_sf_explicitBlockDelimiters);
	ZSTD_CCtx_setParameter(z, ZSTD_c_validateSequences, 1);
#ifdef ZSTD_c_searchForExternalRepcodes /* before 1.5.5 it always does */
	ZSTD_CCtx_setParameter(z, ZSTD_c_searchForExternalRepcodes, ZSTD_ps_enable);
#endif
	ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, 0);
	*size = ZSTD_compressSequences(z, out, room, all, total, plain, used);
	ZSTD_freeCCtx(z);
	cr_assert_not(ZSTD_isError(*size), "%s: %s", want->what, ZSTD_getErrorName(*size));
	cr_assert_eq(ZSTD_decompress(plain, sizeof(plain), out, *size), used);
	cr_assert_eq(out[4], 0);
	return at + 3 + ((out[at] | out[at + 1] << 8 | out[at + 2] << 16) >> 3);
}

Test(zstd_block, offsets_to_order)
{
	for (size_t i = 0; i < CLN_COUNT(ordered); i++) {
		static unsigned char frame[4 * BEFORE];
		size_t size, at = order(&ordered[i], frame, sizeof(frame), &size);

		cr_assert_lt(at, size);
		cr_assert_eq(frame[at] & 1, 1, "two blocks");
		cr_expect_eq(zblock_is_alone(frame + at, size - at), ordered[i].alone, "%s",
			ordered[i].what);
	}
}
