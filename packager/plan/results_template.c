// SPDX-License-Identifier: Apache-2.0
/*
 * results_template.c - files that are a file of the image with variables put in: those of
 * main's environment, and those that the script alone knew by its own default.
 */
#include "packager/plan/results_parts.h"

#include "init/format.h"

#include <string.h>

static int var_order(const void *a, const void *b)
{
	return strcmp(
		((const struct template_var *)a)->name, ((const struct template_var *)b)->name);
}

void results_find_vars(struct results *r)
{
	const struct template_vars *main = &r->lower->scene.vars;
	struct script_standard own[SCRIPT_FILE_NAMES];
	size_t count = script_standards(&r->lower->script, r->lower->scene.arena, own);

	r->var = cln_alloc((main->count + count + 1) * sizeof(*r->var));
	if (main->count)
		memcpy(r->var, main->var, main->count * sizeof(*r->var));
	for (size_t i = 0; i < count; i++)
		r->var[main->count + i] =
			(struct template_var){ .name = own[i].name, .value = own[i].value };
	r->vars = (struct template_vars){ .var = r->var, .count = main->count + count };
	qsort(r->var, r->vars.count, sizeof(*r->var), var_order);
}

/* The init's templates see the environment only: what the script's default was must be there. */
static void standard_of(struct results *r, const char *name)
{
	for (size_t i = 0; i < r->vars.count && !scene_var(&r->lower->scene, name); i++)
		if (!strcmp(r->var[i].name, name))
			results_standard(r, name, r->var[i].value);
}

static const char *names_joined(struct results *r, const struct template_match *match)
{
	cln_owned(cln_buf_release) struct cln_buf names = { 0 };

	for (size_t i = 0; i < match->count; i++) {
		cln_buf_addf(&names, "%s%s", i ? "," : "", match->name[i]);
		standard_of(r, match->name[i]);
	}
	return cln_arena_strdup(r->lower->scene.arena, names.data ? names.data : "");
}

bool results_template(struct results *r, const struct scene_file *file)
{
	const struct cln_trace_result *result = file->fact->result;
	struct cln_buf content = { .data = (char *)result->content, .size = result->content_size };
	struct template_match match;

	for (size_t i = 0; i < r->source_count; i++) {
		struct source *source = &r->source[i];

		if (!results_source_text(r, source) || source->text.size >= INIT_SECRET_MAX ||
			!template_explains(&source->text, &content, &r->vars, &match))
			continue;
		struct step *step = results_add(r, STEP_TEMPLATE, file);

		step->vars = names_joined(r, &match);
		step->source = source->path;
		step->node = source->node;
		/* the template itself is overwritten: its text must come from elsewhere */
		if (!strcmp(source->path, file->real)) {
			step->data = cln_arena_strndup(
				r->lower->scene.arena, source->text.data, source->text.size);
			step->size = source->text.size;
		}
		return true;
	}
	return false;
}

static bool derive_from(struct results *r, const struct scene_file *file, struct source *source)
{
	const struct cln_trace_result *result = file->fact->result;
	struct cln_buf content = { .data = (char *)result->content, .size = result->content_size };
	cln_owned(cln_buf_release) struct cln_buf text = { 0 };
	struct template_match match;

	if (!results_source_text(r, source) || !source->text.size ||
		source->text.size >= INIT_SECRET_MAX / 2 ||
		!template_derive(&source->text, &content, &r->vars, &match, &text))
		return false;
	struct step *step = results_add(r, STEP_TEMPLATE, file);

	step->vars = names_joined(r, &match);
	step->source = source->path;
	step->data = cln_arena_strndup(r->lower->scene.arena, text.data, text.size);
	step->size = text.size;
	return true;
}

bool results_derived(struct results *r, const struct scene_file *file)
{
	struct source own = { .node = file->node, .path = file->real };
	bool fine = file->node != TREE_NONE &&
		    tree_inode(r->lower->scene.in->tree, file->node)->type == NODE_FILE &&
		    derive_from(r, file, &own);

	cln_buf_release(&own.text);
	for (size_t i = 0; !fine && i < r->source_count; i++)
		fine = derive_from(r, file, &r->source[i]);
	return fine;
}
