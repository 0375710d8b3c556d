// SPDX-License-Identifier: Apache-2.0
/* Whatever file of a zstd stream: what is found of its blocks and goes through the compressing
 * threads decodes, by libzstd, to the file. */
#include "packager/model/reuse.h"

#include "common/mem.h"
#include "packager/write/squeeze.h"
#include "zstream.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define BASE ((uint64_t)12345) /* where the layer lies in the spool */

struct source {
	struct zstream stream;
	int fd;
	struct reuse *reuse;
};

static int temporary(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0);
	return fd;
}

static void source_make(struct source *s, const struct zstream_how *how)
{
	struct reuse_blob blob = { .offset = 7 };
	struct cln_err err = { 0 };
	uint64_t before = 0;

	zstream_make(&s->stream, how);
	blob.fd = s->fd = temporary();
	blob.size_bytes = s->stream.packed_size;
	cr_assert_eq(pwrite(s->fd, s->stream.packed, s->stream.packed_size, 7),
		(ssize_t)s->stream.packed_size);
	cr_assert_eq(reuse_new(NULL, REUSE_ZSTD, &s->reuse, &err), 0, "%s", err.text);
	cr_assert_eq(reuse_begin(s->reuse, &blob, BASE, &err), 0, "%s", err.text);
	for (size_t i = 0; i < s->stream.marks; i++) {
		const struct mark *mark = &s->stream.mark[i];

		if (mark->bit != mark->member_bit && !mark->final_bit &&
			mark->plain - before < MARK_APART)
			continue;
		before = mark->plain;
		cr_assert_eq(reuse_mark(s->reuse, mark, 1, &err), 0, "%s", err.text);
	}
	cr_assert_eq(reuse_end(s->reuse, REUSE_ZSTD, "sha256:of the blob", "sha256:plain", &err), 0,
		"%s", err.text);
}

static void source_release(struct source *s)
{
	reuse_free(s->reuse);
	close(s->fd);
	zstream_release(&s->stream);
}

struct range {
	uint64_t begin, end; /* plain bytes of the stream that are a file */
};

/* A run and all that go on behind it; where they end. */
static uint64_t put_runs(const struct source *s, const struct range *file, struct squeeze *squeeze,
	struct reuse_run *run)
{
	struct cln_err err = { 0 };

	for (;;) {
		uint64_t at = run->plain - BASE, end = at + run->plain_bytes;

		cr_assert(end <= file->end && run->plain_bytes <= REUSE_MOST);
		squeeze_run(squeeze, run);
		squeeze_put(squeeze, s->stream.plain + at, run->plain_bytes);
		if (!run->goes_on)
			return end;
		cr_assert_eq(reuse_next(s->reuse, BASE + file->end, run, &err), 0, "%s", err.text);
		cr_assert_eq(run->plain, BASE + end);
	}
}

/* The file as the writer streams it, behind a header and in front of padding. */
static int squeeze_file(const struct source *s, const struct range *file, unsigned threads, int fd,
	struct written_layer *made, struct cln_err *err)
{
	cln_owned(squeeze_drop) struct squeeze *squeeze = NULL;
	const struct squeeze_how how = { .kind = WRITE_ZSTD, .threads = threads };
	const unsigned char *plain = s->stream.plain;
	uint64_t at = file->begin;
	struct reuse_run run;
	int r;

	cr_assert_eq(squeeze_new(&how, fd, &squeeze, err), 0);
	cr_assert(squeeze_reuse(squeeze, s->reuse));
	squeeze_put(squeeze, "another header", 14);
	while ((r = reuse_find(s->reuse, BASE + at, BASE + file->end, BASE + at, &run, err)) > 0) {
		uint64_t next = run.plain - BASE, front = next - run.behind;

		cr_assert(front >= at && next + run.plain_bytes <= file->end, "outside the file");
		squeeze_put(squeeze, plain + at, front - at);
		squeeze_front(squeeze, &run);
		squeeze_put(squeeze, plain + front, next - front);
		at = put_runs(s, file, squeeze, &run);
	}
	cr_assert_eq(r, 0, "%s", err->text);
	squeeze_put(squeeze, plain + at, file->end - at);
	squeeze_put(squeeze, "padding", 7);
	return squeeze_finish(squeeze, made, err);
}

/* All frames by libzstd, which is told the window that every decoder has. */
static void check_decodes(const struct source *s, const struct range *file, int fd, size_t packed)
{
	size_t size = file->end - file->begin + 21, room = size + 1;
	cln_owned(cln_drop_mem) unsigned char *data = cln_realloc(NULL, packed, 1);
	cln_owned(cln_drop_mem) unsigned char *out = cln_realloc(NULL, room, 1);
	ZSTD_DCtx *z = ZSTD_createDCtx();
	ZSTD_outBuffer to = { out, room, 0 };
	ZSTD_inBuffer from = { data, packed, 0 };
	size_t r = 1;

	cr_assert_eq(pread(fd, data, packed, 0), (ssize_t)packed);
	cr_assert_eq(ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 23)), 0);
	while (from.pos < from.size && !ZSTD_isError(r))
		r = ZSTD_decompressStream(z, &to, &from);
	cr_assert_eq(r, 0, "%s", ZSTD_isError(r) ? ZSTD_getErrorName(r) : "ends early");
	cr_assert_eq(to.pos, size);
	cr_assert_eq(memcmp(out, "another header", 14), 0);
	cr_assert_eq(memcmp(out + 14, s->stream.plain + file->begin, size - 21), 0);
	cr_assert_eq(memcmp(out + size - 7, "padding", 7), 0);
	ZSTD_freeDCtx(z);
}

