// SPDX-License-Identifier: Apache-2.0
#include "packager/read/inflate.h"

#include "common/mem.h"
#include "packager/read/gunzip.h"
#include "packager/read/unzstd.h"

#include <errno.h>
#include <string.h>

struct inflate {
	enum codec codec;
	struct gunzip *gunzip;
	struct unzstd *unzstd;
	bool inside;  /* a member has begun and not ended */
	bool any;     /* one has ended */
	bool padding; /* zeros behind the last member */
};

int codec_detect(const void *start, size_t size, enum codec *codec, struct cln_err *err)
{
	static const struct {
		const char *magic;
		size_t size;
		const char *name;
	} others[] = { { "BZh", 3, "bzip2" },
		{ "\xfd"
		  "7zXZ\0",
			6, "xz" },
		{ "\x04\x22\x4d\x18", 4, "lz4" } };
	const unsigned char *byte = start;

	for (size_t i = 0; i < CLN_COUNT(others); i++)
		if (size >= others[i].size && !memcmp(start, others[i].magic, others[i].size))
			return cln_fail(err, ENOTSUP, "compressed by %s, which OCI does not know",
				others[i].name);
	if (size >= 2 && byte[0] == 0x1f && byte[1] == 0x8b)
		*codec = CODEC_GZIP;
	else if (size >= 4 &&
		 (!memcmp(byte, "\x28\xb5\x2f\xfd", 4) ||
			 ((byte[0] & 0xf0) == 0x50 && !memcmp(byte + 1, "\x2a\x4d\x18", 3))))
		*codec = CODEC_ZSTD;
	else
		*codec = CODEC_PLAIN;
	return 0;
}

struct inflate *inflate_new(enum codec codec, const struct limits *limits)
{
	struct inflate *inflate = cln_alloc(sizeof(*inflate));

	inflate->codec = codec;
	if (codec == CODEC_GZIP)
		inflate->gunzip = gunzip_new();
	if (codec == CODEC_ZSTD)
		inflate->unzstd = unzstd_new(limit_of(limits, LIMIT_ZSTD_WINDOW));
	return inflate;
}

void inflate_free(struct inflate *inflate)
{
	if (!inflate)
		return;
	gunzip_free(inflate->gunzip);
	unzstd_free(inflate->unzstd);
	free(inflate);
}

void inflate_drop(struct inflate **inflate)
{
	inflate_free(*inflate);
}

void inflate_mark(struct inflate *inflate, struct marks *marks)
{
	if (inflate->gunzip)
		gunzip_mark(inflate->gunzip, marks);
	if (inflate->unzstd)
		unzstd_mark(inflate->unzstd, marks);
}

/* Between members: another one, zeros to the end, or an error. True: a member begins. */
static bool gzip_between(
	struct inflate *inflate, const void **in, size_t *size, struct cln_err *err)
{
	const unsigned char *byte = *in;
	size_t at = 0;

	if (!inflate->any || (!inflate->padding && byte[0] == 0x1f))
		return true;
	while (at < *size && !byte[at])
		at++;
	inflate->padding = true;
	*in = byte + at;
	*size -= at;
	if (*size)
		cln_fail(err, EINVAL, "gzip: bytes behind the last member");
	return false;
}

static int gzip_step(struct inflate *inflate, const void **in, size_t *in_size, void *out,
	size_t room, size_t *made, struct cln_err *err)
{
	*made = 0;
	while (*in_size || inflate->inside) {
		size_t before = *in_size, got = 0;
		int r;

		if (!inflate->inside) {
			if (!gzip_between(inflate, in, in_size, err))
				return *in_size ? -err->code : 0;
			gunzip_begin(inflate->gunzip);
			inflate->inside = true;
		}
		r = gunzip_step(
			inflate->gunzip, in, in_size, (char *)out + *made, room - *made, &got, err);
		if (r < 0)
			return r;
		*made += got;
		if (r > 0) {
			inflate->inside = false;
			inflate->any = true;
		} else if (*made == room || (before == *in_size && !got)) {
			return 0;
		}
	}
	return 0;
}

int inflate_step(struct inflate *inflate, const void **in, size_t *in_size, void *out, size_t room,
	size_t *made, struct cln_err *err)
{
	switch (inflate->codec) {
	case CODEC_GZIP:
		return gzip_step(inflate, in, in_size, out, room, made, err);
	case CODEC_ZSTD:
		return unzstd_step(inflate->unzstd, in, in_size, out, room, made, err);
	default:
		*made = CLN_MIN(*in_size, room);
		memcpy(out, *in, *made);
		*in = (const char *)*in + *made;
		*in_size -= *made;
		return 0;
	}
}

int inflate_finish(struct inflate *inflate, struct cln_err *err)
{
	if (inflate->codec == CODEC_GZIP && (inflate->inside || !inflate->any))
		return cln_fail(err, EINVAL, "gzip: the stream is cut short");
	if (inflate->codec == CODEC_ZSTD && !unzstd_is_whole(inflate->unzstd))
		return cln_fail(err, EINVAL, "zstd: the stream is cut short");
	return 0;
}
