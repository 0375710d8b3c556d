/* SPDX-License-Identifier: Apache-2.0 */
/* part.h - the blobs of one image, made before anything is placed. Only write's own files
 * include this. */
#ifndef CLN_PACKAGER_PART_H
#define CLN_PACKAGER_PART_H

#include "packager/write/place.h"

struct part {
	struct part_spool {
		struct spool *is;
	} * spool; /* temporary files of the layers, as stored and plain */
	size_t spool_count, spool_room;
	struct place_blob *layer, *plain; /* plain: where docker archives need it */
	uint32_t layer_count;
	char *config_text, *manifest_text;
	struct place_blob config, manifest;
	json_t *config_json; /* os, architecture and variant are borrowed from it */
	const char *os, *architecture, *variant;
};

/* How the layers of a part are made. */
struct part_how {
	const struct write_options *options;
	const char *stage_dir; /* where a temporary file may become a blob by name; or NULL */
	bool docker;	       /* plain layers too */
};

/* Compresses the layers of source and describes them. On an error release part. */
int part_make(const struct image_source *source, const struct part_how *how, struct part *part,
	struct written *out, struct cln_err *err);
void part_release(struct part *part);

/* A document as a blob: its digest and size; data must outlive it. */
void part_blob(struct place_blob *blob, const void *data, size_t size);
void part_text(struct place_blob *blob, const char *text);

/* An index that names these images by platform; the caller's to free. */
char *part_index_new(const struct part *part, size_t count, const json_t *annotations);

/* {"mediaType", "digest", "size"}, and the platform where os is not NULL */
json_t *part_descriptor(const char *type, const struct place_blob *blob);
void part_platform(
	json_t *descriptor, const char *os, const char *architecture, const char *variant);

#endif
