// SPDX-License-Identifier: Apache-2.0
#include "packager/read/tar_inside.h"

#include "common/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

#define MAP_LINE 44u /* bytes of two numbers of a PAX 1.0 map, at most */

enum state {
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
	enum state state;
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
	uint64_t entries;
};

struct tar *tar_new(const struct limits *limits, tar_entry_fn entry, void *context)
{
	struct tar *tar = cln_alloc(sizeof(*tar));

	tar->fn = entry;
	tar->context = context;
	tar->need = TAR_BLOCK;
	tar->pax.limits = limits;
	return tar;
}

static void tar_next(struct tar *tar)
{
	tar_pax_release(&tar->pax);
	free(cln_steal(&tar->pax_text));
	free(cln_steal(&tar->long_name));
	free(cln_steal(&tar->long_link));
	tar->map.count = 0;
	tar->map_bytes = tar->ahead = 0;
}

void tar_free(struct tar *tar)
{
	if (!tar)
		return;
	tar_next(tar);
	free(tar->map.segment);
	free(tar->meta.data);
	free(tar);
}

void tar_drop(struct tar **tar)
{
	tar_free(*tar);
}

static uint64_t padded(uint64_t size)
{
	return (size + TAR_BLOCK - 1) & ~(uint64_t)(TAR_BLOCK - 1);
}

static void expect(struct tar *tar, enum state state, uint64_t need)
{
	tar->state = state;
	tar->need = need;
	tar->meta.size = 0;
}

static int checksum(const unsigned char *header, struct cln_err *err)
{
	int64_t want, sum = 0, signed_sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++) {
		unsigned char byte = i >= AT_SUM && i < AT_SUM + 8 ? ' ' : header[i];

		sum += byte;
		signed_sum += (signed char)byte;
	}
	if (tar_number(header + AT_SUM, 8, &want) < 0 || (want != sum && want != signed_sum))
		return cln_fail(err, EINVAL, "a header with a wrong checksum");
	return 0;
}

static int field(const unsigned char *header, size_t at, size_t size, int64_t low, int64_t high,
	int64_t *out, struct cln_err *err)
{
	if (tar_number(header + at, size, out) < 0 || *out < low || *out > high)
		return cln_fail(
			err, ERANGE, "a number in the header (offset %zu) that cannot be", at);
	return 0;
}

/* Names as the header and what stood in front of it give them. */
struct names {
	char header[257], header_link[101];
	const char *name, *link;
};

static int pick_name(
	const char *header, const char *gnu, const char *pax, const char **out, struct cln_err *err)
{
	if (gnu && pax && strcmp(gnu, pax) != 0)
		return cln_fail(err, EINVAL, "two names: %.100s by GNU, %.100s by PAX", gnu, pax);
	*out = pax ? pax : gnu ? gnu : header;
	return 0;
}

static int names_find(
	const struct tar *tar, const unsigned char *h, struct names *n, struct cln_err *err)
{
	size_t prefix = 0;

	if (!memcmp(h + AT_MAGIC, "ustar\0", 6) && h[AT_PREFIX]) {
		prefix = strnlen((const char *)h + AT_PREFIX, 155);
		memcpy(n->header, h + AT_PREFIX, prefix);
		n->header[prefix++] = '/';
	}
	memcpy(n->header + prefix, h + AT_NAME, 100);
	n->header[prefix + 100] = '\0';
	memcpy(n->header_link, h + AT_LINK, 100);
	n->header_link[100] = '\0';
	if (pick_name(n->header, tar->long_name, tar->pax.path, &n->name, err) < 0 ||
		pick_name(n->header_link, tar->long_link, tar->pax.linkpath, &n->link, err) < 0)
		return -err->code;
	if (tar->pax.sparse_name)
		n->name = tar->pax.sparse_name;
	if (!*n->name)
		return cln_fail(err, EINVAL, "an entry without a name");
	return 0;
}

static int entry_type(
	const unsigned char *h, const char *name, struct tree_entry *e, struct cln_err *err)
{
	size_t length = strlen(name);

	switch (h[AT_TYPE]) {
	case '0':
	case '\0':
	case '7':
	case 'S':
		e->type = length && name[length - 1] == '/' ? NODE_DIR : NODE_FILE;
		return 0;
	case '1':
	case '2':
		e->type = NODE_SYMLINK;
		return 0;
	case '3':
		e->type = NODE_CHAR;
		return 0;
	case '4':
		e->type = NODE_BLOCK;
		return 0;
	case '5':
		e->type = NODE_DIR;
		return 0;
	case '6':
		e->type = NODE_FIFO;
		return 0;
	default:
		return cln_fail(err, ENOTSUP, "an entry of type \\%03o", h[AT_TYPE]);
	}
}

