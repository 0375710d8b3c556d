// SPDX-License-Identifier: Apache-2.0
#include "packager/read/unzstd.h"

#include "common/mem.h"
#include "packager/model/limits.h"

#include <errno.h>
#include <zstd.h>
#include <zstd_errors.h>

#define MAGIC 0xfd2fb528u
#define MAGIC_SKIPPABLE 0x184d2a50u /* and the 15 behind it */
#define BLOCK_RLE 1u
#define BLOCK_HEADER_BYTES 3u

/* RFC 8878 3.1.1 and 3.1.2: what the stream stands in. LOST: in what only the library may know. */
enum part { START, DESCRIPTOR, HEADER, BLOCK_HEADER, BLOCK, CHECKSUM, SKIP_SIZE, SKIP, LOST };

struct unzstd {
	ZSTD_DStream *library;
	uint64_t window_bytes;
	bool inside, any;
	uint64_t taken_bytes, plain_bytes; /* since unzstd_new */

	enum part part;
	uint64_t left; /* bytes of the part */
	uint8_t field[16];
	unsigned field_size;
	bool last, has_checksum;
	bool ended; /* a block has, but not all that it gives is out */

	struct marks *marks;
	struct mark at;	       /* the last place between blocks */
	uint64_t block_bit;    /* where the block at hand begins */
	uint64_t marked_plain; /* at the last mark */
};

/* The smallest power of two that holds the ceiling, as zstd counts windows. */
static int window_log(uint64_t most)
{
	int log = 10;

	while (log < 31 && (uint64_t)1 << log < most)
		log++;
	return log;
}

static void part_begin(struct unzstd *z, enum part part, uint64_t size)
{
	z->part = part;
	z->left = size;
	z->field_size = 0;
}

struct unzstd *unzstd_new(uint64_t window_bytes)
{
	struct unzstd *z = cln_alloc(sizeof(*z));

	z->library = ZSTD_createDStream();
	z->window_bytes = window_bytes;
	if (!z->library || ZSTD_isError(ZSTD_DCtx_setParameter(
				   z->library, ZSTD_d_windowLogMax, window_log(window_bytes))))
		abort(); /* out of memory */
	part_begin(z, START, 4);
	return z;
}

void unzstd_free(struct unzstd *unzstd)
{
	if (unzstd)
		ZSTD_freeDStream(unzstd->library);
	free(unzstd);
}

void unzstd_mark(struct unzstd *unzstd, struct marks *marks)
{
	unzstd->marks = marks;
}

bool unzstd_is_whole(const struct unzstd *unzstd)
{
	return unzstd->any && !unzstd->inside;
}

static void mark(struct unzstd *z, bool first)
{
	struct mark *at = &z->at;
	bool end = !first && z->last;

	at->bit = z->taken_bytes * 8;
	at->plain = z->plain_bytes;
	at->final_bit = end ? z->block_bit : 0;
	if (first) {
		at->member_bit = at->bit;
		at->member_plain = at->plain;
	} else if (!end && at->plain - z->marked_plain < MARK_APART) {
		return;
	}
	z->marked_plain = at->plain;
	if (z->marks && z->marks->count < z->marks->room)
		z->marks->mark[z->marks->count++] = *at;
}

/* RFC 8878 3.1.1.1: how long the header is behind its descriptor. */
static unsigned header_bytes(uint8_t descriptor)
{
	static const uint8_t dictionary[] = { 0, 1, 2, 4 }, content[] = { 0, 2, 4, 8 };
	bool single = descriptor >> 5 & 1;
	unsigned size = content[descriptor >> 6];

	return !single + dictionary[descriptor & 3] + (size ? size : single);
}

/* The window: as told, or all of the frame's content. */
static uint64_t header_window(const uint8_t *field, unsigned size)
{
	bool single = field[0] >> 5 & 1;
	unsigned content = field[0] >> 6 ? 1u << (field[0] >> 6) : 1;
	uint64_t base;

	if (single)
		return cln_little_endian(field + size - content, content) +
		       (content == 2 ? 256 : 0);
	base = (uint64_t)1 << (10 + (field[1] >> 3));
	return base + base / 8 * (field[1] & 7);
}

