// SPDX-License-Identifier: Apache-2.0
/* Which blocks of a layer serve a file, and that they serve it: whatever file of the stream, what
 * is found, spliced between what is deflated anew, decodes to the file. Changed sources are told. */
#include "packager/model/reuse.h"

#include "common/hash.h"
#include "common/mem.h"
#include "packager/write/splice.h"
#include "packager/write/squeeze.h"
#include "stream.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BASE ((uint64_t)12345) /* where the layer lies in the spool */
#define DIFF_ID "sha256:0123"

struct source {
	struct stream stream;
	int fd;
	struct reuse *reuse;
	char digest[72];
};

static int temporary(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0);
	return fd;
}

/* The blob lies behind 7 bytes of something else, as in an archive. */
static void source_make(
	struct source *s, size_t size, unsigned members, unsigned seed, size_t apart)
{
	struct cln_err err = { 0 };
	struct reuse_blob blob = { .offset = 7 };
	char hex[CLN_SHA256_HEX];

	stream_make(&s->stream, size, members, seed);
	stream_thin(&s->stream, apart);
	s->fd = temporary();
	cr_assert_eq(pwrite(s->fd, s->stream.packed, s->stream.packed_size, 7),
		(ssize_t)s->stream.packed_size);
	blob.fd = s->fd;
	blob.size_bytes = s->stream.packed_size;
	cln_sha256_of(s->stream.packed, s->stream.packed_size, hex);
	snprintf(s->digest, sizeof(s->digest), "sha256:%s", hex);
	cr_assert_eq(reuse_new(NULL, REUSE_GZIP, &s->reuse, &err), 0, "%s", err.text);
	cr_assert_eq(reuse_begin(s->reuse, &blob, BASE, &err), 0, "%s", err.text);
	for (size_t i = 0; i < s->stream.marks; i += 3)
		cr_assert_eq(reuse_mark(s->reuse, s->stream.mark + i,
				     CLN_MIN(s->stream.marks - i, (size_t)3), &err),
			0, "%s", err.text);
	cr_assert_eq(reuse_end(s->reuse, REUSE_GZIP, s->digest, DIFF_ID, &err), 0, "%s", err.text);
}

static void source_release(struct source *s)
{
	reuse_free(s->reuse);
	close(s->fd);
	stream_release(&s->stream);
}

static void put_run(const struct source *s, const struct reuse_run *run, struct joined *to)
{
	static unsigned char data[SPLICE_HEAD + REUSE_ROOM + SPLICE_TAIL];
	struct cln_err err = { 0 };
	uint64_t bits = 0;

	cr_assert_eq(reuse_read(s->reuse, run, data + splice_front(run->phase), &bits, &err), 0,
		"%s", err.text);
	joined_put(to, data, splice_around(data, run->phase, bits));
}

/* Writes plain bytes [begin, end) as a file would be; returns how many of them were copied. */
static uint64_t check_file(const struct source *s, uint64_t begin, uint64_t end)
{
	const unsigned char *plain = s->stream.plain;
	uint64_t at = begin, copied = 0;
	struct joined joined = { 0 };
	struct cln_err err = { 0 };
	struct reuse_run run;

	joined_deflate(&joined, "another header", 14);
	while (reuse_find(s->reuse, BASE + begin, BASE + end, BASE + at, &run, &err) > 0) {
		uint64_t from = run.plain - BASE;

		cr_assert(from >= at && from + run.plain_bytes <= end, "outside the file");
		cr_assert(run.plain_bytes >= REUSE_LEAST && run.plain_bytes <= REUSE_MOST);
		joined_deflate(&joined, plain + at, from - at);
		put_run(s, &run, &joined);
		at = from + run.plain_bytes;
		copied += run.plain_bytes;
	}
	cr_assert_eq(err.code, 0, "%s", err.text);
	joined_deflate(&joined, plain + at, end - at);
	{
		cln_owned(cln_drop_mem) unsigned char *want =
			cln_realloc(NULL, end - begin + 14, 1);

		memcpy(want, "another header", 14);
		memcpy(want + 14, plain + begin, end - begin);
		cr_assert(joined_is(&joined, want, end - begin + 14), "bytes %llu to %llu",
			(unsigned long long)begin, (unsigned long long)end);
	}
	joined_release(&joined);
	return copied;
}

