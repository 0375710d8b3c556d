/* SPDX-License-Identifier: Apache-2.0 */
/* index.h - index.json of a layout: who is in it. Only write's own files include this. */
#ifndef CLN_PACKAGER_INDEX_H
#define CLN_PACKAGER_INDEX_H

#include "packager/write/place.h"

/* old (may be NULL) with this image under the place's tags, and its referrers: the caller's. */
json_t *index_with(const json_t *old, const struct place *place, const struct placement *image);

/*
 * Takes the referrers out that lost their subject: their manifest, a blob of the layout dir,
 * names one that was in the index (was, may be NULL) or has a type that we write, and is not
 * in it any more. What has a name, or cannot be read, is somebody else's and stays.
 */
void index_drop_orphans(json_t *index, const json_t *was, const char *dir);

/* The index of the layout dir, or NULL where dir is empty; the place's tags must go with it. */
int index_read(const char *dir, const struct place *place, json_t **out, struct cln_err *err);

#endif
