/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - a fast hash for tables, and SHA-256 for content.
 *
 * cln_hash is seeded once per process from the kernel's random bytes, so that
 * hostile names cannot be chosen to collide; its values never leave the process.
 */
#ifndef CLN_COMMON_HASH_H
#define CLN_COMMON_HASH_H

#include "common/defs.h"

#define CLN_SHA256_BYTES 32
#define CLN_SHA256_HEX 65 /* with the NUL */
#define CLN_SHA1_BYTES 20
#define CLN_SHA1_HEX 41 /* with the NUL */

uint64_t cln_hash(const void *data, size_t size);

struct cln_sha256; /* a running digest (libcrypto inside: SHA-NI where there) */

struct cln_sha256 *cln_sha256_new(void);
void cln_sha256_drop(struct cln_sha256 **sha);
void cln_sha256_add(struct cln_sha256 *sha, const void *data, size_t size);
/* Writes the digest so far in lower-case hex and starts over. */
void cln_sha256_hex(struct cln_sha256 *sha, char out[CLN_SHA256_HEX]);

/* SHA-1, and SHA-256 where asked for, of the same bytes in one pass. SHA-1 only because SPDX
 * asks for it. */
struct cln_sums;

struct cln_sums *cln_sums_new(bool sha256);
void cln_sums_drop(struct cln_sums **sums);
void cln_sums_add(struct cln_sums *sums, const void *data, size_t size);
/* Once. sha256: NULL where none was asked for. */
void cln_sums_bytes(
	struct cln_sums *sums, unsigned char sha1[CLN_SHA1_BYTES], unsigned char *sha256);

/* Lower-case hex of size bytes with a NUL behind it: room for 2 * size + 1. */
void cln_hex(const void *bytes, size_t size, char *out);

/* The digest of one buffer, in lower-case hex. */
void cln_sha256_of(const void *data, size_t size, char out[CLN_SHA256_HEX]);

#endif
