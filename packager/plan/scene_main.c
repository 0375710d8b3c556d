// SPDX-License-Identifier: Apache-2.0
/*
 * scene_main.c - which program is main, and on which side of it each other one ran.
 */
#include "packager/plan/scene_parts.h"

#include "common/path.h"
#include "packager/plan/programs.h"

#include <string.h>

static bool path_named(const struct cln_trace_exec *exec, const char *name)
{
	return !strcmp(exec->path, name) ||
	       (!strchr(name, '/') && !strcmp(cln_path_name(exec->path), name));
}

static bool same_words(const char *const *a, const char *const *b)
{
	size_t i = 0;

	for (; a[i] && b[i]; i++)
		if (strcmp(a[i], b[i]) != 0 &&
			!(i == 0 && !strcmp(cln_path_name(a[i]), cln_path_name(b[i]))))
			return false;
	return !a[i] && !b[i];
}

/* The container's first program on the way to exec. */
static uint32_t top_of(const struct scene *scene, uint32_t exec)
{
	const struct cln_trace *trace = scene->in->trace;

	for (size_t steps = 0; steps <= trace->exec_count; steps++) {
		uint32_t parent = trace->exec[exec].parent;

		if (parent == CLN_TRACE_NONE || trace->exec[parent].root != scene->in->root)
			break;
		exec = parent;
	}
	return exec;
}

static size_t words_count(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

/* Was the container started with the image's own arguments? */
static bool starts_as_image(const struct scene *scene, uint32_t exec)
{
	const struct image *image = scene->in->image;
	const char *const *argv = scene_argv(scene_exec(scene, top_of(scene, exec)));
	size_t fixed = words_count(image->entrypoint), n = words_count(image->cmd);
	size_t count = words_count(argv);

	if (n > count || !same_words(argv + (count - n), image->cmd))
		return false;
	return fixed ? count > n && !strcmp(cln_path_name(argv[count - n - 1]),
					    cln_path_name(image->entrypoint[fixed - 1]))
		     : count == n;
}

/* Better: started with the image's own arguments, else the first in order. */
static bool main_is_better(const struct scene *scene, uint32_t a, uint32_t b)
{
	return starts_as_image(scene, a) && !starts_as_image(scene, b);
}

static bool is_candidate(const struct scene *scene, uint32_t i)
{
	const struct cln_trace_exec *exec = &scene->in->trace->exec[i];

	if (exec->root != scene->in->root)
		return false;
	if (scene->opt->main)
		return exec->role != CLN_ROLE_INJECTED && path_named(exec, scene->opt->main);
	return exec->role == CLN_ROLE_MAIN;
}

static void main_candidates(const struct scene *scene, struct cln_buf *out)
{
	const struct cln_trace *trace = scene->in->trace;

	for (uint32_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];

		if (exec->root != scene->in->root || exec->role == CLN_ROLE_INJECTED ||
			program_is_plumbing(exec->interpreter ? exec->interpreter : exec->path) ||
			(out->data && strstr(out->data, exec->path)))
			continue;
		cln_buf_addf(out, "%s%s (%s)", out->size ? ", " : "", exec->path,
			cln_role_name(exec->role));
	}
	if (!out->size)
		cln_buf_adds(out, "none");
}

static int main_refuse(const struct scene *scene, const char *what, struct cln_err *err)
{
	cln_owned(cln_buf_release) struct cln_buf list = { .ceiling = 1000 };

	main_candidates(scene, &list);
	return cln_refuse(err, "main program: %s; candidates: %s; choose one with --main PATH",
		what, list.data);
}

/* Did the container's own arguments name this main (`exec "$@"`)? */
static bool named_by_arguments(const struct scene *scene, uint32_t main)
{
	const char *const *given = scene_argv(scene_exec(scene, top_of(scene, main)));
	const char *const *argv = scene_argv(scene_exec(scene, main));

	size_t given_count = words_count(given), count = words_count(argv);

	return count && count <= given_count && same_words(argv, given + (given_count - count));
}

int scene_find_main(struct scene *scene, struct cln_err *err)
{
	const struct cln_trace *trace = scene->in->trace;

	scene->main = scene->entry = CLN_TRACE_NONE;
	for (uint32_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];

		if (exec->root == scene->in->root && exec->role == CLN_ROLE_ENTRY &&
			scene->entry == CLN_TRACE_NONE)
			scene->entry = i;
		if (!is_candidate(scene, i))
			continue;
		if (scene->main != CLN_TRACE_NONE &&
			strcmp(exec->path, trace->exec[scene->main].path) != 0) {
			if (!named_by_arguments(scene, i) ||
				!named_by_arguments(scene, scene->main))
				return main_refuse(scene, "the trace shows more than one", err);
			scene_note(scene, "main",
				"one image, several programs: the container's arguments choose %s or %s",
				exec->path, trace->exec[scene->main].path);
		}
		if (scene->main == CLN_TRACE_NONE || main_is_better(scene, i, scene->main))
			scene->main = i;
	}
	if (scene->main == CLN_TRACE_NONE)
		return main_refuse(scene,
			scene->opt->main ? "no program of the trace has the name that --main gives"
					 : "the trace shows none",
			err);
	return 0;
}

bool scene_below(const struct scene *scene, uint32_t exec, uint32_t ancestor)
{
	const struct cln_trace *trace = scene->in->trace;

	for (size_t steps = 0; exec != CLN_TRACE_NONE && steps <= trace->exec_count; steps++) {
		if (exec == ancestor)
			return true;
		exec = trace->exec[exec].parent;
	}
	return false;
}

/* With --main the profiler's roles are corrected: what is not main or below it is start-up. */
void scene_find_sides(struct scene *scene)
{
	const struct cln_trace *trace = scene->in->trace;

	scene->side = cln_arena_alloc(scene->arena, trace->exec_count + 1);
	for (uint32_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];
		bool startup = exec->role == CLN_ROLE_ENTRY || exec->role == CLN_ROLE_STARTUP;
		bool service = exec->role == CLN_ROLE_MAIN || exec->role == CLN_ROLE_SERVICE;

		if (exec->root != scene->in->root)
			continue;
		if (scene->opt->main && (startup || service)) {
			if (service && !scene_below(scene, i, scene->main) &&
				!program_is_plumbing(exec->path))
				scene_note(scene, "main",
					"%s lived beside %s; production does not run it",
					scene_command_text(scene, i),
					scene_exec(scene, scene->main)->path);
			service = scene_below(scene, i, scene->main);
			startup = !service;
		}
		scene->side[i] = service ? SIDE_SERVICE : startup ? SIDE_STARTUP : SIDE_NONE;
	}
}
