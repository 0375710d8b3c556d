// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/draft.h"

#include "common/path.h"
#include "init/format.h"
#include "packager/plan/accounts.h"
#include "packager/plan/calls.h"
#include "packager/plan/programs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define GRACE_MS 25000u /* below the 30 s that Kubernetes waits */

struct plan_edit *draft_edit_new(
	struct draft *draft, enum plan_edit_kind kind, const char *path, const char *why)
{
	struct plan_edit *edit = &CLN_PUSH(draft->edit, draft->edit_count, draft->edit_room);

	*edit = (struct plan_edit){
		.kind = kind,
		.path = cln_arena_strdup(draft->arena, path),
		.node = TREE_NONE,
		.why = why,
	};
	return edit;
}

struct plan_edit *draft_edit(
	struct draft *draft, enum plan_edit_kind kind, const char *path, const char *why)
{
	struct plan_edit *edit = NULL;

	/* a seed leaves its path alone; everything else is the last word on it */
	for (size_t i = 0; i < draft->edit_count && !edit; i++)
		if (!strcmp(draft->edit[i].path, path) &&
			(draft->edit[i].kind == EDIT_SEED) == (kind == EDIT_SEED))
			edit = &draft->edit[i];
	if (!edit)
		return draft_edit_new(draft, kind, path, why);
	*edit = (struct plan_edit){
		.kind = kind, .path = edit->path, .node = TREE_NONE, .why = why
	};
	return edit;
}

void draft_dir(struct draft *draft, const char *path, uint32_t mode, const char *why)
{
	for (size_t i = 0; i < draft->dir_count; i++)
		if (!strcmp(draft->dir[i].path, path))
			return;
	CLN_PUSH(draft->dir, draft->dir_count, draft->dir_room) =
		(struct draft_dir){ cln_arena_strdup(draft->arena, path), mode, why };
}

void draft_note(struct draft *draft, const char *kind, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (size_t i = 0; i < draft->note_count; i++)
		if (!strcmp(draft->note[i].kind, kind) && !strcmp(draft->note[i].text, text))
			return;
	if (draft->note_count >= 2 * (size_t)NOTES_MAX)
		return;
	CLN_PUSH(draft->note, draft->note_count, draft->note_room) =
		(struct plan_note){ kind, cln_arena_strdup(draft->arena, text) };
}

/* --- mounts --- */

static void copy_mounts(struct draft *draft)
{
	const struct writes *writes = &draft->lower->writes;
	struct plan *plan = draft->plan;

	plan->mount_count = writes->mount_count;
	plan->mount = cln_arena_alloc(draft->arena, (plan->mount_count + 1) * sizeof(*plan->mount));
	for (size_t i = 0; i < plan->mount_count; i++)
		plan->mount[i] = writes->mount[i];
}

/* Runtimes copy the mode of the directory that they mount on. */
static void mount_points(struct draft *draft)
{
	for (size_t i = 0; i < draft->plan->mount_count; i++) {
		const struct plan_mount *mount = &draft->plan->mount[i];
		struct plan_edit *edit = draft_edit(draft, EDIT_DIR, mount->path,
			mount->kind == MOUNT_VOLUME ? "a volume is mounted here"
						    : "memory is mounted here");

		edit->mode = mount->mode;
		edit->uid = mount->uid;
		edit->gid = mount->gid;
	}
}

/* --- what stands in the image --- */

static bool has_edit(const struct draft *draft, const char *path)
{
	for (size_t i = 0; i < draft->edit_count; i++)
		if (!strcmp(draft->edit[i].path, path) && draft->edit[i].kind != EDIT_SEED)
			return true;
	return false;
}

static void clear_setuid(struct draft *draft)
{
	const struct tree *tree = draft->in->tree;
	char path[CLN_PATH_MAX];

	for (uint32_t node = 1; node < tree->node_count; node++) {
		const struct inode *inode = tree_inode(tree, node);
		bool special = inode->type == NODE_FILE && (inode->mode & 06000);

		if (!special || !draft_keeps(draft, node) ||
			has_edit(draft, tree_path(tree, node, path)))
			continue;
		struct plan_edit *edit =
			draft_edit(draft, EDIT_MODE, path, "setuid or setgid cleared");

		edit->node = node;
		edit->mode = inode->mode & 01777;
		edit->uid = inode->uid;
		edit->gid = inode->gid;
		draft_note(draft, "setuid", "%s: mode %04o becomes %04o", path, inode->mode,
			edit->mode);
	}
}

