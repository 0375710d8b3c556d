// SPDX-License-Identifier: Apache-2.0
/* Header blocks in, entries as text out, whatever the pieces in which the bytes come. */
#include "common/buf.h"
#include "packager/read/tar.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct block {
	const char *name;
	char type;
	const char *body; /* in blocks behind the header; its size is the header's */
	size_t body_size; /* 0: up to its NUL */
	const char *link;
	struct {
		size_t at, size;
		const char *bytes;
	} change[2];	 /* in the header, before its checksum is made */
	bool signed_sum; /* as old tars added it up */
	bool raw;	 /* the body of an extended header as it stands here */
};

struct tar_case {
	const char *name;
	struct block block[5]; /* ends where there is no name */
	const char *want;      /* a line an entry; NULL: refused, with `error` in the text */
	const char *error;
	bool open; /* nothing behind the last block */
};

#define UID(field)                            \
	{                                     \
		108, sizeof(field) - 1, field \
	}
#define GID(field)                            \
	{                                     \
		116, sizeof(field) - 1, field \
	}
#define MTIME(field)                          \
	{                                     \
		136, sizeof(field) - 1, field \
	}
#define PAX(text)                                  \
	{                                          \
		"pax", 'x', text, sizeof(text) - 1 \
	} /* lines get their lengths */
#define RAW(text)                                               \
	{                                                       \
		"pax", 'x', text, sizeof(text) - 1, .raw = true \
	}
#define LONG(text)                                       \
	{                                                \
		"././@LongLink", 'L', text, sizeof(text) \
	}
#define X                \
	{                \
		"x", '0' \
	}
#define IS_X "f 644 1:2 3 x\n"

