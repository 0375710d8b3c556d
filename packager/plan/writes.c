// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/writes.h"

#include "common/path.h"
#include "init/format.h"
#include "packager/plan/places.h"

#include <stdio.h>
#include <string.h>

#define SIZE_LEAST ((uint64_t)16 << 20)
#define SIZE_HEADROOM 4u
#define SEED_MAX_BYTES ((uint64_t)8 << 20)
#define SEED_MAX_FILES 512u

struct want {
	const struct scene_file *file;
	const char *path; /* what is changed: real, or the end of a link */
	uint32_t access;  /* of service and helpers */
	bool needs_dir;
	const char *why;
};

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

/* Adds a mount, folding others into it or it into another. */
static struct plan_mount *mount_add(
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
		mount_add(w, MOUNT_MEMORY, APPROVED_DIR, "the approved place for single files");
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

static const struct inode *image_inode(const struct scene *scene, const char *path)
{
	uint32_t node = tree_lookup(scene->in->tree, path);

	return node == TREE_NONE ? NULL : tree_inode(scene->in->tree, node);
}

static bool image_dir(const struct scene *scene, const char *path)
{
	const struct inode *inode = image_inode(scene, path);

	return inode && inode->type == NODE_DIR;
}

static bool image_dir_empty(const struct scene *scene, const char *path)
{
	uint32_t node = tree_lookup(scene->in->tree, path);

	return node != TREE_NONE && !scene->in->tree->node[node].child_count;
}

/* Would a mount over dir hide more than a seed should carry, or programs? */
static bool too_much_below(const struct scene *scene, const char *dir)
{
	uint64_t bytes = 0;
	size_t files = 0;

	for (size_t i = 0; i < scene->file_count; i++) {
		const struct scene_file *file = &scene->file[i];

		if (file->node == TREE_NONE || !file->service || !cln_path_within(file->real, dir))
			continue;
		const struct inode *inode = tree_inode(scene->in->tree, file->node);

		if (inode->type != NODE_FILE)
			continue;
		if (file->service & (CLN_EXEC | CLN_MAP))
			return true;
		bytes += inode->size_bytes;
		if (++files > SEED_MAX_FILES || bytes > SEED_MAX_BYTES)
			return true;
	}
	return false;
}

/* Does production read any file of the image below dir? */
static bool reads_below(const struct scene *scene, const char *dir)
{
	for (size_t i = 0; i < scene->file_count; i++) {
		const struct scene_file *file = &scene->file[i];

		if (file->node != TREE_NONE && (file->service & (CLN_READ | CLN_EXEC | CLN_MAP)) &&
			tree_inode(scene->in->tree, file->node)->type == NODE_FILE &&
			cln_path_within(file->real, dir))
			return true;
	}
	return false;
}

/* The volume of the image, or a mount that the profiled container had, around path. */
static const char *declared_volume(const struct scene *scene, const char *path)
{
	const struct cln_trace_root *root = &scene->in->trace->root[scene->in->root];
	const char *const *volume = scene->in->image->volume;
	const char *best = NULL;

	for (size_t i = 0; volume && volume[i]; i++)
		if (strcmp(volume[i], "/") != 0 && cln_path_within(path, volume[i]))
			best = volume[i];
	for (size_t i = 0; i < root->mount_count; i++) {
		const struct cln_trace_mount *mount = &root->mount[i];

		if (!strcmp(mount->point, "/") || writes_is_runtimes(mount->point) ||
			!cln_path_within(path, mount->point))
			continue;
		/* memory that the container was given is memory again */
		if (strcmp(mount->type, "tmpfs") != 0 &&
			(!best || strlen(mount->point) > strlen(best)))
			best = mount->point;
	}
	return best;
}

/* Rule 5: into out the directory to mount for a change in dir; false: none may be. */
static bool own_directory(const struct scene *scene, const struct want *want, char *out)
{
	char child[CLN_PATH_MAX] = "";
	const char *top;

	snprintf(out, CLN_PATH_MAX, "%.*s", (int)cln_path_parent_length(want->path), want->path);
	while (!image_dir(scene, out) && strcmp(out, "/") != 0) {
		snprintf(child, sizeof(child), "%s", out);
		out[cln_path_parent_length(out)] = '\0';
	}
	enum place place = place_of(out, &top);

	if (!child[0])
		return (place == PLACE_OWN && !too_much_below(scene, out)) ||
		       (place == PLACE_SHARED && want->needs_dir && !reads_below(scene, out));
	if (place == PLACE_OWN && image_dir_empty(scene, out))
		return true;
	/* What is made there cannot be a mount point when it is renamed or removed. */
	if (scene_service_access(scene, child) & (CLN_RENAME | CLN_DELETE))
		return place == PLACE_OWN && !too_much_below(scene, out);
	snprintf(out, CLN_PATH_MAX, "%s", child);
	return true;
}

static int in_read_only(struct writes *w, const struct want *want, struct cln_err *err)
{
	const struct inode *inode = image_inode(w->scene, want->path);
	const char *step = cln_arena_format(w->scene->arena, "write:%s", want->path);

	if (!want->needs_dir && !(inode && inode->type == NODE_DIR)) {
		writes_redirect(w, want->path,
			inode && inode->type == NODE_FILE
				? tree_lookup(w->scene->in->tree, want->path)
				: TREE_NONE,
			want->why);
		return 0;
	}
	if (want->access & (CLN_DENIED | CLN_MISSING)) {
		scene_note(w->scene, "refused-write",
			"%s: the trace saw this fail as well; it stays read-only", want->why);
		return 0;
	}
	if (scene_loss_allowed(w->scene, step)) {
		scene_note(w->scene, "lost-write", "%s: stays read-only, as asked", want->why);
		return 0;
	}
	return cln_refuse(err,
		"%s: needs a writable directory where production has none: no mount may hide %.*s; "
		"let the program write elsewhere (its configuration, TMPDIR, HOME), or accept that the "
		"write fails with --allow-startup-loss %s",
		want->why, (int)cln_path_parent_length(want->path), want->path, step);
}

static int place_want(struct writes *w, const struct want *want, struct cln_err *err)
{
	const char *top, *volume = declared_volume(w->scene, want->path);
	enum place place = place_of(want->path, &top);
	char dir[CLN_PATH_MAX];

	if (volume) {
		mount_add(w, MOUNT_VOLUME, volume, want->why);
	} else if (place == PLACE_TMP || place == PLACE_RUN) {
		mount_add(w, MOUNT_MEMORY, top, want->why);
	} else if (own_directory(w->scene, want, dir)) {
		mount_add(w, place_is_database(want->path) ? MOUNT_VOLUME : MOUNT_MEMORY, dir,
			want->why);
	} else {
		return in_read_only(w, want, err);
	}
	return 0;
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
	return image_dir(scene, want->path) || (result && result->type == 'd');
}

/* What only ever grows and is never read back. */
static bool is_log(const struct scene_file *file, const struct want *want)
{
	uint32_t bad = CLN_READ | CLN_BIND | CLN_LINK | CLN_LIST | CLN_EXEC;

	return (want->access & CLN_WRITE) && !(want->access & bad) && place_is_log(file->real);
}

static bool to_output(const struct scene_file *file)
{
	static const char *const ends[] = { "/dev/stdout", "/dev/stderr", "/proc/self/fd/1",
		"/proc/self/fd/2", "/dev/fd/1", "/dev/fd/2" };
	bool link = strcmp(file->end, file->real) != 0;

	for (size_t i = 0; link && i < CLN_COUNT(ends); i++)
		if (!strcmp(file->end, ends[i]))
			return true;
	return link && !strncmp(file->end, "/proc/", 6) && strstr(file->end, "/fd/");
}

static void add_log(struct writes *w, const struct scene_file *file, const char *why, bool rotated)
{
	const char *name = cln_path_name(file->real);
	bool errors = strstr(name, "err") || strstr(file->end, "stderr") ||
		      !strcmp(file->end, "/proc/self/fd/2");

	for (size_t i = 0; i < w->log_count; i++)
		if (!strcmp(w->log[i].path, file->real))
			return;
	CLN_PUSH(w->log, w->log_count, w->log_room) = (struct writes_log){
		.path = file->real,
		.stream = errors ? "stderr" : "stdout",
		.tail = rotated,
		.why = why,
	};
}

/* Logs whose directory is writable anyway are pipes in it; the others are linked. */
static void place_logs(struct writes *w)
{
	for (size_t i = 0; i < w->log_count; i++) {
		struct writes_log *log = &w->log[i];

		if (writes_mount(w, log->path))
			log->place = log->path;
		else
			log->place = writes_redirect(w, log->path, TREE_NONE, log->why)->place;
		log->pattern = log->place;
		if (log->tail)
			log->pattern = cln_arena_format(w->scene->arena, "%s*", log->place);
	}
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
	if (to_output(file)) {
		add_log(w, file, want.why, false);
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
	if (is_log(file, &want)) {
		bool rotated = want.access & (CLN_RENAME | CLN_DELETE);

		add_log(w, file, want.why, rotated);
		if (!rotated)
			return 0;
	}
	return place_want(w, &want, err);
}

/* --- sizes and modes --- */

static uint64_t mount_size(const struct writes *w, const struct plan_mount *mount)
{
	uint64_t sum = 0, size = SIZE_LEAST;

	for (size_t i = 0; i < w->scene->file_count; i++) {
		const struct scene_file *file = &w->scene->file[i];

		if (cln_path_within(file->end, mount->path) &&
			file->fact->peak_bytes < UINT64_MAX / 16 - sum)
			sum += file->fact->peak_bytes;
	}
	if (mount->kind == MOUNT_MEMORY && w->scene->opt->tmpfs_size &&
		sum <= w->scene->opt->tmpfs_size)
		return w->scene->opt->tmpfs_size;
	while (size < sum * SIZE_HEADROOM && size < (uint64_t)1 << 62)
		size *= 2;
	return size;
}

static uint64_t mount_peak(const struct writes *w, const struct plan_mount *mount)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < w->scene->file_count; i++)
		if (cln_path_within(w->scene->file[i].end, mount->path))
			sum += CLN_MIN(w->scene->file[i].fact->peak_bytes, (uint64_t)1 << 40);
	return sum;
}

