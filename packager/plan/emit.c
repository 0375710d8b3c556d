// SPDX-License-Identifier: Apache-2.0
/*
 * emit.c - steps, mounts and policy as lines of init.conf, in the order in
 * which the init carries them out.
 */
#include "packager/plan/draft.h"

#include "common/path.h"
#include "common/pathset.h"
#include "init/format.h"
#include "packager/plan/programs.h"

#include <string.h>

#define TEMPLATE_DIR "/usr/share/clnimg/template"
#define PATHS_A_LINE 8
#define LANDLOCK_PATHS_MAX (INIT_LANDLOCK_MAX - 64)

static const char *parent_of(struct draft *draft, const char *path)
{
	return cln_arena_strndup(draft->arena, path, cln_path_parent_length(path));
}

/* Where a step's file is made at start, or NULL: it belongs into the image. */
static const char *made_at(const struct draft *draft, const char *path)
{
	const struct writes *writes = &draft->lower->writes;

	if (writes_mount(writes, path))
		return path;
	for (size_t i = 0; i < writes->redirect_count; i++)
		if (!strcmp(writes->redirect[i].path, path))
			return writes->redirect[i].place;
	return NULL;
}

static bool on_volume(const struct draft *draft, const char *path)
{
	const struct plan_mount *mount = writes_mount(&draft->lower->writes, path);

	return mount && mount->kind == MOUNT_VOLUME;
}

static const char *octal(struct draft *draft, uint32_t mode)
{
	return cln_arena_format(draft->arena, "%04o", mode);
}

/* The parent must be there first: mounts start empty. */
static void need_parent(struct draft *draft, const char *path)
{
	const char *parent = parent_of(draft, path);
	const struct plan_mount *mount = writes_mount(&draft->lower->writes, path);

	if (!mount || !strcmp(mount->path, parent) || !cln_path_within(parent, mount->path))
		return;
	bool stands =
		cln_path_within(parent, APPROVED_DIR) && strlen(parent) > strlen(APPROVED_DIR);

	draft_dir(draft, parent, 0755,
		stands ? cln_arena_format(
				 draft->arena, "stands for %s", parent + strlen(APPROVED_DIR))
		       : cln_arena_format(draft->arena, "holds %s", cln_path_name(path)));
}

static struct plan_edit *edit_file(
	struct draft *draft, const char *path, const void *data, size_t size, const char *why)
{
	struct plan_edit *edit = draft_edit(draft, EDIT_FILE, path, why);

	edit->data = data;
	edit->data_size = size;
	edit->mode = 0644;
	return edit;
}

/* A constant file in the image: root's, unless production could not read it then. */
static void into_image(struct draft *draft, const struct step *step, const void *data, size_t size)
{
	struct plan_edit *edit = edit_file(draft, step->path, data, size, step->why);

	edit->mode = step->mode & 01777;
	edit->uid = step->uid;
	edit->gid = step->gid;
	if (!(step->mode & 0004) && step->uid != draft->lower->scene.uid) {
		edit->uid = draft->lower->scene.uid;
		edit->gid = draft->lower->scene.gid;
	}
}

/* Start-up gave it to main's user: so does the image, whose root nobody can change. Root's
 * main needed no such gift. */
static void emit_owner(struct draft *draft, const struct step *step)
{
	const struct scene *scene = &draft->lower->scene;
	uint32_t node = tree_lookup(draft->in->tree, step->path);

	if (node == TREE_NONE || !draft_keeps(draft, node) ||
		writes_mount(&draft->lower->writes, step->path) ||
		!scene->in->trace->exec[scene->main].uid)
		return;
	const struct inode *inode = tree_inode(draft->in->tree, node);

	if (inode->uid == step->uid && inode->gid == step->gid && inode->mode == step->mode)
		return;
	struct plan_edit *edit = draft_edit(draft, EDIT_MODE, step->path, step->why);

	edit->node = node;
	edit->mode = step->mode & 01777;
	edit->uid = step->uid;
	edit->gid = step->gid;
}

