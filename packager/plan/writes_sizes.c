// SPDX-License-Identifier: Apache-2.0
/*
 * writes_sizes.c - kind, mode and size of each mount: rule 7.
 */
#include "packager/plan/writes_parts.h"

#include "common/path.h"
#include "packager/plan/places.h"

#include <string.h>

#define SIZE_LEAST ((uint64_t)16 << 20)
#define SIZE_HEADROOM 4u

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
	const struct inode *inode = writes_image_inode(w->scene, path);
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

void writes_finish_mount(struct writes *w, struct plan_mount *mount)
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
