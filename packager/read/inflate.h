/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflate.h - compressed streams to plain bytes, in steps, to the last byte.
 *
 * gzip may have several members (RFC 1952 2.2), zstd several and skippable
 * frames (RFC 8878 3.1); every checksum is verified. What follows the last
 * member must be zeros (tapes and some writers pad) or nothing.
 *
 * gzip is inflated by our own decoder (deflate.h), which tells where blocks
 * begin, zstd by libzstd (unzstd.h). Memory: one window.
 */
#ifndef CLN_PACKAGER_INFLATE_H
#define CLN_PACKAGER_INFLATE_H

#include "common/err.h"
#include "packager/model/limits.h"
#include "packager/model/marks.h"

enum codec { CODEC_PLAIN, CODEC_GZIP, CODEC_ZSTD };

/* By the first bytes; -ENOTSUP names a compression that is known but not read. */
int codec_detect(const void *start, size_t size, enum codec *codec, struct cln_err *err);

struct inflate;

/* limits: NULL for the defaults, else they must outlive it. */
struct inflate *inflate_new(enum codec codec, const struct limits *limits);
void inflate_free(struct inflate *inflate);
void inflate_drop(struct inflate **inflate);

/* Where blocks begin is added to marks from now on (NULL: no longer), which must outlive it; the
 * caller takes them out between steps. Plain bytes have none. */
void inflate_mark(struct inflate *inflate, struct marks *marks);

/* Takes from *in (moved on, *in_size left), writes at most room bytes to out,
 * *made of them. Call it again while it makes room bytes, then with more input. */
int inflate_step(struct inflate *inflate, const void **in, size_t *in_size, void *out, size_t room,
	size_t *made, struct cln_err *err);

/* The input is over: an error inside a member or frame. */
int inflate_finish(struct inflate *inflate, struct cln_err *err);

#endif
