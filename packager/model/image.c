// SPDX-License-Identifier: Apache-2.0
#include "packager/model/image.h"

void image_free(struct image *image)
{
	if (!image)
		return;
	json_decref(image->config);
	json_decref(image->annotations);
	cln_arena_free(image->arena);
	free(image);
}

void image_drop(struct image **image)
{
	image_free(*image);
}
