// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a compressed stream, fed in pieces of a size that the input chooses. */
#include "packager/read/inflate.h"

#include <stdlib.h>
#include <string.h>

#define OUTPUT_MAX ((size_t)8 << 20)
#define MARKS 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Marks go forward, and none lies behind what was fed and made. */
static void check_marks(struct marks *marks, struct mark *before, uint64_t fed, uint64_t made)
{
	for (size_t i = 0; i < marks->count; i++) {
		const struct mark *mark = &marks->mark[i];

		if (mark->bit < before->bit || mark->plain < before->plain || mark->plain > made ||
			(mark->bit + 7) / 8 > fed || mark->member_bit > mark->bit ||
			mark->member_plain > mark->plain || mark->final_bit > mark->bit)
			abort();
		*before = *mark;
	}
	marks->count = 0;
}

static int feed(struct inflate *inflate, const uint8_t *data, size_t size, struct cln_err *err)
{
	static char out[65536];
	size_t piece = 1 + (size ? data[size - 1] : 0) * (size_t)16, total = 0;
	struct mark mark[MARKS], last = { 0 };
	struct marks marks = { mark, 0, MARKS };

	inflate_mark(inflate, &marks);

	for (size_t at = 0; at < size; at += piece) {
		size_t left = piece < size - at ? piece : size - at, made = 0;
		const void *next = data + at;
		void *exact = malloc(left); /* so that a read behind the piece is seen */

		if (!exact)
			abort();
		memcpy(exact, next, left);
		next = exact;
		do {
			size_t before = left;

			if (inflate_step(inflate, &next, &left, out, sizeof(out), &made, err) < 0) {
				free(exact);
				return -err->code;
			}
			if (made > sizeof(out) || left > before)
				abort();
			total += made;
			check_marks(&marks, &last, at + piece, total);
			if (!made && left == before)
				break;
		} while ((left || made == sizeof(out)) && total < OUTPUT_MAX);
		free(exact);
		if (total >= OUTPUT_MAX)
			return 0;
	}
	return inflate_finish(inflate, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cln_owned(inflate_drop) struct inflate *inflate = NULL;
	struct cln_err err = { 0 };
	enum codec codec = CODEC_PLAIN;

	if (codec_detect(data, size, &codec, &err) < 0)
		return 0;
	inflate = inflate_new(codec, NULL);
	feed(inflate, data, size, &err);
	return 0;
}
