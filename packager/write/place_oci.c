// SPDX-License-Identifier: Apache-2.0
#include "packager/write/place.h"

#include "common/mem.h"
#include "common/scratch.h"
#include "packager/write/part.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)256 << 10)
#define INDEX_MAX ((size_t)4 << 20)
#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define REF_NAME "org.opencontainers.image.ref.name"

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

/* Does the descriptor stand for one of the place's tags? */
static bool is_tagged(const json_t *descriptor, const struct place *place)
{
	const char *name = cln_json_str(json_object_get(descriptor, "annotations"), REF_NAME, NULL);

	for (size_t i = 0; i < place->tag_count; i++)
		if ((!name && !place->tag[i]) ||
			(name && place->tag[i] && !strcmp(name, place->tag[i])))
			return true;
	return false;
}

static json_t *descriptor_new(const struct placement *image, const char *tag)
{
	json_t *json = part_descriptor(image->type, &image->blob[0]), *annotations;

	part_platform(json, image->os, image->architecture, image->variant);
	if (tag) {
		annotations = json_object();
		cln_json_set_str(annotations, REF_NAME, tag);
		json_object_set_new(json, "annotations", annotations);
	}
	return json;
}

char *place_index_new(const json_t *old, const struct place *place, const struct placement *image)
{
	cln_owned(cln_json_drop) json_t *index = json_object();
	json_t *list = json_array();
	const json_t *was = json_object_get(old, "manifests");

	json_object_set_new(index, "schemaVersion", json_integer(2));
	cln_json_set_str(index, "mediaType", PLACE_INDEX_TYPE);
	for (size_t i = 0; i < json_array_size(was); i++)
		if (!is_tagged(json_array_get(was, i), place))
			json_array_append(list, json_array_get(was, i));
	for (size_t i = 0; i < place->tag_count; i++)
		json_array_append_new(list, descriptor_new(image, place->tag[i]));
	json_object_set_new(index, "manifests", list);
	return cln_json_compact_new(index);
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

static char *blob_path_new(const char *dir, const struct place_blob *blob)
{
	return cln_format("%s/blobs/sha256/%s", dir, blob->digest + 7);
}

static bool is_whole(const char *path, const struct place_blob *blob)
{
	struct stat st;

	return !lstat(path, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size == blob->size_bytes;
}

/* A blob under its digest in work; one that is in dir already, whole, stays there. */
static int stage_blob(
	const char *dir, const char *work, const struct place_blob *blob, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *there = blob_path_new(dir, blob);
	cln_owned(cln_drop_mem) char *path = blob_path_new(work, blob);
	cln_owned(cln_out_release) struct cln_out out = CLN_OUT_NONE;

	if (is_whole(there, blob) || is_whole(path, blob) || put_link(blob, path))
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

/* Nothing but what writers stage there? */
static bool is_empty(const char *dir)
{
	struct dirent **names = NULL;
	int count = scandir(dir, &names, NULL, NULL);
	bool empty = count >= 0;

	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name;

		empty = empty && (!strcmp(name, ".") || !strcmp(name, "..") ||
					 !strncmp(name, ".clnimg-", 8));
		free(names[i]);
	}
	free(names);
	return empty;
}

/* The index of a layout that is there, or NULL; the place's tags must go with it. */
static int read_index(const char *dir, const struct place *place, json_t **old, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/index.json", dir);
	const json_t *list;

	if (access(path, F_OK) < 0)
		return is_empty(dir)
			       ? 0
			       : cln_fail(err, EEXIST, "%s: a folder that is no OCI layout", dir);
	if (cln_json_read(path, INDEX_MAX, old, err) < 0)
		return -err->code;
	list = json_object_get(*old, "manifests");
	for (size_t i = 0; i < place->tag_count; i++)
		for (size_t j = 0; !place->tag[i] && j < json_array_size(list); j++)
			if (!is_tagged(json_array_get(list, j), place))
				return cln_fail(err, EEXIST,
					"%s: holds other images: name a tag (oci:%s:TAG)", dir,
					dir);
	return 0;
}

static int stage_index(const char *work, const json_t *old, const struct place *place,
	const struct placement *image, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *index = place_index_new(old, place, image);
	cln_owned(cln_drop_mem) char *index_path = cln_format("%s/index.json", work);
	cln_owned(cln_drop_mem) char *layout_path = cln_format("%s/oci-layout", work);

	if (cln_write_file(layout_path, LAYOUT_TEXT, strlen(LAYOUT_TEXT), 0644, err) < 0)
		return -err->code;
	return cln_write_file(index_path, index, strlen(index), 0644, err);
}

/* In a layout that is there, else beside the new one: the same file system. */
static int stage_open(struct staged *staged, struct cln_err *err)
{
	const char *dir = staged->dir;
	const char *slash = strrchr(dir, '/');
	int folder = slash ? (int)(slash + 1 - dir) : 0;
	struct stat st;
	char *work;

	if (!stat(dir, &st)) {
		work = cln_format("%s/.clnimg-XXXXXX", dir);
	} else {
		cln_owned(cln_drop_mem) char *above = cln_format("%.*s", folder - 1, dir);

		if (folder > 1 && cln_make_dirs(above, err) < 0)
			return -err->code;
		work = cln_format("%.*s.%.200s.XXXXXX", folder, dir, dir + folder);
	}
	if (!cln_scratch_dir(work)) {
		cln_fail(err, errno, "%s: %m", dir);
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
	if ((!stat(dir, &st) && read_index(dir, place, &old, err) < 0) ||
		stage_open(staged, err) < 0 || stage_blobs(dir, staged->work, image, err) < 0)
		return -err->code;
	return stage_index(staged->work, old, place, image, err);
}

static int move(const char *from, const char *to, struct cln_err *err)
{
	return rename(from, to) < 0 ? cln_fail(err, errno, "rename %s to %s: %m", from, to) : 0;
}

static int join_blob(
	const struct staged *staged, const struct place_blob *blob, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *to = blob_path_new(staged->dir, blob);
	cln_owned(cln_drop_mem) char *from = blob_path_new(staged->work, blob);

	return is_whole(to, blob) ? 0 : move(from, to, err);
}

/* Over the staged one, whose bytes have their place on the disk; then renamed. */
static int join_index(const struct staged *staged, const char *text, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *from = cln_format("%s/index.json", staged->work);
	cln_owned(cln_drop_mem) char *to = cln_format("%s/index.json", staged->dir);
	cln_owned(cln_drop_fd) int fd = open(from, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return cln_fail(err, errno, "open %s: %m", from);
	if (cln_write_all(fd, text, strlen(text), err) < 0)
		return cln_within(err, "%s", from);
	if (ftruncate(fd, (off_t)strlen(text)) < 0 || fsync(fd) < 0)
		return cln_fail(err, errno, "%s: %m", from);
	return move(from, to, err);
}

/* Into a layout that is there, alone there while it is locked: blobs first, index.json last. */
static int join(const struct place *place, const struct placement *image,
	const struct staged *staged, struct cln_err *err)
{
	cln_owned(cln_drop_fd) int lock = open(staged->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cln_owned(cln_drop_mem) char *blobs = cln_format("%s/blobs/sha256", staged->dir);
	cln_owned(cln_drop_mem) char *from = cln_format("%s/oci-layout", staged->work);
	cln_owned(cln_drop_mem) char *to = cln_format("%s/oci-layout", staged->dir);
	cln_owned(cln_drop_mem) char *index = NULL;
	cln_owned(cln_json_drop) json_t *old = NULL;

	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return cln_fail(err, errno, "lock %s: %m", staged->dir);
	if (read_index(staged->dir, place, &old, err) < 0 || cln_make_dirs(blobs, err) < 0)
		return -err->code;
	for (size_t i = 0; i < image->blob_count; i++)
		if (join_blob(staged, &image->blob[i], err) < 0)
			return -err->code;
	if (move(from, to, err) < 0)
		return -err->code;
	index = place_index_new(old, place, image);
	return join_index(staged, index, err);
}

/* A new layout appears as a whole; where another writer's has appeared, it joins that. */
static int publish_oci(const struct place *place, const struct placement *image,
	struct staged *staged, struct cln_err *err)
{
	size_t length = strlen(staged->dir);

	if (strncmp(staged->work, staged->dir, length) != 0 || staged->work[length] != '/') {
		if (chmod(staged->work, 0755) < 0)
			return cln_fail(err, errno, "%s: %m", staged->work);
		if (rename(staged->work, staged->dir) == 0) {
			cln_scratch_forget(staged->work);
			free(cln_steal(&staged->work));
			return 0;
		}
		if (errno != EEXIST && errno != ENOTEMPTY)
			return cln_fail(err, errno, "%s: %m", staged->dir);
	}
	return join(place, image, staged, err);
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
	if (r == 0)
		r = publish_oci(&layout, image, staged, err);
	ref_release(&layout.ref);
	return r;
}

int place_publish(const struct place *place, const struct placement *image, struct staged *staged,
	struct cln_err *err)
{
	if (staged->copy.ref)
		return skopeo_push(staged->copy.ref, place->ref.text,
			!strcmp(image->type, PLACE_INDEX_TYPE), err);
	if (staged->work)
		return publish_oci(place, image, staged, err);
	return cln_out_commit(&staged->out, err);
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