/* sh becomes the init, which runs the table's strings and nothing else. */
static void place_commands(struct draft *draft)
{
	const struct scene *scene = &draft->lower->scene;
	const struct cln_buf *rows = &draft->lower->commands;
	struct plan_edit *edit;
	struct tree_walk walk;

	if (!rows->size)
		return;
	edit = draft_edit(draft, EDIT_FILE, INIT_COMMANDS_PATH, "the command table");
	edit->data = cln_arena_format(draft->arena, "%s\n%s", INIT_COMMANDS_HEADER, rows->data);
	edit->data_size = strlen(edit->data);
	edit->mode = 0644;
	for (size_t i = 0; i < scene->file_count; i++) {
		const struct scene_file *file = &scene->file[i];

		if (!((file->service | file->helper) & CLN_EXEC) || !program_is_shell(file->path))
			continue;
		draft_edit(draft, EDIT_SYMLINK, file->real, "compiled commands, no shell")->target =
			INIT_PATH;
	}
	/* libc calls /bin/sh: its folder's link must be there as well */
	tree_resolve(draft->in->tree, "/bin/sh", false, &walk);
	draft_edit(draft, EDIT_SYMLINK, walk.real, "compiled commands, no shell")->target =
		INIT_PATH;
	for (uint32_t i = 0; i < walk.link_count; i++)
		if (!draft_keeps(draft, walk.link[i])) {
			char path[CLN_PATH_MAX];

			tree_path(draft->in->tree, walk.link[i], path);
			draft_edit(draft, EDIT_SYMLINK, path, "the way to sh")->target =
				tree_inode(draft->in->tree, walk.link[i])->target;
		}
}

static void place_workdir(struct draft *draft)
{
	const char *path = draft->plan->process.workdir;
	struct plan_edit *edit;

	if (writes_mount(&draft->lower->writes, path)) {
		if (!writes_mount(&draft->lower->writes, path) ||
			strcmp(writes_mount(&draft->lower->writes, path)->path, path) != 0)
			draft_dir(draft, path, 0755, "main's working directory");
		return;
	}
	if (tree_lookup(draft->in->tree, path) != TREE_NONE || has_edit(draft, path))
		return;
	edit = draft_edit(draft, EDIT_DIR, path, "main's working directory");
	edit->mode = 0755;
}

/* --- process, ports, calls --- */

static void make_process(struct draft *draft)
{
	const struct lower *lower = draft->lower;
	const struct image *image = draft->in->image;
	struct plan_process *process = &draft->plan->process;

	*process = (struct plan_process){
		.user = cln_arena_format(draft->arena, "%u:%u", lower->scene.uid, lower->scene.gid),
		.uid = lower->scene.uid,
		.gid = lower->scene.gid,
		.group = lower->scene.group,
		.group_count = lower->scene.group_count,
		.workdir = lower->workdir,
		.argv = lower->argv,
		.cmd = lower->cmd,
		.env = image->env,
		.stop_signal = *image->stop_signal ? image->stop_signal : "SIGTERM",
		.grace_ms = GRACE_MS,
	};
}

static bool is_service(const struct draft *draft, uint32_t exec)
{
	return exec == CLN_TRACE_NONE || draft->lower->scene.side[exec] == SIDE_SERVICE;
}

static void find_ports(struct draft *draft)
{
	const struct cln_trace *trace = draft->in->trace;
	const struct cln_trace_port **port = cln_arena_alloc(
		draft->arena, (trace->port_count + 1) * sizeof(const struct cln_trace_port *));
	struct plan *plan = draft->plan;

	for (size_t i = 0; i < trace->port_count; i++) {
		const struct cln_trace_port *p = &trace->port[i];

		if (p->root != draft->in->root || !is_service(draft, p->exec))
			continue;
		port[plan->port_count++] = p;
		if (p->port && p->port < 1024 &&
			(!plan->lowest_port || p->port < plan->lowest_port))
			plan->lowest_port = p->port;
	}
	plan->port = port;
	if (plan->lowest_port)
		draft_note(draft, "port",
			"main listens on %u: below 1024 a user other than root needs the sysctl "
			"net.ipv4.ip_unprivileged_port_start=%u or the capability NET_BIND_SERVICE",
			plan->lowest_port, plan->lowest_port);
}

