// SPDX-License-Identifier: Apache-2.0
/*
 * helpers.c - programs of start-up that did real work, as `run` steps.
 *
 * A program that is not plumbing (programs.h) and left something that lasts - a
 * file that main uses, or a database - runs at each start of production too.
 * Where the script first looked in vain for a path that the program then made
 * (`[ -s "$PGDATA/PG_VERSION" ] || initdb`), that path is the condition; without
 * one the program ran at every start before and does so still.
 */
#include "packager/plan/lower.h"

#include "common/path.h"
#include "packager/plan/places.h"
#include "packager/plan/programs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lower_demand(struct lower *lower, const char *path, bool program, const char *fmt, ...)
{
	char reason[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	for (size_t i = 0; i < lower->demand_count; i++) {
		struct keep_demand *demand = &lower->demand[i];

		if (strcmp(demand->path, path) != 0)
			continue;
		demand->is_program |= program;
		return;
	}
	CLN_PUSH(lower->demand, lower->demand_count, lower->demand_room) = (struct keep_demand){
		.path = cln_arena_strdup(lower->scene.arena, path),
		.reason = cln_arena_strdup(lower->scene.arena, reason),
		.is_program = program,
	};
}

static bool is_helper(const struct lower *lower, uint32_t index)
{
	const struct scene *scene = &lower->scene;
	const struct cln_trace_exec *exec = scene_exec(scene, index);

	/* with --main, what lived on beside it is no step of start-up */
	if (scene->side[index] != SIDE_STARTUP || exec->role != CLN_ROLE_STARTUP ||
		scene_below(scene, scene->main, index))
		return false;
	return !program_is_plumbing(exec->path) && !(exec->interpreter && shells_is(exec));
}

/* Topmost: none of its parents is a helper itself. */
static bool is_topmost(const struct lower *lower, uint32_t index)
{
	const struct cln_trace *trace = lower->scene.in->trace;
	uint32_t parent = trace->exec[index].parent;

	for (size_t steps = 0; parent != CLN_TRACE_NONE && steps <= trace->exec_count; steps++) {
		if (is_helper(lower, parent))
			return false;
		parent = trace->exec[parent].parent;
	}
	return true;
}

/* What exec and those below it did to the file. */
static uint32_t access_below(
	const struct scene *scene, const struct scene_file *file, uint32_t exec)
{
	uint32_t access = 0;

	for (size_t i = 0; i < file->fact->use_count; i++)
		if (scene_below(scene, file->fact->use[i].exec, exec))
			access |= file->fact->use[i].access;
	return access;
}

static bool made_by(const struct scene *scene, const struct scene_file *file, uint32_t exec)
{
	return access_below(scene, file, exec) & (CLN_CREATE | CLN_WRITE | CLN_RENAME | CLN_LINK);
}

static bool lasts(const struct scene *scene, const struct scene_file *file)
{
	const struct cln_trace_result *result = file->fact->result;

	if (writes_is_runtimes(file->real) || (result && !result->type))
		return false;
	if (place_is_database(file->real))
		return true;
	return scene_needs(scene, file->real);
}

/* The script, not the helper itself, looked for it in vain. */
static bool asked_before(const struct scene *scene, const struct scene_file *file)
{
	for (size_t i = 0; i < file->fact->use_count; i++) {
		const struct cln_trace_use *use = &file->fact->use[i];
		const struct cln_trace_exec *exec = scene_exec(scene, use->exec);

		if (exec && scene->side[use->exec] == SIDE_STARTUP &&
			program_is_plumbing(exec->interpreter ? exec->interpreter : exec->path) &&
			(use->access & CLN_MISSING))
			return true;
	}
	return false;
}

static size_t script_order(const struct lower *lower, uint32_t exec)
{
	const char *name = cln_path_name(scene_exec(&lower->scene, exec)->path);
	const char *found = memmem(lower->script.text, lower->script.size, name, strlen(name));

	return found ? (size_t)(found - lower->script.text) : SIZE_MAX;
}

static bool compiles(const struct scene *scene)
{
	return scene->opt->commands && !strcmp(scene->opt->commands, "compile");
}

/* The first shell below the helper that nothing replaces, or CLN_TRACE_NONE. */
static uint32_t needs_shell(const struct scene *scene, uint32_t helper)
{
	const struct cln_trace *trace = scene->in->trace;

	for (uint32_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];

		if (scene->side[i] == SIDE_STARTUP && shells_is(exec) &&
			scene_below(scene, i, helper) && (exec->interpreter || !compiles(scene)))
			return i;
	}
	return CLN_TRACE_NONE;
}

