/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.h - what is UTF-8 (RFC 3629) and what is not.
 */
#ifndef CLN_MANIFEST_UTF8_H
#define CLN_MANIFEST_UTF8_H

#include "common/defs.h"

/* Bytes of the first character, 0 where it is none. */
size_t utf8_length(const char *text, size_t size);
bool utf8_valid(const char *text, size_t size);
size_t utf8_encode(uint32_t code, char out[4]); /* a scalar value */

/* RFC 4648, padded. Decoding is strict (no white space, zero spare bits); the
 * size of the result, or SIZE_MAX. Room: 4 * ((size + 2) / 3), 3 * (size / 4). */
size_t base64_encode(const void *data, size_t size, char *out);
size_t base64_decode(const char *text, size_t size, void *out);

#endif
