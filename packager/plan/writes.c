// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/writes_parts.h"

#include "common/path.h"
#include "init/format.h"
#include "packager/plan/places.h"

#include <string.h>

bool writes_is_runtimes(const char *path)
{
	const char *top;

	return place_of(path, &top) == PLACE_RUNTIME;
}

const struct plan_mount *writes_mount(const struct writes *writes, const char *path)
{
	const struct plan_mount *best = NULL;

	for (size_t i = 0; i < writes->mount_count; i++) {
		const struct plan_mount *mount = &writes->mount[i];

		if (cln_path_within(path, mount->path) &&
			(!best || strlen(mount->path) > strlen(best->path)))
			best = mount;
	}
	return best;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct plan_mount *)a)->path, ((const struct plan_mount *)b)->path);
}

struct plan_mount *writes_add_mount(
	struct writes *w, enum plan_mount_kind kind, const char *path, const char *why)
{
	struct plan_mount *mount = (struct plan_mount *)writes_mount(w, path);
	size_t kept = 0;

	if (mount && (!strcmp(mount->path, path) || mount->kind == kind || kind == MOUNT_MEMORY)) {
		if (kind == MOUNT_VOLUME && !strcmp(mount->path, path))
			mount->kind = kind;
		return mount;
	}
	for (size_t i = 0; i < w->mount_count; i++) {
		bool inside = cln_path_within(w->mount[i].path, path);

		if (!inside || (w->mount[i].kind == MOUNT_VOLUME && kind == MOUNT_MEMORY))
			w->mount[kept++] = w->mount[i];
	}
	w->mount_count = kept;
	mount = &CLN_PUSH(w->mount, w->mount_count, w->mount_room);
	*mount = (struct plan_mount){
		.kind = kind,
		.path = cln_arena_strdup(w->scene->arena, path),
		.uid = w->scene->uid,
		.gid = w->scene->gid,
		.mode = 0755,
		.why = why,
	};
	return mount;
}

const char *writes_approved(struct writes *w, const char *path)
{
	if (!writes_mount(w, APPROVED_DIR))
		writes_add_mount(
			w, MOUNT_MEMORY, APPROVED_DIR, "the approved place for single files");
	return cln_arena_format(w->scene->arena, APPROVED_DIR "%s", path);
}

const struct redirect *writes_redirect(
	struct writes *w, const char *path, uint32_t node, const char *why)
{
	for (size_t i = 0; i < w->redirect_count; i++)
		if (!strcmp(w->redirect[i].path, path))
			return &w->redirect[i];
	const char *place = writes_approved(w, path);
	struct redirect *redirect = &CLN_PUSH(w->redirect, w->redirect_count, w->redirect_room);

	*redirect = (struct redirect){ cln_arena_strdup(w->scene->arena, path), place, node, why };
	return redirect;
}

static bool only_metadata(const struct want *want)
{
	return (want->access & CLN_ACCESS_WRITES) == CLN_METADATA;
}

/* Making a directory that will be there already is no write. */
static bool makes_what_stands(const struct scene *scene, const struct want *want)
{
	const struct cln_trace_result *result = want->file->fact->result;

	if ((want->access & CLN_ACCESS_WRITES & ~(uint32_t)CLN_METADATA) != CLN_CREATE)
		return false;
	return writes_image_dir(scene, want->path) || (result && result->type == 'd');
}

/* Root's changes of owner and mode are not production's business. */
static bool roots_metadata(struct writes *w, const struct want *want)
{
	const struct cln_trace_exec *exec = scene_exec(w->scene, want->file->service_exec);

	if (!only_metadata(want))
		return false;
	if (exec && exec->uid == 0) {
		scene_note(w->scene, "metadata",
			"%s: as root it changed owner or mode; production sets them in the image",
			want->why);
		return true;
	}
	return false;
}

static int plan_file(struct writes *w, const struct scene_file *file, struct cln_err *err)
{
	struct want want = { .file = file, .access = file->service | file->helper };
	uint32_t in_dir = CLN_DELETE | CLN_RENAME | CLN_LINK | CLN_BIND;
	uint32_t exec = file->service_exec;

	if (!(want.access & CLN_ACCESS_WRITES))
		return 0;
	want.why = cln_arena_format(w->scene->arena, "written by %s: %s",
		exec != CLN_TRACE_NONE ? scene_exec(w->scene, exec)->path
		: file->helper	       ? "a run step"
				       : "an unknown program",
		file->path);
	if (writes_to_output(file)) {
		writes_add_log(w, file, want.why, false);
		return 0;
	}
	want.needs_dir = (want.access & in_dir) ||
			 ((want.access & CLN_CREATE) && !(want.access & CLN_WRITE));
	/* rename and unlink act on the name itself, writing on what it leads to */
	want.path = want.needs_dir ? file->real : file->end;
	if (writes_is_runtimes(want.path) || writes_is_runtimes(file->real))
		return 0;
	if (place_is_byte_code(want.path)) {
		scene_note(w->scene, "byte-code",
			"byte code caches stay read-only: interpreters go on without them");
		return 0;
	}
	if (makes_what_stands(w->scene, &want) || roots_metadata(w, &want))
		return 0;
	if (writes_is_log(file, &want)) {
		bool rotated = want.access & (CLN_RENAME | CLN_DELETE) || writes_log_dated(file);

		want.needs_dir |= rotated;

		writes_add_log(w, file, want.why, rotated);
		if (!rotated)
			return 0;
	}
	return writes_place(w, &want, err);
}

/* Where writes that no test saw may go. */
static int plan_unknown(struct writes *w, struct cln_err *err)
{
	const char *dir = w->scene->opt->redirect_unknown, *top;

	if (!dir)
		return 0;
	if (!cln_path_is_normal(dir, strlen(dir)))
		return cln_usage(err, "--redirect-unknown %s: expected an absolute path", dir);
	enum place place = place_of(dir, &top);

	if (place == PLACE_RUNTIME || place == PLACE_SYSTEM || place == PLACE_SHARED)
		return cln_usage(err,
			"--redirect-unknown %s: not a directory that may be mounted over", dir);
	writes_add_mount(
		w, MOUNT_MEMORY, place == PLACE_OWN ? dir : top, "writes that no test run saw");
	return 0;
}

int writes_plan(struct scene *scene, struct writes *out, struct cln_err *err)
{
	struct writes w = { .scene = scene };
	int r = 0;

	for (size_t i = 0; r == 0 && i < scene->file_count; i++)
		r = plan_file(&w, &scene->file[i], err);
	if (r == 0)
		r = plan_unknown(&w, err);
	if (r < 0) {
		writes_release(&w);
		return r;
	}
	*out = w;
	return 0;
}

void writes_finish(struct writes *w)
{
	writes_place_logs(w);
	for (size_t i = 0; i < w->mount_count; i++)
		writes_finish_mount(w, &w->mount[i]);
	if (w->mount_count)
		qsort(w->mount, w->mount_count, sizeof(*w->mount), by_path);
	/* The init opens few pipes: the rest of many logs are ordinary files. */
	if (w->log_count > INIT_LOGS_MAX) {
		scene_note(w->scene, "logs", "%zu logs, of which the init carries %d", w->log_count,
			INIT_LOGS_MAX);
		w->log_count = INIT_LOGS_MAX;
	}
}

void writes_release(struct writes *w)
{
	free(w->mount);
	free(w->redirect);
	free(w->log);
	*w = (struct writes){ 0 };
}
