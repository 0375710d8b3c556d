// SPDX-License-Identifier: Apache-2.0
#include "packager/read/pump.h"

#include "common/mem.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define BUFFERS 4u
#define BUFFER_BYTES ((size_t)1 << 20)
#define READ_BYTES ((size_t)256 << 10)
#define MARKS 1024u /* of a buffer; more than four times what there is without tiny members */

/* Filled by the inflating thread, emptied by the caller's, in turn. */
struct ring {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char *buffer[BUFFERS];
	size_t size[BUFFERS];
	struct marks marks[BUFFERS]; /* without room where nobody wants them */
	unsigned filled, emptied;    /* running numbers; filled - emptied are waiting */
	bool over;		     /* nothing more will be filled */
	bool stop;		     /* the consumer gave up */
};

struct pump {
	struct blob blob;
	struct ring ring;
	enum codec codec;
	struct cln_err inflate_err, hash_err;
	_Atomic uint64_t *taken_bytes;
	char blob_sha256[CLN_SHA256_HEX];
};

int blob_read(
	const struct blob *blob, uint64_t offset, void *data, size_t size, struct cln_err *err)
{
	char *next = data;

	if (offset > blob->size_bytes || size > blob->size_bytes - offset)
		return cln_fail(err, EINVAL, "ends early");
	while (size) {
		ssize_t got = pread(blob->fd, next, size, (off_t)(blob->offset + offset));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return cln_fail(err, errno, "read: %m");
		if (!got)
			return cln_fail(err, EIO, "ends early");
		next += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return 0;
}

int blob_read_all(const struct blob *blob, size_t ceiling, char **data, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text = NULL;

	if (blob->size_bytes > ceiling)
		return cln_fail(err, EFBIG, "%llu bytes, more than the limit of %zu",
			(unsigned long long)blob->size_bytes, ceiling);
	text = cln_realloc(NULL, blob->size_bytes + 1, 1);
	if (blob_read(blob, 0, text, blob->size_bytes, err) < 0)
		return -err->code;
	text[blob->size_bytes] = '\0';
	*data = cln_steal(&text);
	return 0;
}

static void ring_alloc(struct ring *ring, size_t marks)
{
	for (unsigned i = 0; i < BUFFERS; i++) {
		ring->buffer[i] = cln_realloc(NULL, BUFFER_BYTES, 1);
		ring->marks[i].room = marks;
		if (marks)
			ring->marks[i].mark =
				cln_realloc(NULL, marks, sizeof(*ring->marks[i].mark));
	}
}

static void ring_release(struct ring *ring)
{
	for (unsigned i = 0; i < BUFFERS; i++) {
		free(ring->buffer[i]);
		free(ring->marks[i].mark);
	}
}

/* An empty buffer to fill, or NULL where the consumer gave up. */
static char *ring_room(struct ring *ring, struct inflate *inflate)
{
	char *buffer = NULL;

	pthread_mutex_lock(&ring->lock);
	while (ring->filled - ring->emptied == BUFFERS && !ring->stop)
		pthread_cond_wait(&ring->changed, &ring->lock);
	if (!ring->stop) {
		struct marks *marks = &ring->marks[ring->filled % BUFFERS];

		buffer = ring->buffer[ring->filled % BUFFERS];
		marks->count = 0;
		inflate_mark(inflate, marks->room ? marks : NULL);
	}
	pthread_mutex_unlock(&ring->lock);
	return buffer;
}

static void ring_fill(struct ring *ring, size_t size, bool over)
{
	pthread_mutex_lock(&ring->lock);
	if (size || (!over && ring->marks[ring->filled % BUFFERS].count)) {
		ring->size[ring->filled % BUFFERS] = size;
		ring->filled++;
	}
	ring->over = over;
	pthread_cond_broadcast(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}

/* The next filled buffer, or NULL at the end. */
static char *ring_take(struct ring *ring, size_t *size)
{
	char *buffer = NULL;

	pthread_mutex_lock(&ring->lock);
	while (ring->filled == ring->emptied && !ring->over)
		pthread_cond_wait(&ring->changed, &ring->lock);
	if (ring->filled != ring->emptied) {
		buffer = ring->buffer[ring->emptied % BUFFERS];
		*size = ring->size[ring->emptied % BUFFERS];
	}
	pthread_mutex_unlock(&ring->lock);
	return buffer;
}

static void ring_done(struct ring *ring, bool stop)
{
	pthread_mutex_lock(&ring->lock);
	ring->emptied++;
	ring->stop = ring->stop || stop;
	pthread_cond_broadcast(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}

/* Inflates all of the blob into the ring; false where the consumer gave up or at an error. */
static int inflate_blob(struct pump *pump, struct inflate *inflate, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *input = cln_realloc(NULL, READ_BYTES, 1);
	char *buffer = ring_room(&pump->ring, inflate);
	size_t used = 0;

	for (uint64_t at = 0; at < pump->blob.size_bytes && buffer;) {
		size_t left = CLN_MIN(READ_BYTES, pump->blob.size_bytes - at);
		const void *next = input;
		bool more = true;

		if (blob_read(&pump->blob, at, input, left, err) < 0)
			return -err->code;
		at += left;
		*pump->taken_bytes = at;
		while (more && buffer) {
			size_t made = 0, room = BUFFER_BYTES - used, before = left;

			if (inflate_step(inflate, &next, &left, buffer + used, room, &made, err) <
				0)
				return -err->code;
			if (!made && left && left == before)
				return cln_fail(err, EINVAL, "a stream that does not go on");
			used += made;
			more = left || used == BUFFER_BYTES;
			if (used == BUFFER_BYTES) {
				ring_fill(&pump->ring, used, false);
				buffer = ring_room(&pump->ring, inflate);
				used = 0;
			}
		}
	}
	if (buffer)
		ring_fill(&pump->ring, used, false);
	return buffer ? inflate_finish(inflate, err) : 0;
}

static void *inflate_thread(void *arg)
{
	struct pump *pump = arg;
	cln_owned(inflate_drop) struct inflate *inflate =
		inflate_new(pump->codec, pump->blob.limits);

	inflate_blob(pump, inflate, &pump->inflate_err);
	ring_fill(&pump->ring, 0, true);
	return NULL;
}

static void *hash_thread(void *arg)
{
	struct pump *pump = arg;
	cln_owned(cln_sha256_drop) struct cln_sha256 *sha = cln_sha256_new();
	cln_owned(cln_drop_mem) char *data = cln_realloc(NULL, READ_BYTES, 1);

	for (uint64_t at = 0; at < pump->blob.size_bytes;) {
		size_t size = CLN_MIN(READ_BYTES, pump->blob.size_bytes - at);

		if (blob_read(&pump->blob, at, data, size, &pump->hash_err) < 0)
			return NULL;
		cln_sha256_add(sha, data, size);
		at += size;
	}
	cln_sha256_hex(sha, pump->blob_sha256);
	return NULL;
}

/* The ring's oldest buffer, and what was found in it. */
static int give(struct pump *pump, const struct pump_to *to, const void *data, size_t size,
	struct cln_err *err)
{
	const struct marks *marks = &pump->ring.marks[pump->ring.emptied % BUFFERS];

	if (size && to->bytes(to->context, data, size, err) < 0)
		return -err->code;
	return to->marks && marks->count ? to->marks(to->context, marks->mark, marks->count, err)
					 : 0;
}

static int consume(struct pump *pump, const struct pump_to *to, struct pump_result *result,
	struct cln_err *err)
{
	cln_owned(cln_sha256_drop) struct cln_sha256 *sha = cln_sha256_new();
	size_t size = 0;
	char *data;
	int r = 0;

	while ((data = ring_take(&pump->ring, &size))) {
		if (!r) {
			cln_sha256_add(sha, data, size);
			result->plain_bytes += size;
			r = give(pump, to, data, size, err);
		}
		ring_done(&pump->ring, r < 0);
	}
	cln_sha256_hex(sha, result->plain_sha256);
	return r;
}

static int pump_threads(struct pump *pump, const struct pump_to *to, struct pump_result *result,
	struct cln_err *err)
{
	pthread_t inflating, hashing;
	int r;

	r = pthread_create(&hashing, NULL, hash_thread, pump);
	if (r)
		return cln_fail(err, r, "thread: %m");
	r = pthread_create(&inflating, NULL, inflate_thread, pump);
	if (r) {
		pthread_join(hashing, NULL);
		return cln_fail(err, r, "thread: %m");
	}
	r = consume(pump, to, result, err);
	pthread_join(inflating, NULL);
	pthread_join(hashing, NULL);
	return r;
}

int pump_run(const struct blob *blob, const struct pump_to *to, struct pump_result *result,
	struct cln_err *err)
{
	struct pump pump = { .blob = *blob,
		.taken_bytes = &result->taken_bytes,
		.ring = {
			.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER } };
	unsigned char start[8] = { 0 };
	size_t start_size = CLN_MIN(sizeof(start), blob->size_bytes);
	int r;

	*result = (struct pump_result){ 0 };
	if (blob_read(blob, 0, start, start_size, err) < 0 ||
		codec_detect(start, start_size, &pump.codec, err) < 0)
		return -err->code;
	result->codec = pump.codec;
	ring_alloc(&pump.ring, to->marks ? MARKS : 0);
	r = pump_threads(&pump, to, result, err);
	ring_release(&pump.ring);
	if (r < 0)
		return r;
	if (pump.inflate_err.code || pump.hash_err.code) {
		*err = pump.inflate_err.code ? pump.inflate_err : pump.hash_err;
		return -err->code;
	}
	memcpy(result->blob_sha256, pump.blob_sha256, sizeof(pump.blob_sha256));
	return 0;
}
