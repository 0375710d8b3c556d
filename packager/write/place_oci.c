// SPDX-License-Identifier: Apache-2.0
#include "packager/write/place.h"

#include "common/mem.h"
#include "common/scratch.h"
#include "packager/write/index.h"
#include "packager/write/join.h"
#include "packager/write/orphans.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define COPY_BYTES ((size_t)256 << 10)
#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"

int place_copy(const struct place_blob *blob, int fd, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *data = NULL;

	if (blob->fd < 0)
		return cln_write_all(fd, blob->data, blob->size_bytes, err);
	data = cln_realloc(NULL, COPY_BYTES, 1);
	for (uint64_t at = 0; at < blob->size_bytes;) {
		ssize_t got = pread(
			blob->fd, data, CLN_MIN(COPY_BYTES, blob->size_bytes - at), (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return cln_fail(err, got ? errno : EIO, "temporary file: %m");
		if (cln_write_all(fd, data, (size_t)got, err) < 0)
			return -err->code;
		at += (uint64_t)got;
	}
	return 0;
}

/*
 * A temporary file without a name, on the same file system, gets its name instead of
 * being copied; it has none where st_nlink is 0. False: copy it.
 */
static bool put_link(const struct place_blob *blob, const char *path)
{
	char self[64];
	struct stat st;

	if (blob->fd < 0 || fstat(blob->fd, &st) < 0 || st.st_nlink)
		return false;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", blob->fd);
	return !fchmod(blob->fd, 0644) && !fsync(blob->fd) &&
	       !linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

char *place_blob_path_new(const char *dir, const struct place_blob *blob)
{
	return cln_format("%s/blobs/sha256/%s", dir, blob->digest + 7);
}

static bool is_whole(const char *path, const struct place_blob *blob)
{
	struct stat st;

	return !lstat(path, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size == blob->size_bytes;
}

bool place_has_blob(const char *dir, const struct place_blob *blob)
{
	cln_owned(cln_drop_mem) char *path = place_blob_path_new(dir, blob);

	return is_whole(path, blob);
}

/* A blob under its digest in work; one that is in dir already, whole, stays there. */
static int stage_blob(
	const char *dir, const char *work, const struct place_blob *blob, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = place_blob_path_new(work, blob);
	cln_owned(cln_out_release) struct cln_out out = CLN_OUT_NONE;

	if (place_has_blob(dir, blob) || is_whole(path, blob) || put_link(blob, path))
		return 0;
	if (cln_out_begin(&out, path, 0644, err) < 0 || place_copy(blob, out.fd, err) < 0)
		return -err->code;
	return cln_out_commit(&out, err);
}

static int stage_blobs(
	const char *dir, const char *work, const struct placement *image, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *blobs = cln_format("%s/blobs/sha256", work);

	if (cln_make_dirs(blobs, err) < 0)
		return -err->code;
	for (size_t i = 0; i < image->blob_count; i++)
		if (stage_blob(dir, work, &image->blob[i], err) < 0)
			return -err->code;
	return 0;
}

/* So that its bytes have their place on the disk; what it says is settled when it is published. */
static int stage_index(const char *work, const json_t *old, const struct place *place,
	const struct placement *image, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *json = index_with(old, place, image);
	cln_owned(cln_drop_mem) char *index = cln_json_compact_new(json);
	cln_owned(cln_drop_mem) char *index_path = cln_format("%s/index.json", work);
	cln_owned(cln_drop_mem) char *layout_path = cln_format("%s/oci-layout", work);

	if (cln_write_file(layout_path, LAYOUT_TEXT, strlen(LAYOUT_TEXT), 0644, err) < 0)
		return -err->code;
	return cln_write_file(index_path, index, strlen(index), 0644, err);
}

/* In a layout that is there, else beside the new one: the same file system. */
static int stage_open(struct staged *staged, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *folder = NULL;
	const char *slash = strrchr(staged->dir, '/');
	struct stat st;
	char *work;

	if (!stat(staged->dir, &st))
		folder = cln_strdup(staged->dir);
	else if (slash)
		folder = cln_format("%.*s", (int)CLN_MAX(slash - staged->dir, 1), staged->dir);
	if (folder && cln_make_dirs(folder, err) < 0)
		return -err->code;
	if (orphans_collect(folder ? folder : "."))
		cln_scratch_sweep(folder ? folder : ".", STAGE_PREFIX, "");
	work = cln_format("%s%s" STAGE_PREFIX "XXXXXX", folder ? folder : "", folder ? "/" : "");
	if (!cln_scratch_dir(work)) {
		cln_fail(err, errno, "%s: %m", staged->dir);
		free(work);
		return -err->code;
	}
	staged->work = work;
	return 0;
}

int place_oci_stage(const struct place *place, const struct placement *image, struct staged *staged,
	struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *old = NULL;
	char *dir = cln_strdup(place->ref.path);
	size_t length = strlen(dir);
	struct stat st;

	while (length > 1 && dir[length - 1] == '/')
		dir[--length] = '\0';
	staged->dir = dir;
	if ((!stat(dir, &st) && index_read(dir, place, &old, err) < 0) ||
		stage_open(staged, err) < 0 || stage_blobs(dir, staged->work, image, err) < 0)
		return -err->code;
	return stage_index(staged->work, old, place, image, err);
}

int place_push_stage(const struct placement *image, const char *tmp_dir, struct staged *staged,
	struct cln_err *err)
{
	const char *tag = "image";
	struct place layout = { .tag = &tag, .tag_count = 1 };
	int r;

	if (skopeo_place(tmp_dir, &staged->copy, err) < 0 ||
		ref_parse(staged->copy.ref, &layout.ref, err) < 0)
		return -err->code;
	r = place_oci_stage(&layout, image, staged, err);
	if (r == 0) {
		struct join join = { .dir = staged->dir, .lock = -1 };

		CLN_PUSH(join.member, join.count, join.room) =
			(struct join_member){ &layout, image, staged };
		r = join_prepare(&join, err) < 0 || join_commit(&join, err) < 0 ? -err->code : 0;
		join_release(&join);
	}
	ref_release(&layout.ref);
	return r;
}

int place_attach(const struct placement *image, struct staged *staged, struct cln_err *err)
{
	for (size_t i = 0; i < image->extra_count; i++)
		if (stage_blob(staged->dir, staged->work, &image->extra[i], err) < 0)
			return -err->code;
	return 0;
}

void staged_release(struct staged *staged)
{
	if (staged->work)
		cln_scratch_remove(staged->work);
	free(staged->work);
	free(staged->dir);
	cln_out_release(&staged->out);
	skopeo_copy_release(&staged->copy);
	*staged = (struct staged)STAGED_NONE;
}
