// SPDX-License-Identifier: Apache-2.0
/*
 * emit_run.c - programs of start-up that do real work, as `run` lines.
 */
#include "packager/plan/emit.h"

#include "common/path.h"

#include <string.h>

/* The value of a variable that path begins with makes the condition follow it. */
static const char *live_path(struct draft *draft, const char *path)
{
	const struct template_vars *vars = &draft->lower->scene.vars;
	const struct template_var *best = NULL;

	for (size_t i = 0; i < vars->count; i++) {
		const struct template_var *var = &vars->var[i];

		if (var->value && var->value[0] == '/' && var->value[1] && !var->secret &&
			strcmp(var->name, "PWD") != 0 && strcmp(var->name, "HOME") != 0 &&
			cln_path_within(path, var->value) &&
			(!best || strlen(var->value) > strlen(best->value)))
			best = var;
	}
	cln_owned(cln_buf_release) struct cln_buf text = { 0 };

	cln_buf_addc(&text, '"');
	if (best)
		cln_buf_addf(&text, "${%s}", best->name);
	path += best ? strlen(best->value) : 0;
	script_quote_inside(&text, path, strlen(path));
	cln_buf_addc(&text, '"');
	return cln_arena_strdup(draft->arena, text.data);
}

void emit_run(struct draft *draft, const struct helper *helper)
{
	const struct scene *scene = &draft->lower->scene;
	const struct cln_trace_exec *exec = scene_exec(scene, helper->exec);
	const char *const *argv = scene_argv(exec);
	struct cln_buf text = { 0 };

	if (helper->unless)
		cln_buf_addf(&text, " unless-exists=%s", live_path(draft, helper->unless));
	cln_buf_adds(&text, " timeout=300 --");
	lines_word(&text, exec->path);
	for (size_t i = 1; argv[0] && argv[i]; i++) {
		cln_owned(cln_buf_release) struct cln_buf live = { 0 };

		if (script_explains(&draft->lower->script, argv[i - 1], argv[i], &live))
			lines_live(&text, live.data);
		else
			lines_word(&text, argv[i]);
	}
	lines_add(&draft->files, "run", &text, "a program of start-up that leaves what main needs");
}
