// SPDX-License-Identifier: Apache-2.0
/*
 * scene_files.c - who touched which path, and where it lies in the image.
 */
#include "packager/plan/scene_parts.h"

#include "common/path.h"

#include <stdio.h>
#include <string.h>

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
	file->real = strcmp(walk.real, file->path) ? cln_arena_strdup(scene->arena, walk.real)
						   : file->path;
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

void scene_find_files(struct scene *scene)
{
	const struct cln_trace *trace = scene->in->trace;

	scene->file = cln_alloc((trace->file_count + 1) * sizeof(*scene->file));
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

void scene_forget_files(struct scene *scene)
{
	free(cln_steal(&scene->file));
	scene->file_count = 0;
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