Test(reuse, any_file_of_the_stream)
{
	static const struct {
		size_t size;
		unsigned members;
		size_t apart;
	} cases[] = { { 3 << 20, 1, MARK_APART }, { 3 << 20, 1, 1 }, { 2 << 20, 5, MARK_APART },
		{ 4 << 20, 1, 300000 } };

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		uint32_t seed = 7 + (uint32_t)i;
		uint64_t copied = 0;
		struct source s;

		source_make(&s, cases[i].size, cases[i].members, seed, cases[i].apart);
		for (int n = 0; n < 40; n++) {
			uint64_t begin, end;

			seed = seed * 1664525 + 1013904223;
			begin = seed % cases[i].size;
			seed = seed * 1664525 + 1013904223;
			end = begin + seed % (cases[i].size - begin + 1);
			copied += check_file(&s, begin, end);
		}
		copied += check_file(&s, 0, cases[i].size);
		cr_expect_gt(copied, cases[i].size, "case %zu: hardly anything was copied", i);
		source_release(&s);
	}
}

/* Files that begin and end where blocks do, or a byte beside. */
Test(reuse, files_at_the_borders_of_blocks)
{
	struct source s;

	source_make(&s, 2 << 20, 2, 3, MARK_APART);
	for (size_t i = 0; i < s.stream.marks; i++)
		for (size_t k = i + 1; k < CLN_MIN(s.stream.marks, i + 30); k += 4)
			for (int beside = -1; beside <= 1; beside++) {
				uint64_t begin = s.stream.mark[i].plain,
					 end = s.stream.mark[k].plain;

				if ((begin || beside >= 0) && end > begin + 1 &&
					(end < s.stream.plain_size || beside <= 0)) {
					check_file(&s, begin + (uint64_t)beside, end);
					check_file(&s, begin, end + (uint64_t)beside);
				}
			}
	source_release(&s);
}

static const struct {
	const char *what, *text;
} changes[] = {
	{ "time", "changed while" },
	{ "size", "changed while" },
	{ "bytes", "changed while" },
};

static void change(const struct source *s, size_t which)
{
	struct timespec times[2];
	struct stat st;

	cr_assert_eq(fstat(s->fd, &st), 0);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (which == 0)
		times[1].tv_nsec = (times[1].tv_nsec + 1) % 1000000000;
	if (which == 1)
		cr_assert_eq(ftruncate(s->fd, st.st_size - 1), 0);
	if (which == 2) { /* and its time set back */
		for (off_t at = 64; at < st.st_size; at += 1000)
			cr_assert_eq(pwrite(s->fd, "\x55", 1, at), 1);
	}
	cr_assert_eq(futimens(s->fd, times), 0);
}

Test(reuse, a_changed_source_is_told)
{
	for (size_t i = 0; i < CLN_COUNT(changes); i++) {
		static unsigned char data[REUSE_ROOM];
		struct cln_err err = { 0 }, copy_err = { 0 };
		const struct reuse_layer *layer;
		cln_owned(cln_drop_fd) int out = temporary();
		struct reuse_run run;
		struct source s;
		uint64_t bits;

		source_make(&s, 1 << 20, 1, 5, MARK_APART);
		cr_assert_eq(reuse_find(s.reuse, BASE, BASE + (1 << 20), BASE, &run, &err), 1);
		change(&s, i);
		cr_expect_lt(
			reuse_read(s.reuse, &run, data, &bits, &err), 0, "%s", changes[i].what);
		cr_expect(strstr(err.text, changes[i].text) && strstr(err.text, s.digest), "%s: %s",
			changes[i].what, err.text);
		layer = reuse_layer_of(s.reuse, REUSE_GZIP, DIFF_ID);
		cr_assert_not_null(layer);
		if (i) /* whole layers are compared by their digest */
			cr_expect_lt(reuse_copy(layer, out, &copy_err), 0, "%s", changes[i].what);
		source_release(&s);
	}
}

