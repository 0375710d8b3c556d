// SPDX-License-Identifier: Apache-2.0
#include "packager/write/chunk.h"

static const struct {
	unsigned usual, most;
} levels[] = { [WRITE_GZIP] = { 1, 1 }, [WRITE_ZSTD] = { 1, 19 }, [WRITE_PLAIN] = { 0, 0 } };

unsigned write_level_most(enum write_compression kind)
{
	return levels[kind].most;
}

unsigned chunk_level(enum write_compression kind, unsigned asked)
{
	return asked ? asked : levels[kind].usual;
}

void write_encoder(enum write_compression kind, unsigned level, struct write_encoder *out)
{
	*out = (struct write_encoder){ .name = "none", .level = chunk_level(kind, level) };
	if (kind == WRITE_GZIP)
		chunk_library(out);
	if (kind == WRITE_ZSTD)
		zstd_library(out);
}

enum reuse_kind write_reuses_blocks(enum write_compression kind, unsigned level)
{
	if (kind == WRITE_GZIP && chunk_joins())
		return REUSE_GZIP;
	/* a level that was asked for is the level of all */
	return kind == WRITE_ZSTD && !level ? REUSE_ZSTD : REUSE_PLAIN;
}
