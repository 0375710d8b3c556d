// SPDX-License-Identifier: Apache-2.0
/*
 * tar_sparse.c - the maps of sparse files: GNU's old fields, PAX 1.0, and whether one fits.
 */
#include "packager/read/tar_inside.h"

#include <errno.h>
#include <string.h>

int tar_sparse_pairs(struct tar *tar, const unsigned char *at, size_t count, struct cln_err *err)
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

int tar_sparse_map(
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
	*used = tar_padded((uint64_t)(text - start));
	return 0;
}

int tar_sparse_check(const struct tar_entry *entry, struct cln_err *err)
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
