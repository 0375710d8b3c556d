// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/scene_parts.h"

#include "common/path.h"
#include "packager/plan/places.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct cln_trace_exec *scene_exec(const struct scene *scene, uint32_t exec)
{
	return exec == CLN_TRACE_NONE ? NULL : &scene->in->trace->exec[exec];
}

void scene_note(struct scene *scene, const char *kind, const char *fmt, ...)
{
	struct plan_note *note;
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (size_t i = 0; i < scene->note_count; i++)
		if (!strcmp(scene->note[i].kind, kind) && !strcmp(scene->note[i].text, text))
			return;
	if (scene->note_count >= NOTES_MAX)
		return;
	note = &CLN_PUSH(scene->note, scene->note_count, scene->note_room);
	note->kind = kind;
	note->text = cln_arena_strdup(scene->arena, text);
}

const char *const *scene_argv(const struct cln_trace_exec *exec)
{
	static const char *const none[] = { NULL };
	const char *const *argv = exec->argv ? exec->argv : none;

	if (!exec->interpreter)
		return argv;
	/* [interpreter, its argument?, script, arguments...] */
	for (size_t i = 0; i < 3 && argv[i]; i++)
		if (!strcmp(cln_path_name(argv[i]), cln_path_name(exec->path)))
			return argv + i;
	return argv;
}

bool scene_hides(const struct scene *scene, const char *word)
{
	for (size_t i = 0; i < scene->secret_count; i++)
		if (strstr(word, scene->secret[i]))
			return true;
	return false;
}

const char *scene_command_text(const struct scene *scene, uint32_t index)
{
	const struct cln_trace_exec *exec = scene_exec(scene, index);
	cln_owned(cln_buf_release) struct cln_buf text = { .ceiling = 200 };

	if (!exec)
		return "an unknown program";
	cln_buf_adds(&text, exec->path);
	const char *const *argv = scene_argv(exec);

	for (size_t i = 1; argv[0] && argv[i]; i++) {
		const char *word = scene_hides(scene, argv[i]) ? PLAN_REDACTED : argv[i];

		cln_buf_addf(&text, strpbrk(word, " \t\n\"'") ? " '%s'" : " %s", word);
	}
	return cln_arena_format(scene->arena, "%s%s", text.data, text.full ? " ..." : "");
}

bool scene_loss_allowed(const struct scene *scene, const char *step)
{
	const struct cln_list *list = &scene->opt->allow_startup_loss;

	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->item[i], "all") || !strcmp(list->item[i], step) ||
			cln_path_match(list->item[i], step))
			return true;
	return false;
}

const struct template_var *scene_var(const struct scene *scene, const char *name)
{
	for (size_t i = 0; i < scene->vars.count; i++)
		if (!strcmp(scene->vars.var[i].name, name))
			return &scene->vars.var[i];
	return NULL;
}

const char *scene_written_place(const struct scene *scene, const struct template_var *var)
{
	/* of a home that is the root, only what belongs into any home */
	static const char *const dots[] = { "/.cache", "/.config", "/.local" };
	struct tree_walk walk;

	if (!place_variable_mode(var->name) || !var->value ||
		!cln_path_is_normal(var->value, strlen(var->value)))
		return NULL;
	tree_resolve(scene->in->tree, var->value, true, &walk);
	if (walk.loop)
		return NULL;
	if (strcmp(walk.real, "/") != 0)
		return scene_writes(scene, walk.real) ? cln_arena_strdup(scene->arena, walk.real)
						      : NULL;
	for (size_t i = 0; !strcmp(var->name, "HOME") && i < CLN_COUNT(dots); i++)
		if (scene_writes(scene, dots[i]))
			return "/";
	return NULL;
}

const char *scene_find_program(const struct scene *scene, const char *name)
{
	const struct template_var *var = scene_var(scene, "PATH");
	const char *at = var && var->value
				 ? var->value
				 : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char path[CLN_PATH_MAX];
	struct tree_walk walk;

	if (strchr(name, '/'))
		return name;
	while (*at) {
		size_t size = strcspn(at, ":");

		if (*at == '/' && size + strlen(name) + 2 < sizeof(path)) {
			snprintf(path, sizeof(path), "%.*s/%s", (int)size, at, name);
			uint32_t node = tree_resolve(scene->in->tree, path, true, &walk);

			if (node != TREE_NONE &&
				tree_inode(scene->in->tree, node)->type == NODE_FILE)
				return cln_arena_strdup(scene->arena, path);
		}
		at += size + (at[size] == ':');
	}
	return NULL;
}

static int user_option(struct scene *scene, struct cln_err *err)
{
	unsigned uid, gid;
	char rest;
	int n = sscanf(scene->opt->user, "%u:%u%c", &uid, &gid, &rest);

	if (n == 1 && !strchr(scene->opt->user, ':')) {
		gid = uid;
		n = 2;
	}
	if (n != 2)
		return cln_usage(
			err, "--user %s: expected UID or UID:GID as numbers", scene->opt->user);
	if (uid == 0 || uid > INT32_MAX || gid > INT32_MAX)
		return cln_usage(err,
			"--user %s: production never runs as root, ids end at 2147483647",
			scene->opt->user);
	scene->uid = uid;
	scene->gid = gid;
	return 0;
}

static int find_user(struct scene *scene, struct cln_err *err)
{
	const struct cln_trace_exec *main = &scene->in->trace->exec[scene->main];

	if (scene->opt->user)
		return user_option(scene, err);
	if (main->uid == 0) {
		scene_user_of_root(scene);
		return 0;
	}
	scene->uid = main->uid;
	scene->gid = main->gid;
	scene->group = main->group;
	scene->group_count = main->group_count;
	/* root's group opens files that only root should: never without root */
	if (!scene->gid)
		scene_note(scene, "user", "main's group is 0, as the profiled program had it");
	return 0;
}

static void find_vars(struct scene *scene)
{
	const struct cln_trace_exec *main = &scene->in->trace->exec[scene->main];
	struct template_var *var =
		cln_arena_alloc(scene->arena, (main->env_count + 1) * sizeof(*var));
	size_t count = 0;

	for (size_t i = 0; i < main->env_count; i++)
		if (main->env[i].value || main->env[i].redacted)
			var[count++] = (struct template_var){ main->env[i].name, main->env[i].value,
				main->env[i].redacted };
	scene->vars = (struct template_vars){ .var = var, .count = count };
}

int scene_init(struct scene *scene, const struct keep_input *in, const struct plan_options *opt,
	struct cln_err *err)
{
	int r;

	*scene = (struct scene){ .input = *in, .options = *opt, .arena = cln_arena_new() };
	scene->in = &scene->input;
	scene->opt = &scene->options;
	r = scene_find_main(scene, err);
	if (r < 0)
		return r;
	scene_find_sides(scene);
	r = find_user(scene, err);
	if (r < 0)
		return r;
	find_vars(scene);
	scene_find_files(scene);
	return 0;
}

void scene_release(struct scene *scene)
{
	free(scene->note);
	free(scene->secret);
	scene_forget_files(scene);
	cln_arena_free(scene->arena);
	*scene = (struct scene){ 0 };
}
