// SPDX-License-Identifier: Apache-2.0
/*
 * secrets.c - secrets among the arguments of programs.
 *
 * The profiler withholds the values of variables whose names suggest a secret; a
 * script that hands one on as an argument puts it into the trace all the same.
 * Where the script's text shows that, the value is known, and written nowhere.
 */
#include "packager/plan/lower.h"

#include <string.h>

#define SECRET_MIN 4u /* shorter ones would hide half of every text */
#define SECRETS_MAX 64u

static void add_secret(struct scene *scene, const char *text, size_t size)
{
	const char *copy = cln_arena_strndup(scene->arena, text, size);

	if (size < SECRET_MIN || scene_hides(scene, copy) || scene->secret_count == SECRETS_MAX)
		return;
	CLN_PUSH(scene->secret, scene->secret_count, scene->secret_room) = copy;
}

static void of_program(struct lower *lower, const struct cln_trace_exec *exec)
{
	const char *const *argv = scene_argv(exec);
	const char *text;
	size_t size;

	for (size_t i = 1; argv[0] && argv[i]; i++)
		if (script_secret(&lower->script, argv[i - 1], argv[i], &text, &size))
			add_secret(&lower->scene, text, size);
}

void lower_secrets(struct lower *lower)
{
	const struct scene *scene = &lower->scene;
	const struct cln_trace *trace = scene->in->trace;
	bool any = false;

	for (size_t i = 0; i < scene->vars.count; i++)
		any |= scene->vars.var[i].secret;
	for (uint32_t i = 0; any && i < trace->exec_count; i++)
		if (trace->exec[i].root == scene->in->root && scene->side[i] != SIDE_NONE)
			of_program(lower, &trace->exec[i]);
}
