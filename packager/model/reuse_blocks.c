// SPDX-License-Identifier: Apache-2.0
#include "packager/model/reuse_inside.h"
#include "packager/model/zblock.h"

#include <errno.h>
#include <libdeflate.h>
#include <string.h>

/* The bytes that hold a bit of it. */
static uint64_t piece_begin(const struct piece *piece)
{
	return piece->bit / 8;
}

static uint64_t piece_end(const struct piece *piece)
{
	return (piece->bit + piece->bits + 7) / 8;
}

int pieces_flush(struct reuse *reuse, struct cln_err *err)
{
	if (reuse->waiting && spool_append(reuse->list, reuse->wait,
				      reuse->waiting * sizeof(*reuse->wait), NULL, err) < 0)
		return -err->code;
	reuse->waiting = 0;
	return 0;
}

/* Blocks that store their bytes cost 5 bytes for 16 KiB and more; what costs more than that is
 * better compressed anew. So are blocks too long for a run. */
static bool piece_pays(const struct mark *from, const struct mark *to)
{
	uint64_t plain = to->plain - from->plain, bytes = (to->bit - from->bit + 7) / 8;

	return plain && plain <= REUSE_MOST && bytes <= plain + plain / 1024 &&
	       from->window_bytes <= REUSE_WINDOW_MOST;
}

/* deflate takes nothing over from the blocks before. */
static bool piece_begins(const struct reuse *reuse, const struct piece *piece, size_t size)
{
	return reuse->blocks == REUSE_GZIP || !piece->behind ||
	       zblock_is_alone(reuse->scratch, size);
}

static int piece_add(
	struct reuse *reuse, const struct mark *from, const struct mark *to, struct cln_err *err)
{
	uint16_t which = (uint16_t)(reuse->count - 1);
	const struct reuse_layer *layer = &reuse->layer[which];
	struct piece piece = {
		.plain = layer->base + from->plain,
		.bit = from->bit,
		.plain_bytes = (uint32_t)(to->plain - from->plain),
		.bits = (uint32_t)(to->bit - from->bit),
		.behind = (uint32_t)CLN_MIN(from->plain - from->member_plain, from->window_bytes),
		.window = (uint32_t)from->window_bytes,
		.last = to->final_bit ? (uint32_t)(to->final_bit - from->bit) : NOT_LAST,
		.layer = which,
	};
	size_t size = piece_end(&piece) - piece_begin(&piece);

	if (stored_read(layer, piece_begin(&piece), reuse->scratch, size, err) < 0)
		return -err->code;
	piece.crc = libdeflate_crc32(0, reuse->scratch, size);
	piece.begins = piece_begins(reuse, &piece, size);
	if (reuse->waiting == PIECES && pieces_flush(reuse, err) < 0)
		return -err->code;
	reuse->wait[reuse->waiting++] = piece;
	reuse->pieces++;
	return 0;
}

int reuse_mark(struct reuse *reuse, const struct mark *mark, size_t count, struct cln_err *err)
{
	for (size_t i = 0; reuse->open && i < count; i++) {
		const struct mark *from = &reuse->before, *to = &mark[i];

		if (from->member_bit && from->member_bit == to->member_bit && to->bit > from->bit &&
			to->plain - from->plain >= MARK_APART && piece_pays(from, to) &&
			piece_add(reuse, from, to, err) < 0)
			return -err->code;
		reuse->before = *to;
	}
	return 0;
}

/* A view of the list that moves on: PIECES of it at a time. */
struct view {
	const struct reuse *reuse;
	struct piece piece[PIECES];
	uint64_t first;
	uint32_t count;
};

/* NULL: an error. */
static const struct piece *view_at(struct view *view, uint64_t which, struct cln_err *err)
{
	uint64_t left = view->reuse->pieces - which;

	if (which < view->first || which >= view->first + view->count) {
		view->first = which;
		view->count = (uint32_t)CLN_MIN(left, PIECES);
		if (spool_read(view->reuse->list, which * sizeof(struct piece), view->piece,
			    view->count * sizeof(struct piece), err) < 0)
			return NULL;
	}
	return &view->piece[which - view->first];
}

/* The first piece at or behind `at`. */
static int search(const struct reuse *reuse, uint64_t at, uint64_t *which, struct cln_err *err)
{
	uint64_t low = 0, high = reuse->pieces, plain;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (spool_read(reuse->list,
			    middle * sizeof(struct piece) + offsetof(struct piece, plain), &plain,
			    sizeof(plain), err) < 0)
			return -err->code;
		if (plain < at)
			low = middle + 1;
		else
			high = middle;
	}
	*which = low;
	return 0;
}

