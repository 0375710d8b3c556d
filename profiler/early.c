// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

#define EARLY_MAX (1u << 20)

/* A program that makes no call in the cgroup uses nothing: it is never described,
 * and what it had open is never told. */
bool early_keep(struct collect *c, const struct record *rec, const void *data, size_t size)
{
	const union table_value *slot = table_find(&c->idents, rec->ident);
	const struct program *program = slot ? slot->item : NULL;
	struct early *early;

	if (rec->type != EV_PATH || !(rec->flags & EV_SNAPSHOT) || rec->path.op == EV_OP_CWD)
		return false;
	if (program && program_lives(program) && !program->draft)
		return false;
	if (c->early_count == EARLY_MAX) {
		collect_lose(c, COLLECT_UNKNOWN);
		return true;
	}
	early = &CLN_PUSH(c->early, c->early_count, c->early_room);
	early->ident = rec->ident;
	early->sample = cln_memdup(data, size);
	early->size = size;
	return true;
}

void early_done(struct collect *c, uint64_t ident)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->early_count; i++) {
		struct early *early = &c->early[i];
		struct record rec;

		if (early->ident != ident) {
			c->early[kept++] = *early;
			continue;
		}
		if (record_decode(early->sample, early->size, &rec) == 0)
			collect_record(c, &rec);
		free(early->sample);
	}
	c->early_count = kept;
}

void early_release(struct collect *c)
{
	for (size_t i = 0; i < c->early_count; i++)
		free(c->early[i].sample);
	free(c->early);
}
