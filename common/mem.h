/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem.h - allocation that never returns NULL, growing arrays, and arenas.
 *
 * Out of memory ends the process with a message and exit status 1: outputs are
 * written beside and renamed, so nothing is left half-done. Sizes that come
 * from outside are checked against a ceiling before they reach this file.
 */
#ifndef CLN_COMMON_MEM_H
#define CLN_COMMON_MEM_H

#include "common/defs.h"

/*
 * For main, first: what is large goes back to the kernel when it is freed. Else
 * glibc keeps arrays of up to 32 MiB among the small pieces once it saw some
 * freed (mallopt(3), M_MMAP_THRESHOLD), and the holes that they leave count.
 */
void cln_mem_give_back(void);

void *cln_alloc(size_t size);				    /* zeroed */
void *cln_realloc(void *memory, size_t count, size_t size); /* count * size, checked */
char *cln_strdup(const char *text);
void *cln_memdup(const void *data, size_t size);
char *cln_format(const char *fmt, ...) CLN_PRINTF(1, 2); /* like asprintf */

/*
 * Makes room for one more element in (items, count, capacity) and returns its
 * address, zeroed: `*CLN_PUSH(v->item, v->count, v->room) = x;`
 */
#define CLN_PUSH(items, count, room)                                                  \
	(*({                                                                          \
		(items) = cln_push_room((items), (count), &(room), sizeof(*(items))); \
		&(items)[(count)++];                                                  \
	}))

/* Implementation of CLN_PUSH: *room counts elements (size_t or uint32_t would
 * differ in width, so it is always size_t). */
void *cln_push_room(void *items, size_t count, size_t *room, size_t size);

/* An arena: many small things that die together. */
struct cln_arena;

struct cln_arena *cln_arena_new(void);
void cln_arena_free(struct cln_arena *arena);
void cln_arena_drop(struct cln_arena **arena);
void *cln_arena_alloc(struct cln_arena *arena, size_t size); /* zeroed, 8-aligned */
/* Texts are not aligned: an image has hundreds of thousands. */
char *cln_arena_strdup(struct cln_arena *arena, const char *text);
char *cln_arena_strndup(struct cln_arena *arena, const char *text, size_t length);
char *cln_arena_format(struct cln_arena *arena, const char *fmt, ...) CLN_PRINTF(2, 3);

#endif
