// SPDX-License-Identifier: Apache-2.0
#include "packager/read/find.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void found_release(struct found *found)
{
	json_decref(found->config);
	json_decref(found->manifest);
	cln_arena_free(found->arena);
	*found = (struct found){ 0 };
}

static void digest_path(const char *digest, char out[96])
{
	snprintf(out, 96, "blobs/sha256/%s", digest + 7);
}

int find_json(struct store *store, const char *name, json_t **out, uint64_t *size,
	char sha256[CLN_SHA256_HEX], struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	cln_owned(blob_close) struct blob blob = { .fd = -1 };
	const struct limits *limits = store_limits(store);
	uint64_t most = limit_of(limits, LIMIT_JSON_BYTES);

	if (store_file(store, name, &blob, err) < 0)
		return -err->code;
	*size = blob.size_bytes;
	if (blob.size_bytes > most)
		return limit_over(LIMIT_JSON_BYTES, most, err) < 0 ? cln_within(err, "%s", name)
								   : 0;
	if (blob_read_all(&blob, most, &text, err) < 0)
		return cln_within(err, "%s", name);
	cln_sha256_of(text, blob.size_bytes, sha256);
	if (oci_parse(text, blob.size_bytes, limits, out, err) < 0)
		return cln_within(err, "%s", name);
	return 0;
}

/* The document that a descriptor names, its size and digest verified. */
static int described(
	struct store *store, const struct oci_descriptor *is, json_t **out, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *json = NULL;
	char path[96], sha256[CLN_SHA256_HEX] = "";
	uint64_t size = 0;

	digest_path(is->digest, path);
	if (find_json(store, path, &json, &size, sha256, err) < 0)
		return -err->code;
	if (size != is->size_bytes)
		return cln_fail(err, EBADMSG, "%s: %llu bytes, described as %llu", is->digest,
			(unsigned long long)size, (unsigned long long)is->size_bytes);
	if (strcmp(sha256, is->digest + 7) != 0)
		return cln_fail(err, EBADMSG, "%s: its bytes have the digest sha256:%s", is->digest,
			sha256);
	*out = cln_steal(&json);
	return 0;
}

/* What a search meets; first: the image it looks for. */
struct search {
	struct store *store;
	const struct platform *platform; /* NULL: only collect */
	json_t *manifest;		 /* the one found */
	char digest[72];
	struct platforms offered;
	uint64_t depth;
};

void platforms_release(struct platforms *platforms)
{
	free(platforms->seen);
}

void platforms_note(
	struct platforms *platforms, const char *os, const char *architecture, const char *variant)
{
	bool varies = variant && *variant;
	const char *text;

	if (!os || !*os || !architecture || !*architecture)
		return;
	text = cln_arena_format(platforms->arena, "%s/%s%s%s", os, architecture, varies ? "/" : "",
		varies ? variant : "");
	for (size_t i = 0; i < platforms->count; i++)
		if (!strcmp(platforms->seen[i], text))
			return;
	CLN_PUSH(platforms->seen, platforms->count, platforms->room) = text;
}

static int search_index(
	struct search *search, const json_t *index, const char *tag, struct cln_err *err);

/* An index may name more than was copied. */
static bool stands(struct store *store, const char *digest)
{
	cln_owned(blob_close) struct blob blob = { .fd = -1 };
	struct cln_err ignored = { 0 };
	char path[96];

	digest_path(digest, path);
	return store_file(store, path, &blob, &ignored) == 0;
}

static int search_descriptor(
	struct search *search, const struct oci_descriptor *is, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *json = NULL;
	enum oci_kind kind = OCI_OTHER;
	uint64_t most;
	int r;

	if (is->kind == OCI_OTHER)
		return 0; /* image-spec: media types that are not known are skipped */
	if (is->os && !strcmp(is->os, "unknown"))
		return 0; /* attestations of buildkit */
	if (is->kind == OCI_MANIFEST) {
		if (!search->store || stands(search->store, is->digest))
			platforms_note(&search->offered, is->os, is->architecture, is->variant);
		if (!search->platform ||
			!platform_fits(search->platform, is->os, is->architecture, is->variant))
			return 0;
	}
	if (!search->store)
		return 0;
	if (described(search->store, is, &json, err) < 0)
		return -err->code;
	if (oci_kind(json, is->media_type, &kind, err) < 0)
		return cln_within(err, "%s", is->digest);
	if (kind == OCI_MANIFEST) {
		search->manifest = cln_steal(&json);
		memcpy(search->digest, is->digest, sizeof(search->digest));
		return 0;
	}
	most = limit_of(store_limits(search->store), LIMIT_INDEX_DEPTH);
	if (search->depth >= most)
		return limit_over(LIMIT_INDEX_DEPTH, most, err) < 0
			       ? cln_within(err, "%s", is->digest)
			       : 0;
	search->depth++;
	r = search_index(search, json, NULL, err);
	search->depth--;
	return r;
}

static int search_index(
	struct search *search, const json_t *index, const char *tag, struct cln_err *err)
{
	const json_t *list = json_object_get(index, "manifests");

