// SPDX-License-Identifier: Apache-2.0
#include "packager/read/deflate_inside.h"

#include "common/mem.h"

#include <errno.h>

#define GO_ON (DEFLATE_END + 1) /* no stop: the next state's turn */

struct deflate *deflate_new(void)
{
	struct deflate *deflate = cln_alloc(sizeof(*deflate));

	deflate->fast = deflate_fast;
#ifdef __x86_64__
	if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))
		deflate->fast = deflate_fast_bmi2;
#endif
	return deflate;
}

void deflate_free(struct deflate *deflate)
{
	free(deflate);
}

void deflate_begin(struct deflate *deflate)
{
	deflate->bits = 0;
	deflate->count = 0;
	deflate->state = DEFLATE_HEAD;
	deflate->last = false;
	deflate->length = 0;
	deflate->history_size = 0;
	deflate->going = false;
}

unsigned deflate_ahead(const struct deflate *deflate)
{
	return deflate->count;
}

unsigned deflate_rest(struct deflate *deflate, uint8_t rest[8])
{
	unsigned bytes = deflate->count / 8;

	deflate->bits >>= deflate->count % 8;
	for (unsigned i = 0; i < bytes; i++)
		rest[i] = (uint8_t)(deflate->bits >> i * 8);
	deflate->bits = 0;
	deflate->count = 0;
	return bytes;
}

/* Takes input until there are so many bits: at most 56. */
static bool need(struct deflate *deflate, struct deflate_io *io, unsigned bits)
{
	while (deflate->count < bits) {
		if (io->in == io->in_end)
			return false;
		deflate->bits |= (uint64_t)*io->in++ << deflate->count;
		deflate->count += 8;
	}
	return true;
}

static unsigned take(struct deflate *deflate, unsigned bits)
{
	unsigned value = (unsigned)(deflate->bits & (((uint64_t)1 << bits) - 1));

	deflate->bits >>= bits;
	deflate->count -= bits;
	return value;
}

/* The next entry of a table, with as much input as it takes to tell; false: more input. */
static bool peek(struct deflate *deflate, struct deflate_io *io, const uint32_t *table,
	unsigned bits, uint32_t *entry)
{
	need(deflate, io, CODE_BITS + 13);
	*entry = table[deflate->bits & ((1u << bits) - 1)];
	if (*entry & ENTRY_SUB)
		*entry = table[ENTRY_VALUE(*entry) +
			       (deflate->bits >> bits & ((1u << (CODE_BITS - bits)) - 1))];
	return (*entry & ENTRY_BITS) <= deflate->count;
}

static unsigned take_entry(struct deflate *deflate, uint32_t entry)
{
	return take(deflate, entry & ENTRY_BITS) >> ENTRY_CODE(entry);
}

uint8_t *deflate_copy_far(
	const struct deflate *deflate, uint8_t *out, unsigned length, unsigned distance)
{
	size_t here = (size_t)(out - deflate->begin);

	if (distance > here) {
		size_t back = distance - here, size = CLN_MIN(back, (size_t)length);

		if (back > CLN_MIN(deflate->history_size, WINDOW))
			return NULL;
		memcpy(out, deflate->history + deflate->history_size - back, size);
		out += size;
		length -= (unsigned)size;
	}
	for (; length; length--, out++)
		*out = *(out - distance);
	return out;
}

/* The last WINDOW bytes stay reachable; seldom moves what it has. */
static void remember(struct deflate *deflate, const uint8_t *data, size_t size)
{
	if (size >= WINDOW) {
		memcpy(deflate->history, data + size - WINDOW, WINDOW);
		deflate->history_size = WINDOW;
		return;
	}
	if (deflate->history_size + size > sizeof(deflate->history)) {
		memmove(deflate->history, deflate->history + deflate->history_size - WINDOW,
			WINDOW);
		deflate->history_size = WINDOW;
	}
	memcpy(deflate->history + deflate->history_size, data, size);
	deflate->history_size += (unsigned)size;
}

/* 3.2.3 */
static int head(struct deflate *deflate, struct deflate_io *io, struct cln_err *err)
{
	if (!need(deflate, io, 3))
		return DEFLATE_INPUT;
	deflate->last = take(deflate, 1);
	switch (take(deflate, 2)) {
	case 0:
		take(deflate, deflate->count % 8);
		deflate->state = DEFLATE_STORED_SIZE;
		return GO_ON;
	case 1:
		deflate_table_fixed(deflate);
		deflate->state = DEFLATE_SYMBOLS;
		return GO_ON;
	case 2:
		deflate->state = DEFLATE_COUNTS;
		return GO_ON;
	default:
		return cln_fail(err, EINVAL, "a block of no type");
	}
}

