// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/lower.h"

#include "packager/plan/programs.h"

#include <stdio.h>
#include <string.h>

/* Who dropped privileges on the way to main: production starts as that user. */
static void note_user_drop(struct lower *lower)
{
	struct scene *scene = &lower->scene;
	const struct cln_trace *trace = scene->in->trace;
	const struct cln_trace_exec *main = scene_exec(scene, scene->main);

	for (uint32_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];

		if (scene->side[i] == SIDE_STARTUP && program_drops_user(exec->path) && main->uid &&
			scene_below(scene, scene->main, i))
			scene_note(scene, "user",
				"start-up dropped to %u:%u with %s; production starts as that user",
				main->uid, main->gid, scene_command_text(scene, i));
	}
}

static void lower_surroundings(struct lower *lower)
{
	struct scene *scene = &lower->scene;
	const struct cln_trace_exec *main = scene_exec(scene, scene->main);

	lower->workdir = main->cwd && *main->cwd ? main->cwd : "/";
	if (main->umask != 022) {
		char mode[8];

		snprintf(mode, sizeof(mode), "%04o", main->umask & 0777);
		lines_words(&lower->exec, "as main had it", "umask", mode, NULL);
	}
	lower_limits(lower);
	if (strcmp(lower->workdir, "/") != 0 &&
		tree_lookup(scene->in->tree, lower->workdir) != TREE_NONE)
		lower_demand(lower, lower->workdir, false, "main's working directory");
	note_user_drop(lower);
}

/* Templates and copied files must be in the image for the init to read. */
static void demand_sources(struct lower *lower)
{
	for (size_t i = 0; i < lower->step_count; i++) {
		const struct step *step = &lower->step[i];
		bool mounted = writes_mount(&lower->writes, step->path);

		if (step->kind == STEP_TEMPLATE && !step->data)
			lower_demand(lower, step->source, false, "template of %s", step->path);
		else if (step->kind == STEP_COPY && mounted)
			lower_demand(
				lower, step->source, false, "copied to %s at start", step->path);
	}
}

/* A rendered file outside every mount becomes a link; decided before mounts are settled. */
static void link_rendered(struct lower *lower)
{
	for (size_t i = 0; i < lower->step_count; i++) {
		const struct step *step = &lower->step[i];

		if ((step->kind == STEP_TEMPLATE || step->kind == STEP_RANDOM) &&
			!writes_mount(&lower->writes, step->path))
			writes_redirect(&lower->writes, step->path, TREE_NONE,
				cln_arena_format(
					lower->scene.arena, "made at start: %s", step->path));
	}
}

static int lower_all(struct lower *lower, struct cln_err *err)
{
	int r;

	r = lower_script(lower, err);
	if (r < 0)
		return r;
	lower_secrets(lower);
	if ((r = lower_helpers(lower, err)) < 0 || (r = lower_shells(lower, err)) < 0)
		return r;
	lower_env(lower);
	lower_args(lower);
	lower_surroundings(lower);
	if ((r = writes_plan(&lower->scene, &lower->writes, err)) < 0 ||
		(r = lower_results(lower, err)) < 0)
		return r;
	link_rendered(lower);
	writes_finish(&lower->writes);
	lower_env_order(lower);
	demand_sources(lower);
	return 0;
}

int lower_make(const struct keep_input *in, const struct plan_options *options, struct lower **out,
	struct cln_err *err)
{
	cln_owned(lower_drop) struct lower *lower = cln_alloc(sizeof(*lower));
	int r = scene_init(&lower->scene, in, options, err);

	if (r < 0)
		return r;
	lower->env.arena = lower->arg.arena = lower->exec.arena = lower->scene.arena;
	lower->writes.scene = &lower->scene;
	r = lower_all(lower, err);
	if (r < 0)
		return r;
	*out = cln_steal(&lower);
	return 0;
}

void lower_free(struct lower *lower)
{
	if (!lower)
		return;
	writes_release(&lower->writes);
	cln_buf_release(&lower->commands);
	free(lower->env.line);
	free(lower->arg.line);
	free(lower->exec.line);
	free(lower->step);
	free(lower->helper);
	free(lower->demand);
	scene_release(&lower->scene);
	free(lower);
}

void lower_drop(struct lower **lower)
{
	lower_free(*lower);
}

void lower_settle(struct lower *lower)
{
	scene_forget_files(&lower->scene);
}

const struct keep_demand *lower_demands(const struct lower *lower, size_t *count)
{
	*count = lower->demand_count;
	return lower->demand;
}