static int entry_owner(
	const struct tar *tar, const unsigned char *h, struct tree_entry *e, struct cln_err *err)
{
	int64_t uid = 0, gid = 0;

	if (!tar->pax.has_uid && field(h, AT_UID, 8, 0, INT32_MAX, &uid, err) < 0)
		return cln_within(err, "user id");
	if (!tar->pax.has_gid && field(h, AT_GID, 8, 0, INT32_MAX, &gid, err) < 0)
		return cln_within(err, "group id");
	if ((tar->pax.has_uid && tar->pax.uid > INT32_MAX) ||
		(tar->pax.has_gid && tar->pax.gid > INT32_MAX))
		return cln_fail(err, ERANGE, "a user or group id above %d", INT32_MAX);
	e->uid = (uint32_t)(tar->pax.has_uid ? tar->pax.uid : (uint64_t)uid);
	e->gid = (uint32_t)(tar->pax.has_gid ? tar->pax.gid : (uint64_t)gid);
	return 0;
}

static int by_xattr_name(const void *a, const void *b)
{
	return strcmp(((const struct xattr *)a)->name, ((const struct xattr *)b)->name);
}

static int entry_metadata(
	struct tar *tar, const unsigned char *h, struct tree_entry *e, struct cln_err *err)
{
	int64_t mode = 0, mtime = 0, major = 0, minor = 0;

	if (field(h, AT_MODE, 8, 0, INT64_MAX, &mode, err) < 0 || entry_owner(tar, h, e, err) < 0)
		return -err->code;
	if (!tar->pax.has_mtime && field(h, AT_MTIME, 12, INT64_MIN, INT64_MAX, &mtime, err) < 0)
		return -err->code;
	e->mode = (uint32_t)mode & 07777;
	e->mtime = tar->pax.has_mtime ? tar->pax.mtime : mtime;
	e->mtime_ns = tar->pax.has_mtime ? tar->pax.mtime_ns : 0;
	if (e->type == NODE_CHAR || e->type == NODE_BLOCK) {
		if (field(h, AT_MAJOR, 8, 0, UINT32_MAX, &major, err) < 0 ||
			field(h, AT_MINOR, 8, 0, UINT32_MAX, &minor, err) < 0)
			return -err->code;
		e->dev_major = (uint32_t)major;
		e->dev_minor = (uint32_t)minor;
	}
	if (tar->pax.xattr_count > 1)
		qsort(tar->pax.xattr, tar->pax.xattr_count, sizeof(*tar->pax.xattr), by_xattr_name);
	e->xattr = tar->pax.xattr;
	e->xattr_count = (uint32_t)tar->pax.xattr_count;
	return 0;
}

static int sparse_check(const struct tar_entry *entry, struct cln_err *err)
{
	uint64_t sum = 0, end = 0;

	for (size_t i = 0; i < entry->sparse_count; i++) {
		sum += entry->sparse[i].size_bytes;
		end = entry->sparse[i].offset + entry->sparse[i].size_bytes;
		if (sum > INT64_MAX)
			break;
	}
	if (sum != entry->stored_bytes || end > entry->is.size_bytes ||
		entry->is.size_bytes > INT64_MAX)
		return cln_fail(err, EINVAL, "a sparse map that does not fit the file");
	return 0;
}

static int entry_sparse(
	struct tar *tar, const unsigned char *h, struct tar_entry *entry, struct cln_err *err)
{
	int64_t real = 0;

	if (h[AT_TYPE] == 'S') {
		if (field(h, AT_REAL_SIZE, 12, 0, INT64_MAX, &real, err) < 0)
			return -err->code;
		entry->is.size_bytes = (uint64_t)real;
	} else if (tar->pax.sparse) {
		if (!tar->pax.has_real_size)
			return cln_fail(err, EINVAL, "a sparse file without its size");
		entry->is.size_bytes = tar->pax.real_bytes;
	} else {
		return 0;
	}
	if (entry->is.type != NODE_FILE)
		return cln_fail(err, EINVAL, "a sparse file that is none");
	entry->sparse =
		tar->pax.sparse && tar->pax.major == 0 ? tar->pax.map.segment : tar->map.segment;
	entry->sparse_count =
		tar->pax.sparse && tar->pax.major == 0 ? tar->pax.map.count : tar->map.count;
	if (!entry->sparse) {
		static const struct tar_segment none[1];

		entry->sparse = none;
	}
	entry->stored_bytes -= tar->map_bytes;
	return sparse_check(entry, err);
}

