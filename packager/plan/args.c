// SPDX-License-Identifier: Apache-2.0
/*
 * args.c - how the container's arguments became main's.
 *
 * given: what stood behind the entry point ("$@" of an entry script).
 * argv:  what main got. Four shapes are told apart:
 *	argv = given				the arguments name the program; those that
 *						start with a dash go to it
 *	argv = PROGRAM FIXED... given		exec PROGRAM FIXED... ${@args}
 *	argv = given FIXED...			the same, FIXED appended
 *	argv = PROGRAM FIXED... rest of given	the program's name is taken out of Cmd
 * Anything else ignores the arguments, as start-up did.
 */
#include "packager/plan/lower.h"

#include "common/path.h"
#include "packager/plan/programs.h"

#include <string.h>

static size_t words_count(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

static bool same_program(const char *a, const char *b)
{
	return !strcmp(cln_path_name(a), cln_path_name(b));
}

static bool same_words(const char *const *a, const char *const *b, size_t count, bool program_first)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(a[i], b[i]) != 0 &&
			!(i == 0 && program_first && same_program(a[i], b[i])))
			return false;
	return true;
}

/* What the user, or Cmd, gave to the entry point. */
static const char *const *given_args(const struct lower *lower, bool *shell_string)
{
	static const char *const none[] = { NULL };
	const struct scene *scene = &lower->scene;
	const struct image *image = scene->in->image;
	const struct cln_trace_exec *entry = scene_exec(scene, scene->entry);
	size_t fixed = words_count(image->entrypoint);

	if (!entry)
		entry = scene_exec(scene, scene->main);
	const char *const *argv = scene_argv(entry);
	size_t count = words_count(argv);

	*shell_string = count >= 3 && program_is_shell(argv[0]) && !strcmp(argv[1], "-c");
	if (*shell_string)
		return count > 4 ? argv + 4 : none;
	if (!fixed) /* Cmd is the whole command line */
		return entry == scene_exec(scene, scene->main) ? argv : count ? argv + 1 : none;
	/* the entry point's last word, wherever interpreters moved it */
	const char *last = image->entrypoint[fixed - 1];

	for (size_t i = 0; i < count; i++)
		if (!strcmp(argv[i], last) || (i == 0 && same_program(argv[i], last)))
			return argv + i + 1;
	return words_count(image->cmd) <= count ? argv + (count - words_count(image->cmd)) : none;
}

static void exec_line(
	struct lower *lower, const char *const *fixed, size_t count, bool args, const char *comment)
{
	const struct cln_trace_exec *main = scene_exec(&lower->scene, lower->scene.main);
	struct cln_buf text = { 0 };

	lines_word(&text, main->path);
	for (size_t i = 0; i < count; i++) {
		cln_owned(cln_buf_release) struct cln_buf live = { 0 };

		if (script_explains(&lower->script, fixed[i], &live))
			lines_live(&text, live.data);
		else
			lines_word(&text, fixed[i]);
	}
	if (args)
		lines_live(&text, "${@args}");
	lines_add(&lower->exec, "exec", &text, comment);
}

static void keep_argv(struct lower *lower, const char *const *argv, size_t count)
{
	const struct cln_trace_exec *main = scene_exec(&lower->scene, lower->scene.main);
	const char **copy = cln_arena_alloc(lower->scene.arena, (count + 2) * sizeof(*copy));

	copy[0] = main->path;
	for (size_t i = 1; i < count; i++)
		copy[i] = argv[i];
	lower->argv = copy;
}

static void flags_go_to(struct lower *lower, const char *program)
{
	lines_words(&lower->arg, "arguments that start with a dash go to the program", "arg",
		"if-flag", "prepend", program, NULL);
}

/* argv is given and nothing more: whatever program they name is run. */
static void args_as_given(struct lower *lower, const char *const *argv, const char *const *given)
{
	flags_go_to(lower, argv[0]);
	lower->cmd = given;
	keep_argv(lower, argv, 1);
	scene_note(&lower->scene, "arguments",
		"the arguments of the container name the program, as before; those that start with a "
		"dash go to %s; any other program must be kept with --keep",
		argv[0]);
}

