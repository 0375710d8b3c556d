// SPDX-License-Identifier: Apache-2.0
/*
 * inflate.c - our inflater beside ISA-L, libdeflate and zlib on one gzip blob, in turn.
 *
 * usage: packager-inflate BLOB [ROUNDS]
 * Streams take 256 KiB at a time into a ring of 1 MiB buffers, as the packager does; libdeflate
 * knows no streams and gets all at once. The best round counts; ratios are to ISA-L's.
 */
#include "packager/read/inflate.h"

#include "common/mem.h"

#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define PIECE ((size_t)256 << 10)
#define BUFFER ((size_t)1 << 20)
#define BUFFERS 4

struct blob {
	const unsigned char *data;
	size_t size;
	char *ring;		   /* BUFFERS of them */
	unsigned char *whole;	   /* all plain bytes */
	size_t plain_size, blocks; /* blocks: marked ones */
};

static int ours(struct blob *blob)
{
	cln_owned(inflate_drop) struct inflate *inflate = inflate_new(CODEC_GZIP, NULL);
	static struct mark mark[1024];
	struct marks marks = { mark, 0, CLN_COUNT(mark) };
	struct cln_err err = { 0 };
	size_t total = 0, made;

	blob->blocks = 0;
	inflate_mark(inflate, &marks);
	for (size_t at = 0; at < blob->size; at += PIECE) {
		const void *next = blob->data + at;
		size_t left = CLN_MIN(PIECE, blob->size - at), room;

		do {
			room = BUFFER - total % BUFFER;
			if (inflate_step(inflate, &next, &left,
				    blob->ring + total % (BUFFERS * BUFFER), room, &made, &err) < 0)
				return cln_err_report(&err, "ours");
			total += made;
			blob->blocks += marks.count;
			marks.count = 0;
		} while (made == room);
	}
	blob->plain_size = total;
	return inflate_finish(inflate, &err);
}

static int isal(struct blob *blob)
{
	static struct inflate_state s;
	size_t total = 0;

	isal_inflate_init(&s);
	s.crc_flag = ISAL_GZIP;
	for (size_t at = 0; at < blob->size; at += PIECE) {
		s.next_in = (uint8_t *)blob->data + at;
		s.avail_in = (uint32_t)CLN_MIN(PIECE, blob->size - at);
		do {
			uint32_t room = (uint32_t)(BUFFER - total % BUFFER);

			s.next_out = (uint8_t *)blob->ring + total % (BUFFERS * BUFFER);
			s.avail_out = room;
			if (isal_inflate(&s) != ISAL_DECOMP_OK)
				return 1;
			total += room - s.avail_out;
		} while (!s.avail_out);
	}
	return s.block_state != ISAL_BLOCK_FINISH;
}

static int by_zlib(struct blob *blob)
{
	z_stream s = { 0 };
	size_t total = 0;
	int r = inflateInit2(&s, 16 + MAX_WBITS);

	for (size_t at = 0; at < blob->size && r == Z_OK; at += PIECE) {
		s.next_in = (Bytef *)blob->data + at;
		s.avail_in = (uInt)CLN_MIN(PIECE, blob->size - at);
		do {
			uInt room = (uInt)(BUFFER - total % BUFFER);

			s.next_out = (Bytef *)blob->ring + total % (BUFFERS * BUFFER);
			s.avail_out = room;
			r = inflate(&s, Z_NO_FLUSH);
			total += room - s.avail_out;
		} while (r == Z_OK && !s.avail_out);
		r = r == Z_BUF_ERROR ? Z_OK : r;
	}
	inflateEnd(&s);
	return r != Z_STREAM_END;
}

static int by_libdeflate(struct blob *blob)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	size_t made;
	int r = libdeflate_gzip_decompress(
		d, blob->data, blob->size, blob->whole, blob->plain_size, &made);

	libdeflate_free_decompressor(d);
	return r;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static const struct {
	const char *name;
	int (*run)(struct blob *blob);
} inflaters[] = { { "ours", ours }, { "isal", isal }, { "libdeflate", by_libdeflate },
	{ "zlib", by_zlib } };

static int rounds(struct blob *blob, int count)
{
	double best[CLN_COUNT(inflaters)] = { 0 };

	for (int round = 0; round < count; round++)
		for (size_t i = 0; i < CLN_COUNT(inflaters); i++) {
			double begin = seconds(), took;

			if (inflaters[i].run(blob)) {
				fprintf(stderr, "%s failed\n", inflaters[i].name);
				return 1;
			}
			took = seconds() - begin;
			if (!round || took < best[i])
				best[i] = took;
			if (!blob->whole)
				blob->whole = cln_alloc(blob->plain_size);
		}
	printf("%zu bytes, %zu plain, %zu marks\n", blob->size, blob->plain_size, blob->blocks);
	for (size_t i = 0; i < CLN_COUNT(inflaters); i++)
		printf("%-10s %7.3f s %6.0f MB/s  %.2f\n", inflaters[i].name, best[i],
			(double)blob->plain_size / 1e6 / best[i], best[1] / best[i]);
	return 0;
}

int main(int argc, char **argv)
{
	struct blob blob = { .ring = cln_alloc(BUFFERS * BUFFER) };
	struct stat is;
	int fd, r;

	if (argc < 2)
		return 2;
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &is) < 0)
		return 1;
	blob.size = (size_t)is.st_size;
	blob.data = mmap(NULL, blob.size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (blob.data == MAP_FAILED)
		return 1;
	r = rounds(&blob, argc > 2 ? atoi(argv[2]) : 3);
	free(blob.ring);
	free(blob.whole);
	return r;
}