/* The entry of header h is complete: hand it over, then skip its data. */
static int entry_emit(struct tar *tar, const unsigned char *h, uint64_t size, struct cln_err *err)
{
	struct tar_entry entry = { .stored_bytes = size };
	struct names n;
	int r;

	if (names_find(tar, h, &n, err) < 0)
		return -err->code;
	if (entry_type(h, n.name, &entry.is, err) < 0 || entry_metadata(tar, h, &entry.is, err) < 0)
		return cln_within(err, "entry %.300s", n.name);
	if (entry.is.type != NODE_FILE && size)
		return cln_fail(err, EINVAL, "entry %.300s: not a file, but has bytes", n.name);
	entry.is.path = n.name;
	entry.is.hard_link = h[AT_TYPE] == '1' ? n.link : NULL;
	entry.is.target = h[AT_TYPE] == '2' ? n.link : NULL;
	entry.is.size_bytes = size;
	if (entry_sparse(tar, h, &entry, err) < 0)
		return cln_within(err, "entry %.300s", n.name);
	entry.is.spool_offset = tar->at - tar->ahead;
	r = tar->fn(tar->context, &entry, err);
	if (r < 0)
		return r;
	tar->entries++;
	tar->skip = padded(size) - tar->map_bytes - tar->ahead;
	tar_next(tar);
	if (tar->skip)
		expect(tar, STATE_DATA, 0);
	else
		expect(tar, STATE_HEADER, TAR_BLOCK);
	return 0;
}

/* Old GNU sparse fields: count pairs of 12 bytes each; a zero size ends them. */
static int sparse_pairs(struct tar *tar, const unsigned char *at, size_t count, struct cln_err *err)
{
	for (size_t i = 0; i < count; i++, at += 24) {
		struct tar_segment piece;
		int64_t offset, size;

		if (!at[0] && !at[12])
			return 0;
		if (tar_number(at, 12, &offset) < 0 || tar_number(at + 12, 12, &size) < 0 ||
			offset < 0 || size < 0)
			return cln_fail(err, EINVAL, "a sparse map with a number that cannot be");
		piece = (struct tar_segment){ (uint64_t)offset, (uint64_t)size };
		if (tar_segment_add(&tar->map, tar->pax.limits, &piece, err) < 0)
			return -err->code;
	}
	return 0;
}

static int entry_size(
	const struct tar *tar, const unsigned char *h, uint64_t *size, struct cln_err *err)
{
	int64_t in_header = 0;

	if (tar->pax.has_size) {
		*size = tar->pax.size_bytes;
		if (*size > INT64_MAX - TAR_BLOCK)
			return cln_fail(err, ERANGE, "a size that cannot be");
		return 0;
	}
	if (field(h, AT_SIZE, 12, 0, INT64_MAX - TAR_BLOCK, &in_header, err) < 0)
		return -err->code;
	*size = (uint64_t)in_header;
	return 0;
}

/* An error in front of the entry's own checks. */
static int within_entry(const struct tar *tar, const unsigned char *h, struct cln_err *err)
{
	const char *name = tar->pax.sparse_name ? tar->pax.sparse_name
			   : tar->pax.path	? tar->pax.path
			   : tar->long_name	? tar->long_name
						: NULL;
	char plain[101];

	snprintf(plain, sizeof(plain), "%.100s", (const char *)h);
	return cln_within(err, "entry %.300s", name ? name : plain);
}

static int begin_file(struct tar *tar, const unsigned char *h, struct cln_err *err)
{
	uint64_t size = 0;

	if (entry_size(tar, h, &size, err) < 0)
		return -err->code;
	if (h[AT_TYPE] == 'S') {
		if (tar->pax.sparse)
			return cln_fail(err, EINVAL, "sparse by GNU and by PAX");
		if (sparse_pairs(tar, h + AT_SPARSE, 4, err) < 0)
			return within_entry(tar, h, err);
		if (h[AT_SPARSE_MORE]) {
			memcpy(tar->header, h, TAR_BLOCK);
			expect(tar, STATE_EXTENSION, TAR_BLOCK);
			return 0;
		}
	} else if (tar->pax.sparse && tar->pax.major == 1 && tar->pax.minor == 0) {
		memcpy(tar->header, h, TAR_BLOCK);
		expect(tar, STATE_MAP, TAR_BLOCK);
		return 0;
	} else if (tar->pax.sparse && tar->pax.major) {
		return cln_fail(err, ENOTSUP, "a sparse format of a later GNU tar");
	}
	return entry_emit(tar, h, size, err);
}

