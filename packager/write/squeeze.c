// SPDX-License-Identifier: Apache-2.0
#include "packager/write/squeeze.h"

#include "common/file.h"
#include "common/hash.h"
#include "common/mem.h"
#include "packager/write/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#define THREADS_MAX 16u
/* Above level 6 zstd takes 9 to 13 MiB a thread instead of 3: six keep it below 150 in all. */
#define LARGE_LEVEL 6u
#define LARGE_THREADS_MAX 6u
/* Copying a slot takes a twentieth of compressing one: enough that neither waits for the other. */
#define SLOTS_MORE 12u
#define SYNC_SLOTS 32u /* 32 MiB of plain bytes */

/* Slots are a ring: the producer fills them in order, any compressor takes the oldest one
 * that is ready, the writer empties them in order. */
struct squeeze {
	enum write_compression kind;
	unsigned level; /* as it was asked for */
	int fd;
	const struct reuse *reuse; /* NULL: all is compressed anew */
	struct zframe *zframe;	   /* of zstd with reuse; of the slot whose turn it is */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot *slot;
	unsigned slots, threads;
	uint64_t filled, emptied; /* running numbers */
	uint64_t taken;		  /* how many were */
	uint64_t turns_over;	  /* of slots that had one */
	bool over, failed;	  /* no more will be filled; drop what is left */
	pthread_t compressor[THREADS_MAX], writer, syncer;
	unsigned compressors;
	bool writing, syncing;
	struct cln_err err; /* the first one */

	/* the producer's alone */
	struct slot *open;
	size_t open_most; /* plain bytes that it may take */
	bool in_frame;	  /* what comes belongs to a zstd frame of parts */
	bool first;	  /* and begins it */
	uint64_t window_bytes, turns;
	struct cln_sha256 *plain_sha;
	uint32_t crc;
	uint64_t plain_bytes;

	/* the writer's alone, until it ended */
	struct cln_sha256 *packed_sha; /* NULL: the plain bytes are what is written */
	uint64_t packed_bytes;
	uint64_t copied_bytes, copied_plain_bytes;
};

static void squeeze_fail(struct squeeze *s, const struct cln_err *err)
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

static void slot_set(struct squeeze *s, struct slot *slot, enum slot_state state)
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

static int packed_write(struct squeeze *s, const void *data, size_t size, struct cln_err *err)
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

static int threads_start(struct squeeze *s, struct cln_err *err)
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

/* Joins the threads; the ring is empty or dropped afterwards. */
static void threads_stop(struct squeeze *s)
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
