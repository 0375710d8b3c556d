// SPDX-License-Identifier: Apache-2.0
#include "common/pathset.h"

#include "common/hash.h"

#include <string.h>

#define FIRST_SLOTS 64

void cln_pathset_release(struct cln_pathset *set)
{
	cln_arena_free(set->arena);
	free(set->entry);
	free(set->slot);
	*set = (struct cln_pathset){ 0 };
}

/* The slot that holds path, or the empty one where it belongs. */
static uint32_t *set_slot(const struct cln_pathset *set, const char *path, size_t length)
{
	size_t at = cln_hash(path, length) & (set->slots - 1);

	for (;; at = (at + 1) & (set->slots - 1)) {
		const struct cln_pathset_entry *entry;

		if (!set->slot[at])
			return &set->slot[at];
		entry = &set->entry[set->slot[at] - 1];
		if (entry->length == length && !memcmp(entry->path, path, length))
			return &set->slot[at];
	}
}

static void set_rehash(struct cln_pathset *set, size_t slots)
{
	free(set->slot);
	set->slots = slots;
	set->slot = cln_alloc(slots * sizeof(*set->slot));
	for (size_t i = 0; i < set->count; i++)
		*set_slot(set, set->entry[i].path, set->entry[i].length) = (uint32_t)i + 1;
}

void cln_pathset_addn(struct cln_pathset *set, const char *path, size_t length, uint32_t bits)
{
	struct cln_pathset_entry *entry;
	uint32_t *slot;

	if (!set->arena)
		set->arena = cln_arena_new();
	if ((set->count + 1) * 4 > set->slots * 3)
		set_rehash(set, set->slots ? set->slots * 2 : FIRST_SLOTS);
	slot = set_slot(set, path, length);
	if (*slot) {
		set->entry[*slot - 1].bits |= bits;
		return;
	}
	set->entry = cln_push_room(set->entry, set->count, &set->room, sizeof(*set->entry));
	entry = &set->entry[set->count++];
	*slot = (uint32_t)set->count;
	entry->path = cln_arena_strndup(set->arena, path, length);
	entry->length = (uint32_t)length;
	entry->bits = bits;
	set->sorted = false;
}

void cln_pathset_add(struct cln_pathset *set, const char *path, uint32_t bits)
{
	cln_pathset_addn(set, path, strlen(path), bits);
}

static const struct cln_pathset_entry *set_find(
	const struct cln_pathset *set, const char *path, size_t length)
{
	uint32_t number = set->slots ? *set_slot(set, path, length) : 0;

	return number ? &set->entry[number - 1] : NULL;
}

bool cln_pathset_has(const struct cln_pathset *set, const char *path)
{
	return set_find(set, path, strlen(path)) != NULL;
}

uint32_t cln_pathset_bits(const struct cln_pathset *set, const char *path)
{
	return cln_pathset_bitsn(set, path, strlen(path));
}

uint32_t cln_pathset_bitsn(const struct cln_pathset *set, const char *path, size_t length)
{
	const struct cln_pathset_entry *entry = set_find(set, path, length);

	return entry ? entry->bits : 0;
}

static int entry_order(const void *a, const void *b)
{
	return strcmp(((const struct cln_pathset_entry *)a)->path,
		((const struct cln_pathset_entry *)b)->path);
}

void cln_pathset_sort(struct cln_pathset *set)
{
	if (set->sorted || !set->count)
		return;
	qsort(set->entry, set->count, sizeof(*set->entry), entry_order);
	set_rehash(set, set->slots);
	set->sorted = true;
}
