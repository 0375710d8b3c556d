// SPDX-License-Identifier: Apache-2.0
#include "profiler/table.h"

#include "common/mem.h"

/* Keys are kernel addresses and pids, not chosen freely: a fixed mix will do. */
static size_t place(const struct table *table, uint64_t key)
{
	key *= 0x9e3779b97f4a7c15ULL;
	return (size_t)(key ^ key >> 32) & (table->slots - 1);
}

void table_release(struct table *table)
{
	free(table->slot);
	*table = (struct table){};
}

static struct table_slot *probe(const struct table *table, uint64_t key)
{
	size_t at = place(table, key);

	while (table->slot[at].used && table->slot[at].key != key)
		at = (at + 1) & (table->slots - 1);
	return &table->slot[at];
}

union table_value *table_find(const struct table *table, uint64_t key)
{
	struct table_slot *slot;

	if (!table->slots)
		return NULL;
	slot = probe(table, key);
	return slot->used ? &slot->value : NULL;
}

static void grow(struct table *table)
{
	struct table old = *table;

	table->slots = old.slots ? old.slots * 2 : 64;
	table->slot = cln_alloc(table->slots * sizeof(*table->slot));
	for (size_t i = 0; i < old.slots; i++)
		if (old.slot[i].used)
			*probe(table, old.slot[i].key) = old.slot[i];
	free(old.slot);
}

union table_value *table_put(struct table *table, uint64_t key)
{
	struct table_slot *slot;

	if (table->count * 4 >= table->slots * 3)
		grow(table);
	slot = probe(table, key);
	if (!slot->used) {
		*slot = (struct table_slot){ .key = key, .used = true };
		table->count++;
	}
	return &slot->value;
}

/* Without gravestones: the run behind the hole is moved up. */
void table_delete(struct table *table, uint64_t key)
{
	struct table_slot *slot;
	size_t at;

	if (!table->slots)
		return;
	slot = probe(table, key);
	if (!slot->used)
		return;
	slot->used = false;
	table->count--;
	at = (size_t)(slot - table->slot);
	for (;;) {
		struct table_slot moved;

		at = (at + 1) & (table->slots - 1);
		if (!table->slot[at].used)
			return;
		moved = table->slot[at];
		table->slot[at].used = false;
		*probe(table, moved.key) = moved;
	}
}
