// SPDX-License-Identifier: Apache-2.0
#include "packager/model/reuse_inside.h"

#include "common/file.h"
#include "common/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)256 << 10)

int reuse_new(const char *dir, enum reuse_kind blocks, struct reuse **out, struct cln_err *err)
{
	cln_owned(reuse_drop) struct reuse *reuse = cln_alloc(sizeof(*reuse));

	reuse->blocks = blocks;
	if (blocks != REUSE_PLAIN && spool_new(dir, 0, &reuse->list, err) < 0)
		return -err->code;
	if (blocks != REUSE_PLAIN) {
		reuse->wait = cln_realloc(NULL, PIECES, sizeof(*reuse->wait));
		reuse->scratch = cln_realloc(NULL, REUSE_ROOM, 1);
	}
	*out = cln_steal(&reuse);
	return 0;
}

void reuse_free(struct reuse *reuse)
{
	if (!reuse)
		return;
	for (size_t i = 0; i < reuse->count; i++)
		close(reuse->layer[i].blob.fd);
	free(reuse->layer);
	spool_free(reuse->list);
	free(reuse->wait);
	free(reuse->scratch);
	free(reuse);
}

void reuse_drop(struct reuse **reuse)
{
	reuse_free(*reuse);
}

enum reuse_kind reuse_blocks(const struct reuse *reuse)
{
	return reuse ? reuse->blocks : REUSE_PLAIN;
}

int reuse_begin(
	struct reuse *reuse, const struct reuse_blob *blob, uint64_t base, struct cln_err *err)
{
	struct reuse_layer layer = { .blob = *blob, .base = base };
	struct stat st;

	reuse->open = reuse->count < REUSE_LAYERS;
	reuse->before = (struct mark){ 0 };
	if (!reuse->open)
		return 0;
	if (fstat(blob->fd, &st) < 0)
		return cln_fail(err, errno, "%m");
	layer.file_bytes = (uint64_t)st.st_size;
	layer.changed = st.st_mtim;
	layer.blob.fd = fcntl(blob->fd, F_DUPFD_CLOEXEC, 3);
	if (layer.blob.fd < 0)
		return cln_fail(err, errno, "%m");
	CLN_PUSH(reuse->layer, reuse->count, reuse->room) = layer;
	return 0;
}

int reuse_end(struct reuse *reuse, enum reuse_kind kind, const char *digest, const char *diff_id,
	struct cln_err *err)
{
	struct reuse_layer *layer;

	if (!reuse->open)
		return 0;
	reuse->open = false;
	layer = &reuse->layer[reuse->count - 1];
	layer->kind = kind;
	snprintf(layer->digest, sizeof(layer->digest), "%s", digest);
	snprintf(layer->diff_id, sizeof(layer->diff_id), "%s", diff_id);
	if (stored_check(layer, err) < 0)
		return -err->code;
	return reuse->blocks != REUSE_PLAIN ? pieces_flush(reuse, err) : 0;
}

int stored_check(const struct reuse_layer *layer, struct cln_err *err)
{
	struct stat st;

	if (fstat(layer->blob.fd, &st) < 0)
		return cln_fail(err, errno, "%m");
	if ((uint64_t)st.st_size != layer->file_bytes ||
		st.st_mtim.tv_sec != layer->changed.tv_sec ||
		st.st_mtim.tv_nsec != layer->changed.tv_nsec)
		return cln_fail(err, ESTALE, REUSE_CHANGED);
	return 0;
}

int stored_read(const struct reuse_layer *layer, uint64_t offset, void *data, size_t size,
	struct cln_err *err)
{
	char *next = data;

	if (offset > layer->blob.size_bytes || size > layer->blob.size_bytes - offset)
		return cln_fail(err, EINVAL, "ends early");
	offset += layer->blob.offset;
	while (size) {
		ssize_t got = pread(layer->blob.fd, next, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return cln_fail(err, errno, "read: %m");
		if (!got)
			return cln_fail(err, ESTALE, "ends early");
		next += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return 0;
}

const struct reuse_layer *reuse_layer_of(
	const struct reuse *reuse, enum reuse_kind kind, const char *diff_id)
{
	for (size_t i = 0; i < reuse->count; i++)
		if (reuse->layer[i].kind == kind && !strcmp(reuse->layer[i].diff_id, diff_id))
			return &reuse->layer[i];
	return NULL;
}

static int copy_all(
	const struct reuse_layer *layer, int fd, char hex[CLN_SHA256_HEX], struct cln_err *err)
{
	cln_owned(cln_sha256_drop) struct cln_sha256 *sha = cln_sha256_new();
	cln_owned(cln_drop_mem) char *data = cln_realloc(NULL, COPY_BYTES, 1);

	for (uint64_t at = 0; at < layer->blob.size_bytes;) {
		size_t size = CLN_MIN(COPY_BYTES, layer->blob.size_bytes - at);

		if (stored_read(layer, at, data, size, err) < 0 ||
			cln_write_all(fd, data, size, err) < 0)
			return -err->code;
		cln_sha256_add(sha, data, size);
		at += size;
	}
	cln_sha256_hex(sha, hex);
	return 0;
}

int reuse_copy(const struct reuse_layer *layer, int fd, struct cln_err *err)
{
	char hex[CLN_SHA256_HEX];

	if (copy_all(layer, fd, hex, err) == 0 && strcmp(hex, layer->digest + 7) != 0)
		cln_fail(err, ESTALE, REUSE_CHANGED);
	return err->code ? cln_within(err, "source layer %s", layer->digest) : 0;
}
