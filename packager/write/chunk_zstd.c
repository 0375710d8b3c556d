// SPDX-License-Identifier: Apache-2.0
#include "packager/write/chunk.h"

#include <stdio.h>
#include <zstd.h>

void *zstd_context_new(unsigned level)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();

	if (!context ||
		ZSTD_isError(
			ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, (int)level)) ||
		ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)))
		abort(); /* out of memory */
	return context;
}

void zstd_library(struct write_encoder *out)
{
	out->name = "zstd";
	snprintf(out->version, sizeof(out->version), "%s", ZSTD_versionString());
}

void zstd_context_free(void *context)
{
	ZSTD_freeCCtx(context);
}

size_t zstd_bound(size_t size)
{
	return ZSTD_compressBound(size);
}

size_t zstd_chunk(void *context, const void *data, size_t size, void *out, size_t room)
{
	size_t made = ZSTD_compress2(context, out, room, data, size);

	return ZSTD_isError(made) ? 0 : made;
}
