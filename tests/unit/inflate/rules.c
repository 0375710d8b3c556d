// SPDX-License-Identifier: Apache-2.0
/*
 * One row for each rule of RFC 1951, written bit by bit. zlib judges every row as well, so that
 * what a row expects is what the world expects; and each stream is cut at each byte.
 */
#include "packager/read/deflate_inside.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define ROOM ((size_t)1 << 17)

struct bits {
	uint8_t data[4096];
	unsigned count;
};

static void put(struct bits *bits, unsigned value, unsigned count)
{
	for (unsigned i = 0; i < count; i++, bits->count++)
		bits->data[bits->count / 8] |= (uint8_t)((value >> i & 1) << bits->count % 8);
}

/* A code goes from its highest bit (3.1.1). */
static void put_code(struct bits *bits, unsigned code, unsigned count)
{
	while (count--)
		put(bits, code >> count & 1, 1);
}

/* How many symbols: one more than the last that is named. */
static unsigned set_lengths(const char *text, uint8_t *lengths)
{
	unsigned symbols = 0, symbol, length;
	int used;

	while (sscanf(text, "%u=%u%n", &symbol, &length, &used) == 2) {
		lengths[symbol] = (uint8_t)length;
		symbols = symbol + 1;
		text += used;
		if (*text++ != ',')
			break;
	}
	return symbols;
}

/* "SYMBOL=BITS,...;SYMBOL=BITS,..." in ascending order as the header of a dynamic block (3.2.7),
 * its lengths in a code of 4 bits each. */
static void put_header(struct bits *bits, const char *text)
{
	uint8_t litlen[320] = { 0 }, dist[32] = { 0 };
	unsigned litlens = set_lengths(text, litlen);
	unsigned dists = set_lengths(strchr(text, ';') + 1, dist);

	litlens = CLN_MAX(litlens, 257u);
	dists = CLN_MAX(dists, 1u);
	put(bits, litlens - 257, 5);
	put(bits, dists - 1, 5);
	put(bits, 15, 4);
	for (unsigned i = 0; i < 19; i++)
		put(bits, i < 3 ? 0 : 4, 3);
	for (unsigned i = 0; i < litlens; i++)
		put_code(bits, litlen[i], 4);
	for (unsigned i = 0; i < dists; i++)
		put_code(bits, dist[i], 4);
}

/* Words: VALUE/BITS a number, bDIGITS bits in their order, | to a byte's end, h... a header,
 * 'TEXT bytes in the fixed code, sTEXT a stored block's sizes and bytes. */
static void assemble(const char *text, struct bits *bits)
{
	*bits = (struct bits){ 0 };
	while (*text) {
		unsigned value, count;
		size_t size = strcspn(text, " ");

		switch (*text) {
		case 'b':
			for (size_t i = 1; i < size; i++)
				put(bits, text[i] == '1', 1);
			break;
		case '|':
			bits->count = (bits->count + 7) / 8 * 8;
			break;
		case 'h':
			put_header(bits, text + 1);
			break;
		case '\'':
			for (size_t i = 1; i < size; i++)
				put_code(bits, 0x30 + (unsigned char)text[i], 8);
			break;
		case 's':
			put(bits, (unsigned)size - 1, 16);
			put(bits, 0xffff ^ (unsigned)(size - 1), 16);
			for (size_t i = 1; i < size; i++)
				put(bits, (unsigned char)text[i], 8);
			break;
		default:
			cr_assert_eq(sscanf(text, "%u/%u", &value, &count), 2, "%s", text);
			put(bits, value, count);
		}
		text += size;
		text += *text == ' ';
	}
}

static int run(const uint8_t *data, size_t size, size_t part, uint8_t *out, size_t *made,
	struct cln_err *err)
{
	struct deflate *deflate = deflate_new();
	struct deflate_io io = { .in = data, .in_end = data, .out = out };
	int r = DEFLATE_INPUT;

