// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/inside.h"

#define FIRST_SLOTS 64

uint32_t trace_table_find(const struct cln_trace *trace, const struct trace_table *table,
	uint32_t hash, trace_same_fn *same, const void *probe)
{
	if (!table->slots)
		return CLN_TRACE_NONE;
	for (size_t at = hash & (table->slots - 1);; at = (at + 1) & (table->slots - 1)) {
		const struct trace_slot *slot = &table->slot[at];

		if (!slot->number)
			return CLN_TRACE_NONE;
		if (slot->hash == hash && same(trace, slot->number - 1, probe))
			return slot->number - 1;
	}
}

uint32_t trace_table_peek(const struct trace_table *table, uint32_t hash)
{
	if (!table->slots)
		return CLN_TRACE_NONE;
	for (size_t at = hash & (table->slots - 1);; at = (at + 1) & (table->slots - 1))
		if (!table->slot[at].number || table->slot[at].hash == hash)
			return table->slot[at].number - 1;
}

void trace_table_prefetch(const struct trace_table *table, uint32_t hash)
{
	if (table->slots)
		__builtin_prefetch(&table->slot[hash & (table->slots - 1)]);
}

static void table_place(struct trace_table *table, struct trace_slot slot)
{
	size_t at = slot.hash & (table->slots - 1);

	while (table->slot[at].number)
		at = (at + 1) & (table->slots - 1);
	table->slot[at] = slot;
}

static void table_grow(struct trace_table *table)
{
	struct trace_slot *old = table->slot;
	size_t slots = table->slots;

	table->slots = slots ? slots * 2 : FIRST_SLOTS;
	table->slot = cln_alloc(table->slots * sizeof(*table->slot));
	for (size_t i = 0; i < slots; i++)
		if (old[i].number)
			table_place(table, old[i]);
	free(old);
}

void trace_table_put(struct trace_table *table, uint32_t hash, uint32_t index)
{
	if ((table->used + 1) * 4 > table->slots * 3)
		table_grow(table);
	table_place(table, (struct trace_slot){ index + 1, hash });
	table->used++;
}

void trace_table_release(struct trace_table *table)
{
	free(table->slot);
	*table = (struct trace_table){ 0 };
}
