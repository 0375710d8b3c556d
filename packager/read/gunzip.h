/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gunzip.h - gzip members, one behind the other (RFC 1952).
 * Only inflate.c includes this.
 *
 * It counts the bytes given and made since gunzip_new, so that marks speak of
 * the stream: all of it, from its first byte, must pass through gunzip_step.
 */
#ifndef CLN_PACKAGER_GUNZIP_H
#define CLN_PACKAGER_GUNZIP_H

#include "common/err.h"
#include "packager/model/marks.h"

struct gunzip;

struct gunzip *gunzip_new(void);
void gunzip_free(struct gunzip *gunzip);
void gunzip_begin(struct gunzip *gunzip); /* the next byte is a member's first */
/* Where blocks begin is added to marks from now on (NULL: no longer); it must outlive gunzip. */
void gunzip_mark(struct gunzip *gunzip, struct marks *marks);
/* 1: the member is complete and its checksum right; 0: needs input or room. */
int gunzip_step(struct gunzip *gunzip, const void **in, size_t *in_size, void *out, size_t room,
	size_t *made, struct cln_err *err);

#endif
