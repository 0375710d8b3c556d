// SPDX-License-Identifier: Apache-2.0
#include "packager/write/referrer.h"

#include "common/file.h"
#include "common/hash.h"
#include "common/mem.h"
#include "packager/model/ref.h"

#include <stdio.h>
#include <string.h>

#define JSON_MAX ((size_t)4 << 20)
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define EMPTY_TYPE "application/vnd.oci.empty.v1+json"
#define EMPTY "{}"
#define DIGEST_SIZE 72

/* One layout while its referrers change. */
struct shelf {
	const char *dir;
	const struct written *written;
	const struct referrer *referrer;
	size_t count;
};

static json_t *descriptor_new(const char *type, const char *digest, uint64_t size)
{
	json_t *json = json_object();

	cln_json_set_str(json, "mediaType", type);
	cln_json_set_str(json, "digest", digest);
	json_object_set_new(json, "size", json_integer((json_int_t)size));
	return json;
}

static int put_blob(const char *dir, const char *data, size_t size, char digest[DIGEST_SIZE],
	struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = NULL;
	char hex[CLN_SHA256_HEX];

	cln_sha256_of(data, size, hex);
	snprintf(digest, DIGEST_SIZE, "sha256:%s", hex);
	path = cln_format("%s/blobs/sha256/%s", dir, hex);
	return cln_write_file(path, data, size, 0644, err);
}

/* The artifact manifest of one document. */
static char *manifest_new(
	const struct shelf *shelf, const struct referrer *referrer, const char *digest)
{
	cln_owned(cln_json_drop) json_t *json = json_object();
	json_t *layer = descriptor_new(referrer->type, digest, referrer->size);
	char empty[CLN_SHA256_HEX], config[DIGEST_SIZE];

	cln_sha256_of(EMPTY, strlen(EMPTY), empty);
	snprintf(config, sizeof(config), "sha256:%s", empty);
	json_object_set_new(layer, "annotations",
		json_pack("{s:s}", "org.opencontainers.image.title", referrer->title));
	json_object_set_new(json, "schemaVersion", json_integer(2));
	cln_json_set_str(json, "mediaType", MANIFEST_TYPE);
	cln_json_set_str(json, "artifactType", referrer->type);
	json_object_set_new(json, "config", descriptor_new(EMPTY_TYPE, config, strlen(EMPTY)));
	json_object_set_new(json, "layers", json_pack("[o]", layer));
	json_object_set_new(json, "subject",
		descriptor_new(MANIFEST_TYPE, shelf->written->digest,
			shelf->written->manifest_size_bytes));
	return cln_json_compact_new(json);
}

/* Writes one document with its manifest; its entry joins the list. */
static int attach(const struct shelf *shelf, const struct referrer *referrer, json_t *list,
	struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *manifest = NULL;
	char digest[DIGEST_SIZE];
	json_t *entry;

	if (put_blob(shelf->dir, EMPTY, strlen(EMPTY), digest, err) < 0 ||
		put_blob(shelf->dir, referrer->data, referrer->size, digest, err) < 0)
		return -err->code;
	manifest = manifest_new(shelf, referrer, digest);
	if (put_blob(shelf->dir, manifest, strlen(manifest), digest, err) < 0)
		return -err->code;
	entry = descriptor_new(MANIFEST_TYPE, digest, strlen(manifest));
	cln_json_set_str(entry, "artifactType", referrer->type);
	json_array_append_new(list, entry);
	return 0;
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

/* A referrer that this run writes anew, or whose subject the layout does not name any more.
 * What cannot be read is somebody else's and stays. */
static bool is_stale(const struct shelf *shelf, const json_t *list, const json_t *entry)
{
	const char *type = cln_json_str(entry, "artifactType", "");
	const char *digest = cln_json_str(entry, "digest", "");
	cln_owned(cln_json_drop) json_t *manifest = NULL;
	cln_owned(cln_drop_mem) char *path = NULL;
	struct cln_err ignored = { 0 };
	const char *subject;
	bool ours = false;

	for (size_t i = 0; i < shelf->count; i++)
		ours = ours || !strcmp(shelf->referrer[i].type, type);
	if (!ours || strlen(digest) != 71 || strncmp(digest, "sha256:", 7) != 0 ||
		strspn(digest + 7, "0123456789abcdef") != 64)
		return false;
	path = cln_format("%s/blobs/sha256/%s", shelf->dir, digest + 7);
	if (cln_json_read(path, JSON_MAX, &manifest, &ignored) < 0)
		return false;
	subject = cln_json_str(json_object_get(manifest, "subject"), "digest", NULL);
	return subject && (!strcmp(subject, shelf->written->digest) || !names(list, subject));
}

static int shelf_update(const struct shelf *shelf, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/index.json", shelf->dir);
	cln_owned(cln_drop_mem) char *text = NULL;
	cln_owned(cln_json_drop) json_t *index = NULL;
	json_t *list = json_array();
	const json_t *was;

	if (cln_json_read(path, JSON_MAX, &index, err) < 0)
		goto fail;
	was = json_object_get(index, "manifests");
	for (size_t i = 0; i < json_array_size(was); i++)
		if (!is_stale(shelf, was, json_array_get(was, i)))
			json_array_append(list, json_array_get(was, i));
	for (size_t i = 0; i < shelf->count; i++)
		if (attach(shelf, &shelf->referrer[i], list, err) < 0)
			goto fail;
	json_object_set_new(index, "manifests", list);
	text = cln_json_compact_new(index);
	return cln_write_file(path, text, strlen(text), 0644, err);
fail:
	json_decref(list);
	return -err->code;
}

int referrers_check(const char *ref, struct cln_err *err)
{
	struct ref parsed = { 0 };
	bool fits;

	if (ref_parse(ref, &parsed, err) < 0)
		return -err->code;
	fits = parsed.kind == REF_OCI && parsed.tag;
	ref_release(&parsed);
	return fits ? 0
		    : cln_usage(err, "--referrer: %s is no layout with a tag (oci:DIR:TAG)", ref);
}

int referrers_write(const char *const *ref, size_t ref_count, const struct written *written,
	const struct referrer *referrer, size_t count, struct cln_err *err)
{
	for (size_t i = 0; i < ref_count; i++) {
		struct ref parsed = { 0 };
		struct shelf shelf = { NULL, written, referrer, count };
		int r;

		if (referrers_check(ref[i], err) < 0 || ref_parse(ref[i], &parsed, err) < 0)
			return -err->code;
		shelf.dir = parsed.path;
		r = shelf_update(&shelf, err);
		ref_release(&parsed);
		if (r < 0)
			return cln_within(err, "referrers of %s", ref[i]);
	}
	return 0;
}
