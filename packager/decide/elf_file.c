// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/elf_file.h"

#include <elf.h>
#include <libelf.h>
#include <string.h>

#define PHDRS_MAX 1024u
#define DYNAMIC_MAX (1u << 20) /* bytes */
#define STRINGS_MAX (64u << 20)
#define INTERP_MAX 4096u

struct parse {
	const struct elf_bytes *bytes;
	struct cln_arena *arena;
	struct elf_facts *out;
	struct cln_err *err;
	Elf64_Ehdr header;
	Elf64_Phdr *segment; /* phnum of them */
	Elf64_Dyn *dynamic;
	size_t dynamic_count;
	char *strings; /* NUL behind strings_size bytes */
	size_t strings_size;
};

static void parse_release(struct parse *parse)
{
	free(parse->segment);
	free(parse->dynamic);
	free(parse->strings);
}

static bool broken(struct parse *parse, const char *what)
{
	parse->out->broken = what;
	return false;
}

static bool inside(const struct parse *parse, uint64_t offset, uint64_t size)
{
	return offset <= parse->bytes->size_bytes && size <= parse->bytes->size_bytes - offset;
}

static bool is_64(const struct parse *parse)
{
	return parse->out->elf_class == ELFCLASS64;
}

/* raw (size bytes as in the file) -> host form at out. */
static bool translate(const struct parse *parse, Elf_Type type, void *raw, size_t size, void *out)
{
	Elf_Data from = { .d_buf = raw, .d_type = type, .d_size = size, .d_version = EV_CURRENT };
	Elf_Data to = { .d_buf = out, .d_type = type, .d_size = size, .d_version = EV_CURRENT };
	unsigned int order = parse->out->byte_order;

	return is_64(parse) ? elf64_xlatetom(&to, &from, order) != NULL
			    : elf32_xlatetom(&to, &from, order) != NULL;
}

static int read_header(struct parse *parse)
{
	_Alignas(8) unsigned char raw[sizeof(Elf64_Ehdr)] = { 0 };
	struct elf_facts *out = parse->out;
	Elf32_Ehdr small;
	size_t size;
	int r;

	if (!inside(parse, 0, EI_NIDENT))
		return broken(parse, "too short");
	r = parse->bytes->read(parse->bytes, 0, raw, EI_NIDENT, parse->err);
	if (r < 0)
		return r;
	out->elf_class = raw[EI_CLASS];
	out->byte_order = raw[EI_DATA];
	if (memcmp(raw, ELFMAG, SELFMAG) != 0 || raw[EI_VERSION] != EV_CURRENT ||
		(out->elf_class != ELFCLASS32 && out->elf_class != ELFCLASS64) ||
		(out->byte_order != ELFDATA2LSB && out->byte_order != ELFDATA2MSB))
		return broken(parse, "not an ELF header");
	size = is_64(parse) ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	if (!inside(parse, 0, size))
		return broken(parse, "too short for its header");
	r = parse->bytes->read(parse->bytes, 0, raw, size, parse->err);
	if (r < 0)
		return r;
	if (is_64(parse)) {
		if (!translate(parse, ELF_T_EHDR, raw, size, &parse->header))
			return broken(parse, "untranslatable header");
	} else {
		if (!translate(parse, ELF_T_EHDR, raw, size, &small))
			return broken(parse, "untranslatable header");
		parse->header.e_phoff = small.e_phoff;
		parse->header.e_phnum = small.e_phnum;
		parse->header.e_phentsize = small.e_phentsize;
		parse->header.e_machine = small.e_machine;
	}
	out->machine = parse->header.e_machine;
	return 1;
}

/* Reads count entries of `entry` bytes at offset and translates them to out, of
 * the class's own type. 1, or 0 where broken, or -errno. */
static int read_table(struct parse *parse, Elf_Type type, uint64_t offset, size_t size, void *out)
{
	cln_owned(cln_drop_mem) void *raw = NULL;
	int r;

	if (!inside(parse, offset, size))
		return broken(parse, "a table lies outside of the file");
	raw = cln_alloc(size + 1);
	r = parse->bytes->read(parse->bytes, offset, raw, size, parse->err);
	if (r < 0)
		return r;
	return translate(parse, type, raw, size, out) ? 1 : broken(parse, "untranslatable table");
}

