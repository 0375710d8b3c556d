/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pump.h - a blob from its store to plain bytes, verified to its end.
 *
 * Three things run side by side: one thread inflates into a ring of buffers,
 * one hashes the blob as it is stored, and the caller's own takes the plain
 * bytes, in order. Memory: the ring (4 MiB) and one window, whatever the blob.
 */
#ifndef CLN_PACKAGER_PUMP_H
#define CLN_PACKAGER_PUMP_H

#include "common/hash.h"
#include "packager/read/inflate.h"

struct blob { /* bytes of an open file */
	int fd;
	uint64_t offset, size_bytes;
	const struct limits *limits; /* NULL: the defaults */
};

typedef int (*pump_fn)(void *context, const void *data, size_t size, struct cln_err *err);
typedef int (*pump_marks_fn)(
	void *context, const struct mark *mark, size_t count, struct cln_err *err);

struct pump_to {
	pump_fn bytes;
	pump_marks_fn marks; /* of gzip, each behind the bytes in front of it; NULL: not wanted */
	void *context;
};

struct pump_result {
	_Atomic uint64_t taken_bytes; /* of the blob; grows while it runs */
	enum codec codec;
	uint64_t plain_bytes;
	char blob_sha256[CLN_SHA256_HEX];  /* of the bytes as stored */
	char plain_sha256[CLN_SHA256_HEX]; /* of the plain bytes: a diffID */
};

int pump_run(const struct blob *blob, const struct pump_to *to, struct pump_result *result,
	struct cln_err *err);

/* size bytes from offset; all must be there. */
int blob_read(
	const struct blob *blob, uint64_t offset, void *data, size_t size, struct cln_err *err);

/* The whole of a small blob with a NUL behind it; the caller's to free. */
int blob_read_all(const struct blob *blob, size_t ceiling, char **data, struct cln_err *err);

#endif
