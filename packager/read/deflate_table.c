// SPDX-License-Identifier: Apache-2.0
#include "packager/read/deflate_inside.h"

#include "common/mem.h"

/* RFC 1951 3.2.5 */
static const struct {
	uint16_t base;
	uint8_t extra;
} lengths_of[] = { { 3, 0 }, { 4, 0 }, { 5, 0 }, { 6, 0 }, { 7, 0 }, { 8, 0 }, { 9, 0 }, { 10, 0 },
	{ 11, 1 }, { 13, 1 }, { 15, 1 }, { 17, 1 }, { 19, 2 }, { 23, 2 }, { 27, 2 }, { 31, 2 },
	{ 35, 3 }, { 43, 3 }, { 51, 3 }, { 59, 3 }, { 67, 4 }, { 83, 4 }, { 99, 4 }, { 115, 4 },
	{ 131, 5 }, { 163, 5 }, { 195, 5 }, { 227, 5 }, { 258, 0 } };

/* Entries without the bits of the code. */
static uint32_t litlen_entry(unsigned symbol)
{
	if (symbol < 256)
		return symbol << 16 | ENTRY_LITERAL;
	if (symbol == 256)
		return ENTRY_OTHER | ENTRY_END;
	if (symbol - 257 >= CLN_COUNT(lengths_of))
		return ENTRY_OTHER;
	return (uint32_t)lengths_of[symbol - 257].base << 16 | lengths_of[symbol - 257].extra;
}

static uint32_t dist_entry(unsigned symbol)
{
	unsigned extra = symbol < 4 ? 0 : symbol / 2 - 1;

	if (symbol >= 30)
		return ENTRY_OTHER;
	return (symbol < 4 ? symbol + 1 : ((2 + symbol % 2) << extra) + 1) << 16 | extra;
}

static uint32_t precode_entry(unsigned symbol)
{
	return symbol << 16;
}

struct code {
	uint32_t *table;
	unsigned bits; /* of the first table */
	uint32_t (*entry)(unsigned symbol);
	uint16_t sorted[LITLEN_SYMBOLS]; /* symbols by length, then by value */
	unsigned count[CODE_BITS + 1];	 /* codes of each length */
	unsigned longest;
	unsigned used; /* entries of the table, second ones too */
};

/* Sorts the symbols. How much of the code space is left: 0 complete, below it over-subscribed. */
static int code_sort(struct code *code, const uint8_t *lengths, unsigned symbols)
{
	unsigned at[CODE_BITS + 2] = { 0 };
	int left = 1;

	memset(code->count, 0, sizeof(code->count));
	for (unsigned i = 0; i < symbols; i++)
		code->count[lengths[i]]++;
	code->longest = CODE_BITS;
	while (code->longest && !code->count[code->longest])
		code->longest--;
	for (unsigned i = 1; i <= CODE_BITS; i++) {
		left = left * 2 - (int)code->count[i];
		if (left < 0)
			return left;
		at[i + 1] = at[i] + code->count[i];
	}
	for (unsigned i = 0; i < symbols; i++)
		if (lengths[i])
			code->sorted[at[lengths[i]]++] = (uint16_t)i;
	return left;
}

/* Codes are packed from their highest bit (3.1.1): the next one in reverse order of bits. */
static unsigned code_next(unsigned code, unsigned length)
{
	unsigned bit = 1u << (length - 1);

	while (code & bit) {
		code ^= bit;
		bit >>= 1;
	}
	return code | bit;
}

/* Codes longer than the first table, from symbol number i on. */
static void code_second(struct code *code, unsigned i, unsigned value)
{
	const unsigned room = 1u << (CODE_BITS - code->bits), mask = (1u << code->bits) - 1;
	uint32_t *second = NULL;
	unsigned prefix = ~0u;

	for (unsigned length = code->bits + 1; length <= code->longest; length++)
		for (unsigned n = code->count[length]; n; n--, i++) {
			uint32_t entry = code->entry(code->sorted[i]) + length * 0x101;

			if ((value & mask) != prefix) {
				prefix = value & mask;
				second = code->table + code->used;
				code->table[prefix] = ENTRY_OTHER | ENTRY_SUB | code->used << 16;
				code->used += room;
			}
			for (unsigned at = value >> code->bits; at < room;
				at += 1u << (length - code->bits))
				second[at] = entry;
			value = code_next(value, length);
		}
}

/* Each length's entries lie in a table of that many bits, which is doubled for the next one. */
static void code_fill(struct code *code)
{
	unsigned size = 1, value = 0, i = 0;

	code->table[0] = ENTRY_OTHER + 0x101; /* one bit shows that it is none */
	for (unsigned length = 1; length <= code->bits; length++) {
		memcpy(code->table + size, code->table, size * sizeof(*code->table));
		size *= 2;
		for (unsigned n = code->count[length]; n; n--) {
			code->table[value] = code->entry(code->sorted[i++]) + length * 0x101;
			value = code_next(value, length);
		}
	}
	code->used = size;
	if (code->longest > code->bits)
		code_second(code, i, value);
}

static int code_build(struct code *code, const uint8_t *lengths, unsigned symbols, bool may_be_one)
{
	int left = code_sort(code, lengths, symbols);

	if (left < 0 || (left > 0 && !(may_be_one && code->longest <= 1)))
		return -1;
	code_fill(code);
	return 0;
}

int deflate_table_litlen(struct deflate *deflate, const uint8_t *lengths, unsigned count)
{
	struct code code = { .table = deflate->litlen, .bits = LITLEN_BITS, .entry = litlen_entry };

	return code_build(&code, lengths, count, true);
}

int deflate_table_dist(struct deflate *deflate, const uint8_t *lengths, unsigned count)
{
	struct code code = { .table = deflate->dist, .bits = DIST_BITS, .entry = dist_entry };

	return code_build(&code, lengths, count, true);
}

int deflate_table_precode(struct deflate *deflate)
{
	struct code code = { .table = deflate->precode, .bits = 7, .entry = precode_entry };

	return code_build(&code, deflate->precode_lengths, 19, false);
}

/* RFC 1951 3.2.6 */
void deflate_table_fixed(struct deflate *deflate)
{
	uint8_t lengths[LITLEN_SYMBOLS];

	if (deflate->fixed)
		return;
	memset(lengths, 8, 144);
	memset(lengths + 144, 9, 112);
	memset(lengths + 256, 7, 24);
	memset(lengths + 280, 8, 8);
	deflate_table_litlen(deflate, lengths, LITLEN_SYMBOLS);
	memset(lengths, 5, DIST_SYMBOLS);
	deflate_table_dist(deflate, lengths, DIST_SYMBOLS);
	deflate->fixed = true;
}
