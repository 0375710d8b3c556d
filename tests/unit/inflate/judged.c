// SPDX-License-Identifier: Apache-2.0
/*
 * Streams of every encoder at hand, as they are and damaged, before the judge of the fuzz target
 * (tests/fuzz/image/deflate.c): it compares us with zlib, in pieces of random sizes, and aborts
 * where verdict, bytes or block limits differ.
 */
#include "common/mem.h"

#include <criterion/criterion.h>
#ifdef WITH_ISAL
#include <isa-l/igzip_lib.h>
#endif
#include <libdeflate.h>
#include <string.h>
#include <zlib.h>

#define PLAIN_MAX ((size_t)200000)
#define PACKED_MAX (2 * PLAIN_MAX + 4096)
#define STREAMS 400
#define DAMAGED 16 /* of each stream */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
	uint32_t seed;
	uint8_t *plain, *packed;
	size_t plain_size, packed_size;
};

static uint32_t pick(struct sample *sample, uint32_t below)
{
	sample->seed = sample->seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)sample->seed * below) >> 32);
}

/* Runs of words, noise, zeros and of what came before at any distance, a few or many symbols. */
static void make_plain(struct sample *sample)
{
	static const uint32_t sizes[] = { 1, 60, 3000, 40000, PLAIN_MAX };
	size_t size = pick(sample, sizes[pick(sample, CLN_COUNT(sizes))]), at = 0;
	uint32_t symbols = 1 + pick(sample, 256);

	while (at < size) {
		size_t most = 1 + pick(sample, 400), part = CLN_MIN(size - at, most);
		uint32_t kind = pick(sample, 5);
		size_t back = at ? 1 + pick(sample, (uint32_t)CLN_MIN(at, 40000u)) : 0;

		for (size_t i = 0; i < part; i++, at++)
			sample->plain[at] = kind == 0 ? 0
					    : kind < 3 && back
						    ? sample->plain[at - back]
						    : (uint8_t)(pick(sample, symbols) *
								pick(sample, symbols) / symbols);
	}
	sample->plain_size = size;
}

static void pack_zlib(struct sample *sample, int wrap)
{
	static const int flushes[] = { Z_NO_FLUSH, Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH,
		Z_FULL_FLUSH, Z_BLOCK };
	z_stream z = { .next_in = sample->plain, .next_out = sample->packed };
	int r, level = (int)pick(sample, 10), window = 9 + (int)pick(sample, 7);

	r = deflateInit2(&z, level, Z_DEFLATED, wrap ? 16 + window : -window,
		1 + (int)pick(sample, 9), (int)pick(sample, 5));
	cr_assert_eq(r, Z_OK);
	z.avail_out = PACKED_MAX;
	for (size_t left = sample->plain_size; left;) {
		size_t most = 1000 + pick(sample, 60000), part = CLN_MIN(left, most);

		z.avail_in = (uInt)part;
		deflate(&z, flushes[pick(sample, CLN_COUNT(flushes))]);
		cr_assert_eq(z.avail_in, 0);
		left -= part;
	}
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	sample->packed_size = z.total_out;
	deflateEnd(&z);
}

static void pack_libdeflate(struct sample *sample, int wrap)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(1 + (int)pick(sample, 12));

	sample->packed_size = (wrap ? libdeflate_gzip_compress : libdeflate_deflate_compress)(
		c, sample->plain, sample->plain_size, sample->packed, PACKED_MAX);
	cr_assert_gt(sample->packed_size, 0);
	libdeflate_free_compressor(c);
}

#ifdef WITH_ISAL
static void pack_isal(struct sample *sample, int wrap)
{
	struct isal_zstream *s = cln_alloc(sizeof(*s));
	uint8_t *level = cln_alloc(ISAL_DEF_LVL1_DEFAULT);

	isal_deflate_init(s);
	s->level = pick(sample, 2);
	s->level_buf = level;
	s->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
	s->gzip_flag = wrap ? IGZIP_GZIP : IGZIP_DEFLATE;
	s->next_in = sample->plain;
	s->avail_in = (uint32_t)sample->plain_size;
	s->end_of_stream = 1;
	s->flush = (uint16_t)pick(sample, 3);
	s->next_out = sample->packed;
	s->avail_out = PACKED_MAX;
	cr_assert_eq(isal_deflate(s), COMP_OK);
	cr_assert_eq(s->avail_in, 0);
	sample->packed_size = s->total_out;
	free(level);
	free(s);
}
#endif

static void pack(struct sample *sample, int wrap)
{
#ifdef WITH_ISAL
	if (pick(sample, 4) == 0)
		return pack_isal(sample, wrap);
#endif
	return pick(sample, 3) == 0 ? pack_libdeflate(sample, wrap) : pack_zlib(sample, wrap);
}

/* Flips bits, cuts, repeats a part: most of it near the start, where the codes are. */
static size_t damage(struct sample *sample, uint8_t *data, size_t size)
{
	uint32_t near = pick(sample, 3) ? (uint32_t)CLN_MIN(size, 200u) : (uint32_t)size;

	switch (pick(sample, 6)) {
	case 0:
		return 1 + pick(sample, (uint32_t)size);
	case 1:
		memmove(data + 1 + pick(sample, near), data + 1 + size / 2, size / 4);
		return size;
	default:
		for (uint32_t n = 1 + pick(sample, 3); n; n--)
			data[1 + pick(sample, near)] ^= (uint8_t)(1 << pick(sample, 8));
		return size;
	}
}

static void judge(struct sample *sample, uint8_t *data, size_t size)
{
	data[size] = (uint8_t)pick(sample, 256);
	data[size + 1] = (uint8_t)pick(sample, 256);
	LLVMFuzzerTestOneInput(data, size + 2);
}

static void streams(uint32_t seed, int wrap)
{
	uint8_t *data = cln_alloc(PACKED_MAX + 4);
	struct sample sample = { .seed = seed };

	sample.plain = cln_alloc(PLAIN_MAX);
	sample.packed = cln_alloc(PACKED_MAX);
	for (int i = 0; i < STREAMS; i++) {
		make_plain(&sample);
		pack(&sample, wrap);
		for (int damaged = 0; damaged <= DAMAGED; damaged++) {
			size_t size = 1 + sample.packed_size;

			data[0] = !wrap;
			memcpy(data + 1, sample.packed, sample.packed_size);
			if (damaged)
				size = damage(&sample, data, sample.packed_size);
			judge(&sample, data, size);
		}
	}
	free(sample.plain);
	free(sample.packed);
	free(data);
}

Test(judged, blocks)
{
	streams(1, 0);
}

Test(judged, members)
{
	streams(2, 1);
}