static void start(struct unzstd *z)
{
	uint64_t magic = cln_little_endian(z->field, 4);

	if (magic == MAGIC)
		part_begin(z, DESCRIPTOR, 1);
	else if ((magic & ~15u) == MAGIC_SKIPPABLE)
		part_begin(z, SKIP_SIZE, 4);
	else
		part_begin(z, LOST, UINT64_MAX);
}

static void block_header(struct unzstd *z)
{
	uint64_t header = cln_little_endian(z->field, BLOCK_HEADER_BYTES);

	z->last = header & 1;
	z->block_bit = (z->taken_bytes - BLOCK_HEADER_BYTES) * 8;
	part_begin(z, BLOCK, (header >> 1 & 3) == BLOCK_RLE ? 1 : header >> 3);
}

/* All that the block gives is out. */
static void block_end(struct unzstd *z)
{
	z->ended = false;
	mark(z, false);
	if (!z->last)
		part_begin(z, BLOCK_HEADER, BLOCK_HEADER_BYTES);
	else if (z->has_checksum)
		part_begin(z, CHECKSUM, 4);
	else
		part_begin(z, START, 4);
}

/* The part's bytes have passed: on to the next. */
static void part_end(struct unzstd *z)
{
	switch (z->part) {
	case START:
		start(z);
		break;
	case DESCRIPTOR:
		z->has_checksum = z->field[0] >> 2 & 1;
		z->part = HEADER; /* goes on with the same field */
		z->left = header_bytes(z->field[0]);
		break;
	case HEADER:
		z->at.window_bytes = header_window(z->field, z->field_size);
		mark(z, true);
		part_begin(z, BLOCK_HEADER, BLOCK_HEADER_BYTES);
		break;
	case BLOCK_HEADER:
		block_header(z);
		break;
	case BLOCK:
		z->ended = true;
		break;
	case SKIP_SIZE:
		part_begin(z, SKIP, cln_little_endian(z->field, 4));
		break;
	case CHECKSUM:
	case SKIP:
		part_begin(z, START, 4);
		break;
	default:
		part_begin(z, LOST, UINT64_MAX);
	}
}

static void take(struct unzstd *z, const uint8_t *data, size_t size)
{
	z->taken_bytes += size;
	z->left -= size;
	for (size_t i = 0; i < size && z->field_size < sizeof(z->field); i++)
		z->field[z->field_size++] = data[i];
	while (!z->left && !z->ended)
		part_end(z);
}

static int library_step(
	struct unzstd *z, ZSTD_inBuffer *in, ZSTD_outBuffer *out, struct cln_err *err)
{
	size_t r = ZSTD_decompressStream(z->library, out, in);

	if (ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge)
		return limit_over(LIMIT_ZSTD_WINDOW, z->window_bytes, err);
	if (ZSTD_isError(r))
		return cln_fail(err, EINVAL, "zstd: %s", ZSTD_getErrorName(r));
	z->inside = r != 0;
	z->any = z->any || !r;
	return 0;
}

int unzstd_step(struct unzstd *z, const void **in, size_t *in_size, void *out, size_t room,
	size_t *made, struct cln_err *err)
{
	ZSTD_outBuffer to = { out, room, 0 };
	ZSTD_inBuffer from = { *in, 0, 0 };

	while (to.pos < room && (from.pos < *in_size || z->inside)) {
		size_t in_before = from.pos, out_before = to.pos;

		/* with what a block gives not all out, it gets no more */
		from.size = from.pos;
		if (!z->ended)
			from.size += CLN_MIN(z->left, *in_size - from.pos);
		if (library_step(z, &from, &to, err) < 0)
			return -err->code;
		z->plain_bytes += to.pos - out_before;
		take(z, (const uint8_t *)*in + in_before, from.pos - in_before);
		if (z->ended && to.pos < room)
			block_end(z);
		else if (from.pos == in_before && to.pos == out_before)
			break;
	}
	*made = to.pos;
	*in = (const char *)*in + from.pos;
	*in_size -= from.pos;
	return 0;
}
