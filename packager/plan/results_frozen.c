// SPDX-License-Identifier: Apache-2.0
/*
 * results_frozen.c - what nothing explains: kept as the profiled start-up wrote it, or refused.
 */
#include "packager/plan/programs.h"
#include "packager/plan/results_parts.h"

#include <string.h>

int results_refuse(
	struct results *r, const struct scene_file *file, const char *cause, struct cln_err *err)
{
	struct scene *scene = &r->lower->scene;
	const char *who = results_writer(r, file);

	if (scene_loss_allowed(scene, file->real)) {
		scene_note(scene, "lost-step", "%s: %s; left out, as asked", file->real, cause);
		return 0;
	}
	return cln_refuse(err,
		"start-up step %s: it made %s, which main uses: %s; declare it with --init-conf and leave "
		"it out with --allow-startup-loss %s",
		who ? who : "start-up", file->real, cause, file->real);
}

static bool holds_secret(const struct results *r)
{
	const struct lower *lower = r->lower;

	for (size_t i = 0; i < lower->scene.vars.count; i++)
		if (lower->scene.vars.var[i].secret &&
			script_mentions(&lower->script, lower->scene.vars.var[i].name))
			return true;
	return false;
}

/* Which variables' values can be seen in the text, for the report. */
static void note_frozen(struct results *r, const struct scene_file *file)
{
	const struct cln_trace_result *result = file->fact->result;
	const struct template_vars *vars = &r->lower->scene.vars;
	cln_owned(cln_buf_release) struct cln_buf seen = { .ceiling = 500 };

	for (size_t i = 0; i < vars->count; i++) {
		const char *value = vars->var[i].value;

		if (!value || strlen(value) < 2 ||
			!memmem(result->content, result->content_size, value, strlen(value)))
			continue;
		cln_buf_addf(&seen, "%s%s", seen.size ? ", " : "", vars->var[i].name);
	}
	scene_note(&r->lower->scene, "frozen",
		"%s is as the profiled start-up wrote it, whatever the environment says; variables whose "
		"values it holds: %s",
		file->real, seen.size ? seen.data : "none");
}

static bool made_by_secret_maker(const struct results *r, const struct scene_file *file)
{
	for (size_t i = 0; i < file->fact->use_count; i++) {
		const struct cln_trace_use *use = &file->fact->use[i];
		const struct cln_trace_exec *exec = scene_exec(&r->lower->scene, use->exec);

		if (exec && (use->access & CLN_ACCESS_WRITES) && program_makes_secrets(exec->path))
			return true;
	}
	return false;
}

int results_freeze(struct results *r, const struct scene_file *file, struct cln_err *err)
{
	const struct cln_trace_result *result = file->fact->result;
	const struct script *script = &r->lower->script;
	struct step *step;

	if (made_by_secret_maker(r, file))
		return results_refuse(
			r, file, "it is a secret that must not be the same everywhere", err);
	if (result->varies)
		return results_refuse(r, file, "its content differed between runs", err);
	if (!result->content && result->size_bytes)
		return results_refuse(r, file, "its content is too large for the trace", err);
	if (holds_secret(r))
		return results_refuse(r, file,
			"nothing explains its content, and start-up knew secrets that it may hold",
			err);
	/* empty, or spelled out in the script: the same at every start */
	if (result->content &&
		!memmem(script->text, script->size, result->content, result->content_size))
		note_frozen(r, file);
	step = results_add(r, STEP_FROZEN, file);
	step->data = result->content ? result->content : "";
	step->size = result->content_size;
	return 0;
}
