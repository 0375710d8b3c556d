// SPDX-License-Identifier: Apache-2.0
#include "packager/model/pkg_elf.h"

#include <elf.h>
#include <string.h>

static uint64_t get(const unsigned char *at, size_t bytes, bool big)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << 8 * (big ? bytes - 1 - i : i);
	return value;
}

bool elf_sections(const unsigned char *head, size_t size, struct elf_part *table,
	uint32_t *entry_bytes, uint32_t *names_index)
{
	bool wide, big;
	uint64_t count;

	if (size < sizeof(Elf64_Ehdr) || memcmp(head, ELFMAG, SELFMAG) != 0)
		return false;
	wide = head[EI_CLASS] == ELFCLASS64;
	big = head[EI_DATA] == ELFDATA2MSB;
	table->offset = wide ? get(head + offsetof(Elf64_Ehdr, e_shoff), 8, big)
			     : get(head + offsetof(Elf32_Ehdr, e_shoff), 4, big);
	*entry_bytes = (uint32_t)get(head + (wide ? offsetof(Elf64_Ehdr, e_shentsize)
						  : offsetof(Elf32_Ehdr, e_shentsize)),
		2, big);
	count = get(head + (wide ? offsetof(Elf64_Ehdr, e_shnum) : offsetof(Elf32_Ehdr, e_shnum)),
		2, big);
	*names_index = (uint32_t)get(
		head + (wide ? offsetof(Elf64_Ehdr, e_shstrndx) : offsetof(Elf32_Ehdr, e_shstrndx)),
		2, big);
	table->size = count * *entry_bytes;
	return count && *names_index < count &&
	       *entry_bytes >= (wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
}

bool elf_section(const unsigned char *head, const unsigned char *header, size_t size,
	uint32_t *name, struct elf_part *out)
{
	bool wide = head[EI_CLASS] == ELFCLASS64, big = head[EI_DATA] == ELFDATA2MSB;

	if (size < (wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
		return false;
	*name = (uint32_t)get(header, 4, big);
	out->offset = wide ? get(header + offsetof(Elf64_Shdr, sh_offset), 8, big)
			   : get(header + offsetof(Elf32_Shdr, sh_offset), 4, big);
	out->size = wide ? get(header + offsetof(Elf64_Shdr, sh_size), 8, big)
			 : get(header + offsetof(Elf32_Shdr, sh_size), 4, big);
	return get(header + offsetof(Elf64_Shdr, sh_type), 4, big) != SHT_NOBITS;
}

/* A length as varint, then that many bytes. */
static bool counted(
	const unsigned char *data, size_t size, size_t *at, const char **text, size_t *length)
{
	uint64_t value = 0;

	for (unsigned shift = 0;; shift += 7) {
		if (*at >= size || shift > 56)
			return false;
		value |= (uint64_t)(data[*at] & 0x7f) << shift;
		if (!(data[(*at)++] & 0x80))
			break;
	}
	if (value > size - *at)
		return false;
	*text = (const char *)data + *at;
	*length = (size_t)value;
	*at += *length;
	return true;
}

bool go_info_parse(const unsigned char *data, size_t size, struct go_info *out)
{
	static const unsigned char magic[] = "\xff Go buildinf:";
	size_t at = 32;

	if (size < at || memcmp(data, magic, 14) != 0 || !(data[15] & 2) ||
		!counted(data, size, &at, &out->version, &out->version_length) ||
		!counted(data, size, &at, &out->modules, &out->modules_length))
		return false;
	/* The module text stands between two marks of 16 bytes. */
	if (out->modules_length >= 33 && out->modules[out->modules_length - 17] == '\n') {
		out->modules += 16;
		out->modules_length -= 32;
	} else {
		out->modules_length = 0;
	}
	return true;
}
