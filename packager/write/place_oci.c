// SPDX-License-Identifier: Apache-2.0
#include "packager/write/place.h"

#include "common/mem.h"
#include "packager/model/skopeo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define COPY_BYTES ((size_t)256 << 10)
#define INDEX_MAX ((size_t)4 << 20)
#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define REF_NAME "org.opencontainers.image.ref.name"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"

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
	json_t *json = json_object(), *platform = json_object(), *annotations = json_object();

	cln_json_set_str(json, "mediaType", MANIFEST_TYPE);
	cln_json_set_str(json, "digest", image->manifest.digest);
	json_object_set_new(json, "size", json_integer((json_int_t)image->manifest.size_bytes));
	cln_json_set_str(platform, "architecture", image->architecture);
	cln_json_set_str(platform, "os", image->os);
	if (image->variant && *image->variant)
		cln_json_set_str(platform, "variant", image->variant);
	json_object_set_new(json, "platform", platform);
	if (tag) {
		cln_json_set_str(annotations, REF_NAME, tag);
		json_object_set(json, "annotations", annotations);
	}
	json_decref(annotations);
	return json;
}

char *place_index_new(const json_t *old, const struct place *place, const struct placement *image)
{
	cln_owned(cln_json_drop) json_t *index = json_object();
	json_t *list = json_array();
	const json_t *was = json_object_get(old, "manifests");

	json_object_set_new(index, "schemaVersion", json_integer(2));
	cln_json_set_str(index, "mediaType", "application/vnd.oci.image.index.v1+json");
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

/* A blob under its digest; one that is there already, whole, stays. */
static int put_blob(const char *dir, const struct place_blob *blob, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path =
		cln_format("%s/blobs/sha256/%s", dir, blob->digest + 7);
	cln_owned(cln_out_release) struct cln_out out = CLN_OUT_NONE;
	struct stat st;

	if (!lstat(path, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size == blob->size_bytes)
		return 0;
	if (put_link(blob, path))
		return 0;
	if (cln_out_begin(&out, path, 0644, err) < 0 || place_copy(blob, out.fd, err) < 0)
		return -err->code;
	return cln_out_commit(&out, err);
}

static int put_blobs(const char *dir, const struct placement *image, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *blobs = cln_format("%s/blobs/sha256", dir);

	if (cln_make_dirs(blobs, err) < 0)
		return -err->code;
	for (size_t i = 0; i < image->layer_count; i++)
		if (put_blob(dir, &image->layer[i], err) < 0)
			return -err->code;
	if (put_blob(dir, &image->config, err) < 0)
		return -err->code;
	return put_blob(dir, &image->manifest, err);
}

static int put_index(const char *dir, const json_t *old, const struct place *place,
	const struct placement *image, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *index = place_index_new(old, place, image);
	cln_owned(cln_drop_mem) char *index_path = cln_format("%s/index.json", dir);
	cln_owned(cln_drop_mem) char *layout_path = cln_format("%s/oci-layout", dir);

	if (cln_write_file(layout_path, LAYOUT_TEXT, strlen(LAYOUT_TEXT), 0644, err) < 0)
		return -err->code;
	return cln_write_file(index_path, index, strlen(index), 0644, err);
}

static bool is_empty(const char *dir)
{
	struct dirent **names = NULL;
	int count = scandir(dir, &names, NULL, NULL);

	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return count == 2;
}

/* Into a layout that is there: blobs first, index.json last. */
static int update(const char *dir, const struct place *place, const struct placement *image,
	struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/index.json", dir);
	cln_owned(cln_json_drop) json_t *old = NULL;

	if (access(path, F_OK) < 0 && !is_empty(dir))
		return cln_fail(err, EEXIST, "%s: a folder that is no OCI layout", dir);
	if (!access(path, F_OK) && cln_json_read(path, INDEX_MAX, &old, err) < 0)
		return -err->code;
	for (size_t i = 0; i < place->tag_count; i++) {
		bool other = false;

		for (size_t j = 0; j < json_array_size(json_object_get(old, "manifests")); j++)
			other = other ||
				!is_tagged(json_array_get(json_object_get(old, "manifests"), j),
					place);
		if (!place->tag[i] && other)
			return cln_fail(err, EEXIST,
				"%s: holds other images: name a tag (oci:%s:TAG)", dir, dir);
	}
	if (put_blobs(dir, image, err) < 0)
		return -err->code;
	return put_index(dir, old, place, image, err);
}

/* A new layout appears as a whole. */
static int create(const char *dir, const struct place *place, const struct placement *image,
	struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *work = NULL;
	const char *slash = strrchr(dir, '/');
	int folder = slash ? (int)(slash + 1 - dir) : 0;
	struct cln_err ignored = { 0 };

	if (folder > 1) {
		cln_owned(cln_drop_mem) char *above = cln_format("%.*s", folder - 1, dir);

		if (cln_make_dirs(above, err) < 0)
			return -err->code;
	}
	work = cln_format("%.*s.%s.XXXXXX", folder, dir, dir + folder);
	if (!mkdtemp(work))
		return cln_fail(err, errno, "%s: %m", dir);
	if (put_blobs(work, image, err) < 0 || put_index(work, NULL, place, image, err) < 0)
		goto undo;
	if (chmod(work, 0755) < 0 || rename(work, dir) < 0) {
		cln_fail(err, errno, "%s: %m", dir);
		goto undo;
	}
	return 0;
undo:
	cln_remove_tree(work, &ignored);
	return -err->code;
}

int place_oci(const struct place *place, const struct placement *image, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *dir = cln_strdup(place->ref.path);
	size_t length = strlen(dir);
	struct stat st;

	while (length > 1 && dir[length - 1] == '/')
		dir[--length] = '\0';
	if (!stat(dir, &st))
		return update(dir, place, image, err);
	return create(dir, place, image, err);
}

int place_push(const struct place *place, const struct placement *image, const char *tmp_dir,
	struct cln_err *err)
{
	cln_owned(skopeo_copy_release) struct skopeo_copy copy = SKOPEO_NO_COPY;
	const char *tag = "image";
	struct place layout = { .tag = &tag, .tag_count = 1 };
	int r;

	if (skopeo_place(tmp_dir, &copy, err) < 0 || ref_parse(copy.ref, &layout.ref, err) < 0)
		return -err->code;
	r = place_oci(&layout, image, err);
	ref_release(&layout.ref);
	return r < 0 ? r : skopeo_push(copy.ref, place->ref.text, err);
}
