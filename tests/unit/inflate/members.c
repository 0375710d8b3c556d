// SPDX-License-Identifier: Apache-2.0
/* RFC 1952: headers of every make, trailers, and members in a row; zlib judges each row as well. */
#include "packager/read/inflate.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <string.h>
#include <zlib.h>

#define FILE_SIZE 512

/* What is odd about a member. */
enum odd {
	NOTHING,
	MAGIC,
	METHOD,
	RESERVED,
	HEADER_CRC,
	CRC,
	SIZE,
};

static size_t put_le(uint8_t *data, uint32_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		data[i] = (uint8_t)(value >> i * 8);
	return bytes;
}

/* "hello" stored, behind a header with the parts that flags name. */
static size_t member(uint8_t *data, uint8_t flags, enum odd odd)
{
	size_t size = 10;

	memcpy(data, "\x1f\x8b\x08\0\1\2\3\4\0\3", size);
	data[1] ^= odd == MAGIC;
	data[2] ^= odd == METHOD;
	data[3] = flags | (odd == RESERVED ? 0x20 : 0);
	if (flags & 4) {
		memcpy(data + size, "\x05\0AB\x01\0x", 7);
		size += 7;
	}
	if (flags & 8) {
		memcpy(data + size, "a name", 7);
		size += 7;
	}
	if (flags & 16) {
		memcpy(data + size, "\xff\xfe a comment", 13);
		size += 13;
	}
	if (flags & 2)
		size += put_le(
			data + size, (uint32_t)crc32(0, data, (uInt)size) ^ (odd == HEADER_CRC), 2);
	memcpy(data + size, "\1\5\0\xfa\xffhello", 10);
	size += 10;
	size += put_le(
		data + size, (uint32_t)crc32(0, (const Bytef *)"hello", 5) ^ (odd == CRC), 4);
	return size + put_le(data + size, 5 ^ (odd == SIZE), 4);
}

static bool zlib_takes(const uint8_t *data, size_t size)
{
	uint8_t out[64];
	z_stream s = { .next_in = (Bytef *)data, .avail_in = (uInt)size, .next_out = out };
	int r;

	s.avail_out = sizeof(out);
	inflateInit2(&s, 16 + MAX_WBITS);
	r = inflate(&s, Z_FINISH);
	inflateEnd(&s);
	return r == Z_STREAM_END;
}

/* 0, or an error of a step or of the end; at most part bytes at once. */
static int take(const uint8_t *data, size_t size, size_t part, char *plain, struct cln_err *err)
{
	cln_owned(inflate_drop) struct inflate *inflate = inflate_new(CODEC_GZIP, NULL);
	size_t used = 0;

	for (size_t at = 0; at < size; at += part) {
		size_t left = CLN_MIN(part, size - at), made = 0, room;
		const void *next = data + at;

		do {
			room = CLN_MIN(part, FILE_SIZE - used - 1);
			if (inflate_step(inflate, &next, &left, plain + used, room, &made, err) < 0)
				return -err->code;
			used += made;
		} while (made == room);
		cr_assert_eq(left, 0);
	}
	plain[used] = '\0';
	return inflate_finish(inflate, err);
}

Test(members, headers)
{
	static const struct {
		enum odd odd;
		const char *error;
	} odds[] = {
		{ NOTHING, NULL },
		{ MAGIC, "gzip: not a gzip header" },
		{ METHOD, "gzip: a method other than deflate" },
		{ RESERVED, "gzip: unknown header flags" },
		{ HEADER_CRC, "gzip: wrong checksum of the header" },
		{ CRC, "gzip: wrong checksum" },
		{ SIZE, "gzip: wrong size" },
	};
	uint8_t data[FILE_SIZE];
	char plain[FILE_SIZE];

	for (uint8_t flags = 0; flags < 32; flags++)
		for (size_t i = 0; i < CLN_COUNT(odds); i++) {
			bool fine = !odds[i].error || (odds[i].odd == HEADER_CRC && !(flags & 2));
			size_t size = member(data, flags, odds[i].odd);

			cr_expect_eq(zlib_takes(data, size), fine, "%s %u", odds[i].error, flags);
			for (size_t part = 1; part <= size; part++) {
				struct cln_err err = { 0 };
				int r = take(data, size, part, plain, &err);

				cr_expect_eq(!r, fine, "%s", err.text);
				cr_expect_str_eq(
					fine ? plain : err.text, fine ? "hello" : odds[i].error);
			}
		}
}

Test(members, cut)
{
	uint8_t data[FILE_SIZE];
	char plain[FILE_SIZE];
	size_t size = member(data, 31, NOTHING);

	for (size_t cut = 0; cut < size; cut++) {
		struct cln_err err = { 0 };

		cr_expect_lt(take(data, cut, 7, plain, &err), 0);
		cr_expect_str_eq(err.text, "gzip: the stream is cut short");
	}
}

Test(members, in_a_row)
{
	uint8_t data[FILE_SIZE] = { 0 };
	char plain[FILE_SIZE];
	size_t size = member(data, 31, NOTHING);

	size += member(data + size, 0, NOTHING);
	size += member(data + size, 2, NOTHING);
	for (size_t part = 1; part <= size + 9; part++) {
		struct cln_err err = { 0 };

		cr_expect_eq(take(data, size + 9, part, plain, &err), 0, "%s", err.text);
		cr_expect_str_eq(plain, "hellohellohello");
		data[size + 8] = 'x'; /* behind zeros */
		cr_expect_lt(take(data, size + 9, part, plain, &err), 0);
		cr_expect_str_eq(err.text, "gzip: bytes behind the last member");
		data[size + 8] = 0;
	}
}
