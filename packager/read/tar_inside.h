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

/* Offsets in a header block: POSIX ustar, and GNU's old sparse fields. */
enum {
	AT_NAME = 0,
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_SIZE = 124,
	AT_MTIME = 136,
	AT_SUM = 148,
	AT_TYPE = 156,
	AT_LINK = 157,
	AT_MAGIC = 257,
	AT_MAJOR = 329,
	AT_MINOR = 337,
	AT_PREFIX = 345,
	AT_SPARSE = 386,
	AT_SPARSE_MORE = 482,
	AT_REAL_SIZE = 483,
	AT_EXTENSION_MORE = 504,
};

enum tar_state {
	STATE_HEADER,
	STATE_META,	 /* body of x, g, L, K */
	STATE_EXTENSION, /* more of GNU's old sparse map */
	STATE_MAP,	 /* the map in front of a PAX 1.0 sparse file's data */
	STATE_DATA,
	STATE_ZERO, /* one zero block came: the second must follow */
	STATE_END,
};

struct tar {
	tar_entry_fn fn;
	void *context;
	enum tar_state state;
	uint64_t at;   /* offset in the stream of what comes next */
	uint64_t skip; /* of STATE_DATA, with padding */
	uint64_t need; /* bytes to collect in this state */
	struct {
		char *data;
		size_t size, room;
	} meta; /* collected so far */
	char meta_type;
	uint64_t meta_size; /* without padding */
	char *pax_text;	    /* what pax points into */
	struct tar_pax pax;
	char *long_name, *long_link;
	unsigned char header[TAR_BLOCK]; /* of the entry whose map is being collected */
	struct tar_map map;		 /* of old GNU sparse files and PAX 1.0 */
	char meta_name[101];		 /* of the extended header that is being collected */
	uint64_t map_bytes;		 /* stored bytes that the PAX 1.0 map took */
	uint64_t ahead;			 /* of the data, collected with the map */
	char last_name[301];		 /* of the entry before, for messages */
	uint64_t entries;
};

static inline uint64_t tar_padded(uint64_t size)
{
	return (size + TAR_BLOCK - 1) & ~(uint64_t)(TAR_BLOCK - 1);
}

/* tar_entry.c: a header block, with what stood in front of it, to an entry */
struct tar_names {
	char header[257], header_link[101];
	const char *name, *link;
};

int tar_checksum(const unsigned char *header, struct cln_err *err);
int tar_field(const unsigned char *header, size_t at, size_t size, int64_t low, int64_t high,
	int64_t *out, struct cln_err *err);
/* Of the stored bytes: PAX's where it is given. */
int tar_entry_size(
	const struct tar *tar, const unsigned char *h, uint64_t *size, struct cln_err *err);
/* All but spool_offset; stored_bytes is given. Texts live in names and tar. */
int tar_entry_read(struct tar *tar, const unsigned char *h, struct tar_names *names,
	struct tar_entry *entry, struct cln_err *err);
/* Adds the name to an error in front of tar_entry_read. */
int tar_within_entry(const struct tar *tar, const unsigned char *h, struct cln_err *err);

/* tar_sparse.c: the maps of sparse files */
/* Old GNU fields: count pairs of 12 bytes each; a zero size ends them. */
int tar_sparse_pairs(struct tar *tar, const unsigned char *at, size_t count, struct cln_err *err);
/* PAX 1.0: "COUNT\nOFFSET\nSIZE\n..." padded to blocks, in front of the data.
 * 1: more of it is needed. *used is the map's length, with padding. */
int tar_sparse_map(
	struct tar *tar, const char *text, size_t size, uint64_t *used, struct cln_err *err);
/* Does the map fit the file and its stored bytes? */
int tar_sparse_check(const struct tar_entry *entry, struct cln_err *err);

#endif
