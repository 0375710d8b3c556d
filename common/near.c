// SPDX-License-Identifier: Apache-2.0
#include "common/near.h"

#include <stdio.h>
#include <string.h>

static size_t least(size_t a, size_t b, size_t c)
{
	return CLN_MIN(CLN_MIN(a, b), c);
}

/* Letters to put in, take out, change or swap (optimal string alignment). */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t row[3][CLN_NEAR_MAX + 1] = { { 0 } };

	for (size_t j = 0; j <= b_length; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *now = row[i % 3], *above = row[(i + 2) % 3], *higher = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			now[j] = least(above[j] + 1, now[j - 1] + 1,
				above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = CLN_MIN(now[j], higher[j - 2] + 1);
		}
	}
	return row[a_length % 3][b_length];
}

void cln_near_offer(struct cln_near *near, const char *name)
{
	size_t length = strlen(name), wrong;

	if (near->length > CLN_NEAR_MAX || length > CLN_NEAR_MAX)
		return;
	wrong = distance(near->word, near->length, name, length);
	if (wrong > 2 || wrong * 2 >= near->length || (near->name && wrong >= near->wrong))
		return;
	near->name = name;
	near->wrong = wrong;
}

const char *cln_near_text(const struct cln_near *near, const char *before, char out[128])
{
	out[0] = '\0';
	if (near->name)
		snprintf(out, 128, ": did you mean %s%s?", before, near->name);
	return out;
}
