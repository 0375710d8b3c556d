// SPDX-License-Identifier: Apache-2.0
#include "packager/write/referrer.h"

#include "common/mem.h"
#include "packager/model/ref.h"
#include "packager/write/part.h"

#include <string.h>

#define EMPTY_TYPE "application/vnd.oci.empty.v1+json"
#define EMPTY "{}"

bool referrer_is_ours(const char *type)
{
	return !strcmp(type, "application/spdx+json") ||
	       !strcmp(type, "application/vnd.cyclonedx+json");
}

static const struct place_blob *put(struct referrers *out, const char *data, size_t size)
{
	struct place_blob *blob = &CLN_PUSH(out->blob, out->count, out->room);

	part_blob(blob, data, size);
	return blob;
}

/* The artifact manifest of one document; takes the descriptors. */
static char *manifest_new(
	const struct referrer *referrer, json_t *config, json_t *layer, json_t *subject)
{
	cln_owned(cln_json_drop) json_t *json = json_object();

	json_object_set_new(layer, "annotations",
		json_pack("{s:s}", "org.opencontainers.image.title", referrer->title));
	json_object_set_new(json, "schemaVersion", json_integer(2));
	cln_json_set_str(json, "mediaType", PLACE_MANIFEST_TYPE);
	cln_json_set_str(json, "artifactType", referrer->type);
	json_object_set_new(json, "config", config);
	json_object_set_new(json, "layers", json_pack("[o]", layer));
	json_object_set_new(json, "subject", subject);
	return cln_json_compact_new(json);
}

void referrers_add(const struct place_blob *subject, const struct referrer *referrer, size_t count,
	struct referrers *out)
{
	if (!out->entries)
		out->entries = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *config = part_descriptor(EMPTY_TYPE, put(out, EMPTY, strlen(EMPTY)));
		json_t *layer = part_descriptor(
			referrer[i].type, put(out, referrer[i].data, referrer[i].size));
		char *text = manifest_new(
			&referrer[i], config, layer, part_descriptor(PLACE_MANIFEST_TYPE, subject));
		json_t *entry = part_descriptor(PLACE_MANIFEST_TYPE, put(out, text, strlen(text)));

		cln_json_set_str(entry, "artifactType", referrer[i].type);
		json_array_append_new(out->entries, entry);
		CLN_PUSH(out->text, out->text_count, out->text_room) = text;
	}
}

void referrers_release(struct referrers *referrers)
{
	for (size_t i = 0; i < referrers->text_count; i++)
		free(referrers->text[i]);
	free(referrers->text);
	free(referrers->blob);
	json_decref(referrers->entries);
	*referrers = (struct referrers){ 0 };
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
