// SPDX-License-Identifier: Apache-2.0
/* Blocks of one stream in another: at each of the eight places in a byte that they may begin at,
 * stored ones among them, the other stream goes on as it would without. */
#include "packager/write/splice.h"

#include "common/mem.h"
#include "stream.h"

#include <criterion/criterion.h>
#include <string.h>

#define PLAIN ((size_t)1 << 20)

/* The blocks between two marks, between what stands in front of them and behind them. */
static bool moved(const struct stream *s, const struct mark *from, const struct mark *to)
{
	size_t first = from->bit / 8, size = (to->bit + 7) / 8 - first, front, all;
	unsigned phase = from->bit % 8;
	cln_owned(cln_drop_mem) unsigned char *data =
		cln_realloc(NULL, SPLICE_HEAD + size + SPLICE_TAIL, 1);
	struct joined joined = { 0 };
	bool same;

	memset(data, 0xa5, SPLICE_HEAD + size + SPLICE_TAIL);
	front = splice_front(phase);
	cr_assert_leq(front, SPLICE_HEAD);
	memcpy(data + front, s->packed + first, size);
	all = splice_around(data, phase, to->bit - from->bit);
	cr_assert_leq(all, front + size + SPLICE_TAIL);
	joined_deflate(&joined, s->plain, from->plain);
	joined_put(&joined, data, all);
	joined_deflate(&joined, s->plain + to->plain, s->plain_size - to->plain);
	same = joined_is(&joined, s->plain, s->plain_size);
	joined_release(&joined);
	return same;
}

Test(splice, every_place_in_a_byte)
{
	unsigned seen[8] = { 0 }, ends[8] = { 0 };
	struct stream s;

	for (unsigned seed = 1; seed <= 4; seed++) {
		stream_make(&s, PLAIN, 1, seed);
		cr_assert_gt(s.marks, 20);
		for (size_t i = 0; i + 3 < s.marks; i++) {
			const struct mark *from = &s.mark[i], *to = &s.mark[i + 1 + i % 3];

			if (to->final_bit)
				break;
			cr_assert(moved(&s, from, to), "seed %u: bits %llu to %llu", seed,
				(unsigned long long)from->bit, (unsigned long long)to->bit);
			seen[from->bit % 8]++;
			ends[to->bit % 8]++;
		}
		stream_release(&s);
	}
	for (int i = 0; i < 8; i++)
		cr_assert(seen[i] && ends[i], "no block at bit %d", i);
}

Test(splice, nothing)
{
	static const char text[] = "before and behind";

	for (unsigned phase = 0; phase < 8; phase++) {
		unsigned char data[SPLICE_HEAD + 1 + SPLICE_TAIL];
		struct joined joined = { 0 };

		memset(data, 0xff, sizeof(data));
		joined_deflate(&joined, text, 6);
		joined_put(&joined, data, splice_around(data, phase, 0));
		joined_deflate(&joined, text + 6, sizeof(text) - 6);
		cr_expect(joined_is(&joined, text, sizeof(text)), "phase %u", phase);
		joined_release(&joined);
	}
}
