// SPDX-License-Identifier: Apache-2.0
/*
 * args.c - the container's arguments as `arg` and `exec` lines (see args.h).
 */
#include "packager/plan/args.h"

#include "common/path.h"

#include <string.h>

/* Adds words[0..count), each following the environment where the script shows how. */
static void add_words(
	struct lower *lower, struct cln_buf *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cln_owned(cln_buf_release) struct cln_buf live = { 0 };

		if (script_explains(&lower->script, words[(ptrdiff_t)i - 1], words[i], &live))
			lines_live(text, live.data);
		else
			lines_word(text, words[i]);
	}
}

static void exec_line(struct lower *lower, const struct args_shape *shape, const char *comment)
{
	const struct cln_trace_exec *main = scene_exec(&lower->scene, lower->scene.main);
	struct cln_buf text = { 0 };

	lines_word(&text, main->path);
	if (shape->live) {
		cln_buf_adds(&text, shape->live);
		lines_add(&lower->exec, "exec", &text, comment);
		return;
	}
	add_words(lower, &text, args_front(shape), shape->front);
	if (shape->kind != ARGS_IGNORED)
		lines_live(&text, "${@args}");
	add_words(lower, &text, args_back(shape), shape->back);
	lines_add(&lower->exec, "exec", &text, comment);
}

/* The word itself, or where the script put a secret into it, how init.conf writes it. */
static const char *without_secret(struct lower *lower, const char *const *word)
{
	const struct template_vars *vars = &lower->scene.vars;
	cln_owned(cln_buf_release) struct cln_buf live = { 0 };

	if (!script_explains(&lower->script, word[-1], *word, &live))
		return *word;
	for (size_t i = 0; i < vars->count; i++) {
		cln_owned(cln_drop_mem) char *name = cln_format("${%s", vars->var[i].name);

		if (vars->var[i].secret && strstr(live.data, name))
			return cln_arena_strndup(lower->scene.arena, live.data + 1, live.size - 2);
	}
	return *word;
}

/* What is run where no arguments change it: the program and its first fixed words. */
static void keep_argv(struct lower *lower, const struct args_shape *shape)
{
	const struct cln_trace_exec *main = scene_exec(&lower->scene, lower->scene.main);
	const char **copy = cln_arena_alloc(lower->scene.arena, (shape->front + 2) * sizeof(*copy));

	copy[0] = main->path;
	for (size_t i = 0; i < shape->front; i++)
		copy[i + 1] = without_secret(lower, args_front(shape) + i);
	lower->argv = copy;
}

static void arg_line(struct lower *lower, const char *condition, const char *verb,
	const char *const *words, size_t count, const char *comment)
{
	struct cln_buf text = { 0 };

	if (!count)
		return;
	lines_word(&text, condition);
	lines_live(&text, verb);
	add_words(lower, &text, words, count);
	lines_add(&lower->arg, "arg", &text, comment);
}

/* The first word of arguments that name the program themselves. */
static const char *program_name(const struct args_shape *shape)
{
	bool given = shape->given[0] && args_same_program(shape->given[0], shape->argv[0]);

	return given ? shape->given[0] : shape->argv[0];
}

/* Whatever program they name is run; ours gets what start-up put around its arguments. */
static void args_program(struct lower *lower, const struct args_shape *shape)
{
	const char *program = program_name(shape);
	const char *first = cln_arena_format(lower->scene.arena, "if-first=%s", program);

	const char *flags = shape->flags_to ? shape->flags_to : program;

	lines_words(&lower->arg, "arguments that start with a dash go to the program", "arg",
		"if-flag", "prepend", flags, NULL);
	if (shape->if_none)
		lines_words(&lower->arg, "what start-up ran without arguments", "arg", "if-none",
			"prepend", program, NULL);
	if (shape->if_first)
		lines_words(&lower->arg, "such an argument goes to the program", "arg",
			cln_arena_format(lower->scene.arena, "if-first=%s", shape->if_first),
			"prepend", program, NULL);
	if (shape->if_no_program)
		lines_words(&lower->arg, "arguments that name no program go to this one", "arg",
			"if-no-program", "prepend", program, NULL);
	arg_line(lower, first, "insert", args_front(shape), shape->front,
		"start-up put these behind the program's name");
	arg_line(lower, first, "append", args_back(shape), shape->back, "start-up appended these");
	bool other = !args_same_program(flags, program);

	scene_note(&lower->scene, "arguments",
		"the container's arguments name the program, as before%s; those that start with a dash%s "
		"go to %s%s; any other program must be kept with --keep",
		shape->front + shape->back ? ", and it gets what start-up put around them" : "",
		other		       ? ""
		: shape->if_none       ? ", or none,"
		: shape->if_no_program ? ", and those that name no program,"
		: shape->if_first      ? ", and files as start-up knew them,"
				       : "",
		flags, other ? ", which is there only where the trace or --keep kept it" : "");
}