static int refuse_helper(
	struct lower *lower, uint32_t exec, uint32_t shell, const char *wrote, struct cln_err *err)
{
	const struct scene *scene = &lower->scene;
	bool script = scene_exec(scene, shell)->interpreter;

	return cln_refuse(err,
		"start-up step %s: it wrote %s, and runs a shell (%s); %sleave the step out with "
		"--allow-startup-loss %s and declare it in other words with --init-conf, or keep the shell "
		"with --allow-shell",
		scene_command_text(scene, exec), wrote, scene_command_text(scene, shell),
		script ? "" : "run its constant commands without one with --commands compile, ",
		scene_exec(scene, exec)->path);
}

static void adopt(struct lower *lower, uint32_t helper, const char *unless)
{
	struct scene *scene = &lower->scene;
	const char *text = scene_command_text(scene, helper);

	CLN_PUSH(lower->helper, lower->helper_count, lower->helper_room) =
		(struct helper){ helper, unless, script_order(lower, helper) };
	for (uint32_t i = 0; i < scene->in->trace->exec_count; i++)
		if (scene->side[i] == SIDE_STARTUP && scene_below(scene, i, helper))
			scene->side[i] = SIDE_HELPER;
	for (size_t i = 0; i < scene->file_count; i++) {
		const struct scene_file *file = &scene->file[i];
		uint32_t access = access_below(scene, file, helper);
		uint32_t used = CLN_READ | CLN_EXEC | CLN_MAP | CLN_LIST | CLN_READLINK |
				CLN_CHDIR | CLN_STAT;

		if (file->node == TREE_NONE || !(access & used) || writes_is_runtimes(file->real))
			continue;
		if (program_is_shell(file->path) && !scene->opt->allow_shell)
			continue;
		lower_demand(lower, file->path, access & CLN_EXEC, "run step: %s", text);
	}
}

/* Where exec, or a program below it, took connections: a server for start-up alone. */
static const char *listened_on(const struct scene *scene, uint32_t exec)
{
	const struct cln_trace *trace = scene->in->trace;

	for (size_t i = 0; i < scene->file_count; i++)
		if (access_below(scene, &scene->file[i], exec) & CLN_BIND)
			return scene->file[i].path;
	for (size_t i = 0; i < trace->port_count; i++)
		if (scene_below(scene, trace->port[i].exec, exec))
			return cln_arena_format(scene->arena, "%s port %u", trace->port[i].protocol,
				trace->port[i].port);
	return NULL;
}

static int refuse_server(struct lower *lower, uint32_t exec, const char *where, struct cln_err *err)
{
	const struct scene *scene = &lower->scene;

	return cln_refuse(err,
		"start-up step %s: it was a server of its own for a while (%s), and what start-up told it "
		"there cannot be declared; let the source image do this once on the volume (a Job, or the "
		"first start in development) and leave the step out with --allow-startup-loss %s, or "
		"declare it in other words with --init-conf 'run ...'",
		scene_command_text(scene, exec), where, scene_exec(scene, exec)->path);
}

/* By the script, itself or as a part of another script that is. */
static bool is_fed(const struct lower *lower, uint32_t exec)
{
	const struct scene *scene = &lower->scene;
	const struct cln_trace *trace = scene->in->trace;
	const char *const *argv = scene_argv(&trace->exec[exec]);

	for (size_t i = 0; argv[i]; i++)
		if (strstr(argv[i], "/dev/fd/")) /* <(...) of bash */
			return true;
	for (size_t steps = 0; exec != CLN_TRACE_NONE && steps <= trace->exec_count; steps++) {
		if (scene_below(scene, scene->main, exec))
			return false;
		if (script_feeds(&lower->script, scene_argv(&trace->exec[exec])))
			return true;
		exec = trace->exec[exec].parent;
	}
	return false;
}

static int refuse_fed(struct lower *lower, uint32_t exec, const char *wrote, struct cln_err *err)
{
	const struct scene *scene = &lower->scene;
	const char *path = scene_exec(scene, exec)->path;

	return cln_refuse(err,
		"start-up step %s: it wrote %s from what the script gave it to read, which the trace does "
		"not hold; put that into a file of the image and declare --init-conf 'run stdin=FILE -- %s "
		"...', and leave the step itself out with --allow-startup-loss %s",
		scene_command_text(scene, exec), wrote, path, path);
}

