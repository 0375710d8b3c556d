/* SPDX-License-Identifier: Apache-2.0 */
/*
 * squeeze_inside.h - the ring between who fills it (squeeze.c) and the threads that empty it
 * (squeeze_threads.c). Only these two include this.
 */
#ifndef CLN_PACKAGER_SQUEEZE_INSIDE_H
#define CLN_PACKAGER_SQUEEZE_INSIDE_H

#include "packager/write/slot.h"
#include "packager/write/squeeze.h"

#include <pthread.h>

#define THREADS_MAX 16u

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

/* squeeze_threads.c */
int threads_start(struct squeeze *squeeze, struct cln_err *err);
/* Joins them; the ring is empty or dropped afterwards. */
void threads_stop(struct squeeze *squeeze);
/* The first error counts; all threads end. */
void squeeze_fail(struct squeeze *squeeze, const struct cln_err *err);
void slot_set(struct squeeze *squeeze, struct slot *slot, enum slot_state state);
/* Bytes of the blob: written and hashed. */
int packed_write(struct squeeze *squeeze, const void *data, size_t size, struct cln_err *err);

#endif
