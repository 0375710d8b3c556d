// SPDX-License-Identifier: Apache-2.0
/* Marks of zstd streams are where libzstd's own blocks begin and end, however the stream is fed. */
#include "packager/read/inflate.h"

#include "common/mem.h"
#include "zstream.h"

#include <criterion/criterion.h>
#include <string.h>

#define ROOM 4096

/* All of the stream in pieces of at most piece bytes, into marks. */
static void read_marks(const struct zstream *s, size_t piece, struct marks *marks)
{
	cln_owned(inflate_drop) struct inflate *inflate = inflate_new(CODEC_ZSTD, NULL);
	cln_owned(cln_drop_mem) char *out = cln_alloc(piece);
	struct cln_err err = { 0 };
	uint32_t seed = 7;
	size_t total = 0;

	inflate_mark(inflate, marks);
	for (size_t at = 0; at < s->packed_size;) {
		size_t left = 1 + zstream_random(&seed) % piece, made, room;
		const void *next = s->packed + at;

		left = CLN_MIN(left, s->packed_size - at);
		at += left;
		do {
			room = 1 + zstream_random(&seed) % piece;
			cr_assert_eq(inflate_step(inflate, &next, &left, out, room, &made, &err), 0,
				"%s", err.text);
			cr_assert_eq(memcmp(out, s->plain + total, made), 0);
			total += made;
		} while (left || made == room);
	}
	cr_assert_eq(inflate_finish(inflate, &err), 0);
	cr_assert_eq(total, s->plain_size);
}

/* All places far enough apart, in order, as marks.h says. */
static size_t expected(const struct zstream *s, struct mark *out)
{
	size_t count = 0;
	uint64_t before = 0;

	for (size_t i = 0; i < s->marks; i++) {
		const struct mark *mark = &s->mark[i];

		if (mark->bit != mark->member_bit && !mark->final_bit &&
			mark->plain - before < MARK_APART)
			continue;
		before = mark->plain;
		out[count++] = *mark;
	}
	return count;
}

static const struct zstream_how cases[] = {
	{ 2 << 20, 1, 3, 20, 0, 1 },
	{ 3 << 20, 9, 0, 19, 0, 2 },
	{ 1 << 20, 4, 0, 17, 9000, 3 },
	{ 300000, 30, 0, 12, 0, 4 },
	{ 2 << 20, 2, 6, 21, 200000, 5 },
};

Test(zstd_marks, are_the_places_between_blocks)
{
	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		static struct mark want[ROOM], mark[ROOM];
		struct zstream s;
		size_t count;

		zstream_make(&s, &cases[i]);
		cr_assert_lt(s.marks, ROOM);
		count = expected(&s, want);
		for (size_t piece = 3; piece < 3000000; piece = piece * 9 + 1) {
			struct marks marks = { mark, 0, ROOM };

			read_marks(&s, piece, &marks);
			cr_assert_eq(marks.count, count, "case %zu, pieces of %zu: %zu of %zu", i,
				piece, marks.count, count);
			for (size_t n = 0; n < count; n++)
				cr_assert_eq(memcmp(&mark[n], &want[n], sizeof(*mark)), 0,
					"case %zu, pieces of %zu, mark %zu", i, piece, n);
		}
		zstream_release(&s);
	}
}

/* A window in eighths of a power of two, and sizes told in 1, 2, 4 and 8 bytes. */
Test(zstd_marks, windows_as_they_are_told)
{
	static const struct {
		const char *header;
		size_t size;
		uint64_t window;
	} heads[] = {
		{ "\x28\xb5\x2f\xfd\x00\x00", 6, 1024 },
		{ "\x28\xb5\x2f\xfd\x00\x0b", 6, 2048 + 3 * 256 },
		{ "\x28\xb5\x2f\xfd\x20\x07", 6, 7 },
		{ "\x28\xb5\x2f\xfd\x60\x07\x01", 7, 256 + 263 },
		{ "\x28\xb5\x2f\xfd\xa0\x07\x00\x01\x00", 9, 65543 },
		{ "\x28\xb5\x2f\xfd\xe0\x09\x00\x02\x00\x00\x00\x00\x00", 13, 131081 },
		{ "\x28\xb5\x2f\xfd\x80\x58\x09\x00\x00\x00", 10, 2 << 20 },
	};

	for (size_t i = 0; i < CLN_COUNT(heads); i++) {
		cln_owned(inflate_drop) struct inflate *inflate = inflate_new(CODEC_ZSTD, NULL);
		struct mark mark[2] = { 0 };
		struct marks marks = { mark, 0, 2 };
		struct cln_err err = { 0 };
		const void *next = heads[i].header;
		size_t left = heads[i].size, made;
		char out[16];

		inflate_mark(inflate, &marks);
		cr_expect_eq(inflate_step(inflate, &next, &left, out, sizeof(out), &made, &err), 0,
			"%zu: %s", i, err.text);
		cr_expect_eq(marks.count, 1, "%zu", i);
		cr_expect_eq(mark[0].window_bytes, heads[i].window, "%zu: %llu", i,
			(unsigned long long)mark[0].window_bytes);
		cr_expect_eq(mark[0].bit, heads[i].size * 8);
	}
}

Test(zstd_marks, full_array_drops)
{
	static struct mark all[ROOM];
	struct mark few[8] = { 0 };
	struct marks marks = { all, 0, ROOM }, full = { few, 0, 7 };
	struct zstream s;

	zstream_make(&s, &cases[0]);
	read_marks(&s, 100000, &marks);
	read_marks(&s, 100000, &full);
	cr_assert_gt(marks.count, 8);
	cr_expect_eq(full.count, 7);
	cr_expect_eq(few[7].bit, 0);
	cr_expect_eq(memcmp(few, all, 7 * sizeof(*few)), 0);
	zstream_release(&s);
}