static int block_end(struct deflate *deflate)
{
	deflate->state = DEFLATE_HEAD;
	return deflate->last ? DEFLATE_END : DEFLATE_BLOCK;
}

/* 3.2.4 */
static int stored_size(struct deflate *deflate, struct deflate_io *io, struct cln_err *err)
{
	unsigned size;

	if (!need(deflate, io, 32))
		return DEFLATE_INPUT;
	size = take(deflate, 16);
	if (take(deflate, 16) != (size ^ 0xffff))
		return cln_fail(err, EINVAL, "a stored block of two sizes");
	deflate->left = size;
	deflate->state = DEFLATE_STORED;
	return GO_ON;
}

static int stored(struct deflate *deflate, struct deflate_io *io)
{
	size_t size;

	while (deflate->left && deflate->count && io->out < io->out_end) {
		*io->out++ = (uint8_t)take(deflate, 8);
		deflate->left--;
	}
	if (!deflate->left)
		return block_end(deflate);
	if (io->out == io->out_end)
		return DEFLATE_ROOM;
	size = CLN_MIN((size_t)deflate->left, (size_t)(io->in_end - io->in));
	size = CLN_MIN(size, (size_t)(io->out_end - io->out));
	memcpy(io->out, io->in, size);
	io->out += size;
	io->in += size;
	deflate->left -= (uint32_t)size;
	if (!deflate->left)
		return block_end(deflate);
	return io->out == io->out_end ? DEFLATE_ROOM : DEFLATE_INPUT;
}

/* 3.2.7, from here to lengths() */
static int counts(struct deflate *deflate, struct deflate_io *io, struct cln_err *err)
{
	if (!need(deflate, io, 14))
		return DEFLATE_INPUT;
	deflate->litlens = take(deflate, 5) + 257;
	deflate->dists = take(deflate, 5) + 1;
	deflate->precodes = take(deflate, 4) + 4;
	if (deflate->litlens > 286 || deflate->dists > 30)
		return cln_fail(err, EINVAL, "too many codes");
	deflate->at = 0;
	memset(deflate->precode_lengths, 0, sizeof(deflate->precode_lengths));
	deflate->state = DEFLATE_PRECODE;
	return GO_ON;
}

static int precode(struct deflate *deflate, struct deflate_io *io, struct cln_err *err)
{
	static const uint8_t order[] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14,
		1, 15 };

	for (; deflate->at < deflate->precodes; deflate->at++) {
		if (!need(deflate, io, 3))
			return DEFLATE_INPUT;
		deflate->precode_lengths[order[deflate->at]] = (uint8_t)take(deflate, 3);
	}
	if (deflate_table_precode(deflate) < 0)
		return cln_fail(err, EINVAL, "bad code of the code lengths");
	deflate->at = 0;
	deflate->state = DEFLATE_LENGTHS;
	return GO_ON;
}

/* One symbol of the code lengths: a length, or a repeat of one. */
static int length_symbol(struct deflate *deflate, struct deflate_io *io, struct cln_err *err)
{
	static const struct {
		uint8_t extra, base;
	} repeats[] = { { 2, 3 }, { 3, 3 }, { 7, 11 } };
	unsigned all = deflate->litlens + deflate->dists, symbol, times;
	uint8_t value = 0;
	uint32_t entry;

	if (!peek(deflate, io, deflate->precode, 7, &entry))
		return DEFLATE_INPUT;
	symbol = ENTRY_VALUE(entry);
	if (symbol < 16) {
		take_entry(deflate, entry);
		deflate->lengths[deflate->at++] = (uint8_t)symbol;
		return GO_ON;
	}
	if (deflate->count < (entry & ENTRY_BITS) + repeats[symbol - 16].extra)
		return DEFLATE_INPUT;
	take_entry(deflate, entry);
	times = repeats[symbol - 16].base + take(deflate, repeats[symbol - 16].extra);
	if (times > all - deflate->at || (symbol == 16 && !deflate->at))
		return cln_fail(err, EINVAL, "a bad repeat of a code length");
	if (symbol == 16)
		value = deflate->lengths[deflate->at - 1];
	memset(deflate->lengths + deflate->at, value, times);
	deflate->at += times;
	return GO_ON;
}