static const struct tar_case cases[] = {
	{ "a file", { { "x", '0', "bytes" } }, "f 644 1:2 3 x size 5\n" },
	{ "a file of before POSIX",
		{ { "x", '\0', "bytes", .change = { { 257, 8, "\0\0\0\0\0\0\0\0" } } } },
		"f 644 1:2 3 x size 5\n" },
	{ "a folder of before POSIX", { { "d/", '\0' } }, "d 644 1:2 3 d/\n" },
	{ "a checksum of signed bytes", { { "\xc3\xbc", '0', .signed_sum = true } },
		"f 644 1:2 3 \xc3\xbc\n" },
	{ "a hard link and a symlink", { { "h", '1', .link = "x" }, { "s", '2', .link = "../x" } },
		"l 644 1:2 3 h = x\nl 644 1:2 3 s -> ../x\n" },
	{ "a prefix", { { "x", '0', .change = { { 345, 3, "a/b" } } } }, "f 644 1:2 3 a/b/x\n" },
	{ "no prefix in GNU's format, where other fields stand",
		{ { "x", '0', .change = { { 257, 8, "ustar  " }, { 345, 3, "a/b" } } } }, IS_X },

	{ "PAX instead of the header", { PAX("path=p/q\nuid=70\ngid=80\nmtime=12.25\n"), X },
		"f 644 70:80 12.250000000 p/q\n" },
	{ "PAX says the link", { PAX("linkpath=y\n"), { "h", '1', .link = "x" } },
		"l 644 1:2 3 h = y\n" },
	{ "PAX holds for one entry", { PAX("path=p\n"), X, X }, "f 644 1:2 3 p\n" IS_X },
	{ "an empty value takes a record back",
		{ PAX("path=p\npath=\nuid=70\nuid=\nmtime=9\nmtime=\n"), X }, IS_X },
	{ "the last of two records counts", { PAX("path=p\npath=q\nuid=7\nuid=8\n"), X },
		"f 644 8:2 3 q\n" },
	{ "parts of a second before 1970", { PAX("mtime=-1.5\n"), X },
		"f 644 1:2 -2.500000000 x\n" },
	{ "nanoseconds, and more digits than they have", { PAX("mtime=1.0000000019999\n"), X },
		"f 644 1:2 1.000000001 x\n" },
	{ "attributes, with NULs and empty, sorted; the last of one name counts",
		{ PAX("SCHILY.xattr.user.b=1\0\00023\n"
		      "SCHILY.xattr.user.a=x\n"
		      "SCHILY.xattr.security.selinux=s\n"
		      "SCHILY.xattr.user.a=y\n"
		      "SCHILY.xattr.user.e=\n"),
			X },
		"f 644 1:2 3 x security.selinux=73 user.a=79 user.b=3100003233 user.e=\n" },
	{ "what is not ours", { PAX("atime=1\nuname=a\nLIBARCHIVE.xy=zz\ncomment=\n"), X }, IS_X },
	{ "a long name", { LONG("long/name"), X }, "f 644 1:2 3 long/name\n" },
	{ "a long name and the same by PAX", { LONG("p"), PAX("path=p\n"), X }, "f 644 1:2 3 p\n" },
	{ "remarks for all", { { "g", 'g', "comment=ab\n" }, X }, IS_X },

	{ "a time before 1970 in base 256",
		{ { "x", '0',
			.change = { MTIME("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe") } } },
		"f 644 1:2 -2 x\n" },
	{ "the largest ids",
		{ { "x", '0',
			.change = { UID("\x80\0\0\0\x7f\xff\xff\xff"),
				GID("\x80\0\0\0\x7f\xff\xff\xff") } } },
		"f 644 2147483647:2147483647 3 x\n" },
	{ "a group above", { { "x", '0', .change = { GID("\x80\0\0\0\x80\0\0\0") } } }, NULL,
		"group id" },
	{ "a group below zero",
		{ { "x", '0', .change = { GID("\xff\xff\xff\xff\xff\xff\xff\xff") } } }, NULL,
		"group id" },
	{ "a group above, by PAX", { PAX("gid=2147483648\n"), X }, NULL, "above 2147483647" },
	{ "a user above, by PAX", { PAX("uid=2147483648\n"), X }, NULL, "above 2147483647" },
	{ "a group with a sign", { PAX("gid=-1\n"), X }, NULL, "gid is no number" },
	{ "a user with a sign", { PAX("uid=+1\n"), X }, NULL, "uid is no number" },
	{ "a user that no number holds", { PAX("uid=99999999999999999999\n"), X }, NULL,
		"uid is no number" },
	{ "a number with letters behind", { { "x", '0', .change = { UID("0000017x") } } }, NULL,
		"user id" },
	{ "a number of blanks", { { "x", '0', .change = { UID("        ") } } },
		"f 644 0:2 3 x\n" },

	{ "the largest device",
		{ { "c", '3', .change = { { 329, 8, "0007777" }, { 337, 8, "3777777" } } } },
		"c 644 1:2 3 c\n" },
	{ "a device above",
		{ { "c", '3', .change = { { 329, 8, "0010000" }, { 337, 8, "0000000" } } } }, NULL,
		"entry c: a number" },
	{ "a minor number above",
		{ { "b", '4', .change = { { 329, 8, "0000000" }, { 337, 8, "4000000" } } } }, NULL,
		"entry b: a number" },
	{ "a minor number that our own tar would cut",
		{ { "b", '4',
			.change = { { 329, 8, "0000000" }, { 337, 8, "\x80\0\0\0\0\x20\0\1" } } } },
		NULL, "entry b: a number" },

	{ "two long names", { LONG("a"), LONG("b"), X }, NULL, "two extended" },
	{ "a NUL in a long name", { LONG("a\0b"), X }, NULL, "holds a NUL" },
	{ "an extended header at the end", { X, PAX("path=p\n") }, NULL, "without an entry" },
	{ "an extended header where the stream ends", { X, PAX("path=p\n") }, NULL, "ends inside",
		true },
	{ "a long name where the stream ends", { X, LONG("a") }, NULL, "ends inside", true },
	{ "no zeros at the end", { X }, IS_X, NULL, true },
	{ "an entry without a name", { { "", '0', "1" } }, NULL, "without a name" },
	{ "another type", { { "x", 'V' } }, NULL, "type \\126" },
	{ "a global size", { { "g", 'g', "size=1\n" }, X }, NULL, "global PAX header sets size" },
	{ "a record without a key", { RAW("6 =ab\n"), X }, NULL, "without a key" },
	{ "a record without an end", { RAW("9 path=pp"), X }, NULL, "wrong length" },
	{ "a record of no length", { RAW("0 path=p\n"), X }, NULL, "wrong length" },
	{ "a time that is none", { PAX("mtime=1.x\n"), X }, NULL, "no time" },
	{ "pieces out of order",
		{ PAX("GNU.sparse.major=0\nGNU.sparse.minor=1\nGNU.sparse.size=100\n"
		      "GNU.sparse.map=10,1,5,1\n"),
			{ "x", '0', "ab" } },
		NULL, "out of order" },
	{ "a piece behind the file's end",
		{ PAX("GNU.sparse.major=0\nGNU.sparse.minor=1\nGNU.sparse.size=10\n"
		      "GNU.sparse.map=9,2\n"),
			{ "x", '0', "ab" } },
		NULL, "does not fit" },
};

