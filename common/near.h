/* SPDX-License-Identifier: Apache-2.0 */
/*
 * near.h - what somebody may have meant: the name that is nearest to a mistyped word.
 *
 * Near is at most two letters wrong, missing, too many or swapped, and fewer than half of the
 * word. Offer each known name; the first of the nearest wins.
 */
#ifndef CLN_COMMON_NEAR_H
#define CLN_COMMON_NEAR_H

#include "common/defs.h"

#define CLN_NEAR_MAX 64 /* bytes; longer words are not near anything */

struct cln_near {
	const char *word;
	size_t length;
	const char *name; /* the nearest so far, or NULL */
	size_t wrong;	  /* letters of it */
};

void cln_near_offer(struct cln_near *near, const char *name);

/* ": did you mean --keep?" with what stands in front of names; "" where nothing is near. */
const char *cln_near_text(const struct cln_near *near, const char *before, char out[128]);

#endif
