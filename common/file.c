// SPDX-License-Identifier: Apache-2.0
#include "common/file.h"

#include "common/mem.h"
#include "common/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define TMP_SUFFIX ".clnimg.tmp"

/* Beside path; what a killed program left there of the same is removed. */
static char *out_tmp_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	int length = slash ? (int)(slash + 1 - path) : 0;
	cln_owned(cln_drop_mem) char *folder =
		length ? cln_format("%.*s", CLN_MAX(length - 1, 1), path) : cln_strdup(".");
	/* a name may have 255 bytes, the one beside it too */
	cln_owned(cln_drop_mem) char *prefix = cln_format(".%.200s.", path + length);

	cln_scratch_sweep(folder, prefix, TMP_SUFFIX);
	return cln_format("%.*s%sXXXXXX" TMP_SUFFIX, length, path, prefix);
}

/* A device or a pipe is written in place: renaming would replace it. */
static int out_begin_special(struct cln_out *out, const char *path, struct cln_err *err)
{
	out->fd = open(path, O_WRONLY | O_CLOEXEC);
	if (out->fd < 0)
		return cln_fail(err, errno, "write %s: %m", path);
	out->path = cln_strdup(path);
	return 0;
}

int cln_out_begin(struct cln_out *out, const char *path, mode_t mode, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *tmp = NULL, *real = NULL;
	struct stat st;
	int fd;

	*out = (struct cln_out)CLN_OUT_NONE;
	if (!strcmp(path, "-")) {
		out->fd = STDOUT_FILENO;
		return 0;
	}
	if (!stat(path, &st)) {
		if (S_ISDIR(st.st_mode))
			return cln_fail(err, EISDIR, "write %s: %m", path);
		if (!S_ISREG(st.st_mode))
			return out_begin_special(out, path, err);
		real = realpath(path, NULL); /* a symlink stays one */
	}
	path = real ? real : path;
	tmp = out_tmp_name(path);
	fd = cln_scratch_file(tmp, (int)strlen(TMP_SUFFIX));
	if (fd < 0)
		return cln_fail(err, errno, "write %s: %m", path);
	if (fchmod(fd, mode) < 0) {
		cln_fail(err, errno, "write %s: %m", path);
		cln_scratch_remove(tmp);
		close(fd);
		return -err->code;
	}
	out->fd = fd;
	out->path = cln_strdup(path);
	out->tmp = cln_steal(&tmp);
	return 0;
}

int cln_out_settle(struct cln_out *out, struct cln_err *err)
{
	if (out->tmp && fsync(out->fd) < 0)
		return cln_fail(err, errno, "write %s: %m", out->path);
	return 0;
}

int cln_out_commit(struct cln_out *out, struct cln_err *err)
{
	const char *path = out->path ? out->path : "standard output";
	int r = 0;

	if (!out->path) { /* standard output may be a pipe: nothing to sync */
		out->fd = -1;
		return 0;
	}
	if (out->tmp && fsync(out->fd) < 0)
		r = cln_fail(err, errno, "write %s: %m", path);
	if (close(cln_steal_fd(&out->fd)) < 0 && !r)
		r = cln_fail(err, errno, "write %s: %m", path);
	if (!r && out->tmp && rename(out->tmp, out->path) < 0)
		r = cln_fail(err, errno, "rename %s to %s: %m", out->tmp, out->path);
	if (!r && out->tmp) {
		cln_scratch_forget(out->tmp);
		free(cln_steal(&out->tmp));
	}
	cln_out_release(out);
	return r;
}

void cln_out_release(struct cln_out *out)
{
	if (out->path && out->fd >= 0)
		close(out->fd);
	if (out->tmp)
		cln_scratch_remove(out->tmp);
	free(out->tmp);
	free(out->path);
	*out = (struct cln_out)CLN_OUT_NONE;
}

int cln_write_all(int fd, const void *data, size_t size, struct cln_err *err)
{
	const char *next = data;

	while (size) {
		ssize_t wrote = write(fd, next, CLN_MIN(size, CLN_WRITE_BYTES));

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return cln_fail(err, errno, "write: %m");
		next += wrote;
		size -= (size_t)wrote;
	}
	return 0;
}

int cln_write_file(
	const char *path, const void *data, size_t size, mode_t mode, struct cln_err *err)
{
	cln_owned(cln_out_release) struct cln_out out = CLN_OUT_NONE;

	if (cln_out_begin(&out, path, mode, err) < 0)
		return -err->code;
	if (cln_write_all(out.fd, data, size, err) < 0)
		return cln_within(err, "%s", path);
	return cln_out_commit(&out, err);
}

int cln_read_fd(int fd, size_t ceiling, char **data, size_t *size, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	size_t used = 0, room = 0;

	for (;;) {
		ssize_t got;

		if (room - used < 2) {
			room = room ? room * 2 : 16384;
			text = cln_realloc(text, room, 1);
		}
		got = read(fd, text + used, room - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return cln_fail(err, errno, "read: %m");
		if (!got)
			break;
		used += (size_t)got;
		if (used > ceiling)
			return cln_fail(err, EFBIG, "larger than the limit of %zu bytes", ceiling);
	}
	text[used] = '\0';
	*size = used;
	*data = cln_steal(&text);
	return 0;
}

int cln_read_file(const char *path, size_t ceiling, char **data, size_t *size, struct cln_err *err)
{
	cln_owned(cln_drop_fd) int fd = -1;

	if (!strcmp(path, "-"))
		return cln_read_fd(STDIN_FILENO, ceiling, data, size, err) < 0
			       ? cln_within(err, "standard input")
			       : 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cln_fail(err, errno, "open %s: %m", path);
	if (cln_read_fd(fd, ceiling, data, size, err) < 0)
		return cln_within(err, "%s", path);
	return 0;
}

int cln_make_dirs(const char *path, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *part = cln_strdup(path);
	struct stat st;

	for (char *slash = part + 1; *part; slash++) {
		slash += strcspn(slash, "/");
		bool last = !*slash;

		*slash = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return cln_fail(err, errno, "make folder %s: %m", part);
		if (last)
			break;
		*slash = '/';
	}
	if (stat(path, &st) < 0)
		return cln_fail(err, errno, "make folder %s: %m", path);
	if (!S_ISDIR(st.st_mode))
		return cln_fail(err, ENOTDIR, "make folder %s: %m", path);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

int cln_remove_tree(const char *path, struct cln_err *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : cln_fail(err, errno, "remove %s: %m", path);
	if (nftw(path, remove_one, 64, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
		return cln_fail(err, errno, "remove %s: %m", path);
	return 0;
}
