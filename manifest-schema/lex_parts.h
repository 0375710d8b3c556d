/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex_parts.h - the window under the tokens. Internal to manifest-schema/lex*.c.
 */
#ifndef CLN_MANIFEST_LEX_PARTS_H
#define CLN_MANIFEST_LEX_PARTS_H

#include "manifest-schema/lex.h"

/* More input: 1, 0 at the end, negative on error. Offsets may shift; keep and pos are
 * corrected. */
int lex_fill(struct lex *lex);
/* Fails: wanted should stand where byte (as lex_peek gives it) does. */
int lex_unexpected(struct lex *lex, int byte, const char *wanted);

#endif
