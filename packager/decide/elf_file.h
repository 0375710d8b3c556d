/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_file.h - what the dynamic loader reads of an ELF file.
 *
 * Only headers, the dynamic section and its strings are read, in pieces, so a
 * file of any size costs little memory; libelf translates both classes and
 * byte orders. The file is hostile: whatever does not fit together makes it
 * `broken`, never an error.
 *
 * Facts: System V gABI chapters 4 and 5; elf(5).
 */
#ifndef CLN_PACKAGER_DECIDE_ELF_FILE_H
#define CLN_PACKAGER_DECIDE_ELF_FILE_H

#include "common/mem.h"
#include "packager/model/tree.h"

#define ELF_NEEDED_MAX 4096u

struct elf_bytes { /* where the bytes come from */
	/* size bytes from offset; both lie inside of the file. 0 or -errno. */
	int (*read)(const struct elf_bytes *bytes, uint64_t offset, void *data, size_t size,
		struct cln_err *err);
	const void *context;
	uint32_t node;
	uint64_t size_bytes;
};

struct elf_facts {
	const char *broken; /* what does not fit together, or NULL; then the rest is empty */
	uint16_t machine;   /* EM_X86_64, ... */
	uint8_t elf_class;  /* ELFCLASS32, ELFCLASS64 */
	uint8_t byte_order; /* ELFDATA2LSB, ELFDATA2MSB */
	const char *interp; /* PT_INTERP, or NULL */
	const char *soname, *rpath, *runpath; /* or NULL */
	const char **needed;		      /* DT_NEEDED, and the filters' names */
	uint32_t needed_count;
	bool wants_unwinder; /* names pthread_exit or pthread_cancel: glibc then loads libgcc_s */
};

/* Text is the arena's. -errno only where reading fails. */
int elf_read(const struct elf_bytes *bytes, struct cln_arena *arena, struct elf_facts *out,
	struct cln_err *err);
int elf_read_node(const struct tree *tree, uint32_t node, struct cln_arena *arena,
	struct elf_facts *out, struct cln_err *err);

#endif
