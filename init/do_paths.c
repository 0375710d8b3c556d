// SPDX-License-Identifier: Apache-2.0
/*
 * do_paths.c - the directives that make or remove one thing: dir, unlink, symlink, random.
 */
#include "init/init.h"
#include "init/place.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

int do_dir(struct init *in, struct call *call, struct fail *err)
{
	struct owner owner = { (uid_t)-1, (gid_t)-1 };
	unsigned mode = 0;
	struct stat st;
	int r = call_path(call, 0, err);

	if (r < 0 || (r = call_mode(call, 1, call->text[1], &mode, err)) < 0)
		return r;
	if (call->count == 3 && call->text[2] && owner_parse(call->text[2], &owner) < 0)
		return call_bad(call, 2, "is not UID:GID in numbers", err);
	if (in->mode == MODE_APPLY)
		return place_dir(call->text[0], mode, &owner, err);
	if (in->mode == MODE_EXPLAIN && stat(call->text[0], &st) == 0)
		call->note = S_ISDIR(st.st_mode) ? "is there" : "in the way: not a directory";
	return 0;
}

int do_unlink(struct init *in, struct call *call, struct fail *err)
{
	for (unsigned i = 0; i < call->count; i++) {
		int r = call_path(call, i, err);

		if (r < 0)
			return r;
		if (in->mode != MODE_APPLY || unlink(call->text[i]) == 0)
			continue;
		int eno = errno;
		struct stat st;

		if (lstat(call->text[i], &st) == 0) /* EROFS comes before ENOENT */
			return BAD_ERRNO(err, i, eno, "unlink ", call->text[i]);
	}
	return 0;
}

int do_symlink(struct init *in, struct call *call, struct fail *err)
{
	const char *target = call->text[0], *path = call->text[1];
	char now[INIT_PATH_MAX + 1];
	int r = call_path(call, 1, err);
	ssize_t n;

	if (r < 0 || in->mode != MODE_APPLY)
		return r;
	r = place_parents(path, err);
	if (r < 0)
		return r;
	if (symlink(target, path) == 0)
		return 0;
	int eno = errno;

	n = readlink(path, now, sizeof(now) - 1);
	if (n < 0)
		return FAIL(err, eno, "symlink ", path);
	now[n] = '\0';
	if (text_same(now, target))
		return 0;
	if (unlink(path) < 0 || symlink(target, path) < 0)
		return FAIL(err, ERRNO, "symlink ", path);
	return 0;
}

enum { RANDOM_HEX, RANDOM_BASE64, RANDOM_RAW };

static char base64(unsigned bits)
{
	return (char)(bits < 26	  ? 'A' + bits
		      : bits < 52 ? 'a' + bits - 26
		      : bits < 62 ? '0' + bits - 52
		      : bits < 63 ? '+'
				  : '/');
}

static size_t encode(int kind, const unsigned char *in, size_t size, char *out)
{
	size_t used = 0;

	if (kind == RANDOM_RAW)
		return memcpy(out, in, size), size;
	if (kind == RANDOM_HEX) {
		for (size_t i = 0; i < 2 * size; i++)
			out[i] = "0123456789abcdef"[in[i / 2] >> (i & 1 ? 0 : 4) & 15];
		return 2 * size;
	}
	for (size_t i = 0; i < size; i += 3) {
		unsigned left = size - i < 3 ? (unsigned)(size - i) : 3;
		uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
				(left > 2 ? in[i + 2] : 0);

		for (unsigned k = 0; k < 4; k++)
			out[used++] = k <= left ? base64(bits >> (18 - 6 * k) & 63) : '=';
	}
	return used;
}

static int random_write(const char *path, int kind, size_t size, unsigned mode, struct fail *err)
{
	unsigned char bytes[1024];
	char text[2 * sizeof(bytes)];
	size_t used;
	int r;

	if (getrandom(bytes, size, 0) != (ssize_t)size)
		return FAIL(err, ERRNO, "random bytes");
	used = encode(kind, bytes, size, text);
	r = place_parents(path, err);
	if (r == 0)
		r = place_file(path, text, used, mode, err);
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(text, sizeof(text));
	return r;
}

int do_random(struct init *in, struct call *call, struct fail *err)
{
	struct fresh fresh = { .mode = 0600 };
	int r = call_path(call, 0, err), kind;
	uint64_t size = 0;

	if (r < 0 || (r = kind = call_pick(call, 1, "hex\0base64\0raw\0", err)) < 0)
		return r;
	if (call->text[2] && (text_number(call->text[2], 1024, &size) < 0 || !size))
		return call_bad(call, 2, "is not a number of bytes from 1 to 1024", err);
	r = call_fresh(call, 3, &fresh, err);
	if (r < 0 || in->mode == MODE_CHECK)
		return r;
	if (fresh.once && access(call->text[0], F_OK) == 0) {
		call->note = "is there";
		return 0;
	}
	if (in->mode != MODE_APPLY)
		return 0;
	return random_write(call->text[0], kind, size, (unsigned)fresh.mode, err);
}
