// SPDX-License-Identifier: Apache-2.0
/*
 * emit_files.c - what start-up left: lines that make it at each start, or edits of the image.
 */
#include "packager/plan/emit.h"

#include "common/path.h"
#include "packager/plan/places.h"

#include <string.h>

#define TEMPLATE_DIR "/usr/share/clnimg/template"

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
		edit_file(draft, from, step->data, step->size, "template of what start-up writes");
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

int emit_step(struct draft *draft, const struct step *step, struct cln_err *err)
{
	switch (step->kind) {
	case STEP_COPY:
		return emit_copy(draft, step, err);
	case STEP_DIR:
		emit_dir(draft, step);
		break;
	case STEP_OWNER:
		emit_owner(draft, step);
		break;
	case STEP_GONE:
		emit_gone(draft, step);
		break;
	case STEP_SYMLINK:
		emit_symlink(draft, step);
		break;
	case STEP_TEMPLATE:
		emit_template(draft, step);
		break;
	case STEP_RANDOM:
		emit_random(draft, step);
		break;
	case STEP_FROZEN:
		emit_frozen(draft, step);
		break;
	}
	return 0;
}

void emit_logs(struct draft *draft)
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

void emit_redirects(struct draft *draft)
{
	const struct writes *writes = &draft->lower->writes;

	for (size_t i = 0; i < writes->redirect_count; i++) {
		const struct redirect *redirect = &writes->redirect[i];

		need_parent(draft, redirect->place);
		draft_edit(draft, EDIT_SYMLINK, redirect->path, redirect->why)->target =
			redirect->place;
	}
}

void emit_places(struct draft *draft)
{
	const struct scene *scene = &draft->lower->scene;

	for (size_t i = 0; i < scene->vars.count; i++) {
		const struct template_var *var = &scene->vars.var[i];
		const char *path = scene_written_place(scene, var);
		const struct plan_mount *mount =
			path ? writes_mount(&draft->lower->writes, path) : NULL;

		/* the mount itself stands; what main makes itself is not made for it */
		if (mount && strcmp(mount->path, path) != 0 &&
			!(scene_service_access(scene, path) & CLN_CREATE))
			draft_dir(draft, path, place_variable_mode(var->name),
				cln_arena_format(draft->arena, "main's %s", var->name));
	}
}
