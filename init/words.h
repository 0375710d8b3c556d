/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - lines cut into words in place, and words into text.
 *
 * A word is a raw slice of the file: quotes and escapes are resolved when it is
 * expanded, so that an escaped dollar can never become a live one. Pure: no I/O.
 * The fuzz target drives both functions directly.
 */
#ifndef CLN_INIT_WORDS_H
#define CLN_INIT_WORDS_H

#include "init/format.h"
#include "init/text.h"

struct word {
	const char *at;
	uint32_t size;
	uint32_t column; /* from 1, in bytes */
};

struct line {
	struct word word[INIT_WORDS_MAX];
	unsigned count;
	unsigned number; /* from 1 */
};

struct cursor {
	const char *at, *end;
	unsigned number; /* lines read so far */
};

/* Variables as ${X} sees them; get returns a borrowed value or NULL. */
struct vars {
	const char *(*get)(const void *of, const char *name, size_t size);
	const void *of;
};

/* The next line that has words: 1, 0 at the end, or an error (err->word is set). */
int line_next(struct cursor *cursor, struct line *line, struct fail *err);
/*
 * The text of a word, in the arena. vars NULL: only check the word; *out becomes NULL
 * when it has live parts, its text otherwise.
 */
int word_expand(const struct word *word, const struct vars *vars, struct arena *arena, char **out,
	struct fail *err);
/* The text of a word in which nothing may be live (the command table). */
int word_literal(const struct word *word, struct arena *arena, char **out, struct fail *err);
/* NAME when the word is exactly ${@NAME}; its size is stored. Otherwise NULL. */
const char *word_splice(const struct word *word, size_t *size);

#endif
