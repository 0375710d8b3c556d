/* SPDX-License-Identifier: Apache-2.0 */
/*
 * squeeze.h - a stream in, a compressed, hashed blob out, on all cores.
 *
 * The stream is cut every SQUEEZE_CHUNK bytes; chunks are compressed side by
 * side, each without knowledge of the others, and written in order. So the
 * blob depends on the stream only, never on threads or timing.
 *
 * gzip: one member, a full flush behind each chunk, by ISA-L level 1 (the same
 * bytes on every x86-64 with SSE4.2, see chunk_isal.c; level 3 is not); without ISA-L one member a chunk
 * by libdeflate. zstd: one frame a chunk, level 1 where none is asked for. Memory: two buffers a slot, a slot a
 * thread and twelve more; and what the library takes a thread, so that zstd's higher levels have
 * fewer threads. With 16 asked for up to 135 MiB (level 19), by default 64; with two threads 34.
 *
 * Blocks of the source may be copied (reuse.h), as chunks of their own. Those of deflate go into
 * the same member, with empty blocks around them (splice.h). Those of zstd are in a frame with
 * the bytes in front that they refer to, which are compressed one chunk after the other (zframe.h).
 */
#ifndef CLN_PACKAGER_SQUEEZE_H
#define CLN_PACKAGER_SQUEEZE_H

#include "packager/model/reuse.h"
#include "packager/write/write.h"

#define SQUEEZE_CHUNK ((size_t)1 << 20)

struct squeeze;

struct squeeze_how {
	enum write_compression kind;
	unsigned level;	  /* 0: the usual one */
	unsigned threads; /* 0: one a CPU */
};

/* Writes to fd from where it stands. */
int squeeze_new(const struct squeeze_how *how, int fd, struct squeeze **out, struct cln_err *err);
/* Where the next bytes of the stream go: at most *room of them; squeeze_add says how many did. */
char *squeeze_room(struct squeeze *squeeze, size_t *room);
void squeeze_add(struct squeeze *squeeze, size_t size);
void squeeze_put(struct squeeze *squeeze, const void *data, size_t size); /* copies */
/* Before the first byte: where runs come from; it must outlive the squeeze. False: none can be
 * taken, the compression or its library does not allow it. */
bool squeeze_reuse(struct squeeze *squeeze, const struct reuse *reuse);
/* The next run->behind bytes of the stream are what run refers back to. */
void squeeze_front(struct squeeze *squeeze, const struct reuse_run *run);
/* The next run->plain_bytes of the stream, which are put as ever, come compressed from there.
 * Behind a run that goes on comes the next one (reuse_next). */
void squeeze_run(struct squeeze *squeeze, const struct reuse_run *run);
/* The end of the stream; errors of every thread come out here. */
int squeeze_finish(struct squeeze *squeeze, struct written_layer *result, struct cln_err *err);
void squeeze_free(struct squeeze *squeeze); /* also in the middle */
void squeeze_drop(struct squeeze **squeeze);

#endif