/* Left out as asked: neither it nor what it made is start-up's any more. */
static void leave_out(struct lower *lower, uint32_t exec, const char *wrote)
{
	struct scene *scene = &lower->scene;

	for (uint32_t i = 0; i < scene->in->trace->exec_count; i++)
		if (scene->side[i] == SIDE_STARTUP && scene_below(scene, i, exec))
			scene->side[i] = SIDE_NONE;
	scene_note(scene, "lost-step", "%s is left out, as asked: it wrote %s",
		scene_command_text(scene, exec), wrote);
}

/* A file that it made and main uses; *marker: one that the script had asked for before. */
static const char *what_lasts(const struct scene *scene, uint32_t exec, const char **marker)
{
	const char *wrote = NULL;

	for (size_t i = 0; i < scene->file_count; i++) {
		const struct scene_file *file = &scene->file[i];

		if (!made_by(scene, file, exec) || !lasts(scene, file))
			continue;
		wrote = wrote ? wrote : file->real;
		if (!*marker && asked_before(scene, file))
			*marker = file->real;
	}
	return wrote;
}

static int consider(struct lower *lower, uint32_t exec, struct cln_err *err)
{
	struct scene *scene = &lower->scene;
	const char *marker = NULL, *wrote = what_lasts(scene, exec, &marker);
	const char *step = scene_exec(scene, exec)->path;

	if (!wrote && lower_wait(lower, exec))
		return 0;
	if (!wrote) {
		scene_note(scene, "start-up",
			"%s ran at start and left nothing that main uses: left out",
			scene_command_text(scene, exec));
		return 0;
	}
	if (scene_loss_allowed(scene, step)) {
		leave_out(lower, exec, wrote);
		return 0;
	}
	const char *where = listened_on(scene, exec);
	uint32_t shell = scene->opt->allow_shell ? CLN_TRACE_NONE : needs_shell(scene, exec);

	if (where)
		return refuse_server(lower, exec, where, err);
	if (shell != CLN_TRACE_NONE)
		return refuse_helper(lower, exec, shell, wrote, err);
	if (is_fed(lower, exec))
		return refuse_fed(lower, exec, wrote, err);
	adopt(lower, exec, marker);
	return 0;
}

static int by_order(const void *a, const void *b)
{
	const struct helper *x = a, *y = b;

	return x->order != y->order ? (x->order < y->order ? -1 : 1)
				    : (x->exec > y->exec) - (x->exec < y->exec);
}

/* A folder whose scripts start-up ran: what is mounted there at run time is not run. */
static void note_hooks(struct lower *lower)
{
	struct scene *scene = &lower->scene;
	const struct cln_trace *trace = scene->in->trace;

	for (uint32_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];
		const char *folder = cln_arena_strndup(
			scene->arena, exec->path, cln_path_parent_length(exec->path));

		if (scene->side[i] == SIDE_STARTUP && exec->interpreter &&
			cln_path_match("*.d", folder))
			scene_note(scene, "hooks",
				"start-up ran the scripts of %s: what those of the image did is declared; scripts "
				"that are mounted there at run time are not run",
				folder);
	}
}

/* Programs that started main in their place: what they set beside it is not declared. */
static void note_wrappers(struct lower *lower)
{
	struct scene *scene = &lower->scene;
	const struct cln_trace *trace = scene->in->trace;

	for (uint32_t i = 0; i < trace->exec_count; i++)
		if (scene->side[i] == SIDE_STARTUP && i != scene->entry &&
			!trace->exec[i].interpreter && !program_is_plumbing(trace->exec[i].path) &&
			scene_below(scene, scene->main, i))
			scene_note(scene, "wrapper",
				"%s started the main program; production starts it without, and what that "
				"changed for it (as a memory policy) is not declared",
				scene_command_text(scene, i));
}

int lower_helpers(struct lower *lower, struct cln_err *err)
{
	struct scene *scene = &lower->scene;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < scene->in->trace->exec_count; i++) {
		if (is_helper(lower, i) && is_topmost(lower, i))
			r = consider(lower, i, err);
		else if (scene->side[i] == SIDE_STARTUP)
			lower_wait(lower, i); /* scripts that wait */
	}
	note_wrappers(lower);
	note_hooks(lower);
	if (lower->helper_count)
		qsort(lower->helper, lower->helper_count, sizeof(*lower->helper), by_order);
	scene_recount(scene);
	return r;
}
