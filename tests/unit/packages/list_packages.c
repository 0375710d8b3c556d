// SPDX-License-Identifier: Apache-2.0
/*
 * list_packages - what packages_read sees in an image, for tests that compare it
 * with other tools.
 *
 * usage: list_packages REF            purl, files and bytes of each package; findings as "# ..."
 *        list_packages REF --unowned  files that no package owns
 */
#include "common/mem.h"
#include "packager/model/package.h"
#include "packager/read/read.h"

#include <stdio.h>
#include <string.h>

static void print_unowned(const struct tree *tree, const struct packages *packages)
{
	char path[4096];

	for (uint32_t i = 0; i < tree->node_count; i++)
		if (packages->owner[i] == PACKAGE_NONE && tree_inode(tree, i)->type != NODE_DIR)
			printf("%s\n", tree_path(tree, i, path));
}

static void print_packages(const struct tree *tree, const struct packages *packages)
{
	cln_owned(cln_drop_mem) uint32_t *files = cln_alloc((packages->count + 1) * sizeof(*files));

	for (uint32_t i = 0; i < tree->node_count; i++)
		if (packages->owner[i] != PACKAGE_NONE)
			files[packages->owner[i]]++;
	for (uint32_t i = 0; i < packages->count; i++) {
		cln_owned(cln_drop_mem) char *purl =
			package_purl_new(packages, &packages->package[i]);

		printf("%s\t%u\t%s\n", purl, files[i],
			packages->package[i].licence ? packages->package[i].licence : "");
	}
	for (const char *const *text = packages->finding; *text; text++)
		printf("# %s\n", *text);
}

int main(int argc, char **argv)
{
	const struct read_options options = { .ref = argc > 1 ? argv[1] : "" };
	cln_owned(packages_drop) struct packages *packages = NULL;
	cln_owned(tree_drop) struct tree *tree = NULL;
	cln_owned(image_drop) struct image *image = NULL;
	struct cln_err err = { 0 };

	if (image_open(&options, &image, &tree, &err) < 0 ||
		packages_read(tree, &packages, &err) < 0)
		return cln_err_report(&err, "list_packages");
	if (argc > 2 && strcmp(argv[2], "--unowned") == 0)
		print_unowned(tree, packages);
	else
		print_packages(tree, packages);
	return 0;
}
