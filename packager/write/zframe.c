// SPDX-License-Identifier: Apache-2.0
#include "packager/write/zframe.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define WINDOW_PLACE 5u /* of its descriptor, behind the magic and the frame's descriptor */

/* RFC 8878 3.1.1.1.2: the smallest window that is told in so many bits. */
static unsigned char window_descriptor(uint64_t window_bytes)
{
	unsigned exponent = 0, eighths = 0;

	while (window_bytes > (uint64_t)2 << (10 + exponent))
		exponent++;
	while (window_bytes > ((uint64_t)(8 + eighths) << (10 + exponent)) / 8)
		eighths++;
	if (eighths == 8) {
		eighths = 0;
		exponent++;
	}
	return (unsigned char)(exponent << 3 | eighths);
}

void zframe_head(unsigned char out[ZFRAME_HEAD], uint64_t window_bytes)
{
	static const unsigned char magic[] = { 0x28, 0xb5, 0x2f, 0xfd, 0 };

	memcpy(out, magic, sizeof(magic));
	out[WINDOW_PLACE] = window_descriptor(window_bytes);
}

void zframe_tail(unsigned char out[ZFRAME_TAIL])
{
	memcpy(out, (unsigned char[ZFRAME_TAIL]){ 1, 0, 0 }, ZFRAME_TAIL);
}

struct zframe *zframe_new(unsigned level)
{
	ZSTD_CCtx *library = ZSTD_createCCtx();

	if (!library ||
		ZSTD_isError(ZSTD_CCtx_setParameter(library, ZSTD_c_compressionLevel, (int)level)))
		abort(); /* out of memory */
	return (struct zframe *)library;
}

void zframe_free(struct zframe *zframe)
{
	ZSTD_freeCCtx((ZSTD_CCtx *)zframe);
}

/* The library's header is one like ours, of its own window. */
static bool head_widen(unsigned char *out, size_t size, uint64_t window_bytes)
{
	unsigned char ours[ZFRAME_HEAD];

	zframe_head(ours, window_bytes);
	if (size < ZFRAME_HEAD || memcmp(out, ours, WINDOW_PLACE) != 0)
		return false;
	if (out[WINDOW_PLACE] < ours[WINDOW_PLACE])
		out[WINDOW_PLACE] = ours[WINDOW_PLACE];
	return true;
}

size_t zframe_compress(
	struct zframe *zframe, const struct zframe_part *part, void *out, size_t room)
{
	ZSTD_CCtx *library = (ZSTD_CCtx *)zframe;
	ZSTD_inBuffer from = { part->data, part->size, 0 };
	ZSTD_outBuffer to = { out, room, 0 };

	if (part->first && ZSTD_isError(ZSTD_CCtx_reset(library, ZSTD_reset_session_only)))
		return 0;
	/* 0: all of it is in blocks, and all blocks are out */
	if (ZSTD_compressStream2(library, &to, &from, ZSTD_e_flush) != 0)
		return 0;
	if (part->first && !head_widen(out, to.pos, part->window_bytes))
		return 0;
	return to.pos;
}
