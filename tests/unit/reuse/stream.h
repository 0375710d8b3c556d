/* SPDX-License-Identifier: Apache-2.0 */
/* stream.h - gzip streams with blocks of every kind, where their blocks begin, and what a stream
 * decodes to: all by zlib. */
#ifndef CLN_TEST_REUSE_STREAM_H
#define CLN_TEST_REUSE_STREAM_H

#include "packager/model/marks.h"

#include <stdbool.h>

struct stream {
	unsigned char *plain, *packed;
	size_t plain_size, packed_size;
	struct mark *mark; /* all places between blocks, no matter how near */
	size_t marks;
};

/* Members of the same number of plain bytes; the kinds of blocks change all the time. */
void stream_make(struct stream *out, size_t plain_size, unsigned members, unsigned seed);
void stream_release(struct stream *stream);

/* One in `apart` plain bytes, as a reader gives them. Returns how many are left. */
size_t stream_thin(struct stream *stream, size_t apart);

/* A raw deflate stream in parts: what was deflated here, and what came from elsewhere. */
struct joined {
	unsigned char *data;
	size_t size, room;
};
void joined_deflate(struct joined *to, const void *plain, size_t size);
void joined_put(struct joined *to, const void *data, size_t size);
/* Ends it; whether it decodes to exactly these bytes. */
bool joined_is(struct joined *of, const void *plain, size_t size);
void joined_release(struct joined *of);

#endif
