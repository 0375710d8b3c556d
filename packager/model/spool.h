/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool.h - the bytes of an image's files, in one unlinked temporary file.
 *
 * Layers are inflated into it as they stand; a file of the tree is an offset
 * and a size in it. Nothing of it is ever visible under a name, and it goes
 * away with the process. It is disk, not memory: peak memory does not grow
 * with what an image holds.
 */
#ifndef CLN_PACKAGER_SPOOL_H
#define CLN_PACKAGER_SPOOL_H

#include "common/err.h"

#define SPOOL_NO_CEILING ((uint64_t)1 << 50)

struct spool {
	int fd;
	uint64_t size_bytes;	/* the next append goes here */
	uint64_t ceiling_bytes; /* refuses to grow past it */
};

/* In dir, or TMPDIR, or /var/tmp. ceiling 0: none but the disk's. */
int spool_new(const char *dir, uint64_t ceiling_bytes, struct spool **out, struct cln_err *err);
void spool_free(struct spool *spool);

/* Appends; *offset (may be NULL) is where it starts. */
int spool_append(
	struct spool *spool, const void *data, size_t size, uint64_t *offset, struct cln_err *err);

/* size zero bytes that cost no disk until written: a sparse file's place. */
int spool_reserve(struct spool *spool, uint64_t size, uint64_t *offset, struct cln_err *err);

/* Over what append or reserve made. */
int spool_write(
	struct spool *spool, uint64_t offset, const void *data, size_t size, struct cln_err *err);

/* size bytes from offset; all of them must be there. */
int spool_read(
	const struct spool *spool, uint64_t offset, void *data, size_t size, struct cln_err *err);

#endif
