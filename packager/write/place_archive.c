// SPDX-License-Identifier: Apache-2.0
#include "packager/write/place.h"

#include "common/mem.h"
#include "packager/write/index.h"
#include "packager/write/tarout.h"

#include <stdio.h>
#include <string.h>

#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"

static int member(int fd, const char *name, const struct place_blob *blob, struct cln_err *err)
{
	static const char zero[512];
	char header[512];

	tarout_member(header, name, blob->size_bytes);
	if (cln_write_all(fd, header, sizeof(header), err) < 0 || place_copy(blob, fd, err) < 0)
		return -err->code;
	return cln_write_all(fd, zero, tarout_padding(blob->size_bytes), err);
}

static int text_member(int fd, const char *name, const char *text, struct cln_err *err)
{
	struct place_blob blob = { .fd = -1, .data = text, .size_bytes = strlen(text) };

	return member(fd, name, &blob, err);
}

static int blob_member(int fd, const struct place_blob *blob, struct cln_err *err)
{
	char name[100];

	snprintf(name, sizeof(name), "blobs/sha256/%s", blob->digest + 7);
	return member(fd, name, blob, err);
}

static int archive_end(struct cln_out *out, struct cln_err *err)
{
	static const char end[1024];

	if (cln_write_all(out->fd, end, sizeof(end), err) < 0)
		return -err->code;
	return cln_out_settle(out, err);
}

static bool seen_before(const struct place_blob *blob, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (!strcmp(blob[j].digest, blob[i].digest))
			return true;
	return false;
}

int place_oci_archive_stage(const struct place *place, const struct placement *image,
	struct staged *staged, struct cln_err *err)
{
	struct cln_out *out = &staged->out;
	cln_owned(cln_json_drop) json_t *json = index_with(NULL, place, image);
	cln_owned(cln_drop_mem) char *index = cln_json_compact_new(json);

	if (cln_out_begin(out, place->ref.path, 0644, err) < 0 ||
		text_member(out->fd, "oci-layout", LAYOUT_TEXT, err) < 0 ||
		text_member(out->fd, "index.json", index, err) < 0)
		return -err->code;
	for (size_t i = 0; i < image->blob_count; i++)
		if (!seen_before(image->blob, i) && blob_member(out->fd, &image->blob[i], err) < 0)
			return -err->code;
	return archive_end(out, err);
}

/* docker save's manifest.json; names with a tag, as docker writes them. */
static char *docker_manifest_new(const struct place *place, const struct placement *image)
{
	cln_owned(cln_json_drop) json_t *list = json_array();
	json_t *json = json_object(), *tags = json_array(), *layers = json_array();
	char name[100];

	snprintf(name, sizeof(name), "%s.json", image->config->digest + 7);
	cln_json_set_str(json, "Config", name);
	for (size_t i = 0; i < place->tag_count; i++)
		if (place->tag[i]) {
			bool tagged = strchr(place->tag[i], ':') != NULL;
			char *text = cln_format("%s%s", place->tag[i], tagged ? "" : ":latest");

			json_array_append_new(tags, cln_json_text(text));
			free(text);
		}
	json_object_set_new(json, "RepoTags", tags);
	for (size_t i = 0; i < image->layer_count; i++) {
		snprintf(name, sizeof(name), "%s.tar", image->plain[i].digest + 7);
		json_array_append_new(layers, json_string(name));
	}
	json_object_set_new(json, "Layers", layers);
	json_array_append_new(list, json);
	return cln_json_compact_new(list);
}

int place_docker_archive_stage(const struct place *place, const struct placement *image,
	struct staged *staged, struct cln_err *err)
{
	struct cln_out *out = &staged->out;
	cln_owned(cln_drop_mem) char *manifest = docker_manifest_new(place, image);
	char name[100];

	snprintf(name, sizeof(name), "%s.json", image->config->digest + 7);
	if (cln_out_begin(out, place->ref.path, 0644, err) < 0 ||
		member(out->fd, name, image->config, err) < 0)
		return -err->code;
	for (size_t i = 0; i < image->layer_count; i++) {
		snprintf(name, sizeof(name), "%s.tar", image->plain[i].digest + 7);
		if (!seen_before(image->plain, i) &&
			member(out->fd, name, &image->plain[i], err) < 0)
			return -err->code;
	}
	if (text_member(out->fd, "manifest.json", manifest, err) < 0)
		return -err->code;
	return archive_end(out, err);
}