	if (part % 3 == 1) /* the portable loop, which a processor with BMI2 would never run */
		deflate->fast = deflate_fast;
	deflate_begin(deflate);
	while (r != DEFLATE_END && r >= 0) {
		if (r == DEFLATE_INPUT && io.in_end == data + size)
			break;
		if (r == DEFLATE_INPUT)
			io.in_end += CLN_MIN(part, (size_t)(data + size - io.in_end));
		if (r == DEFLATE_INPUT || r == DEFLATE_ROOM)
			io.out_end = CLN_MIN(io.out + part, out + ROOM);
		r = deflate_step(deflate, &io, err);
	}
	*made = (size_t)(io.out - out);
	deflate_free(deflate);
	return r;
}

static int by_zlib(const uint8_t *data, size_t size, uint8_t *out, size_t *made)
{
	z_stream s = { .next_in = (Bytef *)data, .avail_in = (uInt)size, .next_out = out };
	int r;

	s.avail_out = ROOM;
	inflateInit2(&s, -MAX_WBITS);
	r = inflate(&s, Z_FINISH);
	*made = s.total_out;
	inflateEnd(&s);
	return r;
}

#define FIXED "1/1 1/2 "
#define DYNAMIC "1/1 2/2 "
#define LONG \
	"h32=1,97=2,98=3,99=4,100=5,101=6,102=7,103=8,104=9,105=10,106=11,107=12,108=13,109=14,256=15,257=15;"
#define FAR_DIST "0=1,1=2,2=3,3=4,4=5,5=6,6=7,7=8,8=9,9=10,10=11,11=12,12=13,13=14,14=15,15=15"

