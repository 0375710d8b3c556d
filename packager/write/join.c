// SPDX-License-Identifier: Apache-2.0
#include "packager/write/join.h"

#include "common/mem.h"
#include "common/scratch.h"
#include "packager/write/index.h"
#include "packager/write/orphans.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static int move(const char *from, const char *to, struct cln_err *err)
{
	return rename(from, to) < 0 ? cln_fail(err, errno, "rename %s to %s: %m", from, to) : 0;
}

static int join_blob(const struct join *join, const char *work, const struct place_blob *blob,
	struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *to = place_blob_path_new(join->dir, blob);
	cln_owned(cln_drop_mem) char *from = place_blob_path_new(work, blob);

	if (place_has_blob(join->dir, blob))
		return 0;
	if (join->lock >= 0 && orphans_note(work, blob, from, err) < 0)
		return -err->code;
	return move(from, to, err);
}

static int join_blobs(
	const struct join *join, const struct join_member *member, struct cln_err *err)
{
	const struct placement *image = member->image;
	const char *work = join->merged ? join->member[0].staged->work : member->staged->work;

	for (size_t i = 0; i < image->extra_count; i++)
		if (join_blob(join, work, &image->extra[i], err) < 0)
			return -err->code;
	for (size_t i = 0; i < image->blob_count; i++)
		if (join_blob(join, work, &image->blob[i], err) < 0)
			return -err->code;
	return 0;
}

/* Over the staged one, whose bytes have their place on the disk. */
static int write_index(const char *path, const json_t *index, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text = cln_json_compact_new(index);
	cln_owned(cln_drop_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return cln_fail(err, errno, "open %s: %m", path);
	if (cln_write_all(fd, text, strlen(text), err) < 0)
		return cln_within(err, "%s", path);
	if (ftruncate(fd, (off_t)strlen(text)) < 0 || fsync(fd) < 0)
		return cln_fail(err, errno, "%s: %m", path);
	return 0;
}

/* The index with all members, staged in the first one's folder. */
static int make_index(struct join *join, const char *path, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *was = NULL, *now = NULL;

	for (size_t i = 0; i < join->count; i++) {
		cln_owned(cln_json_drop) json_t *next = NULL;

		if (i == 0 && join->lock >= 0 &&
			index_read(join->dir, join->member[i].place, &was, err) < 0)
			return -err->code;
		next = index_with(i ? now : was, join->member[i].place, join->member[i].image);
		json_decref(now);
		now = cln_steal(&next);
	}
	index_drop_orphans(now, was, join->dir);
	return write_index(path, now, err);
}

/* Others' places against ours too: two of our images may not share no tag. */
static int check_tags(const struct join *join, struct cln_err *err)
{
	for (size_t i = 0; i < join->count; i++)
		for (size_t k = 0; join->count > 1 && k < join->member[i].place->tag_count; k++)
			if (!join->member[i].place->tag[k])
				return cln_fail(err, EEXIST,
					"%s: holds other images: name a tag (oci:%s:TAG)",
					join->dir, join->dir);
	return 0;
}

/* In a layout that is there, alone there while it is locked. */
static int prepare_there(struct join *join, struct cln_err *err)
{
	const char *work = join->member[0].staged->work;
	cln_owned(cln_drop_mem) char *blobs = cln_format("%s/blobs/sha256", join->dir);
	cln_owned(cln_drop_mem) char *from = cln_format("%s/oci-layout", work);
	cln_owned(cln_drop_mem) char *to = cln_format("%s/oci-layout", join->dir);
	cln_owned(cln_drop_mem) char *index = cln_format("%s/index.json", work);
	cln_owned(cln_json_drop) json_t *ignored = NULL;

	join->lock = open(join->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (join->lock < 0 || flock(join->lock, LOCK_EX) < 0)
		return cln_fail(err, errno, "lock %s: %m", join->dir);
	if (index_read(join->dir, join->member[0].place, &ignored, err) < 0 ||
		cln_make_dirs(blobs, err) < 0)
		return -err->code;
	for (size_t i = 0; i < join->count; i++)
		if (join_blobs(join, &join->member[i], err) < 0)
			return -err->code;
	if (access(to, F_OK) < 0 && move(from, to, err) < 0)
		return -err->code;
	if (make_index(join, index, err) < 0)
		return -err->code;
	join->index = cln_steal(&index);
	return 0;
}

/* Beside: the first member's folder becomes the layout, the others come into it before. */
static int prepare_new(struct join *join, struct cln_err *err)
{
	const char *dir = join->dir, *work = join->member[0].staged->work;
	cln_owned(cln_drop_mem) char *index = cln_format("%s/index.json", work);
	int r = 0;

	join->dir = work;
	for (size_t i = 1; r == 0 && i < join->count; i++)
		r = join_blobs(join, &join->member[i], err);
	if (r == 0)
		r = make_index(join, index, err);
	join->dir = dir;
	join->merged = true;
	if (r == 0 && chmod(work, 0755) < 0)
		r = cln_fail(err, errno, "%s: %m", work);
	return r;
}

static bool is_inside(const struct join *join)
{
	const char *work = join->member[0].staged->work;
	size_t length = strlen(join->dir);

	return !strncmp(work, join->dir, length) && work[length] == '/';
}

int join_prepare(struct join *join, struct cln_err *err)
{
	join->lock = -1;
	if (check_tags(join, err) < 0)
		return -err->code;
	return is_inside(join) ? prepare_there(join, err) : prepare_new(join, err);
}

/* Another writer's layout has appeared where ours should: ours joins it. */
static int commit_there(struct join *join, struct cln_err *err)
{
	if (prepare_there(join, err) < 0)
		return -err->code;
	return join_commit(join, err);
}

int join_commit(struct join *join, struct cln_err *err)
{
	struct staged *staged = join->member[0].staged;

	if (join->index) {
		cln_owned(cln_drop_mem) char *to = cln_format("%s/index.json", join->dir);

		return move(join->index, to, err);
	}
	if (rename(staged->work, join->dir) == 0) {
		cln_scratch_forget(staged->work);
		free(cln_steal(&staged->work));
		return 0;
	}
	if (errno != EEXIST && errno != ENOTEMPTY)
		return cln_fail(err, errno, "%s: %m", join->dir);
	return commit_there(join, err);
}

void join_release(struct join *join)
{
	if (join->lock >= 0)
		close(join->lock);
	free(join->index);
	free(join->member);
	*join = (struct join){ .lock = -1 };
}
