/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.h - writing YAML that people read: in order, with comments.
 *
 * libyaml's emitter cannot write comments, and the comments are half of what
 * these documents are for. The subset is small: block mappings and sequences,
 * plain words where that is safe, else JSON strings (which YAML 1.2 reads).
 * Keys are the caller's own words and are not quoted.
 *
 *	yaml_map(&y, "metadata");	metadata:
 *	yaml_str(&y, "name", name);	  name: nginx
 *	yaml_end(&y);
 *	yaml_map(&y, "ports");		ports:
 *	yaml_item(&y);			  - ...
 *	yaml_int(&y, "port", 80);	    port: 80
 *	yaml_end(&y); yaml_end(&y);
 */
#ifndef CLN_PACKAGER_DOCS_YAML_H
#define CLN_PACKAGER_DOCS_YAML_H

#include "common/buf.h"

struct yaml {
	struct cln_buf buf;
	unsigned depth;
	bool dash; /* the next line begins an item */
};

void yaml_comment(struct yaml *yaml, const char *fmt, ...) CLN_PRINTF(2, 3);
void yaml_document(struct yaml *yaml); /* "---", at depth 0 */

void yaml_map(struct yaml *yaml, const char *key); /* key: and what is inside, a sequence too */
void yaml_item(struct yaml *yaml);		   /* an item that is a mapping */
void yaml_end(struct yaml *yaml);

void yaml_str(struct yaml *yaml, const char *key, const char *value);
void yaml_strf(struct yaml *yaml, const char *key, const char *fmt, ...) CLN_PRINTF(3, 4);
void yaml_int(struct yaml *yaml, const char *key, long long value);
void yaml_bool(struct yaml *yaml, const char *key, bool value);
void yaml_raw(struct yaml *yaml, const char *key, const char *value); /* "[]", "{}" */
void yaml_word(struct yaml *yaml, const char *value);		      /* an item that is a text */
void yaml_wordf(struct yaml *yaml, const char *fmt, ...) CLN_PRINTF(2, 3);
void yaml_number(struct yaml *yaml, long long value); /* an item that is a number */

char *yaml_quote_new(const char *value); /* as yaml_str writes it */

#endif
