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
int find_docker(struct store *store, const struct ref *ref, struct found *out, struct cln_err *err);

/* Every platform that the reference's index offers, each once. */
int find_platforms(struct store *store, const struct ref *ref, struct cln_arena *arena,
	const char *const **out, struct cln_err *err);

#endif
