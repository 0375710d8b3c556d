/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - building lines of init.conf, every word quoted as the init reads it.
 */
#ifndef CLN_PACKAGER_LINES_H
#define CLN_PACKAGER_LINES_H

#include "common/buf.h"
#include "packager/plan/plan.h"

struct lines {
	struct cln_arena *arena;
	struct plan_line *line;
	size_t count, room;
};

/* Adds " word", quoted so that nothing in it is live. */
void lines_word(struct cln_buf *text, const char *word);
/* Adds " word" that is in the file's syntax already ("${PORT}"). */
void lines_live(struct cln_buf *text, const char *word);

/* The line made of fmt (plain words only) and then text; releases text.
 * comment is printf-made too, NULL for none. */
void lines_add(
	struct lines *lines, const char *directive, struct cln_buf *take_text, const char *comment);

/* directive and literal words, up to a NULL. */
void lines_words(struct lines *lines, const char *comment, const char *directive, ...)
	__attribute__((sentinel));

#endif
