// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a zstd layer, of which a range that the input chooses is a file: what is written
 * of it, with whatever blocks can be copied, decodes to that range. libzstd judges. */
#include "packager/model/reuse.h"

#include "common/mem.h"
#include "packager/read/inflate.h"
#include "packager/write/squeeze.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#define PLAIN_MAX ((size_t)12 << 20)
#define MARKS 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
	char *plain;
	size_t plain_size;
	struct marks marks;
	struct reuse *reuse;
};

static bool inflate_all(struct source *s, const uint8_t *data, size_t size)
{
	cln_owned(inflate_drop) struct inflate *inflate = inflate_new(CODEC_ZSTD, NULL);
	struct cln_err err = { 0 };
	const void *next = data;
	size_t left = size, made = 0;

	inflate_mark(inflate, &s->marks);
	if (inflate_step(inflate, &next, &left, s->plain, PLAIN_MAX, &made, &err) < 0 ||
		made == PLAIN_MAX || left)
		return false;
	s->plain_size = made;
	return inflate_finish(inflate, &err) == 0;
}

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void find_blocks(struct source *s, int fd, size_t size)
{
	const struct reuse_blob blob = { fd, 0, size };
	struct cln_err err = { 0 };

	must(reuse_new("/tmp", REUSE_ZSTD, &s->reuse, &err) == 0);
	must(reuse_begin(s->reuse, &blob, 0, &err) == 0);
	must(reuse_mark(s->reuse, s->marks.mark, s->marks.count, &err) == 0);
	must(reuse_end(s->reuse, REUSE_ZSTD, "sha256:", "sha256:", &err) == 0);
}

/* The file as packager/write/layers.c streams it. */
static void squeeze_file(const struct source *s, uint64_t at, uint64_t end, struct squeeze *squeeze)
{
	struct cln_err err = { 0 };
	struct reuse_run run;
	int r;

	while ((r = reuse_find(s->reuse, at, end, at, &run, &err)) > 0) {
		must(run.plain - at >= run.behind && run.plain + run.plain_bytes <= end);
		squeeze_put(squeeze, s->plain + at, run.plain - run.behind - at);
		squeeze_front(squeeze, &run);
		squeeze_put(squeeze, s->plain + run.plain - run.behind, run.behind);
		for (;;) {
			squeeze_run(squeeze, &run);
			squeeze_put(squeeze, s->plain + run.plain, run.plain_bytes);
			at = run.plain + run.plain_bytes;
			if (!run.goes_on)
				break;
			must(reuse_next(s->reuse, end, &run, &err) == 0 && run.plain == at);
		}
	}
	must(r == 0);
	squeeze_put(squeeze, s->plain + at, end - at);
}

static void check(const struct source *s, uint64_t begin, uint64_t end)
{
	const struct squeeze_how how = { .kind = WRITE_ZSTD, .threads = 2 };
	struct squeeze *squeeze = NULL;
	struct written_layer made;
	struct cln_err err = { 0 };
	int fd = memfd_create("out", 0);
	char *packed, *out = malloc(end - begin + 1);

	must(fd >= 0 && out && squeeze_new(&how, fd, &squeeze, &err) == 0);
	must(squeeze_reuse(squeeze, s->reuse));
	squeeze_file(s, begin, end, squeeze);
	must(squeeze_finish(squeeze, &made, &err) == 0);
	squeeze_free(squeeze);
	packed = malloc(made.size_bytes + 1);
	must(packed && pread(fd, packed, made.size_bytes, 0) == (ssize_t)made.size_bytes);
	must(ZSTD_decompress(out, end - begin + 1, packed, made.size_bytes) == end - begin);
	must(!memcmp(out, s->plain + begin, end - begin));
	free(packed);
	free(out);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mark mark[MARKS];
	struct source s = { .marks = { mark, 0, MARKS } };
	uint64_t begin, end;
	int fd;

	if (size < 4)
		return 0;
	s.plain = malloc(PLAIN_MAX);
	must(s.plain);
	/* the last four bytes are the range, in 4096ths */
	if (inflate_all(&s, data, size - 4) && s.plain_size) {
		begin = s.plain_size * (data[size - 4] | (data[size - 3] & 0x0fu) << 8) / 4096;
		end = begin + (s.plain_size - begin) *
				      ((data[size - 2] | (data[size - 1] & 0x0fu) << 8) + 1u) /
				      4096;
		fd = memfd_create("in", 0);
		must(fd >= 0 && write(fd, data, size - 4) == (ssize_t)(size - 4));
		find_blocks(&s, fd, size - 4);
		check(&s, begin, end);
		reuse_free(s.reuse);
		close(fd);
	}
	free(s.plain);
	return 0;
}
