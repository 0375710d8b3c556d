// SPDX-License-Identifier: Apache-2.0
#include "common/mem.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ARENA_FIRST_BYTES ((size_t)4096)
#define LARGE_BYTES (128 * 1024) /* glibc's first threshold, before it moves */
/* With its header and malloc's, whole pages. */
#define ARENA_BLOCK_BYTES ((size_t)256 * 1024 - 64)

/* What must be aligned grows from the front, texts from the back. */
struct block {
	struct block *next;
	size_t used, end;
	_Alignas(8) unsigned char data[];
};

struct cln_arena {
	struct block *block; /* the newest; the others hang behind it */
};

void cln_mem_give_back(void)
{
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
}

static void *or_die(void *memory)
{
	if (!memory) {
		fputs("out of memory\n", stderr);
		exit(CLN_EXIT_FAILED);
	}
	return memory;
}

void *cln_alloc(size_t size)
{
	return or_die(calloc(1, size ? size : 1));
}

void *cln_realloc(void *memory, size_t count, size_t size)
{
	if (!count || !size)
		count = size = 1;
	return or_die(reallocarray(memory, count, size));
}

char *cln_strdup(const char *text)
{
	return or_die(strdup(text));
}

void *cln_memdup(const void *data, size_t size)
{
	void *copy = cln_alloc(size);

	if (size)
		memcpy(copy, data, size);
	return copy;
}

char *cln_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	return or_die(text);
}

void *cln_push_room(void *items, size_t count, size_t *room, size_t size)
{
	if (count == *room) {
		*room = *room ? *room + *room / 2 + 1 : 8;
		items = cln_realloc(items, *room, size);
	}
	memset((char *)items + count * size, 0, size);
	return items;
}

struct cln_arena *cln_arena_new(void)
{
	return cln_alloc(sizeof(struct cln_arena));
}

void cln_arena_free(struct cln_arena *arena)
{
	if (!arena)
		return;
	while (arena->block) {
		struct block *next = arena->block->next;

		free(arena->block);
		arena->block = next;
	}
	free(arena);
}

void cln_arena_drop(struct cln_arena **arena)
{
	cln_arena_free(*arena);
}

static void arena_grow(struct cln_arena *arena, size_t need)
{
	size_t size = arena->block ? ARENA_BLOCK_BYTES : ARENA_FIRST_BYTES;
	struct block *block;

	if (size < need)
		size = need;
	block = or_die(malloc(sizeof(*block) + size));
	block->used = 0;
	block->end = size;
	block->next = arena->block;
	arena->block = block;
}

void *cln_arena_alloc(struct cln_arena *arena, size_t size)
{
	void *memory;

	if (size > SIZE_MAX / 2)
		or_die(NULL);
	size = (size + 7) & ~(size_t)7;
	if (!arena->block || arena->block->end - arena->block->used < size)
		arena_grow(arena, size);
	memory = arena->block->data + arena->block->used;
	arena->block->used += size;
	return memset(memory, 0, size);
}

/* Room for a text of that length and its NUL. */
static char *arena_text(struct cln_arena *arena, size_t length)
{
	if (length > SIZE_MAX / 2)
		or_die(NULL);
	if (!arena->block || arena->block->end - arena->block->used <= length)
		arena_grow(arena, length + 1);
	arena->block->end -= length + 1;
	return (char *)arena->block->data + arena->block->end;
}

char *cln_arena_strndup(struct cln_arena *arena, const char *text, size_t length)
{
	char *copy = arena_text(arena, length);

	if (length)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *cln_arena_strdup(struct cln_arena *arena, const char *text)
{
	return cln_arena_strndup(arena, text, strlen(text));
}

char *cln_arena_format(struct cln_arena *arena, const char *fmt, ...)
{
	va_list args;
	char *copy;
	int length;

	va_start(args, fmt);
	length = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (length < 0)
		or_die(NULL);
	copy = arena_text(arena, (size_t)length);
	va_start(args, fmt);
	vsnprintf(copy, (size_t)length + 1, fmt, args);
	va_end(args);
	return copy;
}
