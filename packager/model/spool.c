// SPDX-License-Identifier: Apache-2.0
#include "packager/model/spool.h"

#include "common/file.h"
#include "common/mem.h"
#include "packager/model/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int spool_open(const char *dir, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *name = NULL;
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	name = cln_format(
		"%s/.clnimg-spool.XXXXXX", dir); /* no O_TMPFILE there: NFS, old overlay */
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return cln_fail(err, errno, "temporary file in %s: %m", dir);
	unlink(name);
	return fd;
}

int spool_new(const char *dir, uint64_t ceiling_bytes, struct spool **out, struct cln_err *err)
{
	struct spool *spool;
	int fd;

	if (!dir)
		dir = getenv("TMPDIR");
	if (!dir || !*dir)
		dir = "/var/tmp";
	fd = spool_open(dir, err);
	if (fd < 0)
		return fd;
	spool = cln_alloc(sizeof(*spool));
	spool->fd = fd;
	spool->ceiling_bytes = ceiling_bytes ? ceiling_bytes : SPOOL_NO_CEILING;
	*out = spool;
	return 0;
}

void spool_free(struct spool *spool)
{
	if (!spool)
		return;
	close(spool->fd);
	free(spool);
}

static int spool_grow(struct spool *spool, uint64_t size, struct cln_err *err)
{
	if (size > spool->ceiling_bytes || spool->size_bytes > spool->ceiling_bytes - size)
		return limit_over(LIMIT_BYTES, spool->ceiling_bytes, err);
	return 0;
}

int spool_write(
	struct spool *spool, uint64_t offset, const void *data, size_t size, struct cln_err *err)
{
	const char *next = data;

	while (size) {
		size_t part = CLN_MIN(size, CLN_WRITE_BYTES);
		ssize_t wrote = pwrite(spool->fd, next, part, (off_t)offset);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return cln_fail(err, errno, "temporary file: %m");
		next += wrote;
		offset += (uint64_t)wrote;
		size -= (size_t)wrote;
	}
	return 0;
}

int spool_append(
	struct spool *spool, const void *data, size_t size, uint64_t *offset, struct cln_err *err)
{
	if (spool_grow(spool, size, err) < 0 ||
		spool_write(spool, spool->size_bytes, data, size, err) < 0)
		return -err->code;
	if (offset)
		*offset = spool->size_bytes;
	spool->size_bytes += size;
	return 0;
}

int spool_reserve(struct spool *spool, uint64_t size, uint64_t *offset, struct cln_err *err)
{
	if (spool_grow(spool, size, err) < 0)
		return -err->code;
	if (ftruncate(spool->fd, (off_t)(spool->size_bytes + size)) < 0)
		return cln_fail(err, errno, "temporary file: %m");
	*offset = spool->size_bytes;
	spool->size_bytes += size;
	return 0;
}

int spool_read(
	const struct spool *spool, uint64_t offset, void *data, size_t size, struct cln_err *err)
{
	char *next = data;

	while (size) {
		ssize_t got = pread(spool->fd, next, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return cln_fail(err, errno, "temporary file: %m");
		if (!got)
			return cln_fail(err, EIO, "temporary file: ends early");
		next += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return 0;
}
