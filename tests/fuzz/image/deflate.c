// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as deflate blocks, in pieces of any size: zlib, given all at once, must agree on
 * whether they are taken, on every plain byte, on where the stream ends and where its blocks do.
 *
 * The last two bytes choose the sizes of pieces and rooms; the first, whether the rest is a
 * stream of blocks or of gzip members.
 */
#include "packager/read/deflate_inside.h"
#include "packager/read/inflate.h"

#include "common/mem.h"

#include <string.h>
#include <zlib.h>

#define OUTPUT_MAX ((size_t)256 << 10)
#define BLOCKS_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum verdict { ENDED, REFUSED, CUT, TOO_LONG };

struct result {
	enum verdict verdict;
	uint8_t *plain;
	size_t size, taken; /* taken: bytes of the input, where it ended */
	size_t blocks;
	uint64_t block_end[BLOCKS_MAX]; /* in bits */
};

static struct result *result_new(void)
{
	struct result *result = cln_alloc(sizeof(*result));

	result->plain = cln_alloc(OUTPUT_MAX);
	return result;
}

static void result_drop(struct result **result)
{
	free((*result)->plain);
	free(*result);
}

static void add_block(struct result *result, uint64_t end)
{
	if (result->blocks < BLOCKS_MAX)
		result->block_end[result->blocks++] = end;
}

static void by_zlib(const uint8_t *data, size_t size, int bits, struct result *result)
{
	z_stream s = { .next_in = (Bytef *)data, .avail_in = (uInt)size };
	int r;

	s.next_out = result->plain;
	s.avail_out = OUTPUT_MAX;
	if (inflateInit2(&s, bits) != Z_OK)
		abort();
	do {
		r = inflate(&s, Z_BLOCK);
		if ((s.data_type & 128) && bits < 0 && s.total_in)
			add_block(result, s.total_in * 8 - (s.data_type & 7));
	} while ((r == Z_OK || r == Z_BUF_ERROR) && (s.data_type & 128));
	result->verdict = r == Z_STREAM_END   ? ENDED
			  : r == Z_DATA_ERROR ? REFUSED
			  : s.avail_out	      ? CUT
					      : TOO_LONG;
	result->size = s.total_out;
	result->taken = s.total_in;
	inflateEnd(&s);
}

/* A piece of its own, so that a read behind it is seen. */
static uint8_t *piece_new(const uint8_t *data, size_t size)
{
	uint8_t *piece = malloc(size ? size : 1);

	if (!piece)
		abort();
	if (size)
		memcpy(piece, data, size);
	return piece;
}

/* Steps through one piece of input; rooms have their own memory too. An enum deflate_stop or an error. */
static int ours_piece(struct deflate *deflate, struct deflate_io *io, size_t room,
	struct result *result, uint64_t *taken)
{
	struct cln_err err = { 0 };
	int r = DEFLATE_ROOM;

	while (r == DEFLATE_ROOM && result->size + room <= OUTPUT_MAX) {
		uint8_t *out = malloc(room);

		if (!out)
			abort();
		io->out = out;
		io->out_end = out + room;
		do {
			const uint8_t *in = io->in;

			r = deflate_step(deflate, io, &err);
			*taken += (uint64_t)(io->in - in);
			if (io->in > io->in_end || io->out > io->out_end)
				abort();
			if (r == DEFLATE_BLOCK || r == DEFLATE_END)
				add_block(result, *taken * 8 - deflate_ahead(deflate));
		} while (r == DEFLATE_BLOCK);
		if ((r == DEFLATE_INPUT && io->in != io->in_end) ||
			(r == DEFLATE_ROOM && io->out != io->out_end) || (r < 0) != !!err.code)
			abort();
		memcpy(result->plain + result->size, out, (size_t)(io->out - out));
		result->size += (size_t)(io->out - out);
		free(out);
	}
	return r;
}

