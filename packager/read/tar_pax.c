// SPDX-License-Identifier: Apache-2.0
#include "packager/read/tar_inside.h"

#include "common/mem.h"

#include <errno.h>
#include <string.h>

#define XATTR_PREFIX "SCHILY.xattr."
#define SPARSE_PREFIX "GNU.sparse."

void tar_pax_release(struct tar_pax *pax)
{
	free(pax->xattr);
	free(pax->map.segment);
	*pax = (struct tar_pax){ .limits = pax->limits };
}

int tar_number(const unsigned char *field, size_t size, int64_t *out)
{
	uint64_t value = 0;
	size_t at = 0;

	if (field[0] & 0x80) {
		bool negative = field[0] & 0x40;

		value = negative ? ~(uint64_t)0 : 0;
		for (; at < size; at++) {
			uint64_t byte = at ? field[at] : (field[0] & 0x7f) | (negative ? 0x80 : 0);
			uint64_t top = value >> 55; /* these bits leave: they must be the sign's */

			if (top != (negative ? 0x1ff : 0))
				return -ERANGE;
			value = value << 8 | byte;
		}
		*out = (int64_t)value;
		return 0;
	}
	while (at < size && field[at] == ' ')
		at++;
	for (; at < size && field[at] >= '0' && field[at] <= '7'; at++) {
		if (value >> 60)
			return -ERANGE;
		value = value << 3 | (uint64_t)(field[at] - '0');
	}
	for (; at < size; at++)
		if (field[at] && field[at] != ' ')
			return -EINVAL;
	*out = (int64_t)value;
	return 0;
}

int tar_decimal(const char *text, size_t size, uint64_t *out)
{
	uint64_t value = 0;

	if (!size)
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10u, &value) ||
			__builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
			return -ERANGE;
	}
	*out = value;
	return 0;
}

/* "-1.25" -> -2 s and 750000000 ns: the time is what floor says plus the rest. */
static int pax_time(const char *text, int64_t *seconds, uint32_t *ns)
{
	bool negative = *text == '-';
	const char *dot = strchr(text, '.');
	uint64_t whole, fraction = 0, unit = 100000000;

	text += negative;
	if (tar_decimal(text, dot ? (size_t)(dot - text) : strlen(text), &whole) < 0 ||
		whole > INT64_MAX / 2)
		return -EINVAL;
	for (const char *digit = dot ? dot + 1 : ""; *digit; digit++, unit /= 10) {
		if (*digit < '0' || *digit > '9')
			return -EINVAL;
		fraction += unit * (uint64_t)(*digit - '0');
	}
	*seconds = negative ? -(int64_t)whole : (int64_t)whole;
	*ns = (uint32_t)fraction;
	if (negative && fraction) {
		*seconds -= 1;
		*ns = (uint32_t)(1000000000 - fraction);
	}
	return 0;
}

int tar_segment_add(struct tar_map *map, const struct limits *limits, const struct tar_segment *add,
	struct cln_err *err)
{
	const struct tar_segment *last = map->count ? &map->segment[map->count - 1] : NULL;
	uint64_t most = limit_of(limits, LIMIT_SPARSE_PIECES);

	if (map->count >= most)
		return limit_over(LIMIT_SPARSE_PIECES, most, err);
	if (add->size_bytes > INT64_MAX || add->offset > INT64_MAX - add->size_bytes ||
		(last && add->offset < last->offset + last->size_bytes))
		return cln_fail(err, EINVAL, "a sparse map out of order");
	CLN_PUSH(map->segment, map->count, map->room) = *add;
	return 0;
}

/* GNU.sparse.map: "offset,size,offset,size" */
static int sparse_map(struct tar_pax *pax, const char *text, struct cln_err *err)
{
	while (*text) {
		struct tar_segment piece;
		size_t first = strcspn(text, ","), second;

		if (tar_decimal(text, first, &piece.offset) < 0 || !text[first])
			return cln_fail(err, EINVAL, "a sparse map that is no list of pairs");
		text += first + 1;
		second = strcspn(text, ",");
		if (tar_decimal(text, second, &piece.size_bytes) < 0)
			return cln_fail(err, EINVAL, "a sparse map that is no list of pairs");
		text += second + (text[second] == ',');
		if (tar_segment_add(&pax->map, pax->limits, &piece, err) < 0)
			return -err->code;
	}
	return 0;
}

