/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tarout.h - the headers of a deterministic tar: ustar, PAX only where needed.
 *
 * No names of users or groups, no access or change times, mtime in whole
 * seconds. PAX records stand in one fixed order. Pure.
 */
#ifndef CLN_PACKAGER_TAROUT_H
#define CLN_PACKAGER_TAROUT_H

#include "common/buf.h"
#include "packager/plan/layout.h"

/* Appends the header blocks of the entry (without its bytes). */
int tarout_header(struct cln_buf *out, const struct layout *layout,
	const struct layout_entry *entry, int64_t mtime, struct cln_err *err);

/* A plain file of a container archive: name at most 100 bytes, mode 0644, mtime 0. */
void tarout_member(char header[512], const char *name, uint64_t size);

static inline uint64_t tarout_padding(uint64_t size)
{
	return (512 - size % 512) % 512;
}

#endif
