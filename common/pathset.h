/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pathset.h - a set of absolute paths, each with access bits.
 *
 * Adding ORs bits in, so order and repetition never matter and the union of
 * two sets is a set. Iteration is in byte order: output is reproducible.
 *
 * Paths:  absolute, normalised, at most 4095 bytes; any byte but NUL.
 * Owns:   copies every path; pointers it returns live until release.
 * Errors: none (out of memory ends the process).
 */
#ifndef CLN_COMMON_PATHSET_H
#define CLN_COMMON_PATHSET_H

#include "common/mem.h"

struct cln_pathset_entry {
	const char *path;
	uint32_t length;
	uint32_t bits;
};

struct cln_pathset {
	struct cln_arena *arena;
	struct cln_pathset_entry *entry; /* in order of arrival until sorted */
	size_t count, room;
	uint32_t *slot; /* hash table of entry numbers + 1 */
	size_t slots;	/* a power of two */
	bool sorted;
};

void cln_pathset_release(struct cln_pathset *set); /* a zeroed struct is an empty set */
void cln_pathset_add(struct cln_pathset *set, const char *path, uint32_t bits);
void cln_pathset_addn(struct cln_pathset *set, const char *path, size_t length, uint32_t bits);
bool cln_pathset_has(const struct cln_pathset *set, const char *path);
uint32_t cln_pathset_bits(const struct cln_pathset *set, const char *path); /* 0: not in it */
uint32_t cln_pathset_bitsn(const struct cln_pathset *set, const char *path, size_t length);

/* Puts the entries in byte order, for iterating entry[0 .. count). */
void cln_pathset_sort(struct cln_pathset *set);

#endif