static void emit_dir(struct draft *draft, const struct step *step)
{
	const struct plan_mount *mount = writes_mount(&draft->lower->writes, step->path);

	if (mount) {
		/* memory comes with its mode, a volume may be anyone's */
		if (mount->kind == MOUNT_VOLUME || strcmp(mount->path, step->path) != 0)
			draft_dir(draft, step->path, step->mode | 0700, step->why);
	} else if (tree_lookup(draft->in->tree, step->path) == TREE_NONE) {
		struct plan_edit *edit = draft_edit(draft, EDIT_DIR, step->path, step->why);

		edit->mode = step->mode & 0777;
		edit->uid = step->uid;
		edit->gid = step->gid;
	} else {
		emit_owner(draft, step);
	}
}

static void emit_gone(struct draft *draft, const struct step *step)
{
	uint32_t node = tree_lookup(draft->in->tree, step->path);

	if (writes_mount(&draft->lower->writes, step->path))
		lines_words(&draft->files, step->why, "unlink", step->path, NULL);
	else if (node != TREE_NONE && draft_keeps(draft, node))
		draft_edit(draft, EDIT_REMOVE, step->path, step->why)->node = node;
}

static void emit_symlink(struct draft *draft, const struct step *step)
{
	if (writes_mount(&draft->lower->writes, step->path)) {
		need_parent(draft, step->path);
		lines_words(&draft->files, step->why, "symlink", step->source, step->path, NULL);
	} else {
		draft_edit(draft, EDIT_SYMLINK, step->path, step->why)->target = step->source;
	}
}

static void copy_line(
	struct draft *draft, const struct step *step, const char *from, const char *to)
{
	struct cln_buf text = { 0 };

	need_parent(draft, to);
	lines_word(&text, from);
	lines_word(&text, to);
	if (step->unless_exists && on_volume(draft, step->path))
		lines_live(&text, "unless-exists");
	cln_buf_addf(&text, " mode=%04o", step->mode & 0777);
	lines_add(&draft->files, "copy", &text, step->why);
}

static int emit_copy(struct draft *draft, const struct step *step, struct cln_err *err)
{
	const struct inode *inode = tree_inode(draft->in->tree, step->node);
	const char *to = made_at(draft, step->path);
	char *data;
	size_t size;
	int r;

	if (to) {
		copy_line(draft, step, step->source, to);
		return 0;
	}
	r = tree_read_all(draft->in->tree, step->node, inode->size_bytes, &data, &size, err);
	if (r < 0)
		return cln_within(err, "%s", step->source);
	into_image(draft, step, cln_arena_strndup(draft->arena, data, size), size);
	free(data);
	return 0;
}

static void emit_template(struct draft *draft, const struct step *step)
{
	const char *from = step->source, *to = made_at(draft, step->path);
	struct cln_buf text = { 0 };

	if (step->data) {
		from = cln_arena_format(draft->arena, TEMPLATE_DIR "%s", step->path);
		edit_file(draft, from, step->data, step->size,
			"template of what start-up edits in place");
	}
	need_parent(draft, to);
	lines_word(&text, from);
	lines_word(&text, to);
	cln_buf_addf(&text, " %04o vars=%s", step->mode & 0777, step->vars);
	lines_add(&draft->files, "template", &text, step->why);
}

static void emit_random(struct draft *draft, const struct step *step)
{
	const char *to = made_at(draft, step->path);
	struct cln_buf text = { 0 };

	need_parent(draft, to);
	lines_word(&text, to);
	cln_buf_addf(&text, " %s %zu unless-exists mode=%04o", step->source, step->size,
		step->mode & 0777);
	lines_add(&draft->files, "random", &text, step->why);
}

static void emit_frozen(struct draft *draft, const struct step *step)
{
	const char *to = made_at(draft, step->path);

	if (!to) {
		into_image(draft, step, step->data, step->size);
		return;
	}
	const char *seed = cln_arena_format(draft->arena, SEED_DIR "%s", step->path);

	edit_file(draft, seed, step->data, step->size, "frozen: as the profiled start-up wrote it");
	copy_line(draft, step, seed, to);
}