static void header_put(struct cln_buf *out, const struct block *block, size_t size)
{
	unsigned char h[512] = { 0 };
	long sum = 0;

	memcpy(h, block->name, CLN_MIN(strlen(block->name), 100u));
	snprintf((char *)h + 100, 8, "%07o", 0644);
	snprintf((char *)h + 108, 8, "%07o", 1);
	snprintf((char *)h + 116, 8, "%07o", 2);
	snprintf((char *)h + 124, 12, "%011zo", size);
	snprintf((char *)h + 136, 12, "%011o", 3);
	memset(h + 148, ' ', 8);
	h[156] = (unsigned char)block->type;
	if (block->link)
		memcpy(h + 157, block->link, strlen(block->link));
	memcpy(h + 257, "ustar\00000", 8);
	for (size_t i = 0; i < CLN_COUNT(block->change); i++)
		if (block->change[i].size)
			memcpy(h + block->change[i].at, block->change[i].bytes,
				block->change[i].size);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += block->signed_sum ? (signed char)h[i] : h[i];
	snprintf((char *)h + 148, 8, "%06lo", (unsigned long)sum);
	cln_buf_add(out, h, sizeof(h));
}

/* "path=p\n" -> "9 path=p\n" */
static void records_make(struct cln_buf *out, const char *text, size_t size)
{
	for (const char *end; size; size -= (size_t)(end - text), text = end) {
		size_t rest, length;

		end = (const char *)memchr(text, '\n', size) + 1;
		rest = (size_t)(end - text) + 1;
		for (length = rest + 1; length != rest + (size_t)snprintf(NULL, 0, "%zu", length);)
			length = rest + (size_t)snprintf(NULL, 0, "%zu", length);
		cln_buf_addf(out, "%zu ", length);
		cln_buf_add(out, text, (size_t)(end - text));
	}
}

static void stream_make(struct cln_buf *out, const struct tar_case *is)
{
	static const char zero[1024];

	for (size_t i = 0; i < CLN_COUNT(is->block) && is->block[i].name; i++) {
		const struct block *block = &is->block[i];
		cln_owned(cln_buf_release) struct cln_buf body = { 0 };
		size_t size = block->body_size ? block->body_size
			      : block->body    ? strlen(block->body)
					       : 0;

		if ((block->type == 'x' || block->type == 'g') && !block->raw)
			records_make(&body, block->body, size);
		else
			cln_buf_add(&body, block->body ? block->body : "", size);
		header_put(out, block, body.size);
		cln_buf_add(out, body.data ? body.data : "", body.size);
		cln_buf_add(out, zero, -body.size & 511);
	}
	if (!is->open)
		cln_buf_add(out, zero, sizeof(zero));
}

static int entry_text(void *context, const struct tar_entry *entry, struct cln_err *err)
{
	struct cln_buf *text = context;
	const struct tree_entry *is = &entry->is;

	(void)err;
	cln_buf_addf(text, "%c %o %u:%u %lld", "dflpcbs"[is->type], is -> mode, is -> uid,
		is -> gid, (long long)is -> mtime);
	if (is->mtime_ns)
		cln_buf_addf(text, ".%09u", is->mtime_ns);
	cln_buf_addf(text, " %s", is->path);
	if (is->hard_link)
		cln_buf_addf(text, " = %s", is->hard_link);
	if (is->target)
		cln_buf_addf(text, " -> %s", is->target);
	if (is->size_bytes)
		cln_buf_addf(text, " size %llu", (unsigned long long)is->size_bytes);
	for (uint32_t i = 0; i < is->xattr_count; i++) {
		cln_buf_addf(text, " %s=", is->xattr[i].name);
		for (uint32_t k = 0; k < is->xattr[i].size; k++)
			cln_buf_addf(text, "%02x", ((const unsigned char *)is->xattr[i].value)[k]);
	}
	cln_buf_addc(text, '\n');
	return 0;
}

static int read_pieces(
	const struct cln_buf *stream, size_t piece, struct cln_buf *text, struct cln_err *err)
{
	cln_owned(tar_drop) struct tar *tar = tar_new(NULL, entry_text, text);

	for (size_t at = 0; at < stream->size; at += piece)
		if (tar_feed(tar, stream->data + at, CLN_MIN(piece, stream->size - at), err) < 0)
			return -err->code;
	return tar_finish(tar, err);
}

Test(tar, cases)
{
	static const size_t pieces[] = { 1 << 20, 1, 511, 513, 1024 };

	for (size_t i = 0; i < CLN_COUNT(cases) * CLN_COUNT(pieces); i++) {
		const struct tar_case *is = &cases[i / CLN_COUNT(pieces)];
		cln_owned(cln_buf_release) struct cln_buf stream = { 0 }, text = { 0 };
		struct cln_err err = { 0 };
		int r;

		stream_make(&stream, is);
		cln_buf_adds(&text, "");
		r = read_pieces(&stream, pieces[i % CLN_COUNT(pieces)], &text, &err);
		if (is->want) {
			cr_expect_eq(r, 0, "%s: %s", is->name, err.text);
			cr_expect_str_eq(text.size ? text.data : "", is->want, "%s: %s", is->name,
				text.size ? text.data : "");
		} else {
			cr_expect(r < 0 && strstr(err.text, is->error), "%s: %s", is->name,
				r < 0 ? err.text : "not refused");
		}
	}
}
