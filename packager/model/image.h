/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - the configuration of an image, read with all it does not know.
 *
 * The parsed fields are views for deciding; `json` keeps every field of the
 * document, so that writing loses none. All pointers live as long as the image.
 */
#ifndef CLN_PACKAGER_IMAGE_H
#define CLN_PACKAGER_IMAGE_H

#include "common/json.h"
#include "common/mem.h"

struct image {
	char digest[72]; /* "sha256:..." of the manifest */
	char config_digest[72];
	const char *ref; /* as the user named it */
	const char *os, *architecture, *variant;
	const char *created;	       /* RFC 3339 or NULL */
	const char *const *env;	       /* "NAME=value", NULL-terminated, never NULL */
	const char *const *entrypoint; /* NULL-terminated, never NULL */
	const char *const *cmd;
	const char *user, *workdir, *stop_signal; /* "" where absent */
	const char *const *volume;		  /* paths, sorted */
	const char *const *port;		  /* "8080/tcp", sorted */
	json_t *config;				  /* the whole configuration document */
	json_t *annotations;			  /* of the manifest; an object or NULL */
	uint32_t layer_count;
	const char *const *diff_id; /* "sha256:...", one a layer */
	uint64_t compressed_bytes;  /* sum of the layers' blobs */
	struct cln_arena *arena;
};

void image_free(struct image *image);
void image_drop(struct image **image);

#endif
