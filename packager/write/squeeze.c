// SPDX-License-Identifier: Apache-2.0
#include "packager/write/squeeze_inside.h"

#include "common/hash.h"
#include "common/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

/* Above level 6 zstd takes 9 to 13 MiB a thread instead of 3: six keep it below 150 in all. */
#define LARGE_LEVEL 6u
#define LARGE_THREADS_MAX 6u
/* Copying a slot takes a twentieth of compressing one: enough that neither waits for the other. */
#define SLOTS_MORE 12u

int squeeze_new(const struct squeeze_how *how, int fd, struct squeeze **out, struct cln_err *err)
{
	cln_owned(squeeze_drop) struct squeeze *s = cln_alloc(sizeof(*s));
	unsigned threads = how->threads ? how->threads : (unsigned)get_nprocs();
	enum write_compression kind = how->kind;

	s->kind = kind;
	s->level = how->level;
	s->fd = fd;
	s->threads = CLN_MIN(threads, s->level > LARGE_LEVEL ? LARGE_THREADS_MAX : THREADS_MAX);
	s->slots = s->threads + SLOTS_MORE;
	s->slot = cln_alloc(s->slots * sizeof(*s->slot));
	for (unsigned i = 0; i < s->slots; i++) {
		s->slot[i].plain = cln_realloc(NULL, SQUEEZE_CHUNK, 1);
		if (kind != WRITE_PLAIN)
			s->slot[i].packed = cln_realloc(NULL, slot_room(kind), 1);
	}
	s->plain_sha = cln_sha256_new();
	s->packed_sha = kind == WRITE_PLAIN ? NULL : cln_sha256_new();
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	if (threads_start(s, err) < 0)
		return -err->code;
	*out = cln_steal(&s);
	return 0;
}

void squeeze_free(struct squeeze *s)
{
	if (!s)
		return;
	if (s->writing) {
		struct cln_err stop = { .code = ECANCELED };

		squeeze_fail(s, &stop);
		threads_stop(s);
	}
	for (unsigned i = 0; i < s->slots; i++) {
		free(s->slot[i].plain);
		free(s->slot[i].packed);
	}
	free(s->slot);
	zframe_free(s->zframe);
	cln_sha256_drop(&s->plain_sha);
	cln_sha256_drop(&s->packed_sha);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->changed);
	free(s);
}

void squeeze_drop(struct squeeze **squeeze)
{
	squeeze_free(*squeeze);
}

bool squeeze_reuse(struct squeeze *s, const struct reuse *reuse)
{
	enum reuse_kind blocks = write_reuses_blocks(s->kind, s->level);

	if (blocks == REUSE_PLAIN || reuse_blocks(reuse) != blocks)
		return false;
	if (s->kind == WRITE_ZSTD)
		s->zframe = zframe_new(chunk_level(s->kind, s->level));
	s->reuse = reuse;
	return true;
}

/* What the slot is, before anything is in it. */
static void slot_set_up(struct squeeze *s, struct slot *slot, const struct reuse_run *run)
{
	slot->run = *run;
	slot->turn = s->in_frame && !run->plain_bytes ? s->turns + 1 : 0;
	slot->first = s->in_frame && s->first;
	slot->window_bytes = s->window_bytes;
}

/* What comes behind it then. */
static void slot_is_made(struct squeeze *s, const struct slot *slot)
{
	s->turns += slot->turn != 0;
	s->first = false;
	if (slot->run.plain_bytes && !slot->run.goes_on)
		s->in_frame = false;
}

static void slot_open(struct squeeze *s, const struct reuse_run *run)
{
	pthread_mutex_lock(&s->lock);
	while (s->filled - s->emptied == s->slots && !s->failed)
		pthread_cond_wait(&s->changed, &s->lock);
	/* after a failure nobody reads the slots: fill any, the end will tell */
	s->open = &s->slot[s->filled % s->slots];
	if (s->filled - s->emptied < s->slots)
		slot_set_up(s, s->open, run);
	pthread_mutex_unlock(&s->lock);
	s->open->plain_size = 0;
	s->open_most = run->plain_bytes ? run->plain_bytes : SQUEEZE_CHUNK;
}

char *squeeze_room(struct squeeze *s, size_t *room)
{
	if (!s->open)
		slot_open(s, &(struct reuse_run){ 0 });
	*room = s->open_most - s->open->plain_size;
	return s->open->plain + s->open->plain_size;
}

static void slot_close(struct squeeze *s)
{
	struct slot *slot = s->open;

	cln_sha256_add(s->plain_sha, slot->plain, slot->plain_size);
	s->crc = chunk_crc(s->kind, s->crc, slot->plain, slot->plain_size);
	s->plain_bytes += slot->plain_size;
	slot_is_made(s, slot);
	s->open = NULL;
	slot_set(s, slot, SLOT_FILLED);
}

void squeeze_add(struct squeeze *s, size_t size)
{
	s->open->plain_size += size;
	if (s->open->plain_size == s->open_most)
		slot_close(s);
}

static void slot_cut(struct squeeze *s)
{
	if (s->open && s->open->plain_size)
		slot_close(s);
	s->open = NULL;
}

void squeeze_front(struct squeeze *s, const struct reuse_run *run)
{
	if (s->kind != WRITE_ZSTD)
		return;
	slot_cut(s);
	s->in_frame = s->first = true;
	s->window_bytes = run->window_bytes;
}

void squeeze_run(struct squeeze *s, const struct reuse_run *run)
{
	slot_cut(s);
	slot_open(s, run);
}

void squeeze_put(struct squeeze *s, const void *data, size_t size)
{
	const char *next = data;

	while (size) {
		size_t room;
		char *to = squeeze_room(s, &room);
		size_t part = CLN_MIN(room, size);

		memcpy(to, next, part);
		squeeze_add(s, part);
		next += part;
		size -= part;
	}
}

int squeeze_finish(struct squeeze *s, struct written_layer *result, struct cln_err *err)
{
	char tail[32], hex[CLN_SHA256_HEX];
	size_t size;

	slot_cut(s);
	threads_stop(s);
	if (s->failed) {
		*err = s->err;
		return -err->code;
	}
	size = chunk_tail(s->kind, s->crc, s->plain_bytes, tail);
	if (packed_write(s, tail, size, err) < 0)
		return -err->code;
	cln_sha256_hex(s->plain_sha, hex);
	snprintf(result->diff_id, sizeof(result->diff_id), "sha256:%s", hex);
	if (s->packed_sha)
		cln_sha256_hex(s->packed_sha, hex);
	snprintf(result->digest, sizeof(result->digest), "sha256:%s", hex);
	result->size_bytes = s->packed_bytes;
	result->plain_bytes = s->plain_bytes;
	result->copied_bytes = s->copied_bytes;
	result->copied_plain_bytes = s->copied_plain_bytes;
	return 0;
}
