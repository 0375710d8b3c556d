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

	if (r < 0 || (r = call_mode(call, call->text[1], 1, &mode, err)) < 0)
		return r;
	if (call->count == 3 && call->text[2] && owner_parse(call->text[2], &owner) < 0)
		return BAD(err, 2, "\"", call->text[2], "\" is not UID:GID in numbers");
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
		return FAIL(err, errno, "symlink ", path);
	return 0;
}

static size_t encode(const char *kind, const unsigned char *in, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t used = 0;

	if (text_same(kind, "raw"))
		return memcpy(out, in, size), size;
	if (text_same(kind, "hex")) {
		for (size_t i = 0; i < size; i++) {
			out[used++] = digits[in[i] >> 4];
			out[used++] = digits[in[i] & 15];
		}
		return used;
	}
	for (size_t i = 0; i < size; i += 3) {
		unsigned left = size - i < 3 ? (unsigned)(size - i) : 3;
		uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
				(left > 2 ? in[i + 2] : 0);

		for (unsigned k = 0; k < 4; k++)
			out[used++] = k <= left ? letters[bits >> (18 - 6 * k) & 63] : '=';
	}
	return used;
}

static int random_write(const struct call *call, size_t size, unsigned mode, struct fail *err)
{
	unsigned char bytes[1024];
	char text[2 * sizeof(bytes)];
	size_t used;
	int r;

	if (getrandom(bytes, size, 0) != (ssize_t)size)
		return FAIL(err, errno, "random bytes");
	used = encode(call->text[1], bytes, size, text);
	r = place_parents(call->text[0], err);
	if (r == 0)
		r = place_file(call->text[0], text, used, mode, err);
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(text, sizeof(text));
	return r;
}

int do_random(struct init *in, struct call *call, struct fail *err)
{
	const char *kind = call->text[1];
	unsigned mode = 0600;
	uint64_t size = 0;
	int once = 0, r = call_path(call, 0, err);

	if (r < 0)
		return r;
	if (kind && !text_same(kind, "hex") && !text_same(kind, "base64") &&
		!text_same(kind, "raw"))
		return BAD(err, 1, "hex, base64 or raw must stand here");
	if (call->text[2] && (text_number(call->text[2], 1024, &size) < 0 || !size))
		return BAD(err, 2, "number of bytes: 1 to 1024");
	for (unsigned i = 3; i < call->count; i++) {
		const char *text = call->text[i], *value = text_after(text, "mode=");

		if (text_same(text, "unless-exists"))
			once = 1;
		else if (text && !value)
			return BAD(err, i, "unknown option \"", text, "\"");
		else if ((r = call_mode(call, value, i, &mode, err)) < 0)
			return r;
	}
	if (in->mode == MODE_CHECK)
		return 0;
	if (once && access(call->text[0], F_OK) == 0) {
		call->note = "is there";
		return 0;
	}
	return in->mode == MODE_APPLY ? random_write(call, size, mode, err) : 0;
}