/* --- the end --- */

static void init_conf(struct draft *draft)
{
	cln_owned(cln_buf_release) struct cln_buf text = { 0 };
	struct plan_edit *edit;

	for (size_t i = 0; i < draft->lines.count; i++) {
		const struct plan_line *line = &draft->lines.line[i];

		if (line->comment)
			cln_buf_addf(&text, "# %s\n", line->comment);
		cln_buf_addf(&text, "%s\n", line->text);
	}
	edit = draft_edit(draft, EDIT_FILE, INIT_CONF_PATH, "how production starts");
	edit->data = cln_arena_strndup(draft->arena, text.data, text.size);
	edit->data_size = text.size;
	edit->mode = 0644;
}

static int edit_order(const void *a, const void *b)
{
	const struct plan_edit *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : (int)x->kind - (int)y->kind;
}

static int note_order(const void *a, const void *b)
{
	const struct plan_note *x = a, *y = b;
	int order = strcmp(x->kind, y->kind);

	return order ? order : strcmp(x->text, y->text);
}

static void *moved(struct cln_arena *arena, void *items, size_t size)
{
	void *copy = cln_arena_alloc(arena, size ? size : 1);

	if (size)
		memcpy(copy, items, size);
	free(items);
	return copy;
}

static void copy_secrets(const struct scene *scene, struct plan *plan)
{
	const char **copy = cln_arena_alloc(plan->arena, (scene->secret_count + 1) * sizeof(*copy));

	for (size_t i = 0; i < scene->secret_count; i++)
		copy[i] = cln_arena_strdup(plan->arena, scene->secret[i]);
	plan->secret = copy;
}

static void hand_over(struct draft *draft)
{
	const struct scene *scene = &draft->lower->scene;
	struct plan *plan = draft->plan;

	copy_secrets(scene, plan);

	for (size_t i = 0; i < scene->note_count; i++)
		draft_note(draft, scene->note[i].kind, "%s", scene->note[i].text);
	if (draft->edit_count)
		qsort(draft->edit, draft->edit_count, sizeof(*draft->edit), edit_order);
	if (draft->note_count)
		qsort(draft->note, draft->note_count, sizeof(*draft->note), note_order);
	plan->line_count = draft->lines.count;
	plan->edit_count = draft->edit_count;
	plan->note_count = draft->note_count;
	plan->line = moved(
		plan->arena, cln_steal(&draft->lines.line), plan->line_count * sizeof(*plan->line));
	plan->edit =
		moved(plan->arena, cln_steal(&draft->edit), plan->edit_count * sizeof(*plan->edit));
	plan->note =
		moved(plan->arena, cln_steal(&draft->note), plan->note_count * sizeof(*plan->note));
}

static int draft_make(struct draft *draft, struct cln_err *err)
{
	int r;

	copy_mounts(draft);
	make_process(draft);
	find_ports(draft);
	draft->plan->syscall = calls_of(&draft->lower->scene, draft->arena);
	mount_points(draft);
	draft_seeds(draft);
	place_workdir(draft);
	r = draft_emit(draft, err);
	if (r < 0)
		return r;
	r = draft_accounts(draft, err);
	if (r < 0)
		return r;
	place_commands(draft);
	clear_setuid(draft);
	r = draft_scripts(draft, err);
	if (r < 0)
		return r;
	draft_health(draft);
	draft_access(draft);
	init_conf(draft);
	hand_over(draft);
	return 0;
}

int plan_make(const struct keep_input *in, const struct keep *keep, const struct lower *lower,
	const struct plan_options *options, struct plan **out, struct cln_err *err)
{
	cln_owned(plan_drop) struct plan *plan = cln_alloc(sizeof(*plan));
	struct draft draft = {
		.in = in, .keep = keep, .lower = lower, .opt = options, .plan = plan
	};
	int r;

	plan->arena = cln_arena_new();
	draft.arena = draft.lines.arena = draft.files.arena = plan->arena;
	r = draft_make(&draft, err);
	free(draft.dir);
	free(draft.files.line);
	free(draft.lines.line);
	free(draft.edit);
	free(draft.note);
	if (r < 0)
		return r;
	*out = cln_steal(&plan);
	return 0;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	cln_arena_free(plan->arena);
	free(plan);
}

void plan_drop(struct plan **plan)
{
	plan_free(*plan);
}
