// SPDX-License-Identifier: Apache-2.0
#include "packager/read/gunzip.h"

#include "common/mem.h"

#include <errno.h>
#include <zlib.h>

struct gunzip {
	z_stream stream;
	bool begun;
};

struct gunzip *gunzip_new(void)
{
	return cln_alloc(sizeof(struct gunzip));
}

void gunzip_free(struct gunzip *gunzip)
{
	if (gunzip && gunzip->begun)
		inflateEnd(&gunzip->stream);
	free(gunzip);
}

void gunzip_begin(struct gunzip *gunzip)
{
	if (gunzip->begun)
		inflateEnd(&gunzip->stream);
	gunzip->stream = (z_stream){ 0 };
	if (inflateInit2(&gunzip->stream, 16 + MAX_WBITS) != Z_OK)
		abort(); /* out of memory */
	gunzip->begun = true;
}

int gunzip_step(struct gunzip *gunzip, const void **in, size_t *in_size, void *out, size_t room,
	size_t *made, struct cln_err *err)
{
	z_stream *s = &gunzip->stream;
	uInt give = (uInt)CLN_MIN(*in_size, (size_t)1 << 30);
	uInt space = (uInt)CLN_MIN(room, (size_t)1 << 30);
	int r;

	s->next_in = (Bytef *)*in;
	s->avail_in = give;
	s->next_out = out;
	s->avail_out = space;
	r = inflate(s, Z_NO_FLUSH);
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return cln_fail(err, EINVAL, "gzip: %s", s->msg ? s->msg : "bad data");
	*in = (const char *)*in + (give - s->avail_in);
	*in_size -= give - s->avail_in;
	*made = space - s->avail_out;
	return r == Z_STREAM_END;
}
