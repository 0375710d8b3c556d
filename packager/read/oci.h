/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci.h - the JSON of images: indexes, manifests, configurations. Pure.
 *
 * Sources: image-spec image-index.md, manifest.md, descriptor.md, config.md;
 * the docker schema 2 types that mean the same; CVE-2021-41190 (a document that
 * is both manifest and index), CVE-2024-40635 (user ids above INT32_MAX).
 */
#ifndef CLN_PACKAGER_OCI_H
#define CLN_PACKAGER_OCI_H

#include "packager/model/image.h"
#include "packager/model/limits.h"
#include "packager/model/platform.h"

enum oci_kind { OCI_OTHER, OCI_INDEX, OCI_MANIFEST };

struct oci_descriptor { /* texts are borrowed from the document */
	enum oci_kind kind;
	const char *media_type, *digest;
	uint64_t size_bytes;
	const char *os, *architecture, *variant; /* NULL where unsaid */
	const char *ref_name;			 /* org.opencontainers.image.ref.name, or NULL */
};

int oci_descriptor(const json_t *json, struct oci_descriptor *out, struct cln_err *err);

/* What the document says it is; refuses one that is both. */
int oci_kind(
	const json_t *document, const char *media_type, enum oci_kind *kind, struct cln_err *err);

/* Parses JSON of at most the depth that limits allow (NULL: the default). */
int oci_parse(const char *text, size_t size, const struct limits *limits, json_t **out,
	struct cln_err *err);

/* Checks a manifest: config and layers of an image, at most as many as limits allow. */
int oci_manifest_check(const json_t *manifest, const struct limits *limits, struct cln_err *err);
/* Is it a list of at most as many layers as limits allow? */
int oci_layers_check(const json_t *layers, const struct limits *limits, struct cln_err *err);

/* Fills the views of image from the configuration, which it takes a reference of. */
int oci_config(struct image *image, json_t *config, struct cln_err *err);

#endif
