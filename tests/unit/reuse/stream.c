// SPDX-License-Identifier: Apache-2.0
#include "stream.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <string.h>
#include <zlib.h>

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Words that come again, noise, zeros: in stretches of some KiB each. */
static void fill(unsigned char *data, size_t size, uint32_t seed)
{
	for (size_t at = 0; at < size;) {
		size_t end = at + 1000 + next(&seed) % 30000;
		unsigned kind = next(&seed) % 4;

		for (; at < CLN_MIN(size, end); at++)
			data[at] = kind == 0   ? 0
				   : kind == 1 ? (unsigned char)next(&seed)
				   : (kind == 2 && at > 40000)
					   ? data[at - 1 - next(&seed) % 32768]
					   : (unsigned char)("etaoin shrdlu"[next(&seed) % 13]);
	}
}

/* Flushes that end blocks anywhere in a byte, and at its end; stored, fixed and dynamic ones. */
static void member(struct stream *s, size_t from, size_t size, uint32_t seed)
{
	static const int flush[] = { Z_NO_FLUSH, Z_BLOCK, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH,
		Z_FULL_FLUSH };
	static const int level[] = { 0, 1, 6, 9 };
	static const int strategy[] = { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE };
	z_stream z = { .next_in = s->plain + from };
	uLong bound;

	cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	bound = deflateBound(&z, size) + size / 4 + 4096;
	s->packed = cln_realloc(s->packed, s->packed_size + bound, 1);
	z.next_out = s->packed + s->packed_size;
	z.avail_out = (uInt)bound;
	for (size_t at = 0; at < size;) {
		size_t want = 2000 + next(&seed) % 60000, part = CLN_MIN(size - at, want);

		cr_assert_eq(deflateParams(&z, level[next(&seed) % CLN_COUNT(level)],
				     strategy[next(&seed) % CLN_COUNT(strategy)]),
			Z_OK);
		z.avail_in = (uInt)part;
		cr_assert_eq(deflate(&z, flush[next(&seed) % CLN_COUNT(flush)]), Z_OK);
		cr_assert_eq(z.avail_in, 0);
		at += part;
	}
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	s->packed_size += z.total_out;
	deflateEnd(&z);
}

static void marks_of(struct stream *s)
{
	size_t taken = 0, made = 0, room = 0, last = 0;
	unsigned char *out = cln_alloc(s->plain_size + 1);

	while (taken < s->packed_size) {
		z_stream z = { .next_in = s->packed + taken,
			.avail_in = (uInt)(s->packed_size - taken),
			.next_out = out + made,
			.avail_out = (uInt)(s->plain_size + 1 - made) };
		struct mark at = { .member_plain = made, .window_bytes = 32768 };
		int r;

		cr_assert_eq(inflateInit2(&z, 31), Z_OK);
		do {
			r = inflate(&z, Z_BLOCK);
			if (!(z.data_type & 128))
				continue;
			at.final_bit = z.data_type & 64 ? last : 0;
			at.bit = (taken + z.total_in) * 8 - (unsigned)(z.data_type & 7);
			at.plain = made + z.total_out;
			if (!at.member_bit)
				at.member_bit = at.bit;
			last = at.bit;
			CLN_PUSH(s->mark, s->marks, room) = at;
		} while (r == Z_OK);
		cr_assert_eq(r, Z_STREAM_END);
		made += z.total_out;
		taken += z.total_in;
		inflateEnd(&z);
	}
	cr_assert_eq(made, s->plain_size);
	free(out);
}

void stream_make(struct stream *out, size_t plain_size, unsigned members, unsigned seed)
{
	*out = (struct stream){ .plain = cln_alloc(plain_size), .plain_size = plain_size };
	fill(out->plain, plain_size, seed);
	for (unsigned i = 0; i < members; i++) {
		size_t from = plain_size / members * i;

		member(out, from, i + 1 < members ? plain_size / members : plain_size - from,
			seed + i);
	}
	marks_of(out);
}

void stream_release(struct stream *stream)
{
	free(stream->plain);
	free(stream->packed);
	free(stream->mark);
}

size_t stream_thin(struct stream *s, size_t apart)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->marks; i++) {
		const struct mark *mark = &s->mark[i];

		if (kept && !mark->final_bit && mark->member_bit == s->mark[kept - 1].member_bit &&
			mark->plain - s->mark[kept - 1].plain < apart)
			continue;
		s->mark[kept++] = *mark;
	}
	s->marks = kept;
	return kept;
}

void joined_put(struct joined *to, const void *data, size_t size)
{
	if (to->size + size > to->room) {
		to->room = (to->size + size) * 2;
		to->data = cln_realloc(to->data, to->room, 1);
	}
	memcpy(to->data + to->size, data, size);
	to->size += size;
}

void joined_deflate(struct joined *to, const void *plain, size_t size)
{
	z_stream z = { .next_in = (Bytef *)plain, .avail_in = (uInt)size };
	cln_owned(cln_drop_mem) unsigned char *out = NULL;
	uLong room;

	if (!size)
		return;
	cr_assert_eq(deflateInit2(&z, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	room = deflateBound(&z, size) + 64;
	out = cln_realloc(NULL, room, 1);
	z.next_out = out;
	z.avail_out = (uInt)room;
	cr_assert_eq(deflate(&z, Z_FULL_FLUSH), Z_OK);
	joined_put(to, out, z.total_out);
	deflateEnd(&z);
}

bool joined_is(struct joined *of, const void *plain, size_t size)
{
	cln_owned(cln_drop_mem) unsigned char *out = cln_realloc(NULL, size + 1, 1);
	z_stream z = { .next_out = out, .avail_out = (uInt)size + 1 };
	bool same;

	joined_put(of, "\3\0", 2); /* an empty last block */
	z.next_in = of->data;
	z.avail_in = (uInt)of->size;
	cr_assert_eq(inflateInit2(&z, -15), Z_OK);
	same = inflate(&z, Z_FINISH) == Z_STREAM_END && !z.avail_in && z.total_out == size &&
	       !memcmp(out, plain, size);
	inflateEnd(&z);
	return same;
}

void joined_release(struct joined *of)
{
	free(of->data);
}
