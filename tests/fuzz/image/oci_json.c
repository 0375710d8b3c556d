// SPDX-License-Identifier: Apache-2.0
/* Any bytes as index, manifest and configuration of an image. */
#include "packager/read/oci.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void descriptors(const json_t *list)
{
	struct cln_err err = { 0 };
	struct oci_descriptor is;

	for (size_t i = 0; i < json_array_size(list); i++)
		if (oci_descriptor(json_array_get(list, i), &is, &err) == 0 &&
			(strlen(is.digest) != 71 || strchr(is.digest, '/')))
			abort();
}

static void config(json_t *json)
{
	cln_owned(image_drop) struct image *image = calloc(1, sizeof(*image));
	struct cln_err err = { 0 };

	if (!image)
		abort();
	image->arena = cln_arena_new();
	if (oci_config(image, json, &err) < 0)
		return;
	for (const char *const *list = image->env; *list; list++)
		(void)strlen(*list);
	for (uint32_t i = 0; i < image->layer_count; i++)
		if (strlen(image->diff_id[i]) != 71)
			abort();
	for (size_t i = 1; image->volume[0] && image->volume[i]; i++)
		if (strcmp(image->volume[i - 1], image->volume[i]) >= 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cln_owned(cln_json_drop) json_t *json = NULL;
	enum oci_kind kind = OCI_OTHER;
	struct cln_err err = { 0 };

	if (oci_parse((const char *)data, size, NULL, &json, &err) < 0)
		return 0;
	if (oci_kind(json, NULL, &kind, &err) == 0 && kind == OCI_INDEX)
		descriptors(json_object_get(json, "manifests"));
	if (kind == OCI_MANIFEST && oci_manifest_check(json, NULL, &err) == 0)
		descriptors(json_object_get(json, "layers"));
	config(json);
	return 0;
}
