/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - a growing byte buffer with a ceiling.
 *
 * Adding past the ceiling sets `full` and drops the bytes: check it once, at
 * the end. data is always NUL-terminated behind size once anything was added.
 */
#ifndef CLN_COMMON_BUF_H
#define CLN_COMMON_BUF_H

#include "common/defs.h"

#define CLN_BUF_NO_CEILING ((size_t)1 << 40)

struct cln_buf {
	char *data;
	size_t size, room;
	size_t ceiling; /* bytes; 0 means CLN_BUF_NO_CEILING */
	bool full;
};

void cln_buf_release(struct cln_buf *buf); /* also the cleanup of a local */
void cln_buf_add(struct cln_buf *buf, const void *data, size_t size);
void cln_buf_adds(struct cln_buf *buf, const char *text);
void cln_buf_addc(struct cln_buf *buf, char byte);
void cln_buf_addf(struct cln_buf *buf, const char *fmt, ...) CLN_PRINTF(2, 3);
/* For a terminal: control characters as \xNN, so that no name of a hostile image moves the cursor
 * or begins a line. */
void cln_buf_add_shown(struct cln_buf *buf, const char *text);
char *cln_buf_steal(struct cln_buf *buf); /* never NULL; the buffer is empty again */

#endif
