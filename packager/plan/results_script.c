// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/results_parts.h"

#include "init/format.h"

#include <string.h>

/* ${NAME:-standard} of the text: the init's templates have no such thing, its env lines do. */
void results_standard(struct results *r, const char *name, const char *standard)
{
	struct lower *lower = r->lower;
	cln_owned(cln_drop_mem) char *start = cln_format("env %s default ", name);
	struct cln_buf text = { 0 };

	for (size_t i = 0; i < lower->env.count; i++)
		if (!strncmp(lower->env.line[i].text, start, strlen(start)))
			return;
	lines_word(&text, name);
	lines_live(&text, "default");
	lines_word(&text, standard);
	lines_add(&lower->env, "env", &text, "start-up's default");
}

static void add_template(
	struct results *r, const struct scene_file *file, const struct script_file *spelled)
{
	cln_owned(cln_buf_release) struct cln_buf names = { 0 };
	struct cln_arena *arena = r->lower->scene.arena;
	struct step *step = results_add(r, spelled->count ? STEP_TEMPLATE : STEP_FROZEN, file);

	for (size_t i = 0; i < spelled->count; i++) {
		cln_buf_addf(&names, "%s%s", i ? "," : "", spelled->name[i]);
		if (spelled->standard[i])
			results_standard(r, spelled->name[i], spelled->standard[i]);
	}
	step->vars = cln_arena_strdup(arena, names.data ? names.data : "");
	step->source = file->real;
	step->data = cln_arena_strndup(arena, spelled->text.data, spelled->text.size);
	step->size = spelled->text.size;
}

bool results_spelled(struct results *r, const struct scene_file *file)
{
	const struct cln_trace_result *result = file->fact->result;
	struct script_file spelled;

	if (!result->content_size || memchr(result->content, '\0', result->content_size))
		return false;
	cln_owned(cln_drop_mem) char *content =
		cln_format("%.*s", (int)result->content_size, (const char *)result->content);

	if (!script_spells(&r->lower->script, file->path, content, &spelled) &&
		!script_spells(&r->lower->script, file->real, content, &spelled))
		return false;
	bool fits = spelled.text.size < INIT_SECRET_MAX;

	if (fits)
		add_template(r, file, &spelled);
	script_file_release(&spelled);
	return fits;
}
