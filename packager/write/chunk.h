/* SPDX-License-Identifier: Apache-2.0 */
/* chunk.h - compressing one chunk; one context a thread. Only slot.h and encoder.c include this. */
#ifndef CLN_PACKAGER_CHUNK_H
#define CLN_PACKAGER_CHUNK_H

#include "packager/write/write.h"

struct chunk_context;

struct chunk_context *chunk_context_new(enum write_compression kind, unsigned level);
void chunk_context_free(struct chunk_context *context);
size_t chunk_bound(enum write_compression kind, size_t size);
/* Bytes written to out, which has room for chunk_bound; 0: failed. */
size_t chunk_compress(
	struct chunk_context *context, const void *data, size_t size, void *out, size_t room);

/* What stands in front of and behind the chunks; at most 32 bytes each. */
size_t chunk_head(enum write_compression kind, char out[32]);
size_t chunk_tail(enum write_compression kind, uint32_t crc, uint64_t plain_bytes, char out[32]);
uint32_t chunk_crc(enum write_compression kind, uint32_t crc, const void *data, size_t size);

/* Whether deflate blocks of another stream may stand between chunks: all are one member. */
bool chunk_joins(void);

/* The level that is asked for, or the usual one for 0. */
unsigned chunk_level(enum write_compression kind, unsigned asked);

/* The library of gzip. */
void chunk_library(struct write_encoder *out);

/* chunk_zstd.c: the part that does not depend on the gzip library */
void *zstd_context_new(unsigned level);
void zstd_context_free(void *context);
void zstd_library(struct write_encoder *out);
size_t zstd_bound(size_t size);
size_t zstd_chunk(void *context, const void *data, size_t size, void *out, size_t room);

#endif
