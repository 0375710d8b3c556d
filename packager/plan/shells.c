// SPDX-License-Identifier: Apache-2.0
/*
 * shells.c - what production would still need a shell for.
 */
#include "packager/plan/lower.h"

#include "common/path.h"
#include "init/format.h"
#include "packager/plan/command.h"
#include "packager/plan/programs.h"

#include <string.h>

static int refuse_main_shell(const struct lower *lower, struct cln_err *err)
{
	const struct scene *scene = &lower->scene;
	const struct cln_trace *trace = scene->in->trace;
	cln_owned(cln_buf_release) struct cln_buf list = { .ceiling = 600 };

	for (uint32_t i = 0; i < trace->exec_count; i++)
		if (scene->side[i] == SIDE_SERVICE && i != scene->main &&
			!program_is_plumbing(trace->exec[i].path) &&
			(!list.data || !strstr(list.data, trace->exec[i].path)))
			cln_buf_addf(&list, "%s%s", list.size ? ", " : "", trace->exec[i].path);
	return cln_refuse(err,
		"main program %s: it is a shell or a shell script, and production has none; if one of its "
		"children is the service, name it with --main (%s); --allow-shell keeps the shell",
		scene_command_text(scene, scene->main), list.size ? list.data : "none was seen");
}

static const char *find_program(void *of, const char *program)
{
	return scene_find_program(of, program);
}

static int compile_command(
	struct lower *lower, uint32_t exec, const char *string, struct cln_err *err)
{
	cln_owned(command_drop) struct command *command = NULL;
	cln_owned(cln_buf_release) struct cln_buf rows = { 0 };
	struct scene *scene = &lower->scene;
	struct cln_err cause = { 0 };

	if (command_parse(string, &command, &cause) < 0)
		return cln_refuse(err,
			"service shell: %s, called by %s: it is no simple constant command (%s); --commands "
			"compile cannot carry it; --allow-shell keeps the shell",
			scene_command_text(scene, exec),
			scene_command_text(scene, scene_exec(scene, exec)->parent), cause.text);
	command_rows(command, string, find_program, scene, &rows);
	if (lower->commands.data &&
		memmem(lower->commands.data, lower->commands.size, rows.data, rows.size))
		return 0;
	cln_buf_add(&lower->commands, rows.data, rows.size);
	for (size_t i = 0; i < command->count; i++) {
		const char *program = scene_find_program(scene, command->step[i].argv[0]);

		if (program)
			lower_demand(lower, program, true, "compiled command: %s", string);
	}
	scene_note(scene, "commands", "%s runs `%s' without a shell, from the command table",
		scene_command_text(scene, scene_exec(scene, exec)->parent), string);
	return 0;
}

/* A program that the shell started, when main itself called that shell: wrappers as npm do. */
static const char *program_below(const struct scene *scene, uint32_t shell)
{
	const struct cln_trace *trace = scene->in->trace;

	if (trace->exec[shell].parent != scene->main)
		return NULL;
	for (uint32_t i = 0; i < trace->exec_count; i++)
		if (i != shell && trace->exec[i].parent == shell &&
			!program_is_plumbing(trace->exec[i].path))
			return trace->exec[i].path;
	return NULL;
}

static int service_shell(struct lower *lower, uint32_t index, struct cln_err *err)
{
	struct scene *scene = &lower->scene;
	const struct cln_trace_exec *exec = scene_exec(scene, index);
	const char *string = shells_string(exec);
	const char *step = cln_arena_format(scene->arena, "shell:%s", string ? string : exec->path);
	bool compile = scene->opt->commands && !strcmp(scene->opt->commands, "compile");
	struct command *command = NULL;
	struct cln_err cause = { 0 };

	if (scene_loss_allowed(scene, step)) {
		scene_note(scene, "lost-command", "%s will fail: there is no shell, as asked",
			scene_command_text(scene, index));
		return 0;
	}
	if (string && compile)
		return compile_command(lower, index, string, err);
	bool fits = string && command_parse(string, &command, &cause) == 0;

	command_free(command);
	const char *below = program_below(scene, index);
	const char *hint =
		below ? cln_arena_format(scene->arena,
				"where what it started is the service itself, --main %s says "
				"so; ",
				below)
		      : "";

	return cln_refuse(err,
		"service shell: %s, called by %s, and production has no shell; %s%s; %saccept that it "
		"fails with --allow-startup-loss '%s', or keep the shell with --allow-shell",
		scene_command_text(scene, index), scene_command_text(scene, exec->parent),
		fits	 ? "--commands compile runs exactly this command without one"
		: string ? "no simple constant command: "
			 : "a script cannot be compiled",
		fits || !string ? "" : cause.text, hint, step);
}

int lower_shells(struct lower *lower, struct cln_err *err)
{
	struct scene *scene = &lower->scene;
	const struct cln_trace *trace = scene->in->trace;
	bool needs = false;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < trace->exec_count; i++) {
		if (scene->side[i] < SIDE_SERVICE || !shells_is(&trace->exec[i]))
			continue;
		needs = true;
		if (scene->opt->allow_shell)
			continue;
		r = i == scene->main ? refuse_main_shell(lower, err) : service_shell(lower, i, err);
	}
	lower->keeps_shell = needs && scene->opt->allow_shell;
	if (r == 0 && lower->keeps_shell)
		scene_note(scene, "shell", "production keeps a shell, as asked");
	return r;
}