/* Does next go on where piece ends? Nothing does behind a member's last block. */
static bool follows(const struct piece *next, const struct piece *piece)
{
	return next->layer == piece->layer && piece->last == NOT_LAST &&
	       next->plain == piece->plain + piece->plain_bytes &&
	       next->bit == piece->bit + piece->bits;
}

/* As many pieces from `which` on as go together and end before `end`. */
static int run_from(
	struct view *view, uint64_t which, uint64_t end, struct reuse_run *run, struct cln_err *err)
{
	struct piece before = { 0 };
	const struct piece *piece;

	*run = (struct reuse_run){ .first = which };
	for (; which < view->reuse->pieces; which++) {
		piece = view_at(view, which, err);
		if (!piece)
			return -err->code;
		if (piece->plain + piece->plain_bytes > end ||
			(run->pieces && !follows(piece, &before)))
			break;
		if (run->plain_bytes + piece->plain_bytes > REUSE_MOST) {
			run->goes_on = true;
			break;
		}
		if (!run->pieces++) {
			run->plain = piece->plain;
			run->phase = piece->bit % 8;
			run->behind = piece->behind;
			run->window_bytes = piece->window;
		}
		run->plain_bytes += piece->plain_bytes;
		before = *piece;
	}
	return 0;
}

/* Bytes in front cost nothing where all is one member. */
static uint64_t least(const struct reuse *reuse, const struct reuse_run *run)
{
	return reuse->blocks == REUSE_ZSTD && run->behind ? REUSE_LEAST_BEHIND : REUSE_LEAST;
}

int reuse_find(const struct reuse *reuse, uint64_t begin, uint64_t end, uint64_t at,
	struct reuse_run *run, struct cln_err *err)
{
	struct view view = { .reuse = reuse };
	const struct piece *piece;
	uint64_t which = 0;

	if (reuse_blocks(reuse) == REUSE_PLAIN || end - begin < REUSE_LEAST)
		return 0;
	if (search(reuse, at, &which, err) < 0)
		return -err->code;
	while (which < reuse->pieces) {
		piece = view_at(&view, which, err);
		if (!piece)
			return -err->code;
		if (piece->plain >= end)
			return 0;
		if (!piece->begins || piece->plain - begin < piece->behind) {
			which++;
			continue;
		}
		if (run_from(&view, which, end, run, err) < 0)
			return -err->code;
		if (run->plain_bytes >= least(reuse, run))
			return 1;
		which += CLN_MAX(run->pieces, 1);
	}
	return 0;
}

int reuse_next(const struct reuse *reuse, uint64_t end, struct reuse_run *run, struct cln_err *err)
{
	struct view view = { .reuse = reuse };

	return run_from(&view, run->first + run->pieces, end, run, err);
}

/* Every piece as it was when it was found; a last block becomes one like the others. */
static int pieces_check(
	const struct piece *piece, uint32_t count, unsigned char *out, struct cln_err *err)
{
	uint64_t begin = piece_begin(&piece[0]);

	for (uint32_t i = 0; i < count; i++)
		if (libdeflate_crc32(0, out + (piece_begin(&piece[i]) - begin),
			    piece_end(&piece[i]) - piece_begin(&piece[i])) != piece[i].crc)
			return cln_fail(err, ESTALE, REUSE_CHANGED);
	if (piece[count - 1].last != NOT_LAST) {
		uint64_t bit = piece[count - 1].bit + piece[count - 1].last - begin * 8;

		out[bit / 8] &= (unsigned char)~(1u << bit % 8);
	}
	return 0;
}

int reuse_read(const struct reuse *reuse, const struct reuse_run *run, unsigned char *out,
	uint64_t *bits, struct cln_err *err)
{
	struct piece piece[REUSE_MOST / MARK_APART];
	const struct piece *last = &piece[run->pieces - 1];
	const struct reuse_layer *layer;

	if (spool_read(reuse->list, run->first * sizeof(*piece), piece,
		    run->pieces * sizeof(*piece), err) < 0)
		return -err->code;
	layer = &reuse->layer[piece->layer];
	if (stored_check(layer, err) < 0 ||
		stored_read(layer, piece_begin(piece), out, piece_end(last) - piece_begin(piece),
			err) < 0 ||
		pieces_check(piece, run->pieces, out, err) < 0)
		return cln_within(err, "source layer %s", layer->digest);
	*bits = last->bit + last->bits - piece->bit;
	return 0;
}