static int on_meta(struct tar *tar, const char *data, struct cln_err *err)
{
	char type = tar->meta_type;
	char *text;

	if (type == 'g') {
		expect(tar, STATE_HEADER, TAR_BLOCK);
		return tar_pax_global(data, tar->meta_size, err);
	}
	text = cln_alloc(tar->meta_size + 1);
	memcpy(text, data, tar->meta_size);
	expect(tar, STATE_HEADER, TAR_BLOCK);
	if (type == 'x') {
		tar->pax_text = text;
		return tar_pax_parse(&tar->pax, text, tar->meta_size, err);
	}
	*(type == 'L' ? &tar->long_name : &tar->long_link) = text;
	if (tar->meta_size > 1 && strlen(text) + 1 < tar->meta_size)
		return cln_fail(err, EINVAL, "a long name that holds a NUL");
	return 0;
}

/* Headers that tell about the next one have their own size: a PAX size never
 * applies to them (CVE-2025-62518). */
static int begin_meta(struct tar *tar, const unsigned char *h, struct cln_err *err)
{
	int64_t size = 0;

	uint64_t most = limit_of(tar->pax.limits, LIMIT_HEADER_BYTES);

	snprintf(tar->meta_name, sizeof(tar->meta_name), "%.100s", (const char *)h);
	if (field(h, AT_SIZE, 12, 0, INT64_MAX, &size, err) < 0 ||
		((uint64_t)size > most && limit_over(LIMIT_HEADER_BYTES, most, err) < 0))
		return cln_within(err, "extended header %s", tar->meta_name);
	if ((h[AT_TYPE] == 'x' && tar->pax.seen) || (h[AT_TYPE] == 'L' && tar->long_name) ||
		(h[AT_TYPE] == 'K' && tar->long_link))
		return cln_fail(err, EINVAL, "two extended headers of one kind for one entry");
	tar->meta_type = (char)h[AT_TYPE];
	tar->meta_size = (uint64_t)size;
	expect(tar, STATE_META, padded((uint64_t)size));
	return size ? 0 : on_meta(tar, "", err);
}

static int on_header(struct tar *tar, const unsigned char *h, struct cln_err *err)
{
	static const unsigned char zero[TAR_BLOCK];

	if (!memcmp(h, zero, TAR_BLOCK)) {
		if (tar->pax.seen || tar->long_name || tar->long_link)
			return cln_fail(err, EINVAL, "an extended header without an entry");
		expect(tar, STATE_ZERO, TAR_BLOCK);
		return 0;
	}
	if (checksum(h, err) < 0)
		return -err->code;
	switch (h[AT_TYPE]) {
	case 'x':
	case 'g':
	case 'L':
	case 'K':
		return begin_meta(tar, h, err);
	default:
		return begin_file(tar, h, err);
	}
}

static int on_extension(struct tar *tar, const unsigned char *data, struct cln_err *err)
{
	uint64_t size = 0;

	if (sparse_pairs(tar, data, 21, err) < 0)
		return within_entry(tar, tar->header, err);
	if (data[AT_EXTENSION_MORE]) {
		if (!data[0] && !data[12]) /* an empty piece ends a map: no chain of empty blocks */
			return cln_fail(err, EINVAL, "a sparse map that goes on behind its end");
		expect(tar, STATE_EXTENSION, TAR_BLOCK);
		return 0;
	}
	if (entry_size(tar, tar->header, &size, err) < 0)
		return -err->code;
	return entry_emit(tar, tar->header, size, err);
}

/* PAX 1.0: "COUNT\nOFFSET\nSIZE\n..." padded to blocks, in front of the data.
 * 1: more of it is needed. *used is the map's length, with padding. */
static int map_parse(
	struct tar *tar, const char *text, size_t size, uint64_t *used, struct cln_err *err)
{
	uint64_t count = 0, value[2] = { 0 };
	const char *start = text, *end = text + size;
	uint64_t most = limit_of(tar->pax.limits, LIMIT_SPARSE_PIECES);

	tar->map.count = 0;
	for (uint64_t line = 0; line <= 2 * count; line++) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		uint64_t *slot = line ? &value[(line - 1) & 1] : &count;

		if (!stop)
			return 1;
		if (tar_decimal(text, (size_t)(stop - text), slot) < 0)
			return cln_fail(err, EINVAL, "a sparse map with a number that cannot be");
		if (count > most)
			return limit_over(LIMIT_SPARSE_PIECES, most, err);
		text = stop + 1;
		if (line && line % 2 == 0) {
			struct tar_segment piece = { value[0], value[1] };

			if (tar_segment_add(&tar->map, tar->pax.limits, &piece, err) < 0)
				return -err->code;
		}
	}
	*used = padded((uint64_t)(text - start));
	return 0;
}

