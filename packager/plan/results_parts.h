/* SPDX-License-Identifier: Apache-2.0 */
/*
 * results_parts.h - explaining what start-up left. Internal to packager/plan/results*.c.
 */
#ifndef CLN_PACKAGER_RESULTS_PARTS_H
#define CLN_PACKAGER_RESULTS_PARTS_H

#include "packager/plan/lower.h"

struct source { /* a text or file that start-up read */
	const struct scene_file *file;
	uint32_t node; /* of its content */
	const char *path;
	struct cln_buf text; /* read when first needed */
	bool read;
};

struct results {
	struct lower *lower;
	struct source *source;
	size_t source_count, source_room;
	struct template_var *var; /* main's, and the script's own defaults; of vars */
	struct template_vars vars;
};

/* The command of start-up that wrote it, for messages; NULL: none is known. */
const char *results_writer(const struct results *r, const struct scene_file *file);
/* A new step for the file, with its owner, mode and who made it. */
struct step *results_add(struct results *r, enum step_kind kind, const struct scene_file *file);
/* Into source->text, once; false: too large, or it cannot be read. */
bool results_source_text(struct results *r, struct source *source);
/* `env NAME default STANDARD`, once. */
void results_standard(struct results *r, const char *name, const char *standard);

/* results_template.c: r->vars; a template of the image, main's variables in it; a file of the
 * image with places where values went. */
void results_find_vars(struct results *r);
bool results_template(struct results *r, const struct scene_file *file);
bool results_derived(struct results *r, const struct scene_file *file);
/* A file that the script spells out (results_script.c). */
bool results_spelled(struct results *r, const struct scene_file *file);
/* results_frozen.c: the content as it was written, where it is the same everywhere and no
 * secret; else as below. */
int results_freeze(struct results *r, const struct scene_file *file, struct cln_err *err);
/* Refused by policy, or 0 and a note where its loss was allowed. */
int results_refuse(
	struct results *r, const struct scene_file *file, const char *cause, struct cln_err *err);

#endif
