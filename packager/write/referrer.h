/* SPDX-License-Identifier: Apache-2.0 */
/*
 * referrer.h - documents attached to a written image.
 *
 * Each becomes an artifact manifest whose subject is the image's (OCI image-spec
 * 1.1, "Guidelines for Artifact Usage"). It stands in index.json beside the image
 * without a name, because a layout has no other list of referrers; readers that
 * take "the" image of a layout then find several. So: only on request, and only
 * where the image has a tag. They come and go by the same rename as their image
 * (join.h, index.h).
 */
#ifndef CLN_PACKAGER_REFERRER_H
#define CLN_PACKAGER_REFERRER_H

#include "packager/write/place.h"

struct referrer {
	const char *type;  /* media type of the document, and artifactType of its manifest */
	const char *title; /* its file name */
	const char *data;
	size_t size;
};

struct referrers {
	struct place_blob *blob; /* documents and manifests */
	size_t count, room;
	char **text; /* of the manifests */
	size_t text_count, text_room;
	json_t *entries; /* of the index */
};

/* Can this output hold referrers? A usage error says why not. Touches no file. */
int referrers_check(const char *ref, struct cln_err *err);

/* Adds those of the image with that manifest; several images come in turn. What referrer
 * points at must live as long. */
void referrers_add(const struct place_blob *subject, const struct referrer *referrer, size_t count,
	struct referrers *out);
void referrers_release(struct referrers *referrers);

/* An artifact type that we write? */
bool referrer_is_ours(const char *type);

#endif
