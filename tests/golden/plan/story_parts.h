/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story_parts.h - reading a scene statement by statement. Internal to story*.c.
 *
 * Texts are the story's arena's. Whatever is wrong in a scene ends the program with its line.
 */
#ifndef CLN_GOLDEN_STORY_PARTS_H
#define CLN_GOLDEN_STORY_PARTS_H

#include "story.h"

#define WORDS_MAX 64
#define EXECS_MAX 64

struct reader {
	struct story *story;
	const char *path, *at;
	unsigned line;
	const char *word[WORDS_MAX + 1]; /* NULL behind the last, where one is handed on */
	size_t words;
	struct list {
		const char *item[WORDS_MAX];
		size_t count;
	} entrypoint, cmd, env, volume;
	const char *name[EXECS_MAX];
	uint32_t exec[EXECS_MAX];
	struct cln_trace_env var[EXECS_MAX][WORDS_MAX];
	size_t vars[EXECS_MAX];
	size_t execs;
	struct cln_trace_mount mount[WORDS_MAX];
	size_t mounts;
	uint32_t root;
	bool rooted;
};

_Noreturn void story_wrong(const struct reader *r, const char *what);
/* The i-th word of the statement; it must be there. */
const char *story_need(const struct reader *r, size_t i);
/* The container's root in the trace, with the mounts named so far; once. */
void story_root(struct reader *r);
/* A statement about the run; false: it is about something else. */
bool story_trace(struct reader *r);

#endif
