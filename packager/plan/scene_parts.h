/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene_parts.h - how a scene is filled, in this order. Internal to packager/plan/scene*.c.
 */
#ifndef CLN_PACKAGER_SCENE_PARTS_H
#define CLN_PACKAGER_SCENE_PARTS_H

#include "packager/plan/scene.h"

int scene_find_main(struct scene *scene, struct cln_err *err); /* main, entry */
void scene_find_sides(struct scene *scene);		       /* side; needs main */
void scene_find_files(struct scene *scene);		       /* file; needs side */

/* Main began as root: who production runs as then (scene_user.c). */
void scene_user_of_root(struct scene *scene);

#endif
