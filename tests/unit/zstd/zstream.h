/* SPDX-License-Identifier: Apache-2.0 */
/* zstream.h - zstd streams with blocks of every kind and where they lie, by libzstd. */
#ifndef CLN_TEST_ZSTREAM_H
#define CLN_TEST_ZSTREAM_H

#include "packager/model/marks.h"

#include <stdbool.h>

struct zstream {
	unsigned char *plain, *packed;
	size_t plain_size, packed_size;
	struct mark *mark; /* all places between blocks, no matter how near */
	size_t marks;
};

struct zstream_how {
	size_t plain_size;
	unsigned frames; /* of the same number of plain bytes */
	int level;	 /* 0: another one for each frame */
	int window_log;
	size_t flush; /* a block ends behind so many plain bytes and fewer; 0: where the library likes */
	unsigned seed;
};

/* Checksums, told sizes and skippable frames come by turns. */
void zstream_make(struct zstream *out, const struct zstream_how *how);
void zstream_release(struct zstream *stream);

uint32_t zstream_random(uint32_t *seed);

/* Blocks put together into one frame of a window that holds all. */
struct zjoined {
	unsigned char *data;
	size_t size;
};
void zjoined_begin(struct zjoined *to);
/* A last block's mark is taken off. */
void zjoined_put(struct zjoined *to, const struct zstream *from, uint64_t bit, uint64_t end_bit);
/* What it decodes to, NULL where it does not; *size has the room and gets the size. */
unsigned char *zjoined_decode(const struct zjoined *from, size_t *size);
void zjoined_release(struct zjoined *joined);

#endif
