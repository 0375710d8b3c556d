/* SPDX-License-Identifier: Apache-2.0 */
/*
 * find.h - from a reference to one image's documents in a store: through
 * index.json and nested indexes, or docker's manifest.json.
 */
#ifndef CLN_PACKAGER_FIND_H
#define CLN_PACKAGER_FIND_H

#include "packager/read/oci.h"
#include "packager/read/store.h"

struct found {
	json_t *config;
	json_t *manifest; /* NULL of a docker archive */
	char digest[72];  /* of the manifest; of a docker archive, of the configuration */
	char config_digest[72];
	struct cln_arena *arena;
	const char **layer;	   /* names in the store */
	const char **layer_digest; /* NULL where nothing says it */
	uint64_t *layer_bytes;	   /* as described; 0 where nothing says it */
	uint32_t layer_count;
};

void found_release(struct found *found);

/* A JSON file of the store, within its limits; sha256 takes its digest. */
int find_json(struct store *store, const char *name, json_t **out, uint64_t *size,
	char sha256[CLN_SHA256_HEX], struct cln_err *err);

int find_oci(struct store *store, const struct ref *ref, const struct platform *platform,
	struct found *out, struct cln_err *err);
/* Of several images of one name that which is for the platform. */
int find_docker(struct store *store, const struct ref *ref, const struct platform *platform,
	struct found *out, struct cln_err *err);

struct platforms {		 /* each once, in the order in which they were met */
	struct cln_arena *arena; /* the caller's; the texts are its */
	const char **seen;	 /* "linux/arm64/v8"; free it */
	size_t count, room;
};

void platforms_release(struct platforms *platforms);
/* Where os or architecture is not said, nothing is noted. */
void platforms_note(
	struct platforms *platforms, const char *os, const char *architecture, const char *variant);

/* Every platform that the reference's index offers. */
int find_platforms(
	struct store *store, const struct ref *ref, struct platforms *out, struct cln_err *err);
/* The same of an index alone; store NULL: what lies below nested ones is not asked. */
int find_platforms_in(
	struct store *store, const json_t *index, struct platforms *out, struct cln_err *err);
/* The same of a docker archive: of all images of the name, and of the OCI layout that it is too. */
int find_docker_platforms(
	struct store *store, const struct ref *ref, struct platforms *out, struct cln_err *err);

#endif
