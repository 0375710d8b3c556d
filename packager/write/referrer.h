/* SPDX-License-Identifier: Apache-2.0 */
/*
 * referrer.h - documents attached to a written image.
 *
 * Each becomes an artifact manifest whose subject is the image's (OCI image-spec
 * 1.1, "Guidelines for Artifact Usage"). It stands in index.json beside the image
 * without a name, because a layout has no other list of referrers; readers that
 * take "the" image of a layout then find several. So: only on request, and only
 * where the image has a tag.
 */
#ifndef CLN_PACKAGER_REFERRER_H
#define CLN_PACKAGER_REFERRER_H

#include "packager/write/write.h"

struct referrer {
	const char *type;  /* media type of the document, and artifactType of its manifest */
	const char *title; /* its file name */
	const char *data;
	size_t size;
};

/* Can this output hold referrers? A usage error says why not. Touches no file. */
int referrers_check(const char *ref, struct cln_err *err);

/*
 * Into every layout that image_write has written to: blobs first, index.json last.
 * Those of the same types whose subject the layout no longer names are taken out.
 */
int referrers_write(const char *const *ref, size_t ref_count, const struct written *written,
	const struct referrer *referrer, size_t count, struct cln_err *err);

#endif
