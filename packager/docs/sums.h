/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sums.h - digests of files as bytes, remembered; inside docs/ only.
 *
 * There are as many as the image has files, and only the list of all files
 * (--sbom-files) asks for each one's SHA-256: without it SHA-1 alone is made,
 * which SPDX's verification codes are made of.
 */
#ifndef CLN_PACKAGER_DOCS_SUMS_H
#define CLN_PACKAGER_DOCS_SUMS_H

#include "common/hash.h"
#include "packager/docs/docs.h"

#define SUMS_NONE UINT32_MAX /* the file could not be read */

struct sums_text {
	char sha1[CLN_SHA1_HEX], sha256[CLN_SHA256_HEX]; /* sha256: "" where none is remembered */
};

/* Numbers of digests: of a node, once for all names of its file, and of bytes. */
uint32_t sums_node(struct docs_sums *sums, uint32_t node);
uint32_t sums_data(struct docs_sums *sums, const void *data, size_t size);

void sums_text(const struct docs_sums *sums, uint32_t number, struct sums_text *out);
/* By SHA-1; what has none is before all. */
int sums_compare(const struct docs_sums *sums, uint32_t a, uint32_t b);

/* The SHA-256 of a file in hex, not remembered; the caller's to free. NULL: unreadable. */
char *sums_sha256_new(const struct tree *tree, uint32_t node);

#endif
