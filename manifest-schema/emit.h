/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emit.h - canonical JSON text: one spelling for each string.
 *
 * Only the quote, the backslash and control characters are escaped.
 */
#ifndef CLN_MANIFEST_EMIT_H
#define CLN_MANIFEST_EMIT_H

#include "common/buf.h"

/* A string with its quotes; text must be UTF-8. */
void emit_text(struct cln_buf *out, const char *text, size_t size);
void emit_base64(struct cln_buf *out, const void *data, size_t size); /* with quotes */
void emit_number(struct cln_buf *out, uint64_t number);

/*
 * `,"key":value`, without the comma behind a '{'. What is not UTF-8 becomes
 * "key_b64". A NULL text is left out.
 */
void emit_key(struct cln_buf *out, const char *key);
void emit_member(struct cln_buf *out, const char *key, const char *text);
void emit_member_number(struct cln_buf *out, const char *key, uint64_t number);
void emit_member_octal(struct cln_buf *out, const char *key, uint32_t number);
void emit_member_true(struct cln_buf *out, const char *key, bool value); /* false: left out */

/* `,"key":[` or `,"key":{`; without a key (NULL) an element. The caller closes it. */
void emit_open(struct cln_buf *out, const char *key, char bracket);

/* One element: a string, or {"b64": "..."}; the comma behind a '[' is left out. */
void emit_element(struct cln_buf *out, const char *text);
void emit_comma(struct cln_buf *out);

#endif