static int emit_step(struct draft *draft, const struct step *step, struct cln_err *err)
{
	switch (step->kind) {
	case STEP_DIR:
		emit_dir(draft, step);
		return 0;
	case STEP_OWNER:
		emit_owner(draft, step);
		return 0;
	case STEP_GONE:
		emit_gone(draft, step);
		return 0;
	case STEP_SYMLINK:
		emit_symlink(draft, step);
		return 0;
	case STEP_COPY:
		return emit_copy(draft, step, err);
	case STEP_TEMPLATE:
		emit_template(draft, step);
		return 0;
	case STEP_RANDOM:
		emit_random(draft, step);
		return 0;
	case STEP_FROZEN:
		emit_frozen(draft, step);
		return 0;
	}
	return 0;
}

/* --- run steps --- */

/* The value of a variable that path begins with makes the condition follow it. */
static const char *live_path(struct draft *draft, const char *path)
{
	const struct template_vars *vars = &draft->lower->scene.vars;
	const struct template_var *best = NULL;

	for (size_t i = 0; i < vars->count; i++) {
		const struct template_var *var = &vars->var[i];

		if (var->value && var->value[0] == '/' && var->value[1] && !var->secret &&
			strcmp(var->name, "PWD") != 0 && strcmp(var->name, "HOME") != 0 &&
			cln_path_within(path, var->value) &&
			(!best || strlen(var->value) > strlen(best->value)))
			best = var;
	}
	cln_owned(cln_buf_release) struct cln_buf text = { 0 };

	cln_buf_addc(&text, '"');
	if (best)
		cln_buf_addf(&text, "${%s}", best->name);
	path += best ? strlen(best->value) : 0;
	script_quote_inside(&text, path, strlen(path));
	cln_buf_addc(&text, '"');
	return cln_arena_strdup(draft->arena, text.data);
}

static void emit_run(struct draft *draft, const struct helper *helper)
{
	const struct scene *scene = &draft->lower->scene;
	const struct cln_trace_exec *exec = scene_exec(scene, helper->exec);
	const char *const *argv = scene_argv(exec);
	struct cln_buf text = { 0 };

	if (helper->unless)
		cln_buf_addf(&text, " unless-exists=%s", live_path(draft, helper->unless));
	cln_buf_adds(&text, " timeout=300 --");
	lines_word(&text, exec->path);
	for (size_t i = 1; argv[0] && argv[i]; i++) {
		cln_owned(cln_buf_release) struct cln_buf live = { 0 };

		if (script_explains(&draft->lower->script, argv[i], &live))
			lines_live(&text, live.data);
		else
			lines_word(&text, argv[i]);
	}
	lines_add(&draft->files, "run", &text, "a program of start-up that leaves what main needs");
}

/* --- policy --- */

static void path_lines(
	struct draft *draft, const char *kind, const struct cln_pathset *set, const char *comment)
{
	for (size_t i = 0; i < set->count;) {
		struct cln_buf text = { 0 };

		lines_live(&text, kind);
		for (size_t k = 0; k < PATHS_A_LINE && i < set->count; k++, i++)
			lines_word(&text, set->entry[i].path);
		lines_add(&draft->lines, "landlock", &text, comment);
		comment = NULL;
	}
}

static bool executable(const struct draft *draft, uint32_t node)
{
	const struct inode *inode = tree_inode(draft->in->tree, node);
	enum keep_why why = draft->keep->why[node];

	if (inode->type != NODE_FILE)
		return false;
	if (why == WHY_INTERP || why == WHY_SHEBANG)
		return true;
	return (why == WHY_RULE_KEEP || why == WHY_RULE_PACKAGE) && (inode->mode & 0111);
}

