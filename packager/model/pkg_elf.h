/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkg_elf.h - what compilers leave in a binary about its modules.
 *
 * Pure over bytes; hostile ones too. Go: the .go.buildinfo section (go's
 * debug/buildinfo documents it; the inline form since Go 1.18). Rust: .dep-v0
 * of cargo-auditable, JSON packed with zlib.
 */
#ifndef CLN_PACKAGER_PKG_ELF_H
#define CLN_PACKAGER_PKG_ELF_H

#include "common/defs.h"

struct elf_part {
	uint64_t offset, size; /* in the file */
};

/* The section headers' place from the first 64 bytes; false for what is no ELF. */
bool elf_sections(const unsigned char *head, size_t size, struct elf_part *table,
	uint32_t *entry_bytes, uint32_t *names_index);
/* One section header. */
bool elf_section(const unsigned char *head, const unsigned char *header, size_t size,
	uint32_t *name, struct elf_part *out);

/* Go: version and modinfo lines, borrowed from data; false where it is not the inline form. */
struct go_info {
	const char *version, *modules; /* not NUL-terminated */
	size_t version_length, modules_length;
};
bool go_info_parse(const unsigned char *data, size_t size, struct go_info *out);

#endif
