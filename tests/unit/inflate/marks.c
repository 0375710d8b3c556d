// SPDX-License-Identifier: Apache-2.0
/* Marks are true: from each one zlib goes on inflating, with nothing but the 32 KiB before it,
 * and what lies between two marks of a member is whole blocks. */
#include "packager/read/inflate.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <string.h>
#include <zlib.h>

#define PLAIN_BYTES ((size_t)3 << 20)
#define ROOM 4096

struct stream {
	unsigned char *plain, *packed;
	size_t plain_size, packed_size, packed_room;
};

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Text-like bytes with repeats, and noise in between, which is stored. */
static void sample(unsigned char *data, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i++) {
		uint32_t value = next_random(&seed);

		if ((i >> 16) % 5 == 3)
			data[i] = (unsigned char)(value >> 4);
		else if (i > 1000 && value & 3)
			data[i] = data[i - 1 - (i / 7919) % 900];
		else
			data[i] = (unsigned char)('a' + value % 26);
	}
}

static void add_member(struct stream *stream, size_t size, int level, int strategy)
{
	z_stream z = { 0 };

	cr_assert_eq(deflateInit2(&z, level, Z_DEFLATED, 16 + MAX_WBITS, 8, strategy), Z_OK);
	z.next_in = stream->plain + stream->plain_size;
	z.next_out = stream->packed + stream->packed_size;
	z.avail_out = (uInt)(stream->packed_room - stream->packed_size);
	for (size_t done = 0, n = 0; done < size; n++) {
		static const int flushes[] = { Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK,
			Z_PARTIAL_FLUSH };
		size_t part = CLN_MIN(size - done, (size_t)200000);

		z.avail_in = (uInt)part;
		cr_assert_eq(deflate(&z, flushes[n % CLN_COUNT(flushes)]), Z_OK);
		cr_assert_eq(z.avail_in, 0);
		done += part;
	}
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	stream->packed_size += z.total_out;
	stream->plain_size += size;
	deflateEnd(&z);
}

static void stream_make(struct stream *stream)
{
	*stream = (struct stream){ .packed_room = 2 * PLAIN_BYTES };
	stream->plain = cln_alloc(PLAIN_BYTES);
	stream->packed = cln_alloc(stream->packed_room);
	sample(stream->plain, PLAIN_BYTES, 1);
	add_member(stream, 1000000, 6, Z_DEFAULT_STRATEGY);
	add_member(stream, 0, 6, Z_DEFAULT_STRATEGY);
	add_member(stream, 10, 9, Z_DEFAULT_STRATEGY);
	add_member(stream, 500000, 1, Z_FIXED);
	add_member(stream, 500000, 3, Z_HUFFMAN_ONLY);
	add_member(stream, 300000, 0, Z_DEFAULT_STRATEGY);
	add_member(stream, 0, 0, Z_DEFAULT_STRATEGY);
	add_member(stream, 700000, 9, Z_RLE);
}

static void stream_free(struct stream *stream)
{
	free(stream->plain);
	free(stream->packed);
}

/* Inflates all of the stream in pieces of at most piece bytes, into marks. */
static void read_marks(const struct stream *stream, size_t piece, struct marks *marks)
{
	cln_owned(inflate_drop) struct inflate *inflate = inflate_new(CODEC_GZIP, NULL);
	cln_owned(cln_drop_mem) char *out = cln_alloc(piece);
	struct cln_err err = { 0 };
	uint32_t seed = 7;
	size_t total = 0;

	inflate_mark(inflate, marks);
	for (size_t at = 0; at < stream->packed_size;) {
		size_t left = 1 + next_random(&seed) % piece, made;
		const void *next = stream->packed + at;

		left = CLN_MIN(left, stream->packed_size - at);
		at += left;
		do {
			size_t room = 1 + next_random(&seed) % piece;

			cr_assert_eq(inflate_step(inflate, &next, &left, out, room, &made, &err), 0,
				"%s", err.text);
			cr_assert_eq(memcmp(out, stream->plain + total, made), 0);
			total += made;
			if (!left && made < room)
				break;
		} while (true);
	}
	cr_assert_eq(inflate_finish(inflate, &err), 0);
	cr_assert_eq(total, stream->plain_size);
}

/* From the first mark to the second by zlib: the same plain bytes, and both are block limits. */
static void check_run(const struct stream *stream, const struct mark *from, const struct mark *to)
{
	size_t history = CLN_MIN(from->plain - from->member_plain, from->window_bytes);
	size_t plain = to->plain - from->plain;
	cln_owned(cln_drop_mem) unsigned char *out = cln_alloc(plain + 1);
	const unsigned char *byte = stream->packed + from->bit / 8;
	uint64_t at = from->bit, last = 0;
	z_stream z = { .next_in = (Bytef *)byte, .next_out = out, .avail_out = (uInt)plain + 1 };

	z.avail_in = (uInt)(stream->packed_size - from->bit / 8);
	cr_assert_eq(inflateInit2(&z, -MAX_WBITS), Z_OK);
	inflateSetDictionary(&z, stream->plain + from->plain - history, (uInt)history);
	if (from->bit % 8) {
		inflatePrime(&z, 8 - (int)(from->bit % 8), *byte >> from->bit % 8);
		z.next_in++;
		z.avail_in--;
	}
	while (at < to->bit) {
		last = at;
		cr_assert_eq(inflate(&z, Z_BLOCK), Z_OK);
		cr_assert(z.data_type & 128);
		at = (uint64_t)(z.next_in - stream->packed) * 8 - (z.data_type & 7);
		cr_assert_eq(!!(z.data_type & 64), to->final_bit && at == to->bit);
	}
	cr_expect_eq(at, to->bit);
	cr_expect_eq(z.total_out, plain);
	cr_expect_eq(memcmp(out, stream->plain + from->plain, plain), 0);
	if (to->final_bit)
		cr_expect_eq(to->final_bit, last);
	inflateEnd(&z);
}

Test(marks, true_for_zlib)
{
	struct stream stream;
	struct mark mark[ROOM];

	stream_make(&stream);
	for (size_t piece = 3; piece < 3000000; piece = piece * 9 + 1) {
		struct marks marks = { mark, 0, ROOM };
		size_t ends = 0;

		read_marks(&stream, piece, &marks);
		cr_assert_lt(marks.count, ROOM);
		for (size_t i = 0; i < marks.count; i++) {
			ends += !!mark[i].final_bit;
			if (i && mark[i].member_bit == mark[i - 1].member_bit)
				check_run(&stream, &mark[i - 1], &mark[i]);
			else
				cr_expect_eq(mark[i].bit, mark[i].member_bit);
			if (i > 1 && mark[i].member_bit == mark[i - 2].member_bit)
				check_run(&stream, &mark[i - 2], &mark[i]);
		}
		cr_expect_eq(ends, 8);
		cr_expect_gt(marks.count, 40);
	}
	stream_free(&stream);
}

Test(marks, full_array_drops)
{
	struct stream stream;
	struct mark all[ROOM], few[20] = { 0 };
	struct marks marks = { all, 0, ROOM }, full = { few, 0, 19 };

	stream_make(&stream);
	read_marks(&stream, 100000, &marks);
	read_marks(&stream, 100000, &full);
	cr_expect_eq(full.count, 19);
	cr_expect_eq(few[19].bit, 0);
	cr_expect_eq(memcmp(few, all, 19 * sizeof(*few)), 0);
	stream_free(&stream);
}
