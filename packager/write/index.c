// SPDX-License-Identifier: Apache-2.0
#include "packager/write/index.h"

#include "common/mem.h"
#include "packager/write/part.h"
#include "packager/write/referrer.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define INDEX_MAX ((size_t)4 << 20)
#define REF_NAME "org.opencontainers.image.ref.name"

static const char *name_of(const json_t *descriptor)
{
	return cln_json_str(json_object_get(descriptor, "annotations"), REF_NAME, NULL);
}

/* Does the descriptor stand for one of the place's tags? A referrer stands for none. */
static bool is_tagged(const json_t *descriptor, const struct place *place)
{
	const char *name = name_of(descriptor);

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

static bool names(const json_t *list, const char *digest)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry)
		if (!strcmp(cln_json_str(entry, "digest", ""), digest))
			return true;
	return false;
}

json_t *index_with(const json_t *old, const struct place *place, const struct placement *image)
{
	json_t *index = json_object(), *list = json_array();
	const json_t *was = json_object_get(old, "manifests");
	const json_t *entry;
	size_t i;

	json_object_set_new(index, "schemaVersion", json_integer(2));
	cln_json_set_str(index, "mediaType", PLACE_INDEX_TYPE);
	json_array_foreach (was, i, entry)
		if (!is_tagged(entry, place) &&
			!names(image->referrers, cln_json_str(entry, "digest", "")))
			json_array_append(list, (json_t *)entry);
	for (i = 0; i < place->tag_count; i++)
		json_array_append_new(list, descriptor_new(image, place->tag[i]));
	json_array_foreach (image->referrers, i, entry)
		json_array_append(list, (json_t *)entry);
	json_object_set_new(index, "manifests", list);
	return index;
}

static bool is_digest(const char *text)
{
	return strlen(text) == 71 && !strncmp(text, "sha256:", 7) &&
	       strspn(text + 7, "0123456789abcdef") == 64;
}

/* The digest that the entry's manifest names as its subject; *manifest keeps the text. */
static const char *subject_of(const json_t *entry, const char *dir, json_t **manifest)
{
	const char *digest = cln_json_str(entry, "digest", "");
	cln_owned(cln_drop_mem) char *path = NULL;
	struct cln_err ignored = { 0 };

	if (name_of(entry) || !is_digest(digest))
		return NULL;
	path = cln_format("%s/blobs/sha256/%s", dir, digest + 7);
	if (cln_json_read(path, INDEX_MAX, manifest, &ignored) < 0)
		return NULL;
	return cln_json_str(json_object_get(*manifest, "subject"), "digest", NULL);
}

/* The same in what the list names: an image for several platforms is an index itself. */
static bool names_below(const json_t *list, const char *digest, const char *dir)
{
	const json_t *entry;
	size_t i;

	if (names(list, digest))
		return true;
	json_array_foreach (list, i, entry) {
		const char *name = cln_json_str(entry, "digest", "");
		cln_owned(cln_json_drop) json_t *index = NULL;
		cln_owned(cln_drop_mem) char *path = NULL;
		struct cln_err ignored = { 0 };

		if (strcmp(cln_json_str(entry, "mediaType", ""), PLACE_INDEX_TYPE) != 0 ||
			!is_digest(name))
			continue;
		path = cln_format("%s/blobs/sha256/%s", dir, name + 7);
		if (cln_json_read(path, INDEX_MAX, &index, &ignored) == 0 &&
			names(json_object_get(index, "manifests"), digest))
			return true;
	}
	return false;
}

static bool is_orphan(const json_t *list, const json_t *was, const json_t *entry, const char *dir)
{
	cln_owned(cln_json_drop) json_t *manifest = NULL;
	const char *subject = subject_of(entry, dir, &manifest);

	return subject && !names_below(list, subject, dir) &&
	       (names_below(was, subject, dir) ||
		       referrer_is_ours(cln_json_str(entry, "artifactType", "")));
}

void index_drop_orphans(json_t *index, const json_t *was, const char *dir)
{
	const json_t *list = json_object_get(index, "manifests");
	json_t *left = json_array();
	const json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry)
		if (!is_orphan(list, json_object_get(was, "manifests"), entry, dir))
			json_array_append(left, (json_t *)entry);
	json_object_set_new(index, "manifests", left);
}

/* Nothing but what writers stage there? */
static bool is_empty(const char *dir)
{
	struct dirent **found = NULL;
	int count = scandir(dir, &found, NULL, NULL);
	bool empty = count >= 0;

	for (int i = 0; i < count; i++) {
		const char *name = found[i]->d_name;

		empty = empty && (!strcmp(name, ".") || !strcmp(name, "..") ||
					 !strncmp(name, STAGE_PREFIX, strlen(STAGE_PREFIX)));
		free(found[i]);
	}
	free(found);
	return empty;
}

int index_read(const char *dir, const struct place *place, json_t **out, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/index.json", dir);
	cln_owned(cln_json_drop) json_t *old = NULL;
	const json_t *list;

	if (access(path, F_OK) < 0)
		return is_empty(dir)
			       ? 0
			       : cln_fail(err, EEXIST, "%s: a folder that is no OCI layout", dir);
	if (cln_json_read(path, INDEX_MAX, &old, err) < 0)
		return -err->code;
	list = json_object_get(old, "manifests");
	for (size_t i = 0; i < place->tag_count; i++)
		for (size_t j = 0; !place->tag[i] && j < json_array_size(list); j++)
			if (!is_tagged(json_array_get(list, j), place))
				return cln_fail(err, EEXIST,
					"%s: holds other images: name a tag (oci:%s:TAG)", dir,
					dir);
	*out = cln_steal(&old);
	return 0;
}
