// SPDX-License-Identifier: Apache-2.0
/* Any bytes as an ELF file: read, or called broken; every text it gives is a text. */
#include "packager/decide/elf_file.h"
#include "packager/decide/lib_paths.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
	const uint8_t *data;
	size_t size;
};

static int read_memory(const struct elf_bytes *bytes, uint64_t offset, void *data, size_t size,
	struct cln_err *err)
{
	const struct memory *memory = bytes->context;

	(void)err;
	if (offset > memory->size || size > memory->size - offset)
		abort(); /* the reader promised to stay inside */
	memcpy(data, memory->data + offset, size);
	return 0;
}

static void read_text(const char *text)
{
	if (text && strlen(text) > 4096)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory memory = { data, size };
	struct elf_bytes bytes = { .read = read_memory, .context = &memory, .size_bytes = size };
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	struct elf_facts facts;
	struct folders folders = { 0 };
	struct cln_err err = { 0 };

	if (elf_read(&bytes, arena, &facts, &err) < 0)
		abort();
	if (facts.broken && (facts.needed_count || facts.interp || facts.soname))
		abort();
	read_text(facts.interp);
	read_text(facts.soname);
	for (uint32_t i = 0; i < facts.needed_count; i++)
		read_text(facts.needed[i]);
	if (facts.rpath)
		folders_expand(&folders, arena, facts.rpath, "/o", &facts);
	if (facts.runpath)
		folders_expand(&folders, arena, facts.runpath, "", &facts);
	for (size_t i = 0; i < folders.count; i++)
		if (folders.item[i][0] != '/')
			abort();
	return 0;
}
