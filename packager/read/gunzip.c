// SPDX-License-Identifier: Apache-2.0
#include "packager/read/gunzip.h"

#include "common/mem.h"
#include "packager/read/crc.h"
#include "packager/read/deflate.h"

#include <errno.h>
#include <string.h>

/* RFC 1952 2.3.1: the bits of FLG; those above must be zero */
#define FLAG_HCRC 2u
#define FLAG_EXTRA 4u
#define FLAG_NAME 8u
#define FLAG_COMMENT 16u
#define FLAGS_RESERVED 0xe0u
#define METHOD_DEFLATE 8
#define FIXED_BYTES 10u
#define TRAILER_BYTES 8u
#define WINDOW_BYTES 32768u /* RFC 1951 2 */

enum part { FIXED, EXTRA_SIZE, EXTRA, NAME, COMMENT, HEADER_CRC, BODY, TRAILER, OVER };

struct gunzip {
	struct deflate *deflate;
	enum part part;
	uint8_t field[FIXED_BYTES]; /* of fixed size, as far as it has come */
	unsigned field_size;
	unsigned flags, extra_left;
	uint32_t header_crc, crc;
	uint64_t taken_bytes, plain_bytes; /* since gunzip_new */

	struct marks *marks;
	struct mark at;	       /* the last place between blocks */
	uint64_t marked_plain; /* at the last mark */
};

struct gunzip *gunzip_new(void)
{
	struct gunzip *gunzip = cln_alloc(sizeof(*gunzip));

	gunzip->deflate = deflate_new();
	return gunzip;
}

void gunzip_free(struct gunzip *gunzip)
{
	if (gunzip)
		deflate_free(gunzip->deflate);
	free(gunzip);
}

void gunzip_begin(struct gunzip *gunzip)
{
	deflate_begin(gunzip->deflate);
	gunzip->part = FIXED;
	gunzip->field_size = 0;
	gunzip->header_crc = 0;
	gunzip->crc = 0;
}

void gunzip_mark(struct gunzip *gunzip, struct marks *marks)
{
	gunzip->marks = marks;
}

static void take(struct gunzip *gunzip, struct deflate_io *io, size_t size)
{
	if (gunzip->part < HEADER_CRC)
		gunzip->header_crc = crc_add(gunzip->header_crc, io->in, size);
	io->in += size;
	gunzip->taken_bytes += size;
}

/* A field of so many bytes, which may come in pieces. True: all of it is in gunzip->field. */
static bool field(struct gunzip *gunzip, struct deflate_io *io, unsigned size)
{
	size_t part = CLN_MIN((size_t)(size - gunzip->field_size), (size_t)(io->in_end - io->in));

	memcpy(gunzip->field + gunzip->field_size, io->in, part);
	gunzip->field_size += (unsigned)part;
	take(gunzip, io, part);
	if (gunzip->field_size < size)
		return false;
	gunzip->field_size = 0;
	return true;
}

/* Bytes up to a zero, and that too. */
static bool text(struct gunzip *gunzip, struct deflate_io *io)
{
	size_t size = (size_t)(io->in_end - io->in);
	const uint8_t *zero = size ? memchr(io->in, 0, size) : NULL;

	take(gunzip, io, zero ? (size_t)(zero - io->in) + 1 : size);
	return zero;
}

static bool extra(struct gunzip *gunzip, struct deflate_io *io)
{
	size_t part = CLN_MIN((size_t)gunzip->extra_left, (size_t)(io->in_end - io->in));

	take(gunzip, io, part);
	gunzip->extra_left -= (unsigned)part;
	return !gunzip->extra_left;
}

/* The stream stands between two blocks of a member, before its first or behind its last. */
static void mark(struct gunzip *gunzip, bool first, bool end)
{
	struct mark *at = &gunzip->at;
	struct marks *marks = gunzip->marks;

	at->final_bit = end ? at->bit : 0;
	at->bit = gunzip->taken_bytes * 8 - deflate_ahead(gunzip->deflate);
	at->plain = gunzip->plain_bytes;
	if (first) {
		at->member_bit = at->bit;
		at->member_plain = at->plain;
		at->window_bytes = WINDOW_BYTES;
	} else if (!end && at->plain - gunzip->marked_plain < MARK_APART) {
		return;
	}
	gunzip->marked_plain = at->plain;
	if (marks && marks->count < marks->room)
		marks->mark[marks->count++] = *at;
}

