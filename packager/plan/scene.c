// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/scene.h"

#include "common/path.h"
#include "packager/plan/programs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PRODUCTION_ID 65532u /* "nonroot" of distroless images */

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

const char *scene_command_text(const struct scene *scene, uint32_t index)
{
	const struct cln_trace_exec *exec = scene_exec(scene, index);
	cln_owned(cln_buf_release) struct cln_buf text = { .ceiling = 200 };

	if (!exec)
		return "an unknown program";
	cln_buf_adds(&text, exec->path);
	const char *const *argv = scene_argv(exec);

	for (size_t i = 1; argv[0] && argv[i]; i++)
		cln_buf_addf(&text, strpbrk(argv[i], " \t\n\"'") ? " '%s'" : " %s", argv[i]);
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

/* --- main --- */

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

/* Better: later arguments equal the image's own, else the first in order. */
static bool main_is_better(const struct scene *scene, uint32_t a, uint32_t b)
{
	const char *const *cmd = scene->in->image->cmd;

	return same_words(scene_argv(scene_exec(scene, a)), cmd) &&
	       !same_words(scene_argv(scene_exec(scene, b)), cmd);
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
	const struct cln_trace *trace = scene->in->trace;
	uint32_t top = main;

	for (size_t steps = 0; steps <= trace->exec_count; steps++) {
		uint32_t parent = trace->exec[top].parent;

		if (parent == CLN_TRACE_NONE || trace->exec[parent].root != scene->in->root)
			break;
		top = parent;
	}
	const char *const *given = scene_argv(&trace->exec[top]);
	const char *const *argv = scene_argv(&trace->exec[main]);
	size_t given_count = 0, count = 0;

	while (given[given_count])
		given_count++;
	while (argv[count])
		count++;
	return count && count <= given_count && same_words(argv, given + (given_count - count));
}

static int find_main(struct scene *scene, struct cln_err *err)
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
static void find_sides(struct scene *scene)
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

/* --- files --- */

static int by_real(const void *a, const void *b)
{
	const struct scene_file *x = a, *y = b;
	int order = strcmp(x->real, y->real);

	return order ? order : strcmp(x->path, y->path);
}

static void file_sides(const struct scene *scene, struct scene_file *file)
{
	file->startup = file->service = file->helper = 0;
	file->service_exec = CLN_TRACE_NONE;
	for (size_t i = 0; i < file->fact->use_count; i++) {
		const struct cln_trace_use *use = &file->fact->use[i];
		enum scene_side side =
			use->exec == CLN_TRACE_NONE ? SIDE_SERVICE : scene->side[use->exec];

		if (side == SIDE_STARTUP)
			file->startup |= use->access;
		if (side == SIDE_HELPER)
			file->helper |= use->access;
		if (side != SIDE_SERVICE)
			continue;
		file->service |= use->access;
		if (file->service_exec == CLN_TRACE_NONE)
			file->service_exec = use->exec;
	}
}

/* The target that was seen wins over what the image would say: start-up may have
 * changed links. Where the target is a device or gone, the name itself counts. */
static void file_places(const struct scene *scene, struct scene_file *file)
{
	struct tree_walk walk;

	file->path = file->fact->path;
	tree_resolve(scene->in->tree, file->path, false, &walk);
	file->real = cln_arena_strdup(scene->arena, walk.real);
	file->node = walk.end;
	const char *target = file->fact->target;
	bool usable = target && cln_path_is_normal(target, strlen(target));

	file->end = usable ? target : file->real;
	if (walk.end != TREE_NONE && tree_inode(scene->in->tree, walk.end)->type == NODE_SYMLINK) {
		tree_resolve(scene->in->tree, file->path, true, &walk);
		if (!walk.loop)
			file->end = cln_arena_strdup(scene->arena, walk.real);
	}
}

void scene_recount(struct scene *scene)
{
	for (size_t i = 0; i < scene->file_count; i++)
		file_sides(scene, &scene->file[i]);
}

static void find_files(struct scene *scene)
{
	const struct cln_trace *trace = scene->in->trace;

	scene->file = cln_arena_alloc(scene->arena, (trace->file_count + 1) * sizeof(*scene->file));
	for (size_t i = 0; i < trace->file_count; i++) {
		struct scene_file *file = &scene->file[scene->file_count];

		if (trace->file[i].root != scene->in->root)
			continue;
		file->fact = &trace->file[i];
		file_sides(scene, file);
		file_places(scene, file);
		scene->file_count++;
	}
	qsort(scene->file, scene->file_count, sizeof(*scene->file), by_real);
}

/* The first file whose real path is not before path. */
static size_t file_from(const struct scene *scene, const char *path)
{
	size_t low = 0, high = scene->file_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(scene->file[middle].real, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Union over files at path, or with below also over those under it. Names under
 * a directory do not stand side by side with it in byte order ("/a", "/a-b",
 * "/a/c"), so both stretches are looked at. */
static uint32_t access_at(const struct scene *scene, const char *path, bool below, bool startup)
{
	cln_owned(cln_drop_mem) char *prefix = cln_format("%s/", strcmp(path, "/") ? path : "");
	size_t length = strlen(prefix);
	uint32_t access = 0;

	for (size_t i = file_from(scene, path); i < scene->file_count; i++) {
		if (strcmp(scene->file[i].real, path) != 0)
			break;
		access |= startup ? scene->file[i].startup : scene->file[i].service;
	}
	for (size_t i = file_from(scene, prefix); below && i < scene->file_count; i++) {
		if (strncmp(scene->file[i].real, prefix, length) != 0)
			break;
		access |= startup ? scene->file[i].startup : scene->file[i].service;
	}
	return access;
}

uint32_t scene_service_access(const struct scene *scene, const char *path)
{
	return access_at(scene, path, false, false);
}

uint32_t scene_startup_access(const struct scene *scene, const char *path)
{
	return access_at(scene, path, false, true);
}

bool scene_writes(const struct scene *scene, const char *path)
{
	return access_at(scene, path, true, false) & CLN_ACCESS_WRITES;
}

bool scene_needs(const struct scene *scene, const char *path)
{
	char parent[CLN_PATH_MAX];
	size_t length = cln_path_parent_length(path);

	if (access_at(scene, path, true, false))
		return true;
	snprintf(parent, sizeof(parent), "%.*s", (int)length, path);
	return access_at(scene, parent, false, false) & CLN_LIST;
}

/* --- user and environment --- */

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
		scene->uid = scene->gid = PRODUCTION_ID;
		scene_note(scene, "user",
			"%s ran as root; production runs it as %u:%u (--user chooses)", main->path,
			scene->uid, scene->gid);
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
	r = find_main(scene, err);
	if (r == 0)
		r = find_user(scene, err);
	if (r < 0)
		return r;
	find_sides(scene);
	find_vars(scene);
	find_files(scene);
	return 0;
}

void scene_release(struct scene *scene)
{
	free(scene->note);
	cln_arena_free(scene->arena);
	*scene = (struct scene){ 0 };
}
