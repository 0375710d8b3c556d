/* SPDX-License-Identifier: Apache-2.0 */
/* layer.h - one layer's blob onto the tree, verified. */
#ifndef CLN_PACKAGER_LAYER_H
#define CLN_PACKAGER_LAYER_H

#include "packager/model/tree_build.h"
#include "packager/read/pump.h"

struct layer {
	struct blob blob;
	const char *digest;  /* "sha256:..." of the blob; NULL where nothing says it */
	const char *diff_id; /* "sha256:..." of the plain bytes */
	void (*progress)(void *context, uint64_t taken_bytes); /* of the blob; may be NULL */
	void *progress_context;
};

/* On an error the tree is of no more use. */
int layer_apply(struct tree *tree, const struct layer *layer, struct cln_err *err);

#endif
