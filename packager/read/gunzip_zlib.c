// SPDX-License-Identifier: Apache-2.0
#include "packager/read/gunzip.h"

#include "common/mem.h"

#include <errno.h>
#include <zlib.h>

/* inflate() in zlib.h: what data_type tells where Z_BLOCK made it return */
#define UNUSED_BITS 7 /* of the last byte taken */
#define LAST_BLOCK 64
#define AT_BLOCK 128 /* behind a block or behind the member's header */

struct gunzip {
	z_stream stream;
	bool begun;
	struct marks *marks;
	struct mark at;			   /* the last place between blocks */
	uint64_t taken_bytes, plain_bytes; /* by all members before this step */
	uint64_t marked_plain;		   /* at the last mark */
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
	gunzip->at = (struct mark){ 0 };
}

void gunzip_mark(struct gunzip *gunzip, struct marks *marks)
{
	gunzip->marks = marks;
}

/* The stream stands between two blocks, or at the first or behind the last. */
static void note(struct gunzip *gunzip, uint64_t taken, uint64_t plain, int data_type)
{
	struct mark *at = &gunzip->at;
	struct marks *marks = gunzip->marks;
	bool first = !at->member_bit;

	at->final_bit = data_type & LAST_BLOCK ? at->bit : 0;
	at->bit = taken * 8 - (uint64_t)(data_type & UNUSED_BITS);
	at->plain = plain;
	if (first) {
		at->member_bit = at->bit;
		at->member_plain = plain;
	} else if (!at->final_bit && plain - gunzip->marked_plain < MARK_APART) {
		return;
	}
	gunzip->marked_plain = plain;
	if (marks && marks->count < marks->room)
		marks->mark[marks->count++] = *at;
}

int gunzip_step(struct gunzip *gunzip, const void **in, size_t *in_size, void *out, size_t room,
	size_t *made, struct cln_err *err)
{
	z_stream *s = &gunzip->stream;
	uInt give = (uInt)CLN_MIN(*in_size, (size_t)1 << 30);
	uInt space = (uInt)CLN_MIN(room, (size_t)1 << 30);
	bool between;
	int r;

	s->next_in = (Bytef *)*in;
	s->avail_in = give;
	s->next_out = out;
	s->avail_out = space;
	do {
		r = inflate(s, Z_BLOCK);
		between = s->data_type & AT_BLOCK;
		if (between)
			note(gunzip, gunzip->taken_bytes + give - s->avail_in,
				gunzip->plain_bytes + space - s->avail_out, s->data_type);
	} while (between && (r == Z_OK || r == Z_BUF_ERROR));
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return cln_fail(err, EINVAL, "gzip: %s", s->msg ? s->msg : "bad data");
	gunzip->taken_bytes += give - s->avail_in;
	gunzip->plain_bytes += space - s->avail_out;
	*in = (const char *)*in + (give - s->avail_in);
	*in_size -= give - s->avail_in;
	*made = space - s->avail_out;
	return r == Z_STREAM_END;
}
