// SPDX-License-Identifier: Apache-2.0
#include "zstream.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <string.h>
#include <zstd.h>

#define TAIL "\1\0\0" /* an empty last block */

uint32_t zstream_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Words, noise, zeros, and what stood anywhere before: in stretches of some KiB each. */
static void fill(unsigned char *data, size_t size, uint32_t seed)
{
	for (size_t at = 0; at < size;) {
		size_t end = at + 500 + zstream_random(&seed) % 40000;
		unsigned kind = zstream_random(&seed) % 8;
		size_t back = at ? zstream_random(&seed) % at + 1 : 1;

		for (; at < CLN_MIN(size, end); at++) {
			uint32_t value = zstream_random(&seed);

			if (kind == 0)
				data[at] = 0;
			else if (kind == 1)
				data[at] = (unsigned char)value;
			else if (kind < 4 && at >= back)
				data[at] = value % 61 ? data[at - back] : (unsigned char)value;
			else if (kind < 6 && at > 3000 && value % 7)
				data[at] = data[at - 1 - value % 40];
			else
				data[at] = (unsigned char)("etaoin shrdlu"[value % 13]);
		}
	}
}

static void flush(ZSTD_CCtx *z, struct zstream *s, ZSTD_inBuffer *in, ZSTD_outBuffer *out,
	const struct zstream_how *how, uint32_t *seed)
{
	size_t end = in->size;

	while (in->pos < end) {
		size_t part = how->flush ? zstream_random(seed) % how->flush + 1 : end;

		in->size = CLN_MIN(in->pos + part, end);
		cr_assert_eq(ZSTD_compressStream2(
				     z, out, in, how->flush ? ZSTD_e_flush : ZSTD_e_continue),
			0, "room for %zu bytes", s->packed_size);
	}
}

static void frame(
	struct zstream *s, size_t at, size_t size, const struct zstream_how *how, unsigned i)
{
	static const int levels[] = { 3, 1, 19, -5, 7, 12, 2 };
	size_t room = ZSTD_compressBound(size) + size / 16 * 10 + 1000;
	ZSTD_CCtx *z = ZSTD_createCCtx();
	ZSTD_inBuffer in = { s->plain + at, size, 0 };
	ZSTD_outBuffer out = { NULL, room, 0 };
	uint32_t seed = how->seed + i;

	s->packed = cln_realloc(s->packed, s->packed_size + room, 1);
	out.dst = s->packed + s->packed_size;
	ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel,
		how->level ? how->level : levels[i % CLN_COUNT(levels)]);
	ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, how->window_log);
	ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, i & 1);
	if (i % 3 == 1)
		ZSTD_CCtx_setPledgedSrcSize(z, size);
	flush(z, s, &in, &out, how, &seed);
	cr_assert_eq(ZSTD_compressStream2(z, &out, &in, ZSTD_e_end), 0);
	s->packed_size += out.pos;
	ZSTD_freeCCtx(z);
}

static void skippable(struct zstream *s, unsigned i)
{
	unsigned char *at;

	s->packed = cln_realloc(s->packed, s->packed_size + 8 + i, 1);
	at = s->packed + s->packed_size;
	memcpy(at, (unsigned char[]){ 0x50 + i % 16, 0x2a, 0x4d, 0x18, i, 0, 0, 0 }, 8);
	memset(at + 8, 0xee, i);
	s->packed_size += 8 + i;
}

static uint64_t header_size(const unsigned char *frame)
{
	static const unsigned dictionary[] = { 0, 1, 2, 4 }, content[] = { 0, 2, 4, 8 };
	bool single = frame[4] & 0x20;

	return 5 + !single + dictionary[frame[4] & 3] +
	       (frame[4] >> 6 ? content[frame[4] >> 6] : single);
}

