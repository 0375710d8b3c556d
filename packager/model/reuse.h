/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reuse.h - what the writer may copy from the source's compressed layers.
 *
 * A deflate block refers at most 32 KiB back (RFC 1951 2). So the blocks of a gzip
 * layer that begin that far behind the first byte of a file (or behind the first
 * of their member) and end inside it decode to the same bytes in any stream that
 * holds the file.
 *
 * A zstd block refers back as far as its frame's window, 2 MiB or 8 as a rule, and
 * takes over tables and offsets of the block before it (RFC 8878 3.1.1.3). So the first
 * block of a run stands alone (zblock.h) or is its frame's first, and the run goes
 * into a frame that holds the plain bytes in front of it, as far as it refers back.
 *
 * Where blocks lie is kept by the plain bytes they make, as the
 * spool holds those: layers one behind the other, so the list is sorted as it grows.
 * It lies in a temporary file: memory does not grow with what an image holds.
 *
 * A layer that comes out as it went in may be taken whole.
 *
 * The blobs stay open. Whoever changes one in between is found out by its time and
 * size, and by a CRC-32 of what is copied; the plain bytes are not read from it,
 * so at the worst a layer does not match its diffID.
 */
#ifndef CLN_PACKAGER_REUSE_H
#define CLN_PACKAGER_REUSE_H

#include "common/err.h"
#include "packager/model/marks.h"

#include <time.h>

#define REUSE_LEAST ((uint64_t)16 << 10) /* plain bytes of a run: each costs a few bytes */
#define REUSE_MOST ((uint64_t)1 << 20)
#define REUSE_LAYERS 256u /* descriptors; layers behind them are read and no more */
/* What a zstd run costs is that the bytes in front of it are compressed one after the other. */
#define REUSE_LEAST_BEHIND ((uint64_t)256 << 10)
/* Every decoder has room for such a window (RFC 8878 3.1.1.1.2). */
#define REUSE_WINDOW_MOST ((uint64_t)8 << 20)

enum reuse_kind { REUSE_PLAIN, REUSE_GZIP, REUSE_ZSTD };

struct reuse_blob { /* bytes of an open file */
	int fd;
	uint64_t offset, size_bytes;
};

struct reuse;

/* blocks: of layers of this kind also where their blocks begin, for reuse_find; plain layers have
 * none. dir as in spool.h. */
int reuse_new(const char *dir, enum reuse_kind blocks, struct reuse **out, struct cln_err *err);
void reuse_free(struct reuse *reuse);
void reuse_drop(struct reuse **reuse);
/* Whose marks are asked for and whose blocks are found; REUSE_PLAIN (also of NULL): none. */
enum reuse_kind reuse_blocks(const struct reuse *reuse);

/*
 * While layers are read: begin, all marks in order (of the kind that is asked for), end.
 * The descriptor is duplicated;
 * base is where the plain bytes begin in the spool. digest (of the blob) and diff_id:
 * "sha256:..." as verified.
 */
int reuse_begin(
	struct reuse *reuse, const struct reuse_blob *blob, uint64_t base, struct cln_err *err);
int reuse_mark(struct reuse *reuse, const struct mark *mark, size_t count, struct cln_err *err);
int reuse_end(struct reuse *reuse, enum reuse_kind kind, const char *digest, const char *diff_id,
	struct cln_err *err);

/* Blocks one behind the other, of one member. */
struct reuse_run {
	uint64_t plain, plain_bytes; /* in the spool */
	uint64_t first;		     /* piece of the list */
	uint32_t pieces;
	unsigned phase; /* bit of a byte, 0 to 7, where its first block begins */
	bool goes_on;	/* more of the member may be copied behind it: reuse_next */
	/* zstd: plain bytes in front that its frame must hold, and the window that it must have */
	uint32_t behind, window_bytes;
};

/* The first run at or behind `at` that a file holds whose plain bytes are [begin, end) of the
 * spool; what it refers back to lies there too. 1: *run is it; 0: there is none. */
int reuse_find(const struct reuse *reuse, uint64_t begin, uint64_t end, uint64_t at,
	struct reuse_run *run, struct cln_err *err);

/* Of a run that goes on the next one, which is the same member's and begins where it ended;
 * end as in reuse_find. */
int reuse_next(const struct reuse *reuse, uint64_t end, struct reuse_run *run, struct cln_err *err);

#define REUSE_ROOM (REUSE_MOST + REUSE_MOST / 1024 + 2) /* the most bytes of a run */

/* The bytes that hold the run's blocks, at most REUSE_ROOM, none of them a last one. *bits are
 * theirs, from bit `phase` of out's first byte on; those around them are of no meaning. May be
 * called by several threads at once. */
int reuse_read(const struct reuse *reuse, const struct reuse_run *run, unsigned char *out,
	uint64_t *bits, struct cln_err *err);

/* The layer that is stored so and has the diffID; NULL: none. It is reuse's. */
struct reuse_layer {
	struct reuse_blob blob;
	char digest[72], diff_id[72]; /* "" while it is read */
	enum reuse_kind kind;
	uint64_t file_bytes; /* of the file that it lies in */
	struct timespec changed;
	uint64_t base; /* where its plain bytes begin in the spool */
};
const struct reuse_layer *reuse_layer_of(
	const struct reuse *reuse, enum reuse_kind kind, const char *diff_id);

/* Its bytes to fd; their digest is compared once more. */
int reuse_copy(const struct reuse_layer *layer, int fd, struct cln_err *err);

#endif
