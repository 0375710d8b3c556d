/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images.h - are the manifests that shall be merged of one image?
 *
 * Inputs are linked where a container of one and a container of the other hold
 * the same image (cln_trace_same_image). On each platform all inputs must hang
 * together. Links do not depend on the order of inputs, so neither does the
 * answer. Containers without evidence cannot be told apart and are left out.
 */
#ifndef CLN_MANIFEST_IMAGES_H
#define CLN_MANIFEST_IMAGES_H

#include "manifest-schema/trace.h"

struct images_root {
	struct cln_trace_root root; /* platform and evidence, texts in the arena */
	uint32_t group;
};

struct images {
	struct cln_arena *arena;
	struct images_root *root;
	size_t count, room;
	uint32_t *parent; /* of groups: a forest */
	int *input;	  /* of groups: the first input in it */
	size_t group_count, parent_room, input_room;
};

void images_release(struct images *images);
void images_add(struct images *images, const struct cln_trace *trace, int input);

/* 0, or cln_refuse that names two inputs. */
int images_check(struct images *images, char *const *names, struct cln_err *err);

#endif
