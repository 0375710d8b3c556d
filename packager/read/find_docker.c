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

static const json_t *pick_image(const json_t *list, const char *tag, struct cln_err *err)
{
	size_t count = json_array_size(list);

	if (!json_is_array(list) || !count) {
		cln_fail(err, EINVAL, "manifest.json: holds no image");
		return NULL;
	}
	if (!tag && count > 1) {
		cln_fail(err, EINVAL, "manifest.json: holds %zu images: name the one", count);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		const json_t *image = json_array_get(list, i);
		const json_t *tags = json_object_get(image, "RepoTags");

		if (!tag)
			return image;
		for (size_t t = 0; t < json_array_size(tags); t++) {
			const char *name = json_string_value(json_array_get(tags, t));

			if (name && same_name(name, tag))
				return image;
		}
	}
	cln_fail(err, ENOENT, "manifest.json: holds no image with the name %s", tag);
	return NULL;
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

int find_docker(struct store *store, const struct ref *ref, struct found *out, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *list = NULL;
	char sha256[CLN_SHA256_HEX] = "";
	const json_t *image;
	const char *name;
	uint64_t size = 0;

	out->arena = cln_arena_new();
	if (find_json(store, "manifest.json", &list, &size, sha256, err) < 0)
		return -err->code;
	image = pick_image(list, ref->tag, err);
	if (!image)
		return -err->code;
	name = cln_json_str(image, "Config", NULL);
	if (!name)
		return cln_fail(err, EINVAL, "manifest.json: an image without Config");
	if (find_json(store, name, &out->config, &size, sha256, err) < 0 ||
		name_check(name, sha256, err) < 0)
		return -err->code;
	snprintf(out->config_digest, sizeof(out->config_digest), "sha256:%s", sha256);
	memcpy(out->digest, out->config_digest, sizeof(out->digest));
	return docker_layers(json_object_get(image, "Layers"), store_limits(store), out, err);
}
