/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkg_zip.h - the entries of a zip file (a jar) in memory, hostile or not.
 *
 * Pure. Offsets and sizes are checked against the bytes there are; names are
 * not NUL-terminated. Zip64 archives are refused. Source: APPNOTE 6.3.
 */
#ifndef CLN_PACKAGER_PKG_ZIP_H
#define CLN_PACKAGER_PKG_ZIP_H

#include "common/defs.h"

struct zip {
	const unsigned char *data;
	size_t size;
	size_t at, end; /* of the central directory */
	uint32_t left;	/* entries */
};

struct zip_entry {
	const char *name;
	size_t name_length;
	uint32_t method, packed_bytes, size_bytes, header;
};

/* False where data is no zip. */
bool zip_open(struct zip *zip, const void *data, size_t size);
bool zip_next(struct zip *zip, struct zip_entry *out);
/* The content, NUL behind it, for the caller to free; NULL where it is damaged,
 * encrypted, packed otherwise than deflate, or larger than the ceiling. */
char *zip_content_new(const struct zip *zip, const struct zip_entry *entry, size_t ceiling);

#endif