static int on_map(struct tar *tar, const char *data, struct cln_err *err)
{
	uint64_t size = 0, have = tar->need;
	/* twice, because what is collected doubles */
	uint64_t most = TAR_BLOCK +
			2 * padded(MAP_LINE * (limit_of(tar->pax.limits, LIMIT_SPARSE_PIECES) + 1));
	int r;

	if (entry_size(tar, tar->header, &size, err) < 0)
		return -err->code;
	if (have > padded(size) || have > most)
		return cln_fail(err, EINVAL, "a sparse map that is longer than the file");
	r = map_parse(tar, data, have, &tar->map_bytes, err);
	if (r < 0)
		return within_entry(tar, tar->header, err);
	if (r > 0) { /* twice as much, so that a long map is not parsed block by block */
		tar->need = CLN_MIN(have * 2, padded(size));
		if (tar->need == have)
			return cln_fail(err, EINVAL, "a sparse map without its end");
		return 0;
	}
	if (tar->map_bytes > size)
		return cln_fail(err, EINVAL, "a sparse map that is longer than the file");
	tar->ahead = have - tar->map_bytes;
	return entry_emit(tar, tar->header, size, err);
}

static bool all_zero(const char *data, size_t size)
{
	return !size || (!data[0] && !memcmp(data, data + 1, size - 1));
}

static int on_block(struct tar *tar, const char *data, struct cln_err *err)
{
	switch (tar->state) {
	case STATE_HEADER:
		return on_header(tar, (const unsigned char *)data, err);
	case STATE_META:
		return on_meta(tar, data, err) < 0
			       ? cln_within(err, "extended header %s", tar->meta_name)
			       : 0;
	case STATE_EXTENSION:
		return on_extension(tar, (const unsigned char *)data, err);
	case STATE_MAP:
		return on_map(tar, data, err);
	default: /* STATE_ZERO */
		if (!all_zero(data, TAR_BLOCK))
			return cln_fail(err, EINVAL, "a lone block of zeros between entries");
		expect(tar, STATE_END, 0);
		return 0;
	}
}

/* Collects what the state needs; a block that lies whole in data is not copied. */
static int collect(
	struct tar *tar, const char *data, size_t size, size_t *took, struct cln_err *err)
{
	const char *block = data;

	*took = CLN_MIN(size, tar->need - tar->meta.size);
	tar->at += *took;
	if (*took < tar->need || tar->state == STATE_MAP) {
		if (tar->meta.room < tar->need) {
			tar->meta.data = cln_realloc(tar->meta.data, tar->need, 1);
			tar->meta.room = tar->need;
		}
		memcpy(tar->meta.data + tar->meta.size, data, *took);
		tar->meta.size += *took;
		if (tar->meta.size < tar->need)
			return 0;
		block = tar->meta.data;
	}
	if (on_block(tar, block, err) < 0)
		return cln_within(err, "tar, before byte %llu", (unsigned long long)tar->at);
	return 0;
}

uint64_t tar_skippable(const struct tar *tar)
{
	return tar->state == STATE_DATA ? tar->skip : 0;
}

void tar_skip(struct tar *tar, uint64_t size)
{
	tar->at += size;
	tar->skip -= size;
	if (!tar->skip)
		expect(tar, STATE_HEADER, TAR_BLOCK);
}

int tar_feed(struct tar *tar, const void *data, size_t size, struct cln_err *err)
{
	const char *next = data;

	while (size) {
		size_t took = size;

		if (tar->state == STATE_DATA) {
			took = CLN_MIN(size, tar->skip);
			tar_skip(tar, took);
		} else if (tar->state == STATE_END) {
			tar->at += took;
			if (!all_zero(next, took))
				return cln_fail(err, EINVAL, "tar: bytes behind its end");
		} else if (collect(tar, next, size, &took, err) < 0) {
			return -err->code;
		}
		next += took;
		size -= took;
	}
	return 0;
}

int tar_finish(struct tar *tar, struct cln_err *err)
{
	bool between = tar->state == STATE_HEADER && !tar->meta.size && !tar->pax.seen &&
		       !tar->long_name && !tar->long_link;

	/* Some writers leave out the zero blocks; an entry cut in the middle is an error. */
	if (between || tar->state == STATE_END || (tar->state == STATE_ZERO && !tar->meta.size))
		return 0;
	return cln_fail(err, EINVAL, "tar: ends inside an entry, after %llu bytes",
		(unsigned long long)tar->at);
}