static void programs_of(struct draft *draft, struct cln_pathset *set)
{
	const struct scene *scene = &draft->lower->scene;
	const struct tree *tree = draft->in->tree;
	char path[CLN_PATH_MAX];
	struct tree_walk walk;

	for (size_t i = 0; i < scene->file_count; i++) {
		const struct scene_file *file = &scene->file[i];

		if (!((file->service | file->helper) & CLN_EXEC))
			continue;
		uint32_t node = tree_resolve(tree, file->path, true, &walk);

		if (node != TREE_NONE && draft_keeps(draft, node) &&
			(draft->opt->allow_shell || !program_is_shell(walk.real)))
			cln_pathset_add(set, walk.real, 1);
	}
	for (uint32_t node = 1; node < tree->node_count; node++)
		if (draft_keeps(draft, node) && executable(draft, node))
			cln_pathset_add(set, tree_path(tree, node, path), 1);
	const struct cln_trace_exec *main = scene_exec(scene, scene->main);

	if (tree_resolve(tree, main->path, true, &walk) != TREE_NONE)
		cln_pathset_add(set, walk.real, 1);
	for (size_t i = 0; i < draft->lower->demand_count; i++)
		if (draft->lower->demand[i].is_program &&
			tree_resolve(tree, draft->lower->demand[i].path, true, &walk) != TREE_NONE)
			cln_pathset_add(set, walk.real, 1);
	if (draft->lower->commands.size)
		cln_pathset_add(set, INIT_PATH, 1);
	cln_pathset_sort(set);
}

static void emit_landlock(struct draft *draft)
{
	/* mounted by every engine, so never planned, but written all the same:
	 * shm_open(3) makes its segments in /dev/shm */
	static const char *const engines[] = { "/proc", "/dev/shm", "/dev/mqueue" };
	cln_owned(cln_pathset_release) struct cln_pathset programs = { 0 }, places = { 0 };
	const struct scene *scene = &draft->lower->scene;

	programs_of(draft, &programs);
	if (programs.count <= LANDLOCK_PATHS_MAX)
		path_lines(draft, "exec", &programs, "what may be executed");
	else
		draft_note(draft, "landlock",
			"%zu programs: more than rules hold, none is restricted", programs.count);
	for (size_t i = 0; i < draft->plan->mount_count; i++)
		cln_pathset_add(&places, draft->plan->mount[i].path, 1);
	for (size_t i = 0; i < scene->file_count; i++)
		for (size_t k = 0; k < CLN_COUNT(engines); k++)
			if (((scene->file[i].service | scene->file[i].helper) &
				    CLN_ACCESS_WRITES) &&
				cln_path_within(scene->file[i].path, engines[k]))
				cln_pathset_add(&places, engines[k], 1);
	if (!places.count)
		cln_pathset_add(&places, "/dev/null", 1);
	cln_pathset_sort(&places);
	path_lines(draft, "write", &places, "what may be written, besides devices");
}

static void emit_seccomp(struct draft *draft)
{
#define NAME(name) #name,
	static const char *const known[] = { INIT_SECCOMP_NAMES(NAME) };
#undef NAME
	struct cln_buf text = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < CLN_COUNT(known); i++) {
		const char *const *used = draft->plan->syscall;

		while (*used && strcmp(*used, known[i]) != 0)
			used++;
		/* libc probes these and falls back */
		if (*used || !strcmp(known[i], "clone3") || !strcmp(known[i], "seccomp") ||
			!strcmp(known[i], "landlock_create_ruleset"))
			continue;
		if (!count++)
			lines_live(&text, "deny");
		lines_word(&text, known[i]);
	}
	if (count)
		lines_add(&draft->lines, "seccomp", &text,
			"privileged calls that the trace never saw");
	else
		cln_buf_release(&text);
}

/* --- the whole file --- */

static int compare_dirs(const void *a, const void *b)
{
	return strcmp(((const struct draft_dir *)a)->path, ((const struct draft_dir *)b)->path);
}

static void emit_dirs(struct draft *draft)
{
	if (draft->dir_count)
		qsort(draft->dir, draft->dir_count, sizeof(*draft->dir), compare_dirs);
	for (size_t i = 0; i < draft->dir_count; i++)
		lines_words(&draft->lines, draft->dir[i].why, "dir", draft->dir[i].path,
			octal(draft, draft->dir[i].mode), NULL);
}

