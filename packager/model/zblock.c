// SPDX-License-Identifier: Apache-2.0
#include "packager/model/zblock.h"

#include "common/defs.h"

#include <stdint.h>
#include <string.h>

#define HEADER_BYTES 3u
#define TYPE_COMPRESSED 2u

#define LOG_MOST 9u /* of a table: RFC 8878 3.1.1.3.2.1.1 */
#define STATES_MOST (1u << LOG_MOST)
#define SYMBOLS_MOST 53u
#define OFFSETS 3u

struct bytes {
	const unsigned char *at;
	size_t left;
};

static bool skip(struct bytes *bytes, size_t count)
{
	if (count > bytes->left)
		return false;
	bytes->at += count;
	bytes->left -= count;
	return true;
}

/* RFC 8878 3.1.1.3.1: literals with a Huffman table of their own, which blocks behind may take
 * over; passed over. */
static bool literals(struct bytes *in)
{
	static const struct {
		unsigned bytes, bits;
	} formats[] = { { 3, 10 }, { 3, 10 }, { 4, 14 }, { 5, 18 } };
	unsigned type, format;
	uint64_t header;

	if (!in->left)
		return false;
	type = in->at[0] & 3;
	format = in->at[0] >> 2 & 3;
	if (type != TYPE_COMPRESSED || in->left < formats[format].bytes)
		return false;
	header = cln_little_endian(in->at, formats[format].bytes);
	return skip(in, formats[format].bytes + (header >> (4 + formats[format].bits) &
							((1u << formats[format].bits) - 1)));
}

/* A table by which a sequence's codes are decoded (RFC 8878 4.1): a state names a symbol, and
 * the next state is the base and so many bits. */
struct table {
	unsigned log;
	uint8_t symbol[STATES_MOST], bits[STATES_MOST];
	uint16_t base[STATES_MOST];
};

static unsigned highest_bit(uint32_t value)
{
	return 31 - (unsigned)__builtin_clz(value);
}

/* RFC 8878 4.1.1, from probabilities (-1: "less than one") whose sum is 1 << table->log. */
static void table_build(struct table *table, const int16_t *odds, unsigned symbols)
{
	unsigned size = 1u << table->log, step = (size >> 1) + (size >> 3) + 3, at = 0, end = size;
	uint16_t next[SYMBOLS_MOST] = { 0 };

	memset(table->symbol, 0, size);
	for (unsigned i = 0; i < symbols; i++) {
		next[i] = (uint16_t)(odds[i] < 0 ? 1 : odds[i]);
		if (odds[i] < 0)
			table->symbol[--end] = (uint8_t)i;
	}
	for (unsigned i = 0; i < symbols; i++)
		for (int n = 0; n < odds[i]; n++) {
			table->symbol[at] = (uint8_t)i;
			do
				at = (at + step) & (size - 1);
			while (at >= end);
		}
	for (unsigned i = 0; i < size; i++) {
		unsigned state = next[table->symbol[i]]++;

		table->bits[i] = (uint8_t)(table->log - highest_bit(state));
		table->base[i] = (uint16_t)((state << table->bits[i]) - size);
	}
}

/* RFC 8878 4.1.1: the probabilities as they are stored, bits from the lowest on. */
struct odds {
	struct bytes *in;
	size_t bit; /* behind those that were taken */
	int16_t of[SYMBOLS_MOST];
	unsigned symbols; /* how many are told */
};

static uint32_t odds_bits(struct odds *odds, unsigned count)
{
	size_t byte = odds->bit / 8, have = byte < odds->in->left ? odds->in->left - byte : 0;
	uint64_t value =
		cln_little_endian(odds->in->at + (have ? byte : 0), CLN_MIN(have, (size_t)4));

	value = value >> odds->bit % 8 & ((1u << count) - 1);
	odds->bit += count; /* past the end: found at the end */
	return (uint32_t)value;
}