	if (!json_is_array(list))
		return cln_fail(err, EINVAL, "an index without manifests");
	for (size_t i = 0; i < json_array_size(list) && !search->manifest; i++) {
		struct oci_descriptor is = { 0 };

		if (oci_descriptor(json_array_get(list, i), &is, err) < 0)
			return -err->code;
		if (tag && (!is.ref_name || strcmp(is.ref_name, tag) != 0))
			continue;
		if (search_descriptor(search, &is, err) < 0)
			return -err->code;
	}
	return 0;
}

/* Without a tag a layout must hold one image only: guessing would pack another. */
static int tag_check(const json_t *index, const char *tag, struct cln_err *err)
{
	const json_t *list = json_object_get(index, "manifests");
	size_t images = 0, tagged = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct oci_descriptor is = { 0 };

		if (oci_descriptor(json_array_get(list, i), &is, err) < 0)
			return -err->code;
		images += is.kind != OCI_OTHER;
		tagged += tag && is.ref_name && !strcmp(is.ref_name, tag);
	}
	if (!images)
		return cln_fail(err, ENOENT, "holds no image");
	if (tag && !tagged)
		return cln_fail(err, ENOENT, "holds no image with the tag %s", tag);
	if (!tag && images > 1)
		return cln_fail(err, EINVAL, "holds %zu images: name the tag", images);
	return 0;
}

static int index_read(struct store *store, json_t **out, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *index = NULL;
	char sha256[CLN_SHA256_HEX];
	enum oci_kind kind = OCI_OTHER;
	uint64_t size = 0;

	if (find_json(store, "index.json", &index, &size, sha256, err) < 0)
		return -err->code;
	if (oci_kind(index, NULL, &kind, err) < 0)
		return cln_within(err, "index.json");
	if (kind != OCI_INDEX)
		return cln_fail(err, EINVAL, "index.json: no index");
	*out = cln_steal(&index);
	return 0;
}

static int found_layers(struct found *found, struct cln_err *err)
{
	const json_t *layers = json_object_get(found->manifest, "layers");

	found->layer_count = (uint32_t)json_array_size(layers);
	found->layer = cln_arena_alloc(found->arena, found->layer_count * sizeof(char *));
	found->layer_digest = cln_arena_alloc(found->arena, found->layer_count * sizeof(char *));
	found->layer_bytes = cln_arena_alloc(found->arena, found->layer_count * sizeof(uint64_t));
	for (uint32_t i = 0; i < found->layer_count; i++) {
		struct oci_descriptor is = { 0 };
		char path[96];

		if (oci_descriptor(json_array_get(layers, i), &is, err) < 0)
			return -err->code;
		digest_path(is.digest, path);
		found->layer[i] = cln_arena_strdup(found->arena, path);
		found->layer_digest[i] = is.digest;
		found->layer_bytes[i] = is.size_bytes;
	}
	return 0;
}

static int found_manifest(
	struct store *store, struct search *search, struct found *found, struct cln_err *err)
{
	struct oci_descriptor config = { 0 };

	found->manifest = cln_steal(&search->manifest);
	memcpy(found->digest, search->digest, sizeof(found->digest));
	if (oci_manifest_check(found->manifest, store_limits(store), err) < 0 ||
		oci_descriptor(json_object_get(found->manifest, "config"), &config, err) < 0 ||
		described(store, &config, &found->config, err) < 0 || found_layers(found, err) < 0)
		return cln_within(err, "manifest %s", found->digest);
	memcpy(found->config_digest, config.digest, sizeof(found->config_digest));
	return 0;
}

static int no_platform(const struct search *search, struct cln_err *err)
{
	char list[512] = "", want[PLATFORM_TEXT];

	for (size_t i = 0; i < search->offered.count; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
			search->offered.seen[i]);
	return cln_fail(err, ENOENT, "no image for %s (--platform); it has %s",
		platform_text(search->platform, '/', want), *list ? list : "none that can be read");
}

int find_oci(struct store *store, const struct ref *ref, const struct platform *platform,
	struct found *out, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *index = NULL;
	struct search search = { .store = store, .platform = platform };
	int r;

	out->arena = search.offered.arena = cln_arena_new();
	if (index_read(store, &index, err) < 0 || tag_check(index, ref->tag, err) < 0)
		return -err->code;
	r = search_index(&search, index, ref->tag, err);
	if (!r && !search.manifest)
		r = no_platform(&search, err);
	platforms_release(&search.offered);
	if (r < 0)
		return r;
	return found_manifest(store, &search, out, err);
}

static int platforms_of(struct store *store, const json_t *index, const char *tag,
	struct platforms *out, struct cln_err *err)
{
	struct search search = { .store = store, .offered = *out };
	int r = search_index(&search, index, tag, err);

	*out = search.offered;
	return r;
}

int find_platforms_in(
	struct store *store, const json_t *index, struct platforms *out, struct cln_err *err)
{
	return platforms_of(store, index, NULL, out, err);
}

int find_platforms(
	struct store *store, const struct ref *ref, struct platforms *out, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *index = NULL;

	if (index_read(store, &index, err) < 0 || tag_check(index, ref->tag, err) < 0)
		return -err->code;
	return platforms_of(store, index, ref->tag, out, err);
}
