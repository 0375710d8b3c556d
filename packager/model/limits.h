/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - ceilings for hostile images: one table that reading, --limit, the
 * help, the man page and every refusal read.
 *
 * What is fixed besides: names of 255 and paths of 4095 bytes, 40 symlinks in a
 * way and ids up to INT32_MAX, because Linux has no more.
 *
 * To add one: a row here, and limit_over where it is reached.
 */
#ifndef CLN_PACKAGER_LIMITS_H
#define CLN_PACKAGER_LIMITS_H

#include "common/err.h"

/* X(id, name, argument, default, as text, the most it can be, "more than N ...") */
#define LIMITS(X)                                                                               \
	X(BYTES, "bytes", "SIZE", (uint64_t)64 << 30, "64G", UINT64_MAX / 2,                    \
		"bytes in all layers, inflated")                                                \
	X(ENTRIES, "entries", "N", 8000000, "8000000", UINT32_MAX - 1, "entries in all layers") \
	X(LAYERS, "layers", "N", 1024, "1024", 1 << 20, "layers")                               \
	X(JSON_BYTES, "json-bytes", "SIZE", (uint64_t)4 << 20, "4M", (uint64_t)1 << 30,         \
		"bytes in an index, a manifest or a configuration")                             \
	X(JSON_DEPTH, "json-depth", "N", 128, "128", 2000, "levels of JSON in each other")      \
	X(INDEX_DEPTH, "index-depth", "N", 4, "4", 64, "indexes in each other")                 \
	X(HEADER_BYTES, "header-bytes", "SIZE", (uint64_t)1 << 20, "1M", (uint64_t)1 << 30,     \
		"bytes in an extended header of a tar")                                         \
	X(XATTR_BYTES, "xattr-bytes", "SIZE", 65536, "64K", (uint64_t)1 << 30,                  \
		"bytes in the value of an extended attribute")                                  \
	X(XATTRS, "xattrs", "N", 1024, "1024", 1 << 20, "extended attributes of an entry")      \
	X(SPARSE_PIECES, "sparse-pieces", "N", 262144, "262144", 1 << 26,                       \
		"pieces of a sparse file")                                                      \
	X(MEMBERS, "members", "N", 200000, "200000", 1 << 28, "members of an image archive")    \
	X(ZSTD_WINDOW, "zstd-window", "SIZE", (uint64_t)128 << 20, "128M", (uint64_t)2 << 30,   \
		"bytes of window that a zstd layer asks for")

enum limit {
#define LIMIT_ID(id, name, argument, is, text, most, what) LIMIT_##id,
	LIMITS(LIMIT_ID)
#undef LIMIT_ID
		LIMIT_COUNT
};

struct limits {
	uint64_t value[LIMIT_COUNT]; /* 0: the default */
};

/* limits may be NULL: all defaults. */
uint64_t limit_of(const struct limits *limits, enum limit which);

/* "layers=2000", "json-bytes=16M"; a usage error says what is wrong. */
int limit_set(struct limits *limits, const char *text, struct cln_err *err);

/* -EFBIG: "more than 1024 layers (--limit layers=N raises it)" */
int limit_over(enum limit which, uint64_t ceiling, struct cln_err *err);

/* A line each, for help and man page: "  layers  1024  layers". */
extern const char limits_help[];

#endif