static int lengths(struct deflate *deflate, struct deflate_io *io, struct cln_err *err)
{
	while (deflate->at < deflate->litlens + deflate->dists) {
		int r = length_symbol(deflate, io, err);

		if (r != GO_ON)
			return r;
	}
	if (!deflate->lengths[256])
		return cln_fail(err, EINVAL, "a block that cannot end");
	deflate->fixed = false;
	if (deflate_table_litlen(deflate, deflate->lengths, deflate->litlens) < 0)
		return cln_fail(err, EINVAL, "bad code of the literals and lengths");
	if (deflate_table_dist(deflate, deflate->lengths + deflate->litlens, deflate->dists) < 0)
		return cln_fail(err, EINVAL, "bad code of the distances");
	deflate->state = DEFLATE_SYMBOLS;
	return GO_ON;
}

/* The match that was read last, as far as there is room. GO_ON: all of it. */
static int match(struct deflate *deflate, struct deflate_io *io, struct cln_err *err)
{
	unsigned size;

	if (!deflate->distance) {
		uint32_t entry;

		if (!peek(deflate, io, deflate->dist, DIST_BITS, &entry))
			return DEFLATE_INPUT;
		if (entry & ENTRY_OTHER)
			return cln_fail(err, EINVAL, "bits that are no distance");
		deflate->distance = ENTRY_VALUE(entry) + take_entry(deflate, entry);
	}
	size = (unsigned)CLN_MIN((size_t)deflate->length, (size_t)(io->out_end - io->out));
	if (size) {
		uint8_t *out = deflate_copy_far(deflate, io->out, size, deflate->distance);

		if (!out)
			return cln_fail(err, EINVAL, "a distance too far back");
		io->out = out;
	}
	deflate->length -= size;
	return deflate->length ? DEFLATE_ROOM : GO_ON;
}

static int fast(struct deflate *deflate, struct deflate_io *io, struct cln_err *err)
{
	switch (deflate->fast(deflate, io)) {
	case FAST_EDGE:
		return GO_ON;
	case FAST_END:
		return block_end(deflate);
	case FAST_NO_CODE:
		return cln_fail(err, EINVAL, "bits that are no code");
	case FAST_NO_DISTANCE:
		return cln_fail(err, EINVAL, "bits that are no distance");
	default:
		return cln_fail(err, EINVAL, "a distance too far back");
	}
}

/* One literal or match, or as many as go fast before it. */
static int symbols(struct deflate *deflate, struct deflate_io *io, struct cln_err *err)
{
	unsigned extra;
	uint32_t entry;
	int r = deflate->length ? match(deflate, io, err) : GO_ON;

	if (r == GO_ON && io->in_end - io->in >= FAST_IN && io->out_end - io->out > FAST_OUT)
		r = fast(deflate, io, err);
	if (r != GO_ON)
		return r;
	if (!peek(deflate, io, deflate->litlen, LITLEN_BITS, &entry))
		return DEFLATE_INPUT;
	if ((entry & ENTRY_LITERAL) && io->out == io->out_end)
		return DEFLATE_ROOM;
	extra = take_entry(deflate, entry);
	if (entry & ENTRY_LITERAL) {
		*io->out++ = (uint8_t)ENTRY_VALUE(entry);
		return GO_ON;
	}
	if (entry & ENTRY_OTHER)
		return entry & ENTRY_END ? block_end(deflate)
					 : cln_fail(err, EINVAL, "bits that are no code");
	deflate->length = ENTRY_VALUE(entry) + extra;
	deflate->distance = 0;
	return GO_ON;
}

static int step(struct deflate *deflate, struct deflate_io *io, struct cln_err *err)
{
	switch (deflate->state) {
	case DEFLATE_HEAD:
		return head(deflate, io, err);
	case DEFLATE_STORED_SIZE:
		return stored_size(deflate, io, err);
	case DEFLATE_STORED:
		return stored(deflate, io);
	case DEFLATE_COUNTS:
		return counts(deflate, io, err);
	case DEFLATE_PRECODE:
		return precode(deflate, io, err);
	case DEFLATE_LENGTHS:
		return lengths(deflate, io, err);
	default:
		return symbols(deflate, io, err);
	}
}

int deflate_step(struct deflate *deflate, struct deflate_io *io, struct cln_err *err)
{
	int r;

	if (!deflate->going)
		deflate->begin = io->out;
	do {
		r = step(deflate, io, err);
	} while (r == GO_ON);
	deflate->going = r == DEFLATE_BLOCK;
	if (r == DEFLATE_INPUT || r == DEFLATE_ROOM)
		remember(deflate, deflate->begin, (size_t)(io->out - deflate->begin));
	return r;
}
