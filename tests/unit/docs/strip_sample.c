// SPDX-License-Identifier: Apache-2.0
/*
 * strip_sample - an image reduced to what globs name, with its package records,
 * as a folder: so that a scanner can be asked what it sees in it.
 *
 * usage: strip_sample REF DIR GLOB...      prints the packages that remain, as purls
 */
#include "common/file.h"
#include "common/mem.h"
#include "common/path.h"
#include "packager/docs/docs.h"
#include "packager/read/read.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX ((size_t)256 << 20)

static bool matches(const char *path, char **globs)
{
	for (; *globs; globs++)
		if (cln_path_match(*globs, path))
			return true;
	return false;
}

static void choose(const struct tree *tree, char **globs, struct keep *keep)
{
	char path[4096];

	keep->why = cln_alloc(tree->node_count);
	keep->via = cln_alloc(tree->node_count * sizeof(*keep->via));
	keep->node_count = tree->node_count;
	memset(keep->via, 0xff, tree->node_count * sizeof(*keep->via));
	for (uint32_t i = 0; i < tree->node_count; i++)
		if (matches(tree_path(tree, i, path), globs))
			keep->why[i] = WHY_RULE_KEEP;
}

static int write_under(
	const char *dir, const char *path, const void *data, size_t size, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *full = cln_format("%s%s", dir, path);
	cln_owned(cln_drop_mem) char *folder = cln_strdup(full);

	*strrchr(folder, '/') = '\0';
	if (cln_make_dirs(folder, err) < 0)
		return -err->code;
	return cln_write_file(full, data, size, 0644, err);
}

static int extract(
	const char *dir, const struct tree *tree, const struct keep *keep, struct cln_err *err)
{
	for (uint32_t i = 0; i < tree->node_count; i++) {
		const struct inode *inode = tree_inode(tree, i);
		cln_owned(cln_drop_mem) char *data = NULL;
		char path[4096];
		size_t size;

		if (!why_keeps((enum keep_why)keep->why[i]))
			continue;
		tree_path(tree, i, path);
		if (inode->type == NODE_SYMLINK) {
			cln_owned(cln_drop_mem) char *full = cln_format("%s%s", dir, path);

			if (write_under(dir, path, "", 0, err) < 0 || unlink(full) < 0 ||
				symlink(inode->target, full) < 0)
				return -1;
		} else if (inode->type == NODE_FILE &&
			   (tree_read_all(tree, i, FILE_MAX, &data, &size, err) < 0 ||
				   write_under(dir, path, data, size, err) < 0)) {
			return -1;
		}
	}
	return 0;
}

static int write_docs(const char *dir, const struct docs *docs, struct cln_err *err)
{
	for (size_t i = 0; i < docs->count; i++)
		if (write_under(dir, docs->doc[i].name, docs->doc[i].data, docs->doc[i].size, err) <
			0)
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	const struct read_options options = { .ref = argc > 1 ? argv[1] : "" };
	static const char *const none[] = { NULL };
	struct packages *packages = NULL;
	struct tree *tree = NULL;
	struct image *image = NULL;
	struct cln_err err = { 0 };
	struct plan plan = { .syscall = none };
	struct cln_trace trace = { 0 };
	struct keep keep = { 0 };
	struct docs docs = { 0 };
	struct docs_input in = { .plan = &plan, .keep = &keep, .trace = &trace, .name = "sample" };

	if (argc < 4)
		return CLN_EXIT_USAGE;
	if (image_open(&options, &image, &tree, &err) < 0 ||
		packages_read(tree, &packages, &err) < 0)
		return cln_err_report(&err, "strip_sample");
	choose(tree, argv + 3, &keep);
	in.image = image;
	in.tree = tree;
	in.packages = packages;
	if (docs_inside(&in, &docs, &err) < 0 || extract(argv[2], tree, &keep, &err) < 0 ||
		write_docs(argv[2], &docs, &err) < 0)
		return cln_err_report(&err, "strip_sample");
	for (uint32_t i = 0; i < packages->count; i++) {
		bool remains = false;
		cln_owned(cln_drop_mem) char *purl =
			package_purl_new(packages, &packages->package[i]);

		for (uint32_t n = 0; n < tree->node_count && !remains; n++)
			remains = packages->owner[n] == i && why_keeps((enum keep_why)keep.why[n]);
		if (remains)
			printf("%s\n", purl);
	}
	docs_release(&docs);
	free(keep.why);
	free(keep.via);
	packages_free(packages);
	tree_free(tree);
	image_free(image);
	return 0;
}
