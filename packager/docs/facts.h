/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.h - what all documents ask, computed once; inside docs/ only.
 *
 * "Remains" is the one definition of "in production": a node that keep holds
 * and that no edit of the plan takes away (a seeded file remains: its bytes lie
 * in the seed folder). A package remains if and only if one of its files does,
 * or, for language packages, the file that names it.
 */
#ifndef CLN_PACKAGER_DOCS_FACTS_H
#define CLN_PACKAGER_DOCS_FACTS_H

#include "common/buf.h"
#include "common/hash.h"
#include "common/json.h"
#include "common/mem.h"
#include "packager/decide/policy.h"
#include "packager/docs/docs.h"

#define FACTS_TIME 24 /* room for "2023-11-14T22:13:20Z" */

struct package_fact {
	uint32_t files, files_kept; /* without directories */
	uint64_t bytes, bytes_kept;
	bool remains;
};

struct facts {
	const struct docs_input *in;
	const char **moved; /* per node: where a seeded file lies in the image; else NULL */
	bool *remains;	    /* per node; directories as keep says */
	struct package_fact *package;
	struct package_fact application; /* files that no package owns */
	uint32_t packages_kept, packages_partial, packages_removed;
	char created[FACTS_TIME]; /* in->epoch as RFC 3339 */
	const char *name;	  /* of the product */
	const char *version;	  /* of the product: the prod reference's tag, or in->source */
};

void facts_make(const struct docs_input *in, struct facts *out);
void facts_release(struct facts *facts);

static inline bool facts_is_file(const struct facts *facts, uint32_t node)
{
	return tree_inode(facts->in->tree, node)->type != NODE_DIR;
}

bool facts_partial(const struct facts *facts, uint32_t package); /* some files gone, some there */

/* Free texts. */
char *facts_uuid_new(const char *seed); /* an RFC 9562 version 8 UUID of the text's SHA-256 */

/* Where the node is in the production image: a seeded file lies in the seed folder. The text is
 * in room or lives as long as the plan. */
const char *facts_path(const struct facts *facts, uint32_t node, char room[4096]);

/* "file:///" and pkg:oci URLs of the product: pkg:oci/nginx@sha256%3A...; without the digest where
 * there is none yet. */
char *facts_product_purl_new(const struct facts *facts);

/* The whole text of a JSON document, as documents are written. */
void facts_add_json(struct docs *docs, const char *name, const json_t *json);

/* What decide made of the node (decide/policy.h): what it barred, else by name, kind and place. */
enum policy_kind facts_policy(const struct facts *facts, uint32_t node);

#endif
