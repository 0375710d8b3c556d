// SPDX-License-Identifier: Apache-2.0
#include "packager/model/pkg_zip.h"

#include "common/mem.h"

#include <libdeflate.h>
#include <string.h>

#define END_BYTES 22u
#define CENTRAL_BYTES 46u
#define LOCAL_BYTES 30u
#define ENTRIES_MAX 65535u

static uint32_t get16(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t get32(const unsigned char *at)
{
	return get16(at) | get16(at + 2) << 16;
}

bool zip_open(struct zip *zip, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	size_t low = size > END_BYTES + 65535 ? size - END_BYTES - 65535 : 0;

	if (size < END_BYTES)
		return false;
	for (size_t at = size - END_BYTES + 1; at-- > low;) {
		uint32_t start, length;

		if (memcmp(bytes + at, "PK\5\6", 4) != 0)
			continue;
		length = get32(bytes + at + 12);
		start = get32(bytes + at + 16);
		if (length > at || start > at - length)
			continue;
		*zip = (struct zip){ bytes, size, start, (size_t)start + length,
			CLN_MIN(get16(bytes + at + 10), ENTRIES_MAX) };
		return true;
	}
	return false;
}

bool zip_next(struct zip *zip, struct zip_entry *out)
{
	const unsigned char *at = zip->data + zip->at;
	size_t room = zip->end - zip->at, length;

	if (!zip->left || room < CENTRAL_BYTES || memcmp(at, "PK\1\2", 4) != 0)
		return false;
	length = CENTRAL_BYTES + get16(at + 28) + get16(at + 30) + get16(at + 32);
	if (length > room)
		return false;
	*out = (struct zip_entry){
		.name = (const char *)at + CENTRAL_BYTES,
		.name_length = get16(at + 28),
		.method = get16(at + 8) & 1 ? UINT32_MAX : get16(at + 10), /* bit 0: encrypted */
		.packed_bytes = get32(at + 20),
		.size_bytes = get32(at + 24),
		.header = get32(at + 42),
	};
	zip->at += length;
	zip->left--;
	return true;
}

static bool inflate(const void *packed, const struct zip_entry *entry, char *out)
{
	struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
	enum libdeflate_result r;

	if (!inflater)
		return false;
	r = libdeflate_deflate_decompress(
		inflater, packed, entry->packed_bytes, out, entry->size_bytes, NULL);
	libdeflate_free_decompressor(inflater);
	return r == LIBDEFLATE_SUCCESS;
}

char *zip_content_new(const struct zip *zip, const struct zip_entry *entry, size_t ceiling)
{
	const unsigned char *local = zip->data + entry->header;
	size_t offset;
	char *out;

	if (entry->size_bytes > ceiling || entry->header > zip->size ||
		zip->size - entry->header < LOCAL_BYTES || memcmp(local, "PK\3\4", 4) != 0)
		return NULL;
	offset = (size_t)entry->header + LOCAL_BYTES + get16(local + 26) + get16(local + 28);
	if (offset > zip->size || entry->packed_bytes > zip->size - offset)
		return NULL;
	/* Deflate cannot shrink more than 1032 times: no bigger buffer for a lie. */
	if (entry->method == 0 ? entry->size_bytes != entry->packed_bytes
			       : entry->size_bytes / 1032 > entry->packed_bytes)
		return NULL;
	out = cln_alloc((size_t)entry->size_bytes + 1);
	if (entry->method == 0)
		memcpy(out, zip->data + offset, entry->size_bytes);
	else if (entry->method != 8 || !inflate(zip->data + offset, entry, out)) {
		free(out);
		return NULL;
	}
	return out;
}
