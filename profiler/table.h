/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - a hash table from 64-bit keys to numbers or items; a zeroed one is empty.
 */
#ifndef CLN_PROFILER_TABLE_H
#define CLN_PROFILER_TABLE_H

#include "common/defs.h"

union table_value {
	uint64_t number;
	void *item;
};

struct table_slot {
	uint64_t key;
	union table_value value;
	bool used;
};

struct table {
	struct table_slot *slot;
	size_t count, slots; /* slots: a power of two */
};

void table_release(struct table *table);
/* The value of key, or NULL; valid until the next put or delete. */
union table_value *table_find(const struct table *table, uint64_t key);
/* The value of key, made 0 (NULL) where it was missing. */
union table_value *table_put(struct table *table, uint64_t key);
void table_delete(struct table *table, uint64_t key);

#endif
