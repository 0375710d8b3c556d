/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template.h - is this file what substitution makes of that template?
 *
 * Entry scripts render configurations with envsubst, sed and here-documents.
 * Which one it was does not matter: where a template of the image and the
 * environment explain every byte of the result, the init's `template`
 * directive gives the same file, and a user's variables keep their meaning.
 * Nothing is believed that rendering again does not confirm.
 *
 * Names: [A-Za-z_][A-Za-z0-9_]*, as `$NAME` or `${NAME}`; nothing else is live.
 * Pure: no allocation outlives a call but what the caller is told to free.
 */
#ifndef CLN_PACKAGER_TEMPLATE_H
#define CLN_PACKAGER_TEMPLATE_H

#include "common/buf.h"

struct template_var {
	const char *name;
	const char *value; /* NULL only of secrets */
	bool secret;	   /* value is not known; it is read off the result */
};

/* What explains a result. name[i] are the variables that must be allowed. */
struct template_match {
	const char *name[64]; /* borrowed from the variables */
	size_t count;
};

struct template_vars {
	const struct template_var *var; /* sorted by name */
	size_t count;
};

/*
 * Is content what the template gives when exactly the variables in *out are
 * replaced? Each name is either replaced everywhere or nowhere. A template in
 * which nothing is replaced is no explanation: false. Needs time linear in the
 * sizes.
 */
bool template_explains(const struct cln_buf *text, const struct cln_buf *content,
	const struct template_vars *vars, struct template_match *out);

/* Adds text with the names of the match replaced, as the init does it. */
void template_render(const struct cln_buf *text, const struct template_vars *vars,
	const struct template_match *match, struct cln_buf *out);

/*
 * For placeholders that are no `${NAME}` (sed's `@PORT@`, an edited line):
 * writes a template to *out in which every stretch where content differs from
 * base and is a variable's value became `${NAME}`. Lines must correspond one to
 * one. False where some difference is no variable's value, or where base holds
 * dollars that the allowed names would catch.
 */
bool template_derive(const struct cln_buf *base, const struct cln_buf *content,
	const struct template_vars *vars, struct template_match *match, struct cln_buf *out);

/* The reference at at: its length and name, or 0 where `$` starts none. */
size_t template_reference(const char *at, const char *end, const char **name, size_t *name_length);

#endif