/* A value below `left` + 2, in fewer bits where it is small. */
static uint32_t odds_value(struct odds *odds, uint32_t left)
{
	unsigned bits = highest_bit(left + 1) + 1;
	uint32_t half = 1u << (bits - 1), small = 2 * half - 1 - (left + 1);
	uint32_t value = odds_bits(odds, bits);

	if ((value & (half - 1)) < small) {
		odds->bit--;
		return value & (half - 1);
	}
	return value < half ? value : value - small;
}

static void odds_zeros(struct odds *odds, unsigned most)
{
	uint32_t count;

	do {
		count = odds_bits(odds, 2);
		for (uint32_t i = 0; i < count && odds->symbols < most; i++)
			odds->of[odds->symbols++] = 0;
	} while (count == 3 && odds->symbols < most);
}

static bool table_read(struct bytes *in, unsigned log_most, unsigned most, struct table *table)
{
	struct odds odds = { .in = in };
	uint32_t left;

	table->log = odds_bits(&odds, 4) + 5;
	if (table->log > log_most)
		return false;
	left = 1u << table->log;
	while (left && odds.symbols < most) {
		int16_t value = (int16_t)((int)odds_value(&odds, left) - 1);
		uint32_t takes = value < 0 ? 1 : (uint32_t)value;

		if (takes > left)
			return false;
		left -= takes;
		odds.of[odds.symbols++] = value;
		if (!value)
			odds_zeros(&odds, most);
	}
	if (left || !skip(in, (odds.bit + 7) / 8))
		return false;
	table_build(table, odds.of, odds.symbols);
	return true;
}

/* RFC 8878 3.1.1.3.2.1.1 and 3.1.1.3.2.2: the three kinds of codes, in the order of their
 * tables in a block. */
enum { LENGTHS, DISTANCES, MATCHES, KINDS };

