/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ld_conf.h - the text files that tell a loader where libraries are. Pure.
 *
 *	glibc: /etc/ld.so.conf: one folder a line, "#" comments, `include GLOB`,
 *	`hwcap` lines that mean nothing any more, "dir=type" (ldconfig(8); glibc
 *	elf/ldconfig.c); uClibc has several a line, apart by blanks, commas or
 *	colons: such a line is taken both ways
 *	musl: /etc/ld-musl-ARCH.path: folders apart by newlines or colons
 *	(musl ldso/dynlink.c)
 */
#ifndef CLN_PACKAGER_DECIDE_LD_CONF_H
#define CLN_PACKAGER_DECIDE_LD_CONF_H

#include "common/mem.h"

#define LD_CONF_MAX_BYTES ((size_t)1 << 20)

struct ld_conf_sink {
	void *context;
	void (*folder)(void *context, const char *path); /* absolute */
	void (*include)(
		void *context, const char *pattern); /* relative ones to the file's folder */
};

/* text has a NUL behind its size bytes and is written over. */
void ld_conf_parse(char *text, size_t size, const struct ld_conf_sink *sink);

/* Calls for every word of text between any of the separators; text is written over. */
void ld_conf_words(char *text, const char *separators, void *context,
	void (*word)(void *context, const char *word));

#endif
