// SPDX-License-Identifier: Apache-2.0
/* docker save's manifest.json: [{"Config": NAME, "RepoTags": [...], "Layers": [NAME, ...]}] */
#include "packager/read/find.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* "app" and "app:latest" mean one name; docker writes "docker.io/library/" or leaves it out. */
static bool same_name(const char *a, const char *b)
{
	static const char *const prefix[] = { "docker.io/", "library/", "localhost/" };
	const char *text[2] = { a, b };
	size_t length[2];

	for (int i = 0; i < 2; i++) {
		for (size_t j = 0; j < CLN_COUNT(prefix); j++)
			if (!strncmp(text[i], prefix[j], strlen(prefix[j])))
				text[i] += strlen(prefix[j]);
		length[i] = strlen(text[i]);
		if (length[i] > 7 && !strcmp(text[i] + length[i] - 7, ":latest"))
			length[i] -= 7;
	}
	return length[0] == length[1] && !memcmp(text[0], text[1], length[0]);
}

/* Without a tag every image is meant. */
static bool is_named(const json_t *image, const char *tag)
{
	const json_t *tags = json_object_get(image, "RepoTags");

	for (size_t t = 0; tag && t < json_array_size(tags); t++) {
		const char *name = json_string_value(json_array_get(tags, t));

		if (name && same_name(name, tag))
			return true;
	}
	return !tag;
}

/* A configuration's file name is its digest: older "HEX.json", newer "blobs/sha256/HEX". */
static int name_check(const char *name, const char *sha256, struct cln_err *err)
{
	const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;

	if (strspn(base, "0123456789abcdef") == 64 && strncmp(base, sha256, 64) != 0)
		return cln_fail(
			err, EBADMSG, "%s: its bytes have the digest sha256:%s", name, sha256);
	return 0;
}

static int list_read(struct store *store, json_t **out, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *list = NULL;
	char sha256[CLN_SHA256_HEX];
	uint64_t size = 0;

	if (find_json(store, "manifest.json", &list, &size, sha256, err) < 0)
		return -err->code;
	if (!json_array_size(list))
		return cln_fail(err, EINVAL, "manifest.json: holds no image");
	*out = cln_steal(&list);
	return 0;
}

static int config_read(struct store *store, const json_t *image, json_t **out,
	char sha256[CLN_SHA256_HEX], struct cln_err *err)
{
	const char *name = cln_json_str(image, "Config", NULL);
	cln_owned(cln_json_drop) json_t *config = NULL;
	uint64_t size = 0;

	if (!name)
		return cln_fail(err, EINVAL, "manifest.json: an image without Config");
	if (find_json(store, name, &config, &size, sha256, err) < 0 ||
		name_check(name, sha256, err) < 0)
		return -err->code;
	*out = cln_steal(&config);
	return 0;
}

/* 1: it is for the platform, or does not say. */
static int image_fits(struct store *store, const json_t *image, const struct platform *platform,
	struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *config = NULL;
	char sha256[CLN_SHA256_HEX];

	if (config_read(store, image, &config, sha256, err) < 0)
		return -err->code;
	return platform_fits(platform, cln_json_str(config, "os", NULL),
		cln_json_str(config, "architecture", NULL), cln_json_str(config, "variant", NULL));
}

/* The image of that name; of several, one a platform, the first that fits, else the first. */
static int pick_image(struct store *store, const json_t *list, const char *tag,
	const struct platform *platform, const json_t **out, struct cln_err *err)
{
	size_t count = json_array_size(list), named = 0;

	if (!tag && count > 1)
		return cln_fail(
			err, EINVAL, "manifest.json: holds %zu images: name the one", count);
	for (size_t i = count; i-- > 0;)
		if (is_named(json_array_get(list, i), tag)) {
			*out = json_array_get(list, i);
			named++;
		}
	if (!named)
		return cln_fail(err, ENOENT, "manifest.json: holds no image with the name %s", tag);
	for (size_t i = 0; named > 1 && i < count; i++) {
		const json_t *image = json_array_get(list, i);
		int r = is_named(image, tag) ? image_fits(store, image, platform, err) : 0;

		if (r < 0)
			return r;
		if (!r)
			continue;
		*out = image;
		break;
	}
	return 0;
}

static int docker_layers(
	const json_t *layers, const struct limits *limits, struct found *found, struct cln_err *err)
{
	if (oci_layers_check(layers, limits, err) < 0)
		return cln_within(err, "manifest.json");
	found->layer_count = (uint32_t)json_array_size(layers);
	found->layer = cln_arena_alloc(found->arena, found->layer_count * sizeof(char *));
	found->layer_digest = cln_arena_alloc(found->arena, found->layer_count * sizeof(char *));
	found->layer_bytes = cln_arena_alloc(found->arena, found->layer_count * sizeof(uint64_t));
	for (uint32_t i = 0; i < found->layer_count; i++) {
		const char *name = json_string_value(json_array_get(layers, i));

		if (!name)
			return cln_fail(err, EINVAL, "manifest.json: a layer without a name");
		found->layer[i] = cln_arena_strdup(found->arena, name);
	}
	return 0;
}

int find_docker(struct store *store, const struct ref *ref, const struct platform *platform,
	struct found *out, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *list = NULL;
	char sha256[CLN_SHA256_HEX] = "";
	const json_t *image = NULL;

	out->arena = cln_arena_new();
	if (list_read(store, &list, err) < 0 ||
		pick_image(store, list, ref->tag, platform, &image, err) < 0 ||
		config_read(store, image, &out->config, sha256, err) < 0)
		return -err->code;
	snprintf(out->config_digest, sizeof(out->config_digest), "sha256:%s", sha256);
	memcpy(out->digest, out->config_digest, sizeof(out->digest));
	return docker_layers(json_object_get(image, "Layers"), store_limits(store), out, err);
}

/* Of the entries of index.json those that docker calls by the name. */
static json_t *index_named_new(const json_t *index, const char *tag)
{
	json_t *named = json_object(), *list = json_array();
	const json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(index, "manifests"), i, entry) {
		const char *name = cln_json_str(
			json_object_get(entry, "annotations"), "io.containerd.image.name", NULL);

		if (!tag || (name && same_name(name, tag)))
			json_array_append(list, (json_t *)entry);
	}
	json_object_set_new(named, "manifests", list);
	return named;
}

int find_docker_platforms(
	struct store *store, const struct ref *ref, struct platforms *out, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *list = NULL, *index = NULL, *named = NULL;
	struct cln_err ignored = { 0 };
	char sha256[CLN_SHA256_HEX];
	uint64_t size = 0;

	if (list_read(store, &list, err) < 0)
		return -err->code;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *image = json_array_get(list, i);
		cln_owned(cln_json_drop) json_t *config = NULL;

		if (!is_named(image, ref->tag))
			continue;
		if (config_read(store, image, &config, sha256, err) < 0)
			return -err->code;
		platforms_note(out, cln_json_str(config, "os", NULL),
			cln_json_str(config, "architecture", NULL),
			cln_json_str(config, "variant", NULL));
	}
	/* docker since 25 saves an OCI layout with it, which may hold more; we read none of it */
	if (find_json(store, "index.json", &index, &size, sha256, &ignored) == 0) {
		named = index_named_new(index, ref->tag);
		find_platforms_in(store, named, out, &ignored);
	}
	return 0;
}