/* GNU.sparse.offset and GNU.sparse.numbytes stand in turns (format 0.0). */
static int sparse_pair(struct tar_pax *pax, bool is_offset, uint64_t value, struct cln_err *err)
{
	struct tar_segment piece;

	if (is_offset == pax->segment_half)
		return cln_fail(err, EINVAL, "a sparse map that is no list of pairs");
	pax->segment_half = is_offset;
	piece = (struct tar_segment){ .offset = value };
	if (is_offset)
		return tar_segment_add(&pax->map, pax->limits, &piece, err);
	if (value > INT64_MAX)
		return cln_fail(err, ERANGE, "a sparse map out of order");
	pax->map.segment[pax->map.count - 1].size_bytes = value;
	return 0;
}

static int sparse_record(
	struct tar_pax *pax, const char *key, const char *value, size_t size, struct cln_err *err)
{
	uint64_t number = 0;

	pax->sparse = true;
	if (!strcmp(key, "name")) {
		pax->sparse_name = value;
		return 0;
	}
	if (!strcmp(key, "map"))
		return sparse_map(pax, value, err);
	if (tar_decimal(value, size, &number) < 0)
		return cln_fail(err, EINVAL, "PAX record GNU.sparse.%.20s is no number", key);
	if (!strcmp(key, "major"))
		pax->major = number;
	else if (!strcmp(key, "minor"))
		pax->minor = number;
	else if (!strcmp(key, "numblocks"))
		pax->blocks = number;
	else if (!strcmp(key, "offset"))
		return sparse_pair(pax, true, number, err);
	else if (!strcmp(key, "numbytes"))
		return sparse_pair(pax, false, number, err);
	else if (!strcmp(key, "size") || !strcmp(key, "realsize")) {
		pax->has_real_size = true;
		pax->real_bytes = number;
	}
	return 0;
}

static int xattr_record(
	struct tar_pax *pax, const char *name, const char *value, size_t size, struct cln_err *err)
{
	uint64_t bytes = limit_of(pax->limits, LIMIT_XATTR_BYTES);
	uint64_t most = limit_of(pax->limits, LIMIT_XATTRS);

	if (!*name || strlen(name) > TREE_NAME_MAX)
		return cln_fail(err, EINVAL,
			"an extended attribute without a name, or with one of more than %d bytes",
			TREE_NAME_MAX);
	if (size > bytes)
		return limit_over(LIMIT_XATTR_BYTES, bytes, err) < 0
			       ? cln_within(err, "extended attribute %s", name)
			       : 0;
	for (size_t i = 0; i < pax->xattr_count; i++)
		if (!strcmp(pax->xattr[i].name, name)) {
			pax->xattr[i].value = value;
			pax->xattr[i].size = (uint32_t)size;
			return 0;
		}
	if (pax->xattr_count >= most)
		return limit_over(LIMIT_XATTRS, most, err);
	CLN_PUSH(pax->xattr, pax->xattr_count, pax->xattr_room) =
		(struct xattr){ .name = name, .value = value, .size = (uint32_t)size };
	return 0;
}

static int number_record(bool *has, uint64_t *out, const char *key, const char *value, size_t size,
	struct cln_err *err)
{
	*has = size != 0; /* an empty value takes the record back */
	if (size && tar_decimal(value, size, out) < 0)
		return cln_fail(err, EINVAL, "PAX record %s is no number", key);
	return 0;
}

