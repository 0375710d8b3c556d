// SPDX-License-Identifier: Apache-2.0
#include "packager/write/chunk.h"

#include "common/mem.h"

#include <isa-l.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdio.h>
#include <string.h>

struct chunk_context {
	enum write_compression kind;
	struct isal_zstream stream;
	uint8_t *level_buf;
	void *zstd;
};

/*
 * ISA-L hashes by the CRC instruction of SSE4.2 where it can, and otherwise there and on other
 * architectures; so it finds other matches. Tried: 2.30.0 on Penryn, Nehalem, Westmere, Sandy
 * Bridge, Haswell, Sapphire Rapids, Cortex-A57 and A72. All x86-64-v2 give one result, the older
 * x86 another, arm64 a third.
 */
static bool is_apart(void)
{
#ifdef __x86_64__
	return !__builtin_cpu_supports("sse4.2");
#else
	return true;
#endif
}

void chunk_library(struct write_encoder *out)
{
	out->name = "isa-l";
	out->apart = is_apart();
	snprintf(out->version, sizeof(out->version), "%d.%d.%d", ISAL_MAJOR_VERSION,
		ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
}

bool chunk_joins(void)
{
	return true;
}

struct chunk_context *chunk_context_new(enum write_compression kind, unsigned level)
{
	struct chunk_context *context = cln_alloc(sizeof(*context));

	context->kind = kind;
	if (kind == WRITE_GZIP)
		context->level_buf = cln_alloc(ISAL_DEF_LVL1_DEFAULT);
	if (kind == WRITE_ZSTD)
		context->zstd = zstd_context_new(level);
	return context;
}

void chunk_context_free(struct chunk_context *context)
{
	if (!context)
		return;
	zstd_context_free(context->zstd);
	free(context->level_buf);
	free(context);
}

size_t chunk_bound(enum write_compression kind, size_t size)
{
	/* igzip_lib.h: at most the input and a header for each stored block */
	return kind == WRITE_ZSTD ? zstd_bound(size) : size + size / 1000 + 4096;
}

/*
 * The fast loop begins a stream with a hash of what happens to be in a register (2.30,
 * igzip_icf_body_h1_gr_bt.asm: bits of the stream's address), so that one in some ten
 * thousand chunks comes out otherwise in another run. It does not begin a stream whose first
 * bytes the slow loop has taken, and that one takes whatever is flushed in so small a piece.
 */
#define FIRST_BYTES ((size_t)8)

static bool deflate_piece(struct isal_zstream *s, const char *data, size_t size, int flush)
{
	s->flush = (uint16_t)flush;
	s->next_in = (uint8_t *)data; /* only read, though the type does not say so */
	s->avail_in = (uint32_t)size;
	return isal_deflate(s) == COMP_OK && !s->avail_in;
}

static size_t deflate_chunk(
	struct chunk_context *context, const char *data, size_t size, void *out, size_t room)
{
	struct isal_zstream *s = &context->stream;
	size_t first = CLN_MIN(size, FIRST_BYTES);

	/* no trace of the chunk before: which one that was is up to the threads */
	memset(s, 0, sizeof(*s));
	memset(context->level_buf, 0, ISAL_DEF_LVL1_DEFAULT);
	isal_deflate_init(s);
	s->level = 1;
	s->level_buf = context->level_buf;
	s->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
	s->gzip_flag = IGZIP_DEFLATE;
	s->next_out = out;
	s->avail_out = (uint32_t)room;
	if (!deflate_piece(s, data, first, first < size ? SYNC_FLUSH : FULL_FLUSH))
		return 0;
	if (first < size && !deflate_piece(s, data + first, size - first, FULL_FLUSH))
		return 0;
	return room - s->avail_out;
}

size_t chunk_compress(
	struct chunk_context *context, const void *data, size_t size, void *out, size_t room)
{
	if (context->kind == WRITE_ZSTD)
		return zstd_chunk(context->zstd, data, size, out, room);
	return deflate_chunk(context, data, size, out, room);
}

/* RFC 1952: no name, no time, operating system unknown. */
size_t chunk_head(enum write_compression kind, char out[32])
{
	static const char gzip[] = { 0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, (char)0xff };

	if (kind != WRITE_GZIP)
		return 0;
	memcpy(out, gzip, sizeof(gzip));
	return sizeof(gzip);
}

/* An empty final block (RFC 1951 3.2.6), the CRC and the length modulo 2^32. */
size_t chunk_tail(enum write_compression kind, uint32_t crc, uint64_t plain_bytes, char out[32])
{
	if (kind != WRITE_GZIP)
		return 0;
	out[0] = 3;
	out[1] = 0;
	for (int i = 0; i < 4; i++) {
		out[2 + i] = (char)(crc >> 8 * i);
		out[6 + i] = (char)(plain_bytes >> 8 * i);
	}
	return 10;
}

uint32_t chunk_crc(enum write_compression kind, uint32_t crc, const void *data, size_t size)
{
	return kind == WRITE_GZIP ? crc32_gzip_refl(crc, data, size) : 0;
}
