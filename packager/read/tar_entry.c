// SPDX-License-Identifier: Apache-2.0
/*
 * tar_entry.c - one header block to one entry, every field checked.
 */
#include "packager/read/tar_inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Linux has no more (MINORBITS, include/linux/kdev_t.h), and they fit any tar. */
#define MAJOR_MAX 0xfff
#define MINOR_MAX 0xfffff

int tar_checksum(const unsigned char *header, struct cln_err *err)
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

int tar_field(const unsigned char *header, size_t at, size_t size, int64_t low, int64_t high,
	int64_t *out, struct cln_err *err)
{
	if (tar_number(header + at, size, out) < 0 || *out < low || *out > high)
		return cln_fail(
			err, ERANGE, "a number in the header (offset %zu) that cannot be", at);
	return 0;
}

static int pick_name(
	const char *header, const char *gnu, const char *pax, const char **out, struct cln_err *err)
{
	if (gnu && pax && strcmp(gnu, pax) != 0)
		return cln_fail(err, EINVAL, "two names: %.100s by GNU, %.100s by PAX", gnu, pax);
	*out = pax ? pax : gnu ? gnu : header;
	return 0;
}

static int names_find(
	const struct tar *tar, const unsigned char *h, struct tar_names *n, struct cln_err *err)
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

	if (!tar->pax.has_uid && tar_field(h, AT_UID, 8, 0, INT32_MAX, &uid, err) < 0)
		return cln_within(err, "user id");
	if (!tar->pax.has_gid && tar_field(h, AT_GID, 8, 0, INT32_MAX, &gid, err) < 0)
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

	if (tar_field(h, AT_MODE, 8, 0, INT64_MAX, &mode, err) < 0 ||
		entry_owner(tar, h, e, err) < 0)
		return -err->code;
	if (!tar->pax.has_mtime &&
		tar_field(h, AT_MTIME, 12, INT64_MIN, INT64_MAX, &mtime, err) < 0)
		return -err->code;
	e->mode = (uint32_t)mode & 07777;
	e->mtime = tar->pax.has_mtime ? tar->pax.mtime : mtime;
	e->mtime_ns = tar->pax.has_mtime ? tar->pax.mtime_ns : 0;
	if (e->type == NODE_CHAR || e->type == NODE_BLOCK) {
		if (tar_field(h, AT_MAJOR, 8, 0, MAJOR_MAX, &major, err) < 0 ||
			tar_field(h, AT_MINOR, 8, 0, MINOR_MAX, &minor, err) < 0)
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

static int entry_sparse(
	struct tar *tar, const unsigned char *h, struct tar_entry *entry, struct cln_err *err)
{
	int64_t real = 0;

	if (h[AT_TYPE] == 'S') {
		if (tar_field(h, AT_REAL_SIZE, 12, 0, INT64_MAX, &real, err) < 0)
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
	return tar_sparse_check(entry, err);
}

int tar_entry_size(
	const struct tar *tar, const unsigned char *h, uint64_t *size, struct cln_err *err)
{
	int64_t in_header = 0;

	if (tar->pax.has_size) {
		*size = tar->pax.size_bytes;
		if (*size > INT64_MAX - TAR_BLOCK)
			return cln_fail(err, ERANGE, "a size that cannot be");
		return 0;
	}
	if (tar_field(h, AT_SIZE, 12, 0, INT64_MAX - TAR_BLOCK, &in_header, err) < 0)
		return -err->code;
	*size = (uint64_t)in_header;
	return 0;
}

/* An error in front of the entry's own checks. */
int tar_within_entry(const struct tar *tar, const unsigned char *h, struct cln_err *err)
{
	const char *name = tar->pax.sparse_name ? tar->pax.sparse_name
			   : tar->pax.path	? tar->pax.path
			   : tar->long_name	? tar->long_name
						: NULL;
	char plain[101];

	snprintf(plain, sizeof(plain), "%.100s", (const char *)h);
	return cln_within(err, "entry %.300s", name ? name : plain);
}

int tar_entry_read(struct tar *tar, const unsigned char *h, struct tar_names *n,
	struct tar_entry *entry, struct cln_err *err)
{
	uint64_t size = entry->stored_bytes;

	if (names_find(tar, h, n, err) < 0)
		return -err->code;
	if (entry_type(h, n->name, &entry->is, err) < 0 ||
		entry_metadata(tar, h, &entry->is, err) < 0)
		return cln_within(err, "entry %.300s", n->name);
	if (entry->is.type != NODE_FILE && size)
		return cln_fail(err, EINVAL, "entry %.300s: not a file, but has bytes", n->name);
	entry->is.path = n->name;
	entry->is.hard_link = h[AT_TYPE] == '1' ? n->link : NULL;
	entry->is.target = h[AT_TYPE] == '2' ? n->link : NULL;
	entry->is.size_bytes = size;
	if (entry_sparse(tar, h, entry, err) < 0)
		return cln_within(err, "entry %.300s", n->name);
	return 0;
}