static void append(struct lines *to, const struct lines *from, const char *only)
{
	for (size_t i = 0; i < from->count; i++)
		if (!only || !strcmp(from->line[i].directive, only))
			CLN_PUSH(to->line, to->count, to->room) = from->line[i];
}

static void append_but(struct lines *to, const struct lines *from, const char *but)
{
	for (size_t i = 0; i < from->count; i++)
		if (strcmp(from->line[i].directive, but) != 0)
			CLN_PUSH(to->line, to->count, to->room) = from->line[i];
}

/* A hand-written line of this directive: it wins over ours where only one may be. */
static bool given(const struct draft *draft, const char *directive)
{
	size_t size = strlen(directive);

	for (size_t i = 0; i < draft->opt->init_conf.count; i++) {
		const char *line = draft->opt->init_conf.item[i];

		if (!strncmp(line, directive, size) && (line[size] == ' ' || line[size] == '\t'))
			return true;
	}
	return false;
}

static int emit_given(struct draft *draft, struct cln_err *err)
{
	for (size_t i = 0; i < draft->opt->init_conf.count; i++) {
		const char *line = draft->opt->init_conf.item[i];
		size_t word = strcspn(line, " \t");

		if (strpbrk(line, "\n\r"))
			return cln_usage(err, "--init-conf %s: one line at a time", line);
		CLN_PUSH(draft->lines.line, draft->lines.count, draft->lines.room) =
			(struct plan_line){
				.directive = cln_arena_strndup(draft->arena, line, word),
				.text = line,
				.comment = "given with --init-conf",
			};
	}
	return 0;
}

static void emit_logs(struct draft *draft)
{
	const struct writes *writes = &draft->lower->writes;

	for (size_t i = 0; i < writes->log_count; i++) {
		const struct writes_log *log = &writes->log[i];

		need_parent(draft, log->place);
		lines_words(&draft->files,
			strcmp(log->path, log->place)
				? cln_arena_format(draft->arena, "%s leads here", log->path)
				: log->why,
			"log", log->pattern, log->stream, log->tail ? "tail" : NULL, NULL);
	}
}

static void emit_redirects(struct draft *draft)
{
	const struct writes *writes = &draft->lower->writes;

	for (size_t i = 0; i < writes->redirect_count; i++) {
		const struct redirect *redirect = &writes->redirect[i];

		need_parent(draft, redirect->place);
		draft_edit(draft, EDIT_SYMLINK, redirect->path, redirect->why)->target =
			redirect->place;
	}
}

int draft_emit(struct draft *draft, struct cln_err *err)
{
	const struct lower *lower = draft->lower;
	struct lines *lines = &draft->lines;
	int r = 0;

	emit_redirects(draft);
	for (size_t i = 0; r == 0 && i < lower->step_count; i++)
		r = emit_step(draft, &lower->step[i], err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < lower->helper_count; i++)
		emit_run(draft, &lower->helper[i]);
	emit_logs(draft);

	CLN_PUSH(lines->line, lines->count, lines->room) =
		(struct plan_line){ "clnimg-init", INIT_CONF_HEADER, NULL };
	lines_words(lines, NULL, "require", "nonroot", NULL);
	append(lines, &lower->env, NULL);
	append(lines, &lower->arg, NULL);
	append_but(lines, &lower->exec, "exec");
	emit_dirs(draft);
	append(lines, &draft->files, NULL);
	emit_landlock(draft);
	if (draft->opt->seccomp)
		emit_seccomp(draft);
	if (draft->opt->redirect_unknown)
		lines_words(lines, NULL, "redirect", "unknown", draft->opt->redirect_unknown, NULL);
	if (!given(draft, "stop"))
		lines_words(lines, NULL, "stop",
			cln_arena_format(
				draft->arena, "grace=%us", draft->plan->process.grace_ms / 1000),
			NULL);
	r = emit_given(draft, err);
	if (!given(draft, "exec"))
		append(lines, &lower->exec, "exec");
	return r;
}