/* Words in front of given. */
static void args_behind(
	struct lower *lower, const char *const *argv, size_t front, const char *const *given)
{
	if (front == 1 && given[0] && given[0][0] == '-') {
		flags_go_to(lower, argv[0]);
		lower->cmd = given;
		keep_argv(lower, argv, 1);
		return;
	}
	exec_line(lower, argv + 1, front - 1, true, "the container's arguments follow");
	if (lower->script.size)
		scene_note(&lower->scene, "arguments",
			"the container's arguments go to %s; a program's name in front of them is no longer "
			"understood",
			argv[0]);
	lower->cmd = given;
	keep_argv(lower, argv, front);
}

/* PROGRAM FIXED... rest, where given is PROGRAM rest. */
static void args_injected(
	struct lower *lower, const char *const *argv, size_t front, const char *const *given)
{
	exec_line(lower, argv + 1, front - 1, true, "start-up put arguments in front");
	lower->cmd = given + 1;
	keep_argv(lower, argv, front);
	scene_note(&lower->scene, "arguments",
		"start-up put %zu argument(s) behind the program's name; arguments of the container now "
		"follow them, without the name `%s' in front",
		front - 1, given[0]);
}

static void args_appended(
	struct lower *lower, const char *const *argv, size_t count, const char *const *given)
{
	size_t n = words_count(given);
	struct cln_buf text = { 0 };

	flags_go_to(lower, argv[0]);
	lines_live(&text, "append");
	for (size_t i = n; i < count; i++) {
		cln_owned(cln_buf_release) struct cln_buf live = { 0 };

		if (script_explains(&lower->script, argv[i], &live))
			lines_live(&text, live.data);
		else
			lines_word(&text, argv[i]);
	}
	lines_add(&lower->arg, "arg", &text, "start-up appended these");
	lower->cmd = given;
	keep_argv(lower, argv, 1);
}

static void args_fixed(struct lower *lower, const char *const *argv, size_t count,
	const char *const *given, bool shell_string)
{
	static const char *const none[] = { NULL };

	exec_line(lower, argv + 1, count ? count - 1 : 0, false, "start-up fixed the arguments");
	lower->cmd = none;
	keep_argv(lower, argv, count);
	if (shell_string)
		scene_note(&lower->scene, "arguments",
			"the image ran a shell string; production runs the program itself, and arguments of "
			"the container have no effect");
	else if (given[0])
		scene_note(&lower->scene, "arguments",
			"start-up did not pass the container's arguments on: they have no effect");
}

void lower_args(struct lower *lower)
{
	const struct scene *scene = &lower->scene;
	const struct cln_trace_exec *main = scene_exec(scene, scene->main);
	const char *const *argv = scene_argv(main);
	bool shell_string, alone = scene->entry == CLN_TRACE_NONE || scene->entry == scene->main;
	const char *const *given = given_args(lower, &shell_string);
	size_t count = words_count(argv), n = words_count(given);

	if (main->argv_cut)
		scene_note(
			&lower->scene, "arguments", "%s: the trace cut its arguments", main->path);
	bool ignores = !n && !alone && lower->script.size &&
		       !memmem(lower->script.text, lower->script.size, "$@", 2);

	shell_string &= !alone;
	if (shell_string || ignores)
		args_fixed(lower, argv, count, given, shell_string);
	else if (n && count == n && same_words(argv, given, n, true))
		args_as_given(lower, argv, given);
	else if (count > n && same_words(argv + (count - n), given, n, false))
		args_behind(lower, argv, count - n, given);
	else if (n && count > n && same_words(argv, given, n, true))
		args_appended(lower, argv, count, given);
	else if (n && count >= n && same_program(argv[0], given[0]) &&
		 same_words(argv + (count - n + 1), given + 1, n - 1, false))
		args_injected(lower, argv, count - n + 1, given);
	else
		args_fixed(lower, argv, count, given, false);
	if (argv[0] && !same_program(argv[0], main->path))
		scene_note(&lower->scene, "arguments",
			"main called itself `%s'; production calls it by its path", argv[0]);
}
