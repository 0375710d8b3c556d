/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_sample.h - small ELF files for tests: what a loader reads, nothing else.
 */
#ifndef CLN_TESTS_ELF_SAMPLE_H
#define CLN_TESTS_ELF_SAMPLE_H

#include "common/buf.h"

#include <elf.h>
#include <string.h>

struct elf_sample {
	const char *interp, *soname, *rpath, *runpath;
	const char *needed[8];
	const char *auxiliary, *filter;
	const char *symbol; /* a name in the dynamic strings */
	uint16_t machine;   /* 0: EM_X86_64 */
	bool small;	    /* ELFCLASS32 */
	bool big_endian;
};

struct elf_writer {
	struct cln_buf buf;
	bool small, big;
};

static inline void elf_put(struct elf_writer *w, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		cln_buf_addc(&w->buf, (char)(value >> 8 * (w->big ? bytes - 1 - i : i)));
}

static inline void elf_word(struct elf_writer *w, uint64_t value) /* an address or an offset */
{
	elf_put(w, value, w->small ? 4 : 8);
}

static inline void elf_segment(
	struct elf_writer *w, uint32_t type, uint64_t offset, uint64_t size, uint64_t address)
{
	elf_put(w, type, 4);
	if (!w->small)
		elf_put(w, PF_R, 4);
	elf_word(w, offset);
	elf_word(w, address);
	elf_word(w, address);
	elf_word(w, size);
	elf_word(w, size);
	if (w->small)
		elf_put(w, PF_R, 4);
	elf_word(w, 1);
}

static inline uint64_t elf_string(struct cln_buf *strings, const char *text)
{
	uint64_t at = strings->size;

	cln_buf_add(strings, text, strlen(text) + 1);
	return at;
}

static inline void elf_tags(
	struct elf_writer *w, const struct elf_sample *s, struct cln_buf *strings)
{
	const struct {
		uint64_t tag;
		const char *text;
	} tags[] = { { DT_SONAME, s->soname }, { DT_RPATH, s->rpath }, { DT_RUNPATH, s->runpath },
		{ DT_AUXILIARY, s->auxiliary }, { DT_FILTER, s->filter } };

	for (size_t i = 0; i < CLN_COUNT(s->needed) && s->needed[i]; i++) {
		elf_word(w, DT_NEEDED);
		elf_word(w, elf_string(strings, s->needed[i]));
	}
	for (size_t i = 0; i < CLN_COUNT(tags); i++) {
		if (!tags[i].text)
			continue;
		elf_word(w, tags[i].tag);
		elf_word(w, elf_string(strings, tags[i].text));
	}
}

/* The bytes are the caller's to free. Strings are loaded at 0x10000 plus their offset. */
static inline char *elf_sample_new(const struct elf_sample *s, size_t *size)
{
	struct elf_writer tags = { .small = s->small, .big = s->big_endian };
	struct elf_writer w = { .small = s->small, .big = s->big_endian };
	struct cln_buf strings = { 0 };
	uint64_t header = s->small ? 52 : 64, entry = s->small ? 32 : 56;
	uint64_t body = header + 3 * entry, interp, dynamic;
	const uint64_t base = 0x10000;

	cln_buf_addc(&strings, '\0');
	elf_tags(&tags, s, &strings);
	if (s->symbol)
		elf_string(&strings, s->symbol);
	interp = body + strings.size;
	dynamic = interp + (s->interp ? strlen(s->interp) + 1 : 0);
	elf_word(&tags, DT_STRTAB);
	elf_word(&tags, base + body);
	elf_word(&tags, DT_STRSZ);
	elf_word(&tags, strings.size);
	elf_word(&tags, DT_NULL);
	elf_word(&tags, 0);

	cln_buf_add(&w.buf, ELFMAG, SELFMAG);
	elf_put(&w, s->small ? ELFCLASS32 : ELFCLASS64, 1);
	elf_put(&w, s->big_endian ? ELFDATA2MSB : ELFDATA2LSB, 1);
	elf_put(&w, EV_CURRENT, 1);
	for (int i = 7; i < EI_NIDENT; i++)
		elf_put(&w, 0, 1);
	elf_put(&w, ET_DYN, 2);
	elf_put(&w, s->machine ? s->machine : EM_X86_64, 2);
	elf_put(&w, EV_CURRENT, 4);
	elf_word(&w, 0);
	elf_word(&w, header);
	elf_word(&w, 0);
	elf_put(&w, 0, 4);
	elf_put(&w, header, 2);
	elf_put(&w, entry, 2);
	elf_put(&w, 3, 2);
	for (int i = 0; i < 3; i++)
		elf_put(&w, 0, 2);
	elf_segment(&w, PT_LOAD, 0, dynamic + tags.buf.size, base);
	elf_segment(&w, PT_DYNAMIC, dynamic, tags.buf.size, base + dynamic);
	if (s->interp)
		elf_segment(&w, PT_INTERP, interp, strlen(s->interp) + 1, base + interp);
	else
		elf_segment(&w, PT_NULL, 0, 0, 0);
	cln_buf_add(&w.buf, strings.data, strings.size);
	if (s->interp)
		cln_buf_add(&w.buf, s->interp, strlen(s->interp) + 1);
	cln_buf_add(&w.buf, tags.buf.data, tags.buf.size);
	*size = w.buf.size;
	cln_buf_release(&tags.buf);
	cln_buf_release(&strings);
	return cln_buf_steal(&w.buf);
}

#endif
