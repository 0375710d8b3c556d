// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/elf_file.h"
#include "packager/decide/work.h"

#include "common/hash.h"
#include "common/path.h"
#include "packager/model/platform.h"

#include <string.h>

#define SPARSE_FILES 3u /* the program, its loader, its libc */

static void sha_drop(struct cln_sha256 **sha)
{
	cln_sha256_drop(sha);
}

static int hash_node(
	const struct tree *tree, uint32_t node, char hex[CLN_SHA256_HEX], struct cln_err *err)
{
	cln_owned(sha_drop) struct cln_sha256 *sha = cln_sha256_new();
	uint64_t size = tree_inode(tree, node)->size_bytes, at = 0;
	cln_owned(cln_drop_mem) char *data = cln_alloc(65536);

	while (at < size) {
		size_t part = CLN_MIN(size - at, (uint64_t)65536);
		int r = tree_read(tree, node, at, data, part, err);

		if (r < 0)
			return r;
		cln_sha256_add(sha, data, part);
		at += part;
	}
	cln_sha256_hex(sha, hex);
	return 0;
}

/* 1: the image has the very file; 0: it has not; or -errno. */
static int evidence_matches(
	const struct tree *tree, const struct cln_trace_evidence *evidence, struct cln_err *err)
{
	char hex[CLN_SHA256_HEX];
	struct tree_walk walk;

	if (tree_resolve(tree, evidence->path, true, &walk) == TREE_NONE ||
		tree_inode(tree, walk.end)->type != NODE_FILE ||
		tree_inode(tree, walk.end)->size_bytes != evidence->size_bytes)
		return 0;
	int r = hash_node(tree, walk.end, hex, err);
	return r < 0 ? r : !strcmp(hex, evidence->sha256);
}

/* Did the run write the file itself, or hide the image's below a mount? */
static bool is_of_the_run(const struct cln_trace *trace, uint32_t index, const char *path)
{
	const struct cln_trace_root *root = &trace->root[index];

	for (size_t i = 0; i < root->mount_count; i++)
		if (strcmp(root->mount[i].point, "/") != 0 &&
			cln_path_within(path, root->mount[i].point))
			return true;
	for (size_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];

		if (file->root == index && file->access & CLN_ACCESS_WRITES &&
			(!strcmp(file->path, path) ||
				(file->target && !strcmp(file->target, path))))
			return true;
	}
	return false;
}

/* 1 fits, 0 does not (*differs: the first file that says so), or -errno. */
static int root_fits(const struct tree *tree, const struct cln_trace *trace, uint32_t index,
	const char **differs, struct cln_err *err)
{
	const struct cln_trace_root *root = &trace->root[index];
	size_t matched = 0;

	for (size_t i = 0; i < root->evidence_count; i++) {
		const char *path = root->evidence[i].path;
		int r;

		if (is_of_the_run(trace, index, path))
			continue;
		r = evidence_matches(tree, &root->evidence[i], err);
		if (r < 0)
			return r;
		if (!r) {
			*differs = path;
			return 0;
		}
		matched++;
	}
	return matched > 0;
}

static bool is_container(const struct cln_trace_root *root)
{
	return !strcmp(root->kind, "container") && strcmp(root->recognised, "chroot") != 0;
}

static int refuse_none(size_t containers, const char *differs, bool forced, struct cln_err *err)
{
	if (!containers)
		return cln_refuse(err,
			"the manifest saw no container of the image's platform: profile the image's own container");
	if (forced)
		return cln_refuse(err,
			"the manifest saw %zu containers and none of them can be told to be this image",
			containers);
	if (differs)
		return cln_refuse(err,
			"the manifest is of another image: %s differs (--any-image takes it all the same)",
			differs);
	return cln_refuse(err,
		"nothing in the manifest tells whether it is of this image (--any-image takes it)");
}

static bool is_for(const struct cln_trace_root *root, const struct image *image)
{
	struct platform is;
	struct cln_err ignored = { 0 };

	if (!image || platform_parse(root->platform, &is, &ignored) < 0)
		return true;
	return platform_fits(&is, image->os, image->architecture, image->variant);
}

/* Containers of another platform are not this image, whatever they hold; forced may mean
 * one of them where there is no other. */
static bool any_is_for(const struct keep_input *in)
{
	for (uint32_t i = 0; i < in->trace->root_count; i++)
		if (is_container(&in->trace->root[i]) && is_for(&in->trace->root[i], in->image))
			return true;
	return false;
}

struct fits {
	uint32_t *fit; /* in order */
	size_t count, room, containers;
	uint32_t container; /* the last one, whether it fits or not */
	const char *differs;
};

