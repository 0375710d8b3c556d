// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

/* As many entries as ever lived at once: the kernel uses addresses again. */

const char *cwd_find(struct collect *c, uint64_t fs)
{
	const union table_value *slot = table_find(&c->cwds, fs);

	return slot ? slot->item : NULL;
}

void cwd_set(struct collect *c, uint64_t fs, const char *path)
{
	union table_value *slot = table_put(&c->cwds, fs);
	char *own = path ? cln_strdup(path) : NULL;

	free(slot->item);
	slot->item = own;
}

void cwd_copy(struct collect *c, uint64_t from, uint64_t to)
{
	if (from != to)
		cwd_set(c, to, cwd_find(c, from));
}

void cwds_release(struct collect *c)
{
	for (size_t i = 0; i < c->cwds.slots; i++)
		if (c->cwds.slot[i].used)
			free(c->cwds.slot[i].value.item);
	table_release(&c->cwds);
}
