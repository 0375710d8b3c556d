// SPDX-License-Identifier: Apache-2.0
/*
 * writes_place.c - the mount or link that one write needs: rules 3 to 6.
 */
#include "packager/plan/writes_parts.h"

#include "common/path.h"
#include "packager/plan/places.h"

#include <stdio.h>
#include <string.h>

#define SEED_MAX_BYTES ((uint64_t)8 << 20)
#define SEED_MAX_FILES 512u

const struct inode *writes_image_inode(const struct scene *scene, const char *path)
{
	uint32_t node = tree_lookup(scene->in->tree, path);

	return node == TREE_NONE ? NULL : tree_inode(scene->in->tree, node);
}

bool writes_image_dir(const struct scene *scene, const char *path)
{
	const struct inode *inode = writes_image_inode(scene, path);

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

/*
 * What a directory is for. One below the system's that the image gave to a user of its own,
 * or to everybody (/usr/share/elasticsearch/config), is that application's.
 */
static enum place place_here(const struct scene *scene, const char *dir)
{
	const struct inode *inode = writes_image_inode(scene, dir);
	const char *top;
	enum place place = place_of(dir, &top);
	bool given = inode && inode->type == NODE_DIR && (inode->uid || (inode->mode & 0002));

	return place == PLACE_SYSTEM && given ? PLACE_OWN : place;
}

/* Rule 5: into out the directory to mount for a change in dir; false: none may be. */
static bool own_directory(const struct scene *scene, const struct want *want, char *out)
{
	char child[CLN_PATH_MAX] = "";

	snprintf(out, CLN_PATH_MAX, "%.*s", (int)cln_path_parent_length(want->path), want->path);
	while (!writes_image_dir(scene, out) && strcmp(out, "/") != 0) {
		snprintf(child, sizeof(child), "%s", out);
		out[cln_path_parent_length(out)] = '\0';
	}
	enum place place = place_here(scene, out);

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

static const char *what_it_did(uint32_t access)
{
	return access & CLN_RENAME   ? "a rename"
	       : access & CLN_BIND   ? "a socket"
	       : access & CLN_LINK   ? "a link"
	       : access & CLN_DELETE ? "a removal"
				     : "a new name";
}

static int in_read_only(struct writes *w, const struct want *want, struct cln_err *err)
{
	const struct inode *inode = writes_image_inode(w->scene, want->path);
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
	if (w->scene->opt->redirect_unknown && !(want->access & CLN_BIND)) {
		scene_note(w->scene, "redirected-write",
			"%s: its directory stays read-only; the init redirects it at run time to %s, as asked",
			want->why, w->scene->opt->redirect_unknown);
		return 0;
	}
	if (scene_loss_allowed(w->scene, step)) {
		scene_note(w->scene, "lost-write", "%s: stays read-only, as asked", want->why);
		return 0;
	}
	return cln_refuse(err,
		"%s: %s needs its directory to be writable, and no mount may hide %.*s; let the program "
		"keep the file in a folder of its own or elsewhere (its configuration, TMPDIR, HOME)%s, or "
		"accept that the write fails with --allow-startup-loss %s",
		want->why, what_it_did(want->access), (int)cln_path_parent_length(want->path),
		want->path,
		want->access & CLN_BIND
			? ""
			: ", let the init redirect it at run time with --redirect-unknown " APPROVED_DIR,
		step);
}

int writes_place(struct writes *w, const struct want *want, struct cln_err *err)
{
	const char *top, *volume = declared_volume(w->scene, want->path);
	enum place place = place_of(want->path, &top);
	char dir[CLN_PATH_MAX];

	if (volume) {
		writes_add_mount(w, MOUNT_VOLUME, volume, want->why);
	} else if (place == PLACE_TMP || place == PLACE_RUN) {
		writes_add_mount(w, MOUNT_MEMORY, top, want->why);
	} else if (own_directory(w->scene, want, dir)) {
		writes_add_mount(w, place_is_database(want->path) ? MOUNT_VOLUME : MOUNT_MEMORY,
			dir, want->why);
	} else {
		return in_read_only(w, want, err);
	}
	return 0;
}
