/* SPDX-License-Identifier: Apache-2.0 */
/* layers.h - a layout cut into layers, and each written as a tar. */
#ifndef CLN_PACKAGER_LAYERS_H
#define CLN_PACKAGER_LAYERS_H

#include "packager/write/squeeze.h"

#define LAYERS_MAX 64u /* engines stack at most 127; the application and the rest need two */

struct layers {
	uint32_t *of;	  /* by entry: its layer; directories belong to the last one */
	uint32_t *parent; /* by entry: the entry of its directory */
	uint64_t bytes;	  /* of all files */
	uint32_t count;
	char **comment; /* by layer: for the history */
};

/* One layer, or one for each of the larger packages, one for the others, one for the rest, or
 * those that the tree came in, as the source says. */
void layers_plan(const struct image_source *source, bool by_package, struct layers *out);
void layers_release(struct layers *layers);

/* The tar of one layer into squeeze; directories come with every layer that needs them. */
int layer_stream(const struct image_source *source, const struct layers *layers, uint32_t which,
	const struct write_options *options, struct squeeze *squeeze, struct cln_err *err);

#endif