static uint32_t mount_mode(const struct writes *w, const char *path)
{
	const struct inode *inode = image_inode(w->scene, path);
	const char *top;

	if (place_of(path, &top) == PLACE_TMP)
		return 01777;
	for (size_t i = 0; i < w->scene->file_count; i++) {
		const struct scene_file *file = &w->scene->file[i];
		const struct cln_trace_result *result = file->fact->result;

		if (result && result->type == 'd' && !strcmp(file->real, path))
			return (result->mode & 03777) | 0700;
	}
	if (inode && inode->type == NODE_DIR)
		return (inode->mode & 03777) | 0700;
	return 0755;
}

static bool has_database(const struct writes *w, const struct plan_mount *mount)
{
	const char *top;

	if (place_of(mount->path, &top) != PLACE_OWN)
		return false;
	for (size_t i = 0; i < w->scene->file_count; i++) {
		const struct scene_file *file = &w->scene->file[i];

		if (((file->service | file->helper) & CLN_ACCESS_WRITES) &&
			cln_path_within(file->end, mount->path) && place_is_database(file->end))
			return true;
	}
	return false;
}

static void finish_mount(struct writes *w, struct plan_mount *mount)
{
	if (mount->kind == MOUNT_MEMORY &&
		(has_database(w, mount) || mount_peak(w, mount) > VOLUME_PEAK_BYTES))
		mount->kind = MOUNT_VOLUME;
	mount->mode = mount_mode(w, mount->path);
	mount->size_bytes = mount_size(w, mount);
	if (mount->kind == MOUNT_VOLUME)
		scene_note(w->scene, "volume",
			"%s holds data that outlives the container: a volume, not memory (%s)",
			mount->path, mount->why);
	else if (w->scene->opt->tmpfs_size && mount->size_bytes > w->scene->opt->tmpfs_size)
		scene_note(w->scene, "size",
			"%s: the trace wrote more than --tmpfs-size allows: %llu bytes",
			mount->path, (unsigned long long)mount->size_bytes);
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
	mount_add(w, MOUNT_MEMORY, place == PLACE_OWN ? dir : top, "writes that no test run saw");
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
	place_logs(w);
	for (size_t i = 0; i < w->mount_count; i++)
		finish_mount(w, &w->mount[i]);
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