static const struct {
	const char *bits, *plain, *error; /* one of them */
} rules[] = {
	/* 3.2.3 and 3.2.4 */
	{ "1/1 3/2", NULL, "a block of no type" },
	{ "0/1 3/2", NULL, "a block of no type" },
	{ "1/1 0/2 | s", "", NULL },
	{ "1/1 0/2 | sabc", "abc", NULL },
	{ "1/1 0/2 31/5 sabc", "abc", NULL }, /* what fills the byte up may be anything */
	{ "1/1 0/2 | 3/16 65533/16", NULL, "a stored block of two sizes" },
	{ "1/1 0/2 | 0/16 0/16", NULL, "a stored block of two sizes" },
	{ "0/1 0/2 | sab 0/1 0/2 | s 1/1 0/2 | sc", "abc", NULL },
	/* 3.2.6 */
	{ FIXED "b0000000", "", NULL },
	{ FIXED "'Az b110010000 b111111111 b0000000", "Az\220\377", NULL },
	{ FIXED "'a b0000001 b00000 b0000000", "aaaa", NULL },
	{ FIXED "'ab b0000100 b00001 b0000000", "abababab", NULL },
	{ FIXED "'a b0001000 b00000 b0000000", "a+10", NULL },	  /* 264 is 10 */
	{ FIXED "'a b0001001 b1 b00000 b0000000", "a+12", NULL }, /* 265 and 1: 12 */
	{ FIXED "'abcde b0000001 b00100 b0 b0000000", "abcdeabc", NULL },
	{ FIXED "'abcdef b0000001 b00100 b1 b0000000", "abcdefabc", NULL },
	{ FIXED "b11000110", NULL, "bits that are no code" }, /* 286 */
	{ FIXED "'a b11000111", NULL, "bits that are no code" },
	{ FIXED "'a b0000001 b11110", NULL, "bits that are no distance" }, /* 30 */
	{ FIXED "'a b0000001 b11111", NULL, "bits that are no distance" },
	{ FIXED "b0000001 b00000", NULL, "a distance too far back" },
	{ FIXED "'ab b0000001 b00010", NULL, "a distance too far back" },
	{ "0/1 0/2 | sab 1/1 1/2 b0000001 b00001 b0000000", "ababa", NULL },
	{ "0/1 0/2 | sab 1/1 1/2 b0000001 b00010", NULL, "a distance too far back" },
	/* 3.2.7: how many codes */
	{ DYNAMIC "30/5 0/5 0/4", NULL, "too many codes" },
	{ DYNAMIC "31/5 0/5 0/4", NULL, "too many codes" },
	{ DYNAMIC "0/5 30/5 0/4", NULL, "too many codes" },
	{ DYNAMIC "0/5 31/5 0/4", NULL, "too many codes" },
	/* the code of the code lengths: over-subscribed, incomplete, a single one */
	{ DYNAMIC "0/5 0/5 0/4 1/3 1/3 1/3 0/3", NULL, "bad code of the code lengths" },
	{ DYNAMIC "0/5 0/5 0/4 1/3 2/3 0/3 0/3", NULL, "bad code of the code lengths" },
	{ DYNAMIC "0/5 0/5 0/4 0/3 0/3 1/3 0/3", NULL, "bad code of the code lengths" },
	/* 18 and 0 in one bit: no code for 256 */
	{ DYNAMIC "0/5 0/5 0/4 0/3 0/3 1/3 1/3 b1 127/7 b1 109/7", NULL,
		"a block that cannot end" },
	/* repeats: of nothing, beyond the last; 16, 17, 18 and 0 are 00, 01, 10 and 11 reversed */
	{ DYNAMIC "0/5 0/5 0/4 2/3 2/3 2/3 2/3 b01 0/2", NULL, "a bad repeat of a code length" },
	{ DYNAMIC "0/5 0/5 0/4 2/3 2/3 2/3 2/3 b11 127/7 b11 127/7", NULL,
		"a bad repeat of a code length" },
	{ DYNAMIC "0/5 0/5 0/4 2/3 2/3 2/3 2/3 b11 127/7 b11 107/7 b10 2/3", NULL,
		"a bad repeat of a code length" },
	/* the code of literals and lengths */
	{ DYNAMIC "h97=1,98=1; ", NULL, "a block that cannot end" },
	{ DYNAMIC "h97=1,98=1,256=1;", NULL, "bad code of the literals and lengths" },
	{ DYNAMIC "h97=1,256=2;", NULL, "bad code of the literals and lengths" },
	{ DYNAMIC "h256=2;", NULL, "bad code of the literals and lengths" },
	{ DYNAMIC "h256=1; b0", "", NULL }, /* alone and of one bit: may be incomplete */
	{ DYNAMIC "h256=1; b1", NULL, "bits that are no code" },
	{ DYNAMIC "h97=1,256=1; b00001", "aaaa", NULL },
	{ DYNAMIC "h97=1,256=2,285=2;0=1 b0 b11 b0 b0 b10", "aa+258", NULL },
	{ DYNAMIC "h97=1,256=2,284=2;0=1 b0 b11 31/5 b0 b0 b10", "aa+258", NULL },
	{ DYNAMIC LONG " b0 b10 b110 b11111111111110 b11111111111110 b111111111111110", " abmm",
		NULL },
	/* the code of distances */
	{ DYNAMIC "h97=1,256=2,257=2;0=1,1=1 b0 b0 b11 b1 b10", "aaaaa", NULL },
	{ DYNAMIC "h97=1,256=2,257=2;0=1 b0 b11 b0 b10", "aaaa", NULL }, /* one, of one bit */
	{ DYNAMIC "h97=1,256=2,257=2;29=1 b0 b11 b1", NULL, "bits that are no distance" },
	{ DYNAMIC "h97=1,256=2,257=2; b0 b10", "a", NULL }, /* none, and none is used */
	{ DYNAMIC "h97=1,256=2,257=2; b0 b11 b0", NULL, "bits that are no distance" },
	{ DYNAMIC "h97=1,256=2,257=2; b0 b11 b1", NULL, "bits that are no distance" },
	{ DYNAMIC "h97=1,256=2,257=2;0=2 b0 b10", NULL, "bad code of the distances" },
	{ DYNAMIC "h97=1,256=2,257=2;0=2,1=2 b0", NULL, "bad code of the distances" },
	{ DYNAMIC "h97=1,256=2,257=2;0=1,1=1,2=1 b0", NULL, "bad code of the distances" },
	/* 15 bits: through the second tables; distance symbol 14 is 129 and 6 extra bits */
	{ DYNAMIC "h97=1,256=2,285=2;" FAR_DIST " b0 b11 b0 b11 b0 b11 b111111111111110 63/6 b10",
		"aa+773", NULL },
	{ DYNAMIC "h97=1,256=2,285=2;" FAR_DIST " b0 b11 b111111111111110 0/6", NULL,
		"a distance too far back" },
};

