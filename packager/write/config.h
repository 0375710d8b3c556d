/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - the configuration and annotations of what we write, from the
 * source's: unknown fields, history and labels stay.
 */
#ifndef CLN_PACKAGER_CONFIG_H
#define CLN_PACKAGER_CONFIG_H

#include "common/json.h"
#include "packager/model/origin.h"
#include "packager/plan/plan.h"

struct config_facts {
	const struct image *source;
	const struct plan *plan;     /* NULL: the development image, which runs as its source */
	const char *manifest_sha256; /* of the trace manifest; NULL: none */
	const char *name;	     /* of the product (origin_name_new) */
	int64_t epoch;
};

/* Both are the caller's references. */
json_t *config_new(const struct config_facts *facts);
json_t *annotations_new(const struct config_facts *facts);

/* Adds rootfs and history of these layers to a configuration. */
void config_set_layers(json_t *config, const char *const *diff_id, const char *const *comment,
	size_t count, int64_t epoch);

/* Was this entry of a history written by a packing? */
bool config_is_ours(const json_t *history);

/* "2023-01-02T03:04:05Z" */
void rfc3339(int64_t seconds, char out[40]);

#endif
