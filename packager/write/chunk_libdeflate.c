// SPDX-License-Identifier: Apache-2.0
#include "packager/write/chunk.h"

#include "common/mem.h"

#include <libdeflate.h>
#include <stdio.h>

/* As fast as can be had without ISA-L; every chunk is a gzip member (RFC 1952 2.2). */
#define DEFLATE_LEVEL 1

struct chunk_context {
	enum write_compression kind;
	struct libdeflate_compressor *deflate;
	void *zstd;
};

void chunk_library(struct write_encoder *out)
{
	out->name = "libdeflate";
	snprintf(out->version, sizeof(out->version), "%s", LIBDEFLATE_VERSION_STRING);
}

/* A member begins with an empty window. */
bool chunk_joins(void)
{
	return false;
}

struct chunk_context *chunk_context_new(enum write_compression kind, unsigned level)
{
	struct chunk_context *context = cln_alloc(sizeof(*context));

	context->kind = kind;
	if (kind == WRITE_GZIP) {
		context->deflate = libdeflate_alloc_compressor(DEFLATE_LEVEL);
		if (!context->deflate)
			abort(); /* out of memory */
	}
	if (kind == WRITE_ZSTD)
		context->zstd = zstd_context_new(level);
	return context;
}

void chunk_context_free(struct chunk_context *context)
{
	if (!context)
		return;
	libdeflate_free_compressor(context->deflate);
	zstd_context_free(context->zstd);
	free(context);
}

size_t chunk_bound(enum write_compression kind, size_t size)
{
	return kind == WRITE_ZSTD ? zstd_bound(size) : libdeflate_gzip_compress_bound(NULL, size);
}

size_t chunk_compress(
	struct chunk_context *context, const void *data, size_t size, void *out, size_t room)
{
	if (context->kind == WRITE_ZSTD)
		return zstd_chunk(context->zstd, data, size, out, room);
	return libdeflate_gzip_compress(context->deflate, data, size, out, room);
}

size_t chunk_head(enum write_compression kind, char out[32])
{
	(void)kind;
	(void)out;
	return 0;
}

size_t chunk_tail(enum write_compression kind, uint32_t crc, uint64_t plain_bytes, char out[32])
{
	(void)kind;
	(void)crc;
	(void)plain_bytes;
	(void)out;
	return 0;
}

uint32_t chunk_crc(enum write_compression kind, uint32_t crc, const void *data, size_t size)
{
	(void)kind;
	(void)crc;
	(void)data;
	(void)size;
	return 0;
}
