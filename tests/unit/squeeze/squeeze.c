// SPDX-License-Identifier: Apache-2.0
/* The bytes of a layer: the same with any number of threads, and, for the libraries of Debian 12,
 * the very ones that are written down here. Where an encoder changes, digests of images do. */
#include "packager/write/squeeze.h"

#include "common/mem.h"
#include "packager/write/chunk.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#define BYTES ((5 << 20) + 12345)

/* Text-like bytes with repeats, then noise: literals, matches and stored blocks. */
static char *sample_new(void)
{
	char *data = cln_alloc(BYTES);
	uint32_t seed = 1;

	for (size_t i = 0; i < BYTES; i++) {
		seed = seed * 1664525 + 1013904223;
		if (i > BYTES / 2)
			data[i] = (char)(seed >> 24);
		else if (i > 1000 && seed >> 30)
			data[i] = data[i - 1 - (i / 7919) % 900];
		else
			data[i] = (char)('a' + (seed >> 24) % 26);
	}
	return data;
}

static void squeeze_to(
	int fd, const struct squeeze_how *how, size_t part, struct written_layer *made)
{
	cln_owned(cln_drop_mem) char *data = sample_new();
	cln_owned(squeeze_drop) struct squeeze *squeeze = NULL;
	struct cln_err err = { 0 };

	cr_assert_eq(squeeze_new(how, fd, &squeeze, &err), 0, "%s", err.text);
	for (size_t at = 0; at < BYTES; at += part)
		squeeze_put(squeeze, data + at, CLN_MIN(part, BYTES - at));
	cr_assert_eq(squeeze_finish(squeeze, made, &err), 0, "%s", err.text);
}

static void squeeze_sample(const struct squeeze_how *how, size_t part, struct written_layer *made)
{
	cln_owned(cln_drop_fd) int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	squeeze_to(fd, how, part, made);
}

static const enum write_compression kinds[] = { WRITE_GZIP, WRITE_ZSTD, WRITE_PLAIN };

Test(squeeze, threads_and_pieces_never_show)
{
	static const struct {
		unsigned threads;
		size_t part;
	} ways[] = { { 1, BYTES }, { 2, 1 << 20 }, { 7, 4099 }, { 16, 511 } };

	for (size_t k = 0; k < CLN_COUNT(kinds); k++) {
		struct written_layer first = { 0 };

		for (size_t i = 0; i < CLN_COUNT(ways); i++) {
			struct written_layer made = { 0 };

			squeeze_sample(&(struct squeeze_how){ kinds[k], 0, ways[i].threads },
				ways[i].part, &made);
			if (!i)
				first = made;
			cr_expect_str_eq(made.digest, first.digest, "kind %zu, way %zu", k, i);
			cr_expect_str_eq(made.diff_id, first.diff_id);
			cr_expect_eq(made.plain_bytes, BYTES);
		}
	}
}

/* The blob of the sample back to plain bytes. */
static void check_plain(int fd, const struct written_layer *made)
{
	cln_owned(cln_drop_mem) char *packed = cln_alloc(made->size_bytes);
	cln_owned(cln_drop_mem) char *plain = cln_alloc(BYTES);
	cln_owned(cln_drop_mem) char *want = sample_new();

	cr_assert_eq(pread(fd, packed, made->size_bytes, 0), (ssize_t)made->size_bytes);
	cr_expect_eq(ZSTD_decompress(plain, BYTES, packed, made->size_bytes), BYTES);
	cr_expect_arr_eq(plain, want, BYTES);
}

/* Few different bytes: what an encoder reads besides the chunk, be it what was left of another one
 * or an address, shows in about one of 200 of them. */
Test(squeeze, no_chunk_remembers_another)
{
	enum { SIZE = 64, CHUNKS = 2000 };
	char data[SIZE], after[8192], alone[8192];
	uint32_t seed = 1;

	for (size_t k = 0; k < 2; k++) {
		struct chunk_context *used = chunk_context_new(kinds[k], 1);

		for (size_t n = 0; n < CHUNKS; n++) {
			struct chunk_context *fresh = chunk_context_new(kinds[k], 1);
			size_t size;

			for (size_t i = 0; i < SIZE; i++) {
				seed = seed * 1664525 + 1013904223;
				data[i] = (char)(seed >> 30);
			}
			size = chunk_compress(used, data, SIZE, after, sizeof(after));
			cr_assert(size);
			cr_assert_eq(chunk_compress(fresh, data, SIZE, alone, sizeof(alone)), size,
				"kind %zu chunk %zu", k, n);
			cr_assert_eq(memcmp(after, alone, size), 0, "kind %zu chunk %zu", k, n);
			chunk_context_free(fresh);
		}
		chunk_context_free(used);
	}
}

Test(squeeze, levels)
{
	static const unsigned levels[] = { 1, 2, 3, 9 };
	struct written_layer made = { 0 }, again = { 0 }, usual = { 0 };
	struct write_encoder is;

	write_encoder(WRITE_ZSTD, 0, &is);
	squeeze_sample(&(struct squeeze_how){ .kind = WRITE_ZSTD }, BYTES, &usual);
	for (size_t i = 0; i < CLN_COUNT(levels); i++) {
		cln_owned(cln_drop_fd) int fd = memfd_create("blob", MFD_CLOEXEC);

		squeeze_to(fd, &(struct squeeze_how){ WRITE_ZSTD, levels[i], 1 }, BYTES, &made);
		squeeze_sample(&(struct squeeze_how){ WRITE_ZSTD, levels[i], 3 }, 4099, &again);
		check_plain(fd, &made);
		cr_expect_str_eq(made.digest, again.digest, "level %u", levels[i]);
		cr_expect_str_eq(made.diff_id, usual.diff_id);
		cr_expect_eq(strcmp(made.digest, usual.digest) == 0, levels[i] == is.level);
	}
	cr_expect_eq(write_level_most(WRITE_ZSTD), 19);
	cr_expect_eq(write_level_most(WRITE_GZIP), 1);
	cr_expect_eq(write_level_most(WRITE_PLAIN), 0);
}

Test(squeeze, known_bytes)
{
	static const struct {
		enum write_compression kind;
		const char *name, *version, *digest;
	} known[] = {
		{ WRITE_GZIP, "isa-l", "2.30.0",
			"sha256:94e7c44e9619dcc93160b81d0faa1efcf84dc28a467261ab1e1d2260e88e199f" },
		{ WRITE_GZIP, "libdeflate", "1.14",
			"sha256:68a8a149a8bd66cabbe3ca928105e161292459d8f68c4b67cf4a713246d664d1" },
		{ WRITE_ZSTD, "zstd", "1.5.4",
			"sha256:89635b45ea0005a1284a6e6c74c79729b4f79ab1688d7ae8221abe3821e8b8e9" },
		{ WRITE_PLAIN, "none", "",
			"sha256:f979fb135bc1514dd758c7414c3611985dd058e4ac4430c36606f0ec36d85499" },
	};

	for (size_t i = 0; i < CLN_COUNT(known); i++) {
		struct written_layer made = { 0 };
		struct write_encoder is;

		write_encoder(known[i].kind, 0, &is);
		if (is.apart || strcmp(is.name, known[i].name) != 0 ||
			strcmp(is.version, known[i].version) != 0)
			continue; /* another release: another digest, which provenance.json tells */
		squeeze_sample(&(struct squeeze_how){ .kind = known[i].kind }, BYTES, &made);
		cr_expect_str_eq(made.digest, known[i].digest,
			"%s %s gave %s: every image gets another digest", is.name, is.version,
			made.digest);
	}
}