static void fits_release(struct fits *fits)
{
	free(fits->fit);
}

static int find_fits(
	const struct keep_input *in, bool forced, struct fits *fits, struct cln_err *err)
{
	bool every = forced && !any_is_for(in);

	for (uint32_t i = 0; i < in->trace->root_count; i++) {
		const struct cln_trace_root *is = &in->trace->root[i];
		int r;

		if (!is_container(is) || (!every && !is_for(is, in->image)))
			continue;
		fits->containers++;
		fits->container = i;
		r = root_fits(in->tree, in->trace, i, &fits->differs, err);
		if (r < 0)
			return cln_within(err, "comparing the image with the manifest");
		if (r)
			CLN_PUSH(fits->fit, fits->count, fits->room) = i;
	}
	if (!fits->count && forced && fits->containers == 1)
		CLN_PUSH(fits->fit, fits->count, fits->room) = fits->container;
	return fits->count ? 0 : refuse_none(fits->containers, fits->differs, forced, err);
}

/* Containers that both hold what this image holds, and nothing that the other denies. */
static bool are_one(const struct cln_trace *trace, const struct fits *fits)
{
	for (size_t i = 1; i < fits->count; i++)
		if (!cln_trace_same_image(&trace->root[fits->fit[0]], &trace->root[fits->fit[i]]))
			return false;
	return true;
}

int keep_find_root(const struct keep_input *in, bool forced, uint32_t *root, struct cln_err *err)
{
	cln_owned(fits_release) struct fits fits = { 0 };
	int r = find_fits(in, forced, &fits, err);

	if (r < 0 || !fits.fit)
		return r;
	if (fits.count > 1)
		return cln_refuse(err,
			"%zu containers of the manifest fit the image: profile them apart",
			fits.count);
	*root = fits.fit[0];
	return 0;
}

int keep_match_root(
	struct keep_input *in, struct cln_trace *trace, bool forced, struct cln_err *err)
{
	cln_owned(fits_release) struct fits fits = { 0 };
	uint32_t root;
	int r;

	in->trace = trace;
	r = find_fits(in, forced, &fits, err);
	if (r < 0 || !fits.fit)
		return r;
	if (!are_one(trace, &fits))
		return cln_refuse(err,
			"%zu containers of the manifest fit the image and have nothing in common: "
			"profile them apart",
			fits.count);
	root = fits.fit[0];
	for (size_t i = 1; i < fits.count; i++)
		cln_trace_lay(trace, fits.fit[i], root, "/");
	chroots_lay(in->tree, trace, root);
	in->root = cln_trace_settle_root(trace, root);
	return 0;
}

static size_t production_files(const struct cln_trace *trace, uint32_t root)
{
	size_t count = 0;

	for (size_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];
		uint32_t access = trace_production_access(trace, file, NULL);

		count += file->root == root && access & (CLN_READ | CLN_EXEC | CLN_MAP);
	}
	return count;
}

static const char *main_of(const struct keep_input *in)
{
	for (size_t i = 0; i < in->trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &in->trace->exec[i];

		if (exec->root == in->root && exec->role == CLN_ROLE_MAIN)
			return exec->interpreter ? exec->interpreter : exec->path;
	}
	return NULL;
}

/* A static program may need no other file: it says itself that it does not. */
static bool is_static(const struct tree *tree, const char *path)
{
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	struct elf_facts facts = { 0 };
	struct cln_err ignored = { 0 };
	struct tree_walk walk;

	return tree_resolve(tree, path, true, &walk) != TREE_NONE &&
	       tree_inode(tree, walk.end)->type == NODE_FILE &&
	       elf_read_node(tree, walk.end, arena, &facts, &ignored) == 0 && !facts.broken &&
	       !facts.interp && !facts.needed_count;
}

int keep_check_trace(
	const struct keep_input *in, bool allow_incomplete, bool allow_sparse, struct cln_err *err)
{
	const struct cln_trace *trace = in->trace;
	const char *main = main_of(in);
	size_t used;

	if (!allow_incomplete && !cln_trace_complete(trace))
		return cln_refuse(err,
			"the manifest is incomplete: what the profiler lost would be missing (see `clnimg-manifest show`; --allow-incomplete packs it all the same)");
	if (allow_sparse)
		return 0;
	if (!main)
		return cln_refuse(err,
			"the manifest never saw the main program run (--allow-sparse packs it all the same)");
	used = production_files(trace, in->root);
	if (used < SPARSE_FILES && !(used && is_static(in->tree, main)))
		return cln_refuse(err,
			"the manifest saw next to nothing: %zu files used (--allow-sparse packs it all the same)",
			used);
	return 0;
}
