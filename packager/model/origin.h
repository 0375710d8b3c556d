/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin.h - where an image comes from, as it says itself in labels.
 *
 * Nothing here depends on where the image lies, under which tag, or how it was
 * carried: what goes into the production image must be the same for all of them.
 * So the source is named by its configuration's digest (docker's image id), which
 * names all uncompressed layers; the manifest's differs with the compression, and
 * docker archives have none.
 */
#ifndef CLN_PACKAGER_ORIGIN_H
#define CLN_PACKAGER_ORIGIN_H

#include "packager/model/image.h"

#define LABEL_ROLE "io.clnimg.role" /* "production" or "development" */
#define LABEL_NAME "io.clnimg.name" /* what documents call the product */
#define LABEL_SOURCE "io.clnimg.source.digest"
#define LABEL_MANIFEST "io.clnimg.manifest.digest"
#define LABEL_MOUNTS "io.clnimg.mounts"		  /* plan/mounts_text.h */
#define LABEL_LAYERS "io.clnimg.layers"		  /* origin_layers() */
#define LABEL_COUNTERPART "io.clnimg.counterpart" /* the other role */

#define ORIGIN_NAME_MAX 100u /* bytes: it becomes a part of file names */

/* A label's text, or NULL. */
const char *origin_label(const struct image *image, const char *key);

/* Does it say that it is production, packed with this very manifest? */
bool origin_is_packed(const struct image *image, const char *manifest_sha256);

/* The source that production of this image names: of what is packed already with this
 * manifest its own source, so that packing it again changes nothing. */
const char *origin_source(const struct image *image, const char *manifest_sha256);

/*
 * "sha256:..." over the layers' diffIDs, a line each. A later build on top of production
 * inherits its labels, but not its layers: this tells them apart.
 */
void origin_layers(const char *const *diff_id, size_t count, char out[72]);

/*
 * What documents call the product: org.opencontainers.image.title, else what an
 * earlier packing called it, else the name of the main program. Fit for a file
 * name; the caller's to free.
 */
char *origin_name_new(const struct image *image, const char *main_program);

#endif