/* Behind the program, whatever they are. */
static void args_operands(struct lower *lower, const struct args_shape *shape)
{
	exec_line(lower, shape, "the container's arguments follow");
	if (lower->script.size && !shape->told)
		scene_note(&lower->scene, "arguments",
			"the container's arguments go to %s; a program's name in front of them is no longer "
			"understood",
			shape->argv[0]);
}

static void args_fixed(struct lower *lower, const struct args_shape *found)
{
	static const char *const none[] = { NULL };
	struct args_shape shape = *found;
	const struct cln_trace_exec *entry = scene_exec(&lower->scene, lower->scene.entry);
	bool string = entry && entry->argv && entry->argv[0] && entry->argv[1] &&
		      !strcmp(entry->argv[1], "-c");

	shape.front = shape.argv_count ? shape.argv_count - 1 : 0;
	exec_line(lower, &shape, "start-up fixed the arguments");
	lower->cmd = none;
	keep_argv(lower, &shape);
	if (string)
		scene_note(&lower->scene, "arguments",
			"the image ran a shell string; production runs the program itself, and arguments of "
			"the container have no effect");
	else if (shape.given[0])
		scene_note(&lower->scene, "arguments",
			"start-up did not pass the container's arguments on: they have no effect");
}

/* The next other start of the same program behind index, or CLN_TRACE_NONE. */
static uint32_t other_start(const struct scene *scene, uint32_t index)
{
	const struct cln_trace *trace = scene->in->trace;
	const char *path = scene_exec(scene, scene->main)->path;

	for (uint32_t i = index; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];

		if (i != scene->main && exec->root == scene->in->root &&
			exec->role == CLN_ROLE_MAIN && !strcmp(exec->path, path))
			return i;
	}
	return CLN_TRACE_NONE;
}

/* The profile of several start commands shows whether the lines give what each got. */
static void check_runs(struct lower *lower, const struct args_shape *shape)
{
	struct scene *scene = &lower->scene;
	uint32_t i = 0;

	while ((i = other_start(scene, i)) != CLN_TRACE_NONE) {
		if (!args_hold(lower, shape, i))
			scene_note(scene, "arguments",
				"one profiled run started %s, which the declared lines do not give from the "
				"arguments of that run: declare it with --init-conf `arg ...' and `exec ...'",
				scene_command_text(scene, i));
		i++;
	}
}

/* Cmd stays what was run and proved; the image's own may be another. */
static void note_command(struct lower *lower, const struct args_shape *shape)
{
	const char *const *own = lower->scene.in->image->cmd;
	size_t n = shape->given_count;

	bool same = args_count(own) >= n;

	own += same ? args_count(own) - n : 0;
	for (size_t i = 0; same && i < n; i++)
		same = !strcmp(own[i], shape->given[i]);
	if (!same && shape->kind != ARGS_IGNORED)
		scene_note(&lower->scene, "arguments",
			"production's Cmd is what the profiled program was given, not the image's");
}

void lower_args(struct lower *lower)
{
	struct scene *scene = &lower->scene;
	const struct cln_trace_exec *main = scene_exec(scene, scene->main);
	struct args_shape shape;

	if (main->argv_cut)
		scene_note(scene, "arguments", "%s: the trace cut its arguments", main->path);
	args_find(lower, scene->main, &shape);
	for (uint32_t i = 0; (i = other_start(scene, i)) != CLN_TRACE_NONE; i++)
		args_learn(lower, i, &shape);
	if (shape.kind == ARGS_IGNORED) {
		args_fixed(lower, &shape);
	} else {
		if (shape.kind == ARGS_PROGRAM)
			args_program(lower, &shape);
		else
			args_operands(lower, &shape);
		lower->cmd = shape.given;
		keep_argv(lower, &shape);
	}
	note_command(lower, &shape);
	check_runs(lower, &shape);
	if (shape.argv[0] && !args_same_program(shape.argv[0], main->path))
		scene_note(scene, "arguments",
			"main called itself `%s'; production calls it by its path", shape.argv[0]);
}
