// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

/* The two halves of a request: what it named, and how it ended. */
static void end_request(struct collect *c, struct pending *pending, const struct record *end)
{
	struct record rec;

	if (record_decode(pending->sample, pending->size, &rec) < 0)
		return;
	rec.flags &= (uint16_t)~EV_PENDING;
	rec.path.ret = end ? end->path.ret : 0;
	if (end && end->flags & EV_TARGET) {
		rec.flags |= end->flags & (EV_TARGET | EV_UNLINKED | EV_CREATED);
		rec.path.target = end->path.target;
		rec.path.mode = end->path.mode;
		rec.path.dev = end->path.dev;
		rec.path.gen = end->path.gen;
		rec.path.ino = end->path.ino;
		rec.path.size = end->path.size;
	}
	files_path(c, &rec);
}

/* No end was told: some requests are to be silent about success. */
static void miss_end(struct collect *c, struct pending *pending)
{
	if (pending->silent)
		end_request(c, pending, NULL);
	else
		collect_lose(c, COLLECT_UNFINISHED);
}

void requests_keep(struct collect *c, const struct record *rec, const void *data, size_t size)
{
	union table_value *slot = table_put(&c->requests, rec->path.cookie);
	struct pending *pending = slot->item;

	if (pending) { /* the kernel uses the request again */
		miss_end(c, pending);
		free(pending->sample);
	} else {
		pending = cln_alloc(sizeof(*pending));
	}
	pending->cookie = rec->path.cookie;
	pending->sample = cln_memdup(data, size);
	pending->size = size;
	pending->silent = rec->path.ret == EV_SILENT;
	slot->item = pending;
}

void requests_done(struct collect *c, const struct record *done)
{
	union table_value *slot = table_find(&c->requests, done->path.cookie);
	struct pending *pending = slot ? slot->item : NULL;

	if (!pending) { /* submitted before anybody looked */
		if (done->flags & EV_TARGET)
			files_path(c, done);
		else
			collect_lose(c, COLLECT_UNFINISHED);
		return;
	}
	end_request(c, pending, done);
	free(pending->sample);
	free(pending);
	table_delete(&c->requests, done->path.cookie);
}

void requests_settle(struct collect *c)
{
	for (size_t i = 0; i < c->requests.slots; i++)
		if (c->requests.slot[i].used && c->requests.slot[i].value.item)
			miss_end(c, c->requests.slot[i].value.item);
}

void requests_release(struct collect *c)
{
	for (size_t i = 0; i < c->requests.slots; i++) {
		struct pending *pending;

		if (!c->requests.slot[i].used)
			continue;
		pending = c->requests.slot[i].value.item;
		if (pending)
			free(pending->sample);
		free(pending);
	}
	table_release(&c->requests);
}
