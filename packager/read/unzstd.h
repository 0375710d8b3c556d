/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unzstd.h - zstd frames and skippable frames, one behind the other (RFC 8878 3.1), by libzstd.
 * Only inflate.c includes this.
 *
 * The library does not tell where blocks begin, so frames are followed beside it, and it is
 * given the bytes of one block at a time. It alone judges them. As in gunzip.h marks speak of
 * the stream since unzstd_new.
 */
#ifndef CLN_PACKAGER_UNZSTD_H
#define CLN_PACKAGER_UNZSTD_H

#include "common/err.h"
#include "packager/model/marks.h"

struct unzstd;

/* window_bytes: of the largest window that a frame may ask for. */
struct unzstd *unzstd_new(uint64_t window_bytes);
void unzstd_free(struct unzstd *unzstd);
/* Where blocks begin is added to marks from now on (NULL: no longer); it must outlive unzstd. */
void unzstd_mark(struct unzstd *unzstd, struct marks *marks);
/* As inflate_step. */
int unzstd_step(struct unzstd *unzstd, const void **in, size_t *in_size, void *out, size_t room,
	size_t *made, struct cln_err *err);
/* There was a frame, and the last one is complete. */
bool unzstd_is_whole(const struct unzstd *unzstd);

#endif
