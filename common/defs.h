/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defs.h - ownership at the declaration, and the few macros that everyone uses.
 *
 * A type x that is heap-allocated defines `x_drop(struct x **)` beside itself;
 * `cln_owned(x_drop) struct x *p = NULL;` then frees it on every way out, and
 * `return cln_steal(&p);` hands it over.
 */
#ifndef CLN_COMMON_DEFS_H
#define CLN_COMMON_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define cln_owned(drop) __attribute__((cleanup(drop)))
#define CLN_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CLN_MIN(a, b) ((a) < (b) ? (a) : (b))
#define CLN_MAX(a, b) ((a) > (b) ? (a) : (b))
#define CLN_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Exit status of every program but clnimg-profile (which gives its command's). */
enum cln_exit {
	CLN_EXIT_DONE = 0,
	CLN_EXIT_FAILED = 1,
	CLN_EXIT_USAGE = 2,
	CLN_EXIT_POLICY = 3,
};

/* Hands off what *pointer owns; *pointer is NULL afterwards. */
#define cln_steal(pointer)                                       \
	({                                                       \
		__typeof__(*(pointer)) cln_stolen_ = *(pointer); \
		*(pointer) = NULL;                               \
		cln_stolen_;                                     \
	})

static inline int cln_steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

static inline void cln_drop_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The number in so many bytes (8 at the most), the lowest one first. */
static inline uint64_t cln_little_endian(const void *data, size_t count)
{
	const unsigned char *byte = data;
	uint64_t value = 0;

	while (count--)
		value = value << 8 | byte[count];
	return value;
}

/* For anything from malloc: cln_owned(cln_drop_mem) char *text = NULL; */
static inline void cln_drop_mem(void *slot)
{
	free(*(void **)slot);
}

#endif