static int read_segments(struct parse *parse)
{
	size_t count = parse->header.e_phnum;
	size_t entry = is_64(parse) ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	cln_owned(cln_drop_mem) Elf32_Phdr *small = NULL;
	int r;

	if (!count)
		return 1;
	if (count > PHDRS_MAX || parse->header.e_phentsize != entry)
		return broken(parse, "odd program headers");
	parse->segment = cln_alloc(count * sizeof(*parse->segment));
	if (is_64(parse))
		return read_table(
			parse, ELF_T_PHDR, parse->header.e_phoff, count * entry, parse->segment);
	small = cln_alloc(count * sizeof(*small));
	r = read_table(parse, ELF_T_PHDR, parse->header.e_phoff, count * entry, small);
	for (size_t i = 0; r == 1 && i < count; i++)
		parse->segment[i] = (Elf64_Phdr){
			.p_type = small[i].p_type,
			.p_offset = small[i].p_offset,
			.p_vaddr = small[i].p_vaddr,
			.p_filesz = small[i].p_filesz,
		};
	return r;
}

static const Elf64_Phdr *find_segment(const struct parse *parse, uint32_t type)
{
	for (size_t i = 0; i < parse->header.e_phnum; i++)
		if (parse->segment[i].p_type == type)
			return &parse->segment[i];
	return NULL;
}

static int read_interp(struct parse *parse)
{
	const Elf64_Phdr *segment = find_segment(parse, PT_INTERP);
	char text[INTERP_MAX + 1] = "";
	int r;

	if (!segment)
		return 1;
	if (!segment->p_filesz || segment->p_filesz > INTERP_MAX ||
		!inside(parse, segment->p_offset, segment->p_filesz))
		return broken(parse, "odd interpreter");
	r = parse->bytes->read(
		parse->bytes, segment->p_offset, text, segment->p_filesz, parse->err);
	if (r < 0)
		return r;
	parse->out->interp = cln_arena_strdup(parse->arena, text);
	return 1;
}

static int read_dynamic(struct parse *parse)
{
	const Elf64_Phdr *segment = find_segment(parse, PT_DYNAMIC);
	size_t entry = is_64(parse) ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
	cln_owned(cln_drop_mem) Elf32_Dyn *small = NULL;
	size_t count;
	int r;

	if (!segment || !segment->p_filesz)
		return 1;
	if (segment->p_filesz > DYNAMIC_MAX)
		return broken(parse, "an enormous dynamic section");
	count = segment->p_filesz / entry;
	parse->dynamic = cln_alloc((count + 1) * sizeof(*parse->dynamic));
	if (is_64(parse)) {
		r = read_table(parse, ELF_T_DYN, segment->p_offset, count * entry, parse->dynamic);
	} else {
		small = cln_alloc((count + 1) * sizeof(*small));
		r = read_table(parse, ELF_T_DYN, segment->p_offset, count * entry, small);
		for (size_t i = 0; r == 1 && i < count; i++) {
			parse->dynamic[i].d_tag = small[i].d_tag;
			parse->dynamic[i].d_un.d_val = small[i].d_un.d_val;
		}
	}
	for (size_t i = 0; r == 1 && i < count && parse->dynamic[i].d_tag != DT_NULL; i++)
		parse->dynamic_count = i + 1;
	return r;
}

static bool find_tag(const struct parse *parse, int64_t tag, uint64_t *value)
{
	for (size_t i = 0; i < parse->dynamic_count; i++) {
		if (parse->dynamic[i].d_tag != tag)
			continue;
		*value = parse->dynamic[i].d_un.d_val;
		return true;
	}
	return false;
}

/* The offset in the file of what is loaded at address; false where nothing is. */
static bool offset_of(const struct parse *parse, uint64_t address, uint64_t *offset)
{
	for (size_t i = 0; i < parse->header.e_phnum; i++) {
		const Elf64_Phdr *segment = &parse->segment[i];

		if (segment->p_type != PT_LOAD || address < segment->p_vaddr ||
			address - segment->p_vaddr >= segment->p_filesz)
			continue;
		*offset = segment->p_offset + (address - segment->p_vaddr);
		return *offset >= segment->p_offset;
	}
	return false;
}