static uint64_t check_file(const struct source *s, const struct range *file)
{
	cln_owned(cln_drop_fd) int fd = temporary();
	struct written_layer made = { 0 };
	struct cln_err err = { 0 };

	cr_assert_eq(squeeze_file(s, file, 2, fd, &made, &err), 0, "%s", err.text);
	check_decodes(s, file, fd, made.size_bytes);
	return made.copied_plain_bytes;
}

/* One frame, frames of many kinds, windows smaller and larger than they are, blocks of any size. */
static const struct zstream_how cases[] = {
	{ 6 << 20, 1, 3, 19, 0, 1 },
	{ 6 << 20, 1, 1, 20, 0, 2 },
	{ 6 << 20, 7, 0, 18, 0, 3 },
	{ 4 << 20, 40, 0, 20, 0, 4 },
	{ 4 << 20, 1, 5, 17, 40000, 5 },
	{ 3 << 20, 1, 16, 19, 100000, 6 },
	{ 9 << 20, 1, 1, 22, 0, 7 },
};

Test(zstd_copy, any_file_of_the_stream)
{
	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		size_t size = cases[i].plain_size;
		uint32_t seed = 7 + (uint32_t)i;
		uint64_t copied;
		struct source s;

		source_make(&s, &cases[i]);
		copied = check_file(&s, &(struct range){ 0, size });
		cr_expect_gt(copied, size / 4, "case %zu: %llu of %zu bytes copied", i,
			(unsigned long long)copied, size);
		for (int n = 0; n < 12; n++) {
			uint64_t begin = zstream_random(&seed) % size;
			uint64_t end = begin + zstream_random(&seed) % (size - begin + 1);

			check_file(&s, &(struct range){ begin, end });
		}
		source_release(&s);
	}
}

/* Files that begin and end where blocks do, or a byte beside. */
Test(zstd_copy, files_at_the_borders_of_blocks)
{
	static const struct zstream_how how = { 2 << 20, 6, 0, 17, 0, 9 };
	struct source s;

	source_make(&s, &how);
	for (size_t i = 0; i < s.stream.marks; i++)
		for (int beside = -1; beside <= 1; beside++) {
			uint64_t begin = s.stream.mark[i].plain + (uint64_t)beside;
			uint64_t end = s.stream.mark[s.stream.marks - 1 - i / 2].plain;

			if (begin < end) {
				check_file(&s, &(struct range){ begin, end });
				check_file(&s, &(struct range){ begin, end - 1 });
			}
		}
	source_release(&s);
}

Test(zstd_copy, threads_never_show)
{
	struct range file = { 0, cases[0].plain_size };
	char first[72] = "";
	struct source s;

	source_make(&s, &cases[0]);
	for (unsigned threads = 1; threads <= 8; threads++) {
		cln_owned(cln_drop_fd) int fd = temporary();
		struct written_layer made = { 0 };
		struct cln_err err = { 0 };

		cr_assert_eq(squeeze_file(&s, &file, threads, fd, &made, &err), 0, "%s", err.text);
		if (threads == 1)
			memcpy(first, made.digest, sizeof(first));
		cr_expect_str_eq(made.digest, first);
		cr_expect_gt(made.copied_plain_bytes, file.end / 2);
		cr_expect(made.copied_bytes && made.copied_bytes < made.size_bytes);
		cr_expect_eq(made.plain_bytes, file.end + 21);
	}
	source_release(&s);
}

/* Larger windows than every decoder has are left alone. */
Test(zstd_copy, no_window_above_8_mib)
{
	static const struct zstream_how how = { 10 << 20, 1, 1, 24, 0, 1 };
	struct source s;

	source_make(&s, &how);
	cr_expect_eq(check_file(&s, &(struct range){ 0, how.plain_size }), 0);
	source_release(&s);
}

Test(zstd_copy, a_level_that_is_asked_for_is_that_of_all)
{
	cln_owned(squeeze_drop) struct squeeze *squeeze = NULL;
	const struct squeeze_how how = { .kind = WRITE_ZSTD, .level = 2 };
	cln_owned(cln_drop_fd) int fd = temporary();
	struct cln_err err = { 0 };
	struct source s;

	source_make(&s, &cases[3]);
	cr_assert_eq(squeeze_new(&how, fd, &squeeze, &err), 0);
	cr_expect_not(squeeze_reuse(squeeze, s.reuse));
	squeeze_drop(&squeeze);
	squeeze = NULL;
	source_release(&s);
}

/* Bytes that change under the writer end it, whichever thread meets them. */
Test(zstd_copy, a_changed_source_ends_the_writing)
{
	struct range file = { 0, cases[0].plain_size };
	cln_owned(cln_drop_fd) int fd = temporary();
	struct written_layer made = { 0 };
	struct cln_err err = { 0 };
	struct timespec times[2];
	struct stat st;
	struct source s;

	source_make(&s, &cases[0]);
	cr_assert_eq(fstat(s.fd, &st), 0);
	for (off_t at = 64; at < st.st_size; at += 1000)
		cr_assert_eq(pwrite(s.fd, "\x55", 1, at), 1);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	cr_assert_eq(futimens(s.fd, times), 0);
	cr_expect_lt(squeeze_file(&s, &file, 2, fd, &made, &err), 0);
	cr_expect(strstr(err.text, "changed while"), "%s", err.text);
	source_release(&s);
}
