// SPDX-License-Identifier: Apache-2.0
#include "packager/write/squeeze_inside.h"

#include "common/file.h"
#include "common/hash.h"

#include <errno.h>
#include <unistd.h>

#define SYNC_SLOTS 32u /* 32 MiB of plain bytes */

void squeeze_fail(struct squeeze *s, const struct cln_err *err)
{
	pthread_mutex_lock(&s->lock);
	if (!s->failed)
		s->err = *err;
	s->failed = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

/* The oldest slot that may be compressed now: fronts of runs are, one after the other. */
static struct slot *slot_ready(const struct squeeze *s)
{
	for (uint64_t i = s->emptied; i != s->filled; i++) {
		struct slot *slot = &s->slot[i % s->slots];

		if (slot->state == SLOT_FILLED && (!slot->turn || slot->turn == s->turns_over + 1))
			return slot;
	}
	return NULL;
}

/* Waits for such a slot and makes it the caller's; NULL at the end. */
static struct slot *slot_take(struct squeeze *s)
{
	struct slot *slot;

	pthread_mutex_lock(&s->lock);
	while (!(slot = slot_ready(s)) && !(s->over && s->taken == s->filled) && !s->failed)
		pthread_cond_wait(&s->changed, &s->lock);
	if (s->failed)
		slot = NULL;
	if (slot) {
		s->taken++;
		slot->state = SLOT_TAKEN;
	}
	pthread_mutex_unlock(&s->lock);
	return slot;
}

void slot_set(struct squeeze *s, struct slot *slot, enum slot_state state)
{
	pthread_mutex_lock(&s->lock);
	slot->state = state;
	s->filled += state == SLOT_FILLED;
	s->emptied += state == SLOT_EMPTY;
	s->turns_over += state == SLOT_DONE && slot->turn;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static int compress(const struct squeeze *s, struct chunk_context *context, struct slot *slot,
	struct cln_err *err)
{
	return slot->turn ? slot_pack_front(s->zframe, slot, err)
			  : slot_pack(s->kind, context, s->reuse, slot, err);
}

static void *compress_thread(void *arg)
{
	struct squeeze *s = arg;
	struct chunk_context *context = chunk_context_new(s->kind, chunk_level(s->kind, s->level));
	struct cln_err err = { 0 };
	struct slot *slot;

	while ((slot = slot_take(s))) {
		if (compress(s, context, slot, &err) < 0)
			squeeze_fail(s, &err);
		slot_set(s, slot, SLOT_DONE);
	}
	chunk_context_free(context);
	return NULL;
}

int packed_write(struct squeeze *s, const void *data, size_t size, struct cln_err *err)
{
	if (s->packed_sha)
		cln_sha256_add(s->packed_sha, data, size);
	s->packed_bytes += size;
	return cln_write_all(s->fd, data, size, err);
}

/*
 * What is written goes to the disk, and through its cache, while the rest is still being
 * compressed: the fsync at the end then has little left to wait for. An error is told here, for
 * that one would not tell it again; what cannot be synced (a pipe, /dev/null) is not.
 */
static void *sync_thread(void *arg)
{
	struct squeeze *s = arg;
	struct cln_err err = { 0 };
	uint64_t synced = 0;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (s->emptied - synced < SYNC_SLOTS && !s->over && !s->failed)
			pthread_cond_wait(&s->changed, &s->lock);
		if (s->over || s->failed)
			break;
		synced = s->emptied;
		pthread_mutex_unlock(&s->lock);
		if (fdatasync(s->fd) < 0 && errno != EINVAL && errno != EROFS) {
			cln_fail(&err, errno, "writing to the disk: %m");
			squeeze_fail(s, &err);
		}
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* The next slot in order, once it may be written; NULL at the end. */
static struct slot *slot_done(struct squeeze *s)
{
	enum slot_state ready = s->kind == WRITE_PLAIN ? SLOT_FILLED : SLOT_DONE;
	struct slot *slot = NULL;

	pthread_mutex_lock(&s->lock);
	while (!s->failed && !(s->over && s->emptied == s->filled)) {
		slot = &s->slot[s->emptied % s->slots];
		if (s->emptied != s->filled && slot->state == ready)
			break;
		slot = NULL;
		pthread_cond_wait(&s->changed, &s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return slot;
}

static void *write_thread(void *arg)
{
	struct squeeze *s = arg;
	struct cln_err err = { 0 };
	char head[32];
	size_t size = chunk_head(s->kind, head);
	struct slot *slot;

	if (packed_write(s, head, size, &err) < 0)
		squeeze_fail(s, &err);
	while ((slot = slot_done(s))) {
		const char *data = s->kind == WRITE_PLAIN ? slot->plain : slot->packed;

		size = s->kind == WRITE_PLAIN ? slot->plain_size : slot->packed_size;
		if (packed_write(s, data, size, &err) < 0)
			squeeze_fail(s, &err);
		if (slot->run.plain_bytes) {
			s->copied_bytes += size;
			s->copied_plain_bytes += slot->plain_size;
		}
		slot_set(s, slot, SLOT_EMPTY);
	}
	return NULL;
}

int threads_start(struct squeeze *s, struct cln_err *err)
{
	unsigned want = s->kind == WRITE_PLAIN ? 0 : s->threads;
	int r = pthread_create(&s->writer, NULL, write_thread, s);

	s->writing = !r;
	if (!r)
		r = pthread_create(&s->syncer, NULL, sync_thread, s);
	s->syncing = !r;
	while (!r && s->compressors < want) {
		r = pthread_create(&s->compressor[s->compressors], NULL, compress_thread, s);
		s->compressors += !r;
	}
	return r ? cln_fail(err, r, "thread: %m") : 0;
}

void threads_stop(struct squeeze *s)
{
	pthread_mutex_lock(&s->lock);
	s->over = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	while (s->compressors)
		pthread_join(s->compressor[--s->compressors], NULL);
	if (s->writing)
		pthread_join(s->writer, NULL);
	if (s->syncing)
		pthread_join(s->syncer, NULL);
	s->writing = s->syncing = false;
}
