/* SPDX-License-Identifier: Apache-2.0 */
/* job.h - everything on its way out. Only write's own files include this. */
#ifndef CLN_PACKAGER_JOB_H
#define CLN_PACKAGER_JOB_H

#include "packager/write/part.h"
#include "packager/write/referrer.h"

struct image_job {
	const struct write_options *options;
	struct place *place;
	size_t place_count, place_room;
	struct part *part;
	size_t part_count, part_room;
	char *index; /* of several images */
	struct place_blob *blob;
	struct referrers referrers;
	struct placement image;
	struct staged *staged; /* by place */
};

#endif
