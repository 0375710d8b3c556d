/* SPDX-License-Identifier: Apache-2.0 */
/* gunzip.h - one gzip member, by ISA-L or zlib. Only inflate.c includes this. */
#ifndef CLN_PACKAGER_GUNZIP_H
#define CLN_PACKAGER_GUNZIP_H

#include "common/err.h"

struct gunzip;

struct gunzip *gunzip_new(void);
void gunzip_free(struct gunzip *gunzip);
void gunzip_begin(struct gunzip *gunzip); /* the next byte is a member's first */
/* 1: the member is complete and its checksum right; 0: needs input or room. */
int gunzip_step(struct gunzip *gunzip, const void **in, size_t *in_size, void *out, size_t room,
	size_t *made, struct cln_err *err);

#endif
