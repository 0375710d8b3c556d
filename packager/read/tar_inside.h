/* SPDX-License-Identifier: Apache-2.0 */
/* tar_inside.h - the pieces of the tar reader. Only tar*.c include this. */
#ifndef CLN_PACKAGER_TAR_INSIDE_H
#define CLN_PACKAGER_TAR_INSIDE_H

#include "packager/read/tar.h"

struct tar_map { /* of a sparse file */
	struct tar_segment *segment;
	size_t count, room;
};

/* What PAX records say about the next entry. Texts point into the record bytes. */
struct tar_pax {
	const struct limits *limits; /* stays through release */
	bool seen;
	const char *path, *linkpath;
	bool has_size, has_uid, has_gid, has_mtime;
	uint64_t size_bytes, uid, gid;
	int64_t mtime;
	uint32_t mtime_ns;
	struct xattr *xattr;
	size_t xattr_count, xattr_room;
	/* GNU.sparse.* */
	bool sparse, has_real_size;
	uint64_t major, minor, real_bytes, blocks;
	const char *sparse_name;
	struct tar_map map;
	bool segment_half; /* an offset without its numbytes */
};

void tar_pax_release(struct tar_pax *pax);
/* Parses in place: the bytes are changed (NULs behind values) and must outlive pax. */
int tar_pax_parse(struct tar_pax *pax, char *text, size_t size, struct cln_err *err);
int tar_pax_global(const char *text, size_t size, struct cln_err *err);

/* A numeric header field: octal, or base-256 where the first bit is set. */
int tar_number(const unsigned char *field, size_t size, int64_t *out);
/* Decimal digits only, all of text[0 .. size). */
int tar_decimal(const char *text, size_t size, uint64_t *out);
/* Adds a piece: in order, not overlapping. */
int tar_segment_add(struct tar_map *map, const struct limits *limits, const struct tar_segment *add,
	struct cln_err *err);

#endif