Test(reuse, whole_layers)
{
	cln_owned(cln_drop_fd) int out = temporary();
	const struct reuse_layer *layer;
	struct cln_err err = { 0 };
	struct source s;
	cln_owned(cln_drop_mem) char *data = NULL;

	source_make(&s, 1 << 20, 1, 5, MARK_APART);
	cr_expect_null(reuse_layer_of(s.reuse, REUSE_ZSTD, DIFF_ID));
	cr_expect_null(reuse_layer_of(s.reuse, REUSE_GZIP, "sha256:0124"));
	layer = reuse_layer_of(s.reuse, REUSE_GZIP, DIFF_ID);
	cr_assert_not_null(layer);
	cr_assert_eq(reuse_copy(layer, out, &err), 0, "%s", err.text);
	data = cln_alloc(s.stream.packed_size + 1);
	cr_assert_eq(pread(out, data, s.stream.packed_size + 1, 0), (ssize_t)s.stream.packed_size);
	cr_expect_eq(memcmp(data, s.stream.packed, s.stream.packed_size), 0);
	source_release(&s);
}

/* The stream of a whole file, through the compressing threads. */
static int squeeze_file(const struct source *s, unsigned threads, int fd,
	struct written_layer *made, struct cln_err *err)
{
	cln_owned(squeeze_drop) struct squeeze *squeeze = NULL;
	uint64_t size = s->stream.plain_size, at = 0;
	struct reuse_run run;

	const struct squeeze_how how = { .kind = WRITE_GZIP, .threads = threads };

	cr_assert_eq(squeeze_new(&how, fd, &squeeze, err), 0);
	if (!squeeze_reuse(squeeze, s->reuse))
		cr_skip_test("this build's chunks do not join");
	while (reuse_find(s->reuse, BASE, BASE + size, BASE + at, &run, err) > 0) {
		squeeze_put(squeeze, s->stream.plain + at, run.plain - BASE - at);
		squeeze_run(squeeze, &run);
		at = run.plain - BASE;
		squeeze_put(squeeze, s->stream.plain + at, run.plain_bytes);
		at += run.plain_bytes;
	}
	squeeze_put(squeeze, s->stream.plain + at, size - at);
	return squeeze_finish(squeeze, made, err);
}

Test(reuse, threads_never_show)
{
	char first[72] = "";
	struct source s;

	source_make(&s, 6 << 20, 3, 9, MARK_APART);
	for (unsigned threads = 1; threads <= 8; threads++) {
		cln_owned(cln_drop_fd) int fd = temporary();
		struct written_layer made = { 0 };
		struct cln_err err = { 0 };

		cr_assert_eq(squeeze_file(&s, threads, fd, &made, &err), 0, "%s", err.text);
		if (threads == 1)
			memcpy(first, made.digest, sizeof(first));
		cr_expect_str_eq(made.digest, first);
		cr_expect_gt(made.copied_plain_bytes, s.stream.plain_size / 2);
		cr_expect(made.copied_bytes && made.copied_bytes < made.size_bytes);
		cr_expect_eq(made.plain_bytes, s.stream.plain_size);
	}
	source_release(&s);
}

Test(reuse, a_changed_source_ends_the_writing)
{
	cln_owned(cln_drop_fd) int fd = temporary();
	struct written_layer made = { 0 };
	struct cln_err err = { 0 };
	struct source s;

	source_make(&s, 6 << 20, 1, 9, MARK_APART);
	change(&s, 2);
	cr_expect_lt(squeeze_file(&s, 2, fd, &made, &err), 0);
	cr_expect(strstr(err.text, "changed while"), "%s", err.text);
	source_release(&s);
}
