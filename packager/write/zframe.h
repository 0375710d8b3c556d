/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zframe.h - a zstd frame of parts (RFC 8878 3.1.1): plain bytes compressed one after the other,
 * then blocks of another frame that refer back to them. Only slot.h includes this.
 *
 * The frame tells a window, no size and no checksum: what is in it is covered by the layer's
 * digest and diffID.
 */
#ifndef CLN_PACKAGER_ZFRAME_H
#define CLN_PACKAGER_ZFRAME_H

#include "common/err.h"

#define ZFRAME_HEAD 6u
#define ZFRAME_TAIL 3u

/* The header of a frame whose blocks refer window_bytes back at the most. */
void zframe_head(unsigned char out[ZFRAME_HEAD], uint64_t window_bytes);
/* An empty last block. */
void zframe_tail(unsigned char out[ZFRAME_TAIL]);

/* What compresses the plain bytes in front of the blocks; one for all frames, one at a time. */
struct zframe;
struct zframe *zframe_new(unsigned level);
void zframe_free(struct zframe *zframe);

struct zframe_part {
	const void *data;
	size_t size;
	bool first; /* of its frame: the header stands in front */
	uint64_t window_bytes;
};

/* Whole blocks that hold the part; bytes written to out, which has room for zstd_bound; 0: failed. */
size_t zframe_compress(
	struct zframe *zframe, const struct zframe_part *part, void *out, size_t room);

#endif
