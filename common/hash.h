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

uint64_t cln_hash(const void *data, size_t size);

struct cln_sha256; /* a running digest (libcrypto inside: SHA-NI where there) */

struct cln_sha256 *cln_sha256_new(void);
void cln_sha256_drop(struct cln_sha256 **sha);
void cln_sha256_add(struct cln_sha256 *sha, const void *data, size_t size);
/* Writes the digest so far in lower-case hex and starts over. */
void cln_sha256_hex(struct cln_sha256 *sha, char out[CLN_SHA256_HEX]);

/* The digest of one buffer, in lower-case hex. */
void cln_sha256_of(const void *data, size_t size, char out[CLN_SHA256_HEX]);

#endif
