/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - reading hostile JSON through jansson, writing canonical JSON.
 *
 * For documents of bounded size (OCI configurations, reports). Trace manifests
 * have a streaming codec of their own (manifest-schema/).
 */
#ifndef CLN_COMMON_JSON_H
#define CLN_COMMON_JSON_H

#include "common/err.h"

#include <jansson.h>

static inline void cln_json_drop(json_t **json)
{
	json_decref(*json);
}

/* Strict: duplicate keys, bad UTF-8, NULs, anything behind the value are errors
 * that name line and column. *out is the caller's reference. */
int cln_json_parse(const char *text, size_t size, json_t **out, struct cln_err *err);
int cln_json_read(const char *path, size_t ceiling, json_t **out, struct cln_err *err);

/* Keys in the order they were set, two-space indents, newline at the end: what
 * people diff. The text is the caller's to free. */
char *cln_json_text_new(const json_t *json);

/* Keys sorted, no white space: what digests are computed over. */
char *cln_json_compact_new(const json_t *json);

/* Typed look-ups: a missing key, null or another type gives the default. */
const char *cln_json_str(const json_t *object, const char *key, const char *otherwise);
int64_t cln_json_int(const json_t *object, const char *key, int64_t otherwise);
bool cln_json_bool(const json_t *object, const char *key, bool otherwise);

/* Sets key to text, or leaves it out where text is NULL; text that is not UTF-8
 * is written with U+FFFD for each bad byte. */
void cln_json_set_str(json_t *object, const char *key, const char *text);
json_t *cln_json_text(const char *text); /* a string value under the same rule */

#endif