/* "aa+257": so many more of its last byte. */
static size_t expand(const char *plain, uint8_t *out)
{
	const char *plus = strchr(plain, '+');
	size_t size = plus ? (size_t)(plus - plain) : strlen(plain), more = 0;

	memcpy(out, plain, size);
	if (plus) {
		more = strtoul(plus + 1, NULL, 10);
		memset(out + size, out[size - 1], more);
	}
	return size + more;
}

static void check_cuts(const uint8_t *data, size_t size, uint8_t *out)
{
	size_t made;

	for (size_t cut = 0; cut < size; cut++) {
		struct cln_err err = { 0 };

		cr_expect_eq(run(data, cut, ROOM, out, &made, &err), DEFLATE_INPUT);
	}
}

Test(deflate, rules)
{
	uint8_t *out = cln_alloc(ROOM), *want = cln_alloc(ROOM);
	struct bits bits;

	for (size_t i = 0; i < CLN_COUNT(rules); i++) {
		size_t size, made, expected;
		int r, z;

		assemble(rules[i].bits, &bits);
		size = (bits.count + 7) / 8;
		z = by_zlib(bits.data, size, out, &made);
		cr_expect_eq(
			z, rules[i].plain ? Z_STREAM_END : Z_DATA_ERROR, "zlib: %s", rules[i].bits);
		for (size_t part = 1; part <= ROOM; part *= 2) {
			struct cln_err err = { 0 };

			r = run(bits.data, size, part, out, &made, &err);
			if (!rules[i].plain) {
				cr_expect_eq(r, -EINVAL, "%s", rules[i].bits);
				cr_expect_str_eq(err.text, rules[i].error, "%s", rules[i].bits);
				continue;
			}
			expected = expand(rules[i].plain, want);
			cr_expect_eq(r, DEFLATE_END, "%s: %s", rules[i].bits, err.text);
			cr_expect_eq(made, expected, "%s", rules[i].bits);
			cr_expect_eq(memcmp(out, want, expected), 0, "%s", rules[i].bits);
		}
		if (rules[i].plain)
			check_cuts(bits.data, size, out);
	}
	free(out);
	free(want);
}

/* A distance of 32768 reaches its byte whatever lies between, one step or many; one more is no code. */
Test(deflate, whole_window)
{
	uint8_t *data = cln_alloc(ROOM), *out = cln_alloc(ROOM);
	struct bits tail;

	/* two stored blocks of 16384, then a match of 3 from 32768 (29 and 13 extra bits) back */
	for (unsigned block = 0; block < 2; block++) {
		uint8_t *at = data + block * (16384 + 5);

		memcpy(at, "\0\0\x40\xff\xbf", 5);
		for (unsigned i = 0; i < 16384; i++)
			at[5 + i] = (uint8_t)(i * 7 >> 3 ^ block);
	}
	assemble(FIXED "b0000001 b11101 8191/13 b0000000", &tail);
	memcpy(data + 2 * (16384 + 5), tail.data, 8);
	for (size_t part = 1; part <= ROOM; part *= 3) {
		struct cln_err err = { 0 };
		size_t made;

		cr_expect_eq(
			run(data, 2 * (16384 + 5) + (tail.count + 7) / 8, part, out, &made, &err),
			DEFLATE_END, "%s", err.text);
		cr_expect_eq(made, 32771);
		cr_expect_eq(memcmp(out + 32768, data + 5, 3), 0);
	}
	free(data);
	free(out);
}