static int fixed(struct gunzip *gunzip, struct cln_err *err)
{
	const uint8_t *byte = gunzip->field;

	if (byte[0] != 0x1f || byte[1] != 0x8b)
		return cln_fail(err, EINVAL, "gzip: not a gzip header");
	if (byte[2] != METHOD_DEFLATE)
		return cln_fail(err, EINVAL, "gzip: a method other than deflate");
	if (byte[3] & FLAGS_RESERVED)
		return cln_fail(err, EINVAL, "gzip: unknown header flags");
	gunzip->flags = byte[3];
	return 1;
}

static int header_crc(struct gunzip *gunzip, struct deflate_io *io, struct cln_err *err)
{
	if (!(gunzip->flags & FLAG_HCRC))
		return 1;
	if (!field(gunzip, io, 2))
		return 0;
	if (cln_little_endian(gunzip->field, 2) != (gunzip->header_crc & 0xffff))
		return cln_fail(err, EINVAL, "gzip: wrong checksum of the header");
	return 1;
}

/* One part of the header. 1: the next part's turn; 0: it needs input. */
static int header(struct gunzip *gunzip, struct deflate_io *io, struct cln_err *err)
{
	switch (gunzip->part) {
	case FIXED:
		return field(gunzip, io, FIXED_BYTES) ? fixed(gunzip, err) : 0;
	case EXTRA_SIZE:
		gunzip->extra_left = 0;
		if (!(gunzip->flags & FLAG_EXTRA))
			return 1;
		if (!field(gunzip, io, 2))
			return 0;
		gunzip->extra_left = (unsigned)cln_little_endian(gunzip->field, 2);
		return 1;
	case EXTRA:
		return extra(gunzip, io);
	case NAME:
		return !(gunzip->flags & FLAG_NAME) || text(gunzip, io);
	case COMMENT:
		return !(gunzip->flags & FLAG_COMMENT) || text(gunzip, io);
	default:
		return header_crc(gunzip, io, err);
	}
}

/* Blocks as far as input and room reach. 1: the last one ended. */
static int body(struct gunzip *gunzip, struct deflate_io *io, struct cln_err *err)
{
	const uint8_t *begin = io->out;
	int r;

	do {
		const uint8_t *in = io->in, *out = io->out;

		r = deflate_step(gunzip->deflate, io, err);
		if (r < 0)
			return cln_within(err, "gzip");
		gunzip->taken_bytes += (size_t)(io->in - in);
		gunzip->plain_bytes += (size_t)(io->out - out);
		if (r == DEFLATE_BLOCK || r == DEFLATE_END)
			mark(gunzip, false, r == DEFLATE_END);
	} while (r == DEFLATE_BLOCK);
	gunzip->crc = crc_add(gunzip->crc, begin, (size_t)(io->out - begin));
	if (r != DEFLATE_END)
		return 0;
	gunzip->field_size = deflate_rest(gunzip->deflate, gunzip->field);
	return 1;
}

static int trailer(struct gunzip *gunzip, struct deflate_io *io, struct cln_err *err)
{
	uint64_t size = gunzip->plain_bytes - gunzip->at.member_plain;

	if (!field(gunzip, io, TRAILER_BYTES))
		return 0;
	if (cln_little_endian(gunzip->field, 4) != gunzip->crc)
		return cln_fail(err, EINVAL, "gzip: wrong checksum");
	if (cln_little_endian(gunzip->field + 4, 4) != (uint32_t)size)
		return cln_fail(err, EINVAL, "gzip: wrong size");
	return 1;
}

static int part(struct gunzip *gunzip, struct deflate_io *io, struct cln_err *err)
{
	switch (gunzip->part) {
	case BODY:
		return body(gunzip, io, err);
	case TRAILER:
		return trailer(gunzip, io, err);
	default:
		return header(gunzip, io, err);
	}
}

int gunzip_step(struct gunzip *gunzip, const void **in, size_t *in_size, void *out, size_t room,
	size_t *made, struct cln_err *err)
{
	struct deflate_io io = { .in = *in, .out = out };
	int r = 1;

	io.in_end = io.in + *in_size;
	io.out_end = io.out + room;
	while (gunzip->part < OVER && r > 0) {
		r = part(gunzip, &io, err);
		if (r > 0 && ++gunzip->part == BODY)
			mark(gunzip, true, false);
	}
	if (r < 0)
		return r;
	*in = io.in;
	*in_size = (size_t)(io.in_end - io.in);
	*made = (size_t)(io.out - (uint8_t *)out);
	return r;
}