static int read_strings(struct parse *parse)
{
	uint64_t address, size, offset;

	if (!find_tag(parse, DT_STRTAB, &address) || !find_tag(parse, DT_STRSZ, &size))
		return 1;
	if (size > STRINGS_MAX || !offset_of(parse, address, &offset) ||
		!inside(parse, offset, size))
		return broken(parse, "its dynamic strings lie outside of the file");
	parse->strings = cln_alloc(size + 1);
	parse->strings_size = size;
	return parse->bytes->read(parse->bytes, offset, parse->strings, size, parse->err) < 0
		       ? -parse->err->code
		       : 1;
}

/* A string of the table, or NULL; the NUL behind the table ends the last one. */
static const char *string_at(struct parse *parse, uint64_t at)
{
	if (at >= parse->strings_size || strnlen(parse->strings + at, 4096) >= 4096)
		return NULL;
	return cln_arena_strdup(parse->arena, parse->strings + at);
}

static bool names_symbol(const struct parse *parse, const char *name)
{
	size_t length = strlen(name) + 1; /* with the NUL */
	const char *at = parse->strings, *end;

	if (!at)
		return false;
	end = at + parse->strings_size;
	for (; (at = memmem(at, (size_t)(end - at), name, length)); at++)
		if (at > parse->strings && !at[-1])
			return true;
	return false;
}

static void take_tags(struct parse *parse)
{
	struct elf_facts *out = parse->out;

	out->needed = cln_arena_alloc(parse->arena,
		(CLN_MIN(parse->dynamic_count, ELF_NEEDED_MAX) + 1) * sizeof(*out->needed));
	for (size_t i = 0; i < parse->dynamic_count; i++) {
		int64_t tag = parse->dynamic[i].d_tag;
		const char *text;

		if (tag != DT_NEEDED && tag != DT_SONAME && tag != DT_RPATH && tag != DT_RUNPATH &&
			tag != DT_AUXILIARY && tag != DT_FILTER)
			continue;
		text = string_at(parse, parse->dynamic[i].d_un.d_val);
		if (!text || !*text)
			continue;
		if (tag == DT_SONAME)
			out->soname = text;
		else if (tag == DT_RPATH)
			out->rpath = text;
		else if (tag == DT_RUNPATH)
			out->runpath = text;
		else if (out->needed_count < ELF_NEEDED_MAX)
			out->needed[out->needed_count++] = text;
	}
	out->wants_unwinder =
		(!out->soname || strcmp(out->soname, "libc.so.6") != 0) &&
		(names_symbol(parse, "pthread_exit") || names_symbol(parse, "pthread_cancel"));
}

int elf_read(const struct elf_bytes *bytes, struct cln_arena *arena, struct elf_facts *out,
	struct cln_err *err)
{
	cln_owned(parse_release) struct parse parse = {
		.bytes = bytes, .arena = arena, .out = out, .err = err
	};
	int (*const step[])(struct parse *) = { read_header, read_segments, read_interp,
		read_dynamic, read_strings };

	memset(out, 0, sizeof(*out));
	elf_version(EV_CURRENT);
	for (size_t i = 0; i < CLN_COUNT(step); i++) {
		int r = step[i](&parse);

		if (r < 0)
			return r;
		if (!r) {
			out->interp = NULL;
			return 0;
		}
	}
	take_tags(&parse);
	return 0;
}

static int read_of_tree(const struct elf_bytes *bytes, uint64_t offset, void *data, size_t size,
	struct cln_err *err)
{
	return tree_read(bytes->context, bytes->node, offset, data, size, err);
}

int elf_read_node(const struct tree *tree, uint32_t node, struct cln_arena *arena,
	struct elf_facts *out, struct cln_err *err)
{
	struct elf_bytes bytes = {
		.read = read_of_tree,
		.context = tree,
		.node = node,
		.size_bytes = tree_inode(tree, node)->size_bytes,
	};

	return elf_read(&bytes, arena, out, err);
}