/* A block's plain bytes are what the frame up to it decodes to, less what it did before. */
static uint64_t plain_up_to(const struct zstream *s, uint64_t begin, uint64_t end)
{
	struct zjoined joined;
	size_t size = s->plain_size;
	unsigned char *plain;

	zjoined_begin(&joined);
	zjoined_put(&joined, s, begin, end);
	plain = zjoined_decode(&joined, &size);
	cr_assert_not_null(plain);
	free(plain);
	zjoined_release(&joined);
	return size;
}

static void marks_of(struct zstream *s, uint64_t at, uint64_t plain, uint64_t window, size_t *room)
{
	struct mark mark = { .bit = at * 8,
		.plain = plain,
		.member_bit = at * 8,
		.member_plain = plain,
		.window_bytes = window };
	bool last = false;

	CLN_PUSH(s->mark, s->marks, *room) = mark;
	while (!last) {
		unsigned header = s->packed[at] | s->packed[at + 1] << 8 | s->packed[at + 2] << 16;

		last = header & 1;
		mark.final_bit = last ? at * 8 : 0;
		at += 3 + ((header >> 1 & 3) == 1 ? 1 : header >> 3);
		mark.bit = at * 8;
		mark.plain = plain + plain_up_to(s, mark.member_bit, mark.bit);
		CLN_PUSH(s->mark, s->marks, *room) = mark;
	}
}

void zstream_make(struct zstream *out, const struct zstream_how *how)
{
	size_t each = how->plain_size / how->frames, room = 0;

	*out = (struct zstream){ .plain = cln_alloc(how->plain_size),
		.plain_size = how->plain_size };
	fill(out->plain, how->plain_size, how->seed);
	for (unsigned i = 0; i < how->frames; i++) {
		size_t from = each * i, size = i + 1 < how->frames ? each : how->plain_size - from;
		uint64_t begin;

		if (i % 3 == 2)
			skippable(out, i);
		begin = out->packed_size;
		frame(out, from, size, how, i);
		/* what the header says: its window, or with "single segment" all of the content */
		marks_of(out, begin + header_size(out->packed + begin), from,
			out->packed[begin + 4] & 0x20 ? size : (uint64_t)1 << how->window_log,
			&room);
	}
	cr_assert_eq(out->mark[out->marks - 1].plain, how->plain_size);
}

void zstream_release(struct zstream *stream)
{
	free(stream->plain);
	free(stream->packed);
	free(stream->mark);
}

void zjoined_begin(struct zjoined *to)
{
	static const unsigned char head[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, (27 - 10) << 3 };

	*to = (struct zjoined){ cln_memdup(head, sizeof(head)), sizeof(head) };
}

void zjoined_put(struct zjoined *to, const struct zstream *from, uint64_t bit, uint64_t end_bit)
{
	size_t size = (end_bit - bit) / 8;
	unsigned char *at, *end;

	to->data = cln_realloc(to->data, to->size + size, 1);
	at = to->data + to->size;
	end = at + size;
	memcpy(at, from->packed + bit / 8, size);
	to->size += size;
	while (at < end) {
		unsigned header = at[0] | at[1] << 8 | at[2] << 16;

		at[0] &= 0xfe;
		at += 3 + ((header >> 1 & 3) == 1 ? 1 : header >> 3);
	}
	cr_assert_eq(at, end, "no whole number of blocks");
}

unsigned char *zjoined_decode(const struct zjoined *from, size_t *size)
{
	cln_owned(cln_drop_mem) unsigned char *whole = cln_realloc(NULL, from->size + 3, 1);
	unsigned char *plain = cln_realloc(NULL, *size + 1, 1);

	memcpy(whole, from->data, from->size);
	memcpy(whole + from->size, TAIL, 3);
	*size = ZSTD_decompress(plain, *size, whole, from->size + 3);
	if (!ZSTD_isError(*size))
		return plain;
	free(plain);
	return NULL;
}

void zjoined_release(struct zjoined *joined)
{
	free(joined->data);
}