static int pax_record(
	struct tar_pax *pax, const char *key, const char *value, size_t size, struct cln_err *err)
{
	if (!strncmp(key, XATTR_PREFIX, strlen(XATTR_PREFIX)))
		return xattr_record(pax, key + strlen(XATTR_PREFIX), value, size, err);
	if (!strcmp(key, "size"))
		return number_record(&pax->has_size, &pax->size_bytes, key, value, size, err);
	if (!strcmp(key, "uid"))
		return number_record(&pax->has_uid, &pax->uid, key, value, size, err);
	if (!strcmp(key, "gid"))
		return number_record(&pax->has_gid, &pax->gid, key, value, size, err);
	if (strlen(value) != size && (!strcmp(key, "path") || !strcmp(key, "linkpath") ||
					     !strncmp(key, SPARSE_PREFIX, strlen(SPARSE_PREFIX))))
		return cln_fail(err, EINVAL, "PAX record %.40s holds a NUL", key);
	if (!strcmp(key, "path"))
		pax->path = size ? value : NULL;
	else if (!strcmp(key, "linkpath"))
		pax->linkpath = size ? value : NULL;
	else if (!strncmp(key, SPARSE_PREFIX, strlen(SPARSE_PREFIX)))
		return sparse_record(pax, key + strlen(SPARSE_PREFIX), value, size, err);
	else if (!strcmp(key, "mtime")) {
		pax->has_mtime = size != 0;
		if (size &&
			(strlen(value) != size || pax_time(value, &pax->mtime, &pax->mtime_ns) < 0))
			return cln_fail(err, EINVAL, "PAX record mtime is no time");
	}
	return 0; /* atime, ctime, uname, gname, comment, LIBARCHIVE.*: not ours */
}

/* One record "LENGTH KEY=VALUE\n" at text; *used is its length. */
static int record_split(const char *text, size_t left, size_t *used, size_t *key, size_t *value,
	struct cln_err *err)
{
	const char *space = memchr(text, ' ', CLN_MIN(left, 20));
	const char *equals;
	uint64_t length;

	if (!space || tar_decimal(text, (size_t)(space - text), &length) < 0 || length > left ||
		length < (size_t)(space - text) + 4 || text[length - 1] != '\n')
		return cln_fail(err, EINVAL, "a PAX record of the wrong length");
	*key = (size_t)(space - text) + 1;
	equals = memchr(text + *key, '=', length - *key);
	if (!equals || equals == text + *key ||
		memchr(text + *key, '\0', (size_t)(equals - text) - *key))
		return cln_fail(err, EINVAL, "a PAX record without a key");
	*value = (size_t)(equals - text) + 1;
	*used = length;
	return 0;
}

int tar_pax_parse(struct tar_pax *pax, char *text, size_t size, struct cln_err *err)
{
	pax->seen = true;
	while (size) {
		size_t used = 0, key = 0, value = 0;

		if (record_split(text, size, &used, &key, &value, err) < 0)
			return -err->code;
		text[value - 1] = '\0';
		text[used - 1] = '\0';
		if (pax_record(pax, text + key, text + value, used - 1 - value, err) < 0)
			return -err->code;
		text += used;
		size -= used;
	}
	if (pax->segment_half)
		return cln_fail(err, EINVAL, "a sparse map that is no list of pairs");
	return 0;
}

/* Global records hold for every later entry; those that change what an entry
 * is are read differently from tool to tool, so only remarks are let through. */
int tar_pax_global(const char *text, size_t size, struct cln_err *err)
{
	static const char *const remarks[] = {
		"comment=", "atime=", "ctime=", "uname=", "gname=", "charset="
	};

	while (size) {
		size_t used = 0, key = 0, value = 0;
		bool remark = false;

		if (record_split(text, size, &used, &key, &value, err) < 0)
			return -err->code;
		for (size_t i = 0; i < CLN_COUNT(remarks); i++)
			if (!strncmp(text + key, remarks[i], strlen(remarks[i])))
				remark = true;
		if (!remark)
			return cln_fail(err, EINVAL, "a global PAX header sets %.*s",
				(int)CLN_MIN(value - key - 1, (size_t)40), text + key);
		text += used;
		size -= used;
	}
	return 0;
}