static const struct kind {
	unsigned log_most, symbols;
	unsigned log, usual_symbols; /* of the predefined table */
	int16_t usual[SYMBOLS_MOST];
	uint8_t extra[SYMBOLS_MOST]; /* bits behind the code; of a distance: the code */
} kinds[KINDS] = {
	[LENGTHS] = { 9, 36, 6, 36,
		{ 4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2,
			1, 1, 1, 1, 1, -1, -1, -1, -1 },
		{ [16] = 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
	[DISTANCES] = { 8, 32, 5, 29,
		{ 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1,
			-1, -1, -1 },
		{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
			23, 24, 25, 26, 27, 28, 29, 30, 31 } },
	[MATCHES] = { 9, 53, 6, 53,
		{ 1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
			1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
			-1, -1 },
		{ [32] = 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
};

enum mode { MODE_USUAL, MODE_ONE, MODE_OWN, MODE_AGAIN };

static bool table_take(
	struct bytes *in, enum mode mode, const struct kind *kind, struct table *table)
{
	switch (mode) {
	case MODE_USUAL:
		table->log = kind->log;
		table_build(table, kind->usual, kind->usual_symbols);
		return true;
	case MODE_ONE:
		*table = (struct table){ .log = 0 };
		table->symbol[0] = in->left ? in->at[0] : UINT8_MAX;
		return table->symbol[0] < kind->symbols && skip(in, 1);
	case MODE_OWN:
		return table_read(in, kind->log_most, kind->symbols, table);
	default:
		return false;
	}
}

/* The sequences' bits, read from the last one to the first. */
struct sequences {
	const unsigned char *data;
	size_t bits; /* that are left */
	uint32_t count;
	struct table table[KINDS];
	uint32_t state[KINDS];
};

static bool bits_take(struct sequences *s, unsigned count, uint32_t *value)
{
	size_t byte;

	if (count > s->bits)
		return false;
	s->bits -= count;
	byte = s->bits / 8;
	*value = (uint32_t)(cln_little_endian(s->data + byte, (s->bits % 8 + count + 7) / 8) >>
				    s->bits % 8 &
			    (((uint64_t)1 << count) - 1));
	return true;
}

/* RFC 8878 3.1.1.3.2.1: how many, how their tables come, the tables, and the rest is bits. */
static bool sequences_begin(struct bytes *in, struct sequences *s)
{
	size_t header = 1;
	unsigned modes;

	if (!in->left || !in->at[0])
		return false;
	s->count = in->at[0];
	if (s->count >= 128)
		header = s->count == 255 ? 3 : 2;
	if (in->left < header + 1)
		return false;
	if (header == 2)
		s->count = ((s->count - 128) << 8) + in->at[1];
	else if (header == 3)
		s->count = (uint32_t)cln_little_endian(in->at + 1, 2) + 0x7f00;
	modes = in->at[header];
	if (!skip(in, header + 1))
		return false;
	for (unsigned i = 0; i < KINDS; i++)
		if (!table_take(in, modes >> (6 - 2 * i) & 3, &kinds[i], &s->table[i]))
			return false;
	if (!in->left || !in->at[in->left - 1])
		return false;
	s->data = in->at;
	s->bits = (in->left - 1) * 8 + highest_bit(in->at[in->left - 1]);
	for (unsigned i = 0; i < KINDS; i++)
		if (!bits_take(s, s->table[i].log, &s->state[i]))
			return false;
	return true;
}

/* The next sequence's offset as it is coded, and whether literals stand in front. */
static bool sequence_next(struct sequences *s, uint64_t *offset, bool *literals_before)
{
	static const unsigned extras[] = { DISTANCES, MATCHES, LENGTHS },
			      states[] = { LENGTHS, MATCHES, DISTANCES };
	uint32_t more, code[KINDS];

	for (unsigned i = 0; i < KINDS; i++)
		code[i] = s->table[i].symbol[s->state[i]];
	for (unsigned i = 0; i < KINDS; i++) {
		if (!bits_take(s, kinds[extras[i]].extra[code[extras[i]]], &more))
			return false;
		if (extras[i] == DISTANCES)
			*offset = ((uint64_t)1 << code[DISTANCES]) + more;
	}
	*literals_before = code[LENGTHS];
	s->count--;
	for (unsigned i = 0; i < KINDS && s->count; i++) {
		const struct table *table = &s->table[states[i]];
		uint32_t *state = &s->state[states[i]];

		if (!bits_take(s, table->bits[*state], &more))
			return false;
		*state = table->base[*state] + more;
	}
	return true;
}

/*
 * RFC 8878 3.1.1.5: offsets 1 to 3 are those of before, and every one goes to the front. Are
 * all three the block's own before one of the others' is repeated?
 */
static bool offsets_are_own(struct sequences *s)
{
	bool own[OFFSETS] = { false };

	while (s->count && !(own[0] && own[1] && own[2])) {
		uint64_t offset = 0;
		bool literals_before = false, is_own = true;
		unsigned which = OFFSETS - 1;

		if (!sequence_next(s, &offset, &literals_before))
			return false;
		if (offset <= OFFSETS) {
			which = (unsigned)offset - literals_before;
			/* behind no literals the third is "the first one less one": a new one */
			is_own = own[which % OFFSETS];
			which = CLN_MIN(which, OFFSETS - 1);
		}
		if (!is_own)
			return false;
		for (; which; which--)
			own[which] = own[which - 1];
		own[0] = true;
	}
	return own[0] && own[1] && own[2];
}

bool zblock_is_alone(const unsigned char *data, size_t size)
{
	struct bytes in = { data, size };
	struct sequences s;
	uint64_t header;

	if (size < HEADER_BYTES)
		return false;
	header = cln_little_endian(data, HEADER_BYTES);
	if ((header >> 1 & 3) != TYPE_COMPRESSED || header >> 3 > size - HEADER_BYTES)
		return false;
	in.at += HEADER_BYTES;
	in.left = header >> 3;
	return literals(&in) && sequences_begin(&in, &s) && offsets_are_own(&s);
}
