/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar.h - a strict reader of tar streams: bytes are pushed in, entries come out.
 *
 * Reads v7, ustar, GNU (L, K, S, base-256) and PAX (with SCHILY.xattr and
 * GNU.sparse 0.0, 0.1, 1.0). It never sees a file's bytes: the caller lays the
 * stream in a spool, an entry names offset and size in it. What two readers
 * could take for two things is refused: a size on a link or directory, a name
 * given twice, a global header that changes names or sizes, bytes behind the
 * end, a lone zero block.
 *
 * Pure: no I/O. Memory: at most an extended header and a sparse map (limits.h).
 * Sources: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic
 * Tar Format" and "Storing Sparse Files"; CVE-2025-62518 (PAX size and nested
 * headers); CVE-2024-40635 (user ids above INT32_MAX).
 */
#ifndef CLN_PACKAGER_TAR_H
#define CLN_PACKAGER_TAR_H

#include "packager/model/limits.h"
#include "packager/model/tree_build.h"

#define TAR_BLOCK 512u

struct tar_segment { /* of a sparse file: where its stored bytes belong */
	uint64_t offset, size_bytes;
};

struct tar_entry {
	/* spool_offset is an offset in the stream; size_bytes the file's whole size */
	struct tree_entry is;
	uint64_t stored_bytes;		  /* in the stream; differs for sparse files */
	const struct tar_segment *sparse; /* NULL: not sparse */
	size_t sparse_count;
};

typedef int (*tar_entry_fn)(void *context, const struct tar_entry *entry, struct cln_err *err);

struct tar;

/* limits: NULL for the defaults, else they must outlive it. */
struct tar *tar_new(const struct limits *limits, tar_entry_fn entry, void *context);
void tar_free(struct tar *tar);
void tar_drop(struct tar **tar);
int tar_feed(struct tar *tar, const void *data, size_t size, struct cln_err *err);
/* Bytes of a file that may be jumped over instead of fed; tar_skip says that they were. */
uint64_t tar_skippable(const struct tar *tar);
void tar_skip(struct tar *tar, uint64_t size);
/* The stream is over: an error where an entry is cut. */
int tar_finish(struct tar *tar, struct cln_err *err);

#endif