static void ours(const uint8_t *data, size_t size, size_t part, size_t room, struct result *result)
{
	struct deflate *deflate = deflate_new();
	uint64_t taken = 0;
	uint8_t rest[8];
	int r = DEFLATE_INPUT;

	if (part % 2) /* the portable loop, which a processor with BMI2 would never run */
		deflate->fast = deflate_fast;
	deflate_begin(deflate);
	for (size_t at = 0; at < size && r == DEFLATE_INPUT; at += part) {
		size_t give = CLN_MIN(part, size - at);
		uint8_t *piece = piece_new(data + at, give);
		struct deflate_io io = { .in = piece, .in_end = piece + give };

		r = ours_piece(deflate, &io, room, result, &taken);
		free(piece);
	}
	result->verdict = r == DEFLATE_END     ? ENDED
			  : r < 0	       ? REFUSED
			  : r == DEFLATE_INPUT ? CUT
					       : TOO_LONG;
	if (r == DEFLATE_END)
		result->taken = taken - deflate_rest(deflate, rest);
	deflate_free(deflate);
}

static void blocks(const uint8_t *data, size_t size, size_t part, size_t room)
{
	cln_owned(result_drop) struct result *want = result_new();
	cln_owned(result_drop) struct result *is = result_new();

	by_zlib(data, size, -MAX_WBITS, want);
	ours(data, size, part, room, is);
	if (want->verdict == TOO_LONG || is->verdict == TOO_LONG)
		return;
	if (want->verdict == CUT &&
		is->verdict == REFUSED) /* earlier: zlib reads on with no precode */
		want->verdict = REFUSED;
	if (want->verdict != is->verdict ||
		memcmp(want->plain, is->plain, CLN_MIN(want->size, is->size)) != 0)
		abort();
	if (want->verdict == REFUSED)
		return;
	if (want->size != is->size || want->blocks != is->blocks ||
		memcmp(want->block_end, is->block_end, want->blocks * sizeof(uint64_t)) != 0)
		abort();
	if (want->verdict == ENDED && want->taken != is->taken)
		abort();
}

static void feed(struct inflate *inflate, const uint8_t *data, size_t size, size_t part,
	struct result *result)
{
	struct cln_err err = { 0 };

	for (size_t at = 0; at < size; at += part) {
		size_t left = CLN_MIN(part, size - at), made, room;
		uint8_t *piece = piece_new(data + at, left);
		const void *next = piece;
		int r;

		do {
			room = CLN_MIN(part * 3, OUTPUT_MAX - result->size);
			r = inflate_step(inflate, &next, &left, result->plain + result->size, room,
				&made, &err);
			result->size += r < 0 ? 0 : made;
		} while (r == 0 && room && made == room);
		free(piece);
		if (r < 0 || !room) {
			result->verdict = r < 0 ? REFUSED : TOO_LONG;
			return;
		}
	}
	result->verdict = inflate_finish(inflate, &err) < 0 ? CUT : ENDED;
}

/* What zlib takes one by one, all of it, we take too, with the same bytes, and nothing else. */
static void members(const uint8_t *data, size_t size, size_t part)
{
	cln_owned(inflate_drop) struct inflate *inflate = inflate_new(CODEC_GZIP, NULL);
	cln_owned(result_drop) struct result *want = result_new();
	cln_owned(result_drop) struct result *is = result_new();
	size_t at = 0, plain = 0;

	feed(inflate, data, size, part, is);
	do {
		by_zlib(data + at, size - at, 16 + MAX_WBITS, want);
		at += want->taken;
		if (want->verdict == TOO_LONG || is->verdict == TOO_LONG)
			return;
		if (want->verdict == ENDED && plain + want->size <= is->size &&
			memcmp(is->plain + plain, want->plain, want->size) != 0)
			abort();
		plain += want->size;
	} while (want->verdict == ENDED && at < size && data[at]);
	for (; want->verdict == ENDED && at < size; at++)
		if (data[at])
			want->verdict = REFUSED; /* zeros may follow, and only zeros */
	if ((want->verdict == ENDED) != (is->verdict == ENDED) ||
		(is->verdict == ENDED && plain != is->size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t part, room;

	if (size < 3)
		return 0;
	part = 1 + (size_t)data[size - 1] * data[size - 1];
	room = 1 + (size_t)data[size - 2] * data[size - 2];
	if (data[0] & 1)
		blocks(data + 1, size - 3, part, room);
	else
		members(data + 1, size - 3, part);
	return 0;
}
