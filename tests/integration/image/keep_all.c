// SPDX-License-Identifier: Apache-2.0
/*
 * keep_all.c - reads an image and writes all of it: the reader, the tree, the
 * layout and the writer with nothing decided in between.
 *
 * usage: keep-all IMAGE OUTPUT [gzip|zstd|none [one|package [THREADS]]]
 *        keep-all IMAGE           reads only, prints the number of nodes
 *
 * KEEP_ALL_LEVEL in the environment is the compression's level.
 * KEEP_ALL_RECOMPRESS: nothing of the source's layers is used again
 * KEEP_ALL_COPIED: print also how many bytes were copied from them, of how many
 */
#include "packager/read/read.h"
#include "packager/write/config.h"
#include "packager/write/write.h"

#include <stdio.h>
#include <string.h>

static uint64_t limit(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : 0;
}

struct arguments {
	const char *image, *output, *compression, *layers;
	unsigned threads;
};

static enum write_compression compression(const char *name)
{
	return !strcmp(name, "zstd")   ? WRITE_ZSTD
	       : !strcmp(name, "none") ? WRITE_PLAIN
				       : WRITE_GZIP;
}

static void say(const struct written *written)
{
	printf("%s\n", written->digest);
	if (getenv("KEEP_ALL_COPIED"))
		printf("%llu of %llu\n", (unsigned long long)written->copied_bytes,
			(unsigned long long)written->size_bytes);
}

static int write_all(const struct arguments *is, const struct image *image, const struct tree *tree,
	struct cln_err *err)
{
	const struct config_facts facts = { .source = image };
	cln_owned(cln_json_drop) json_t *config = config_new(&facts);
	cln_owned(cln_json_drop) json_t *annotations = annotations_new(&facts);
	cln_owned(layout_drop) struct layout *layout = NULL;
	cln_owned(packages_drop) struct packages *packages = NULL;
	cln_owned(written_release) struct written written = { 0 };
	struct keep keep = { .node_count = tree->node_count };
	const struct plan nothing = { 0 };
	struct write_options options = {
		.ref = &is->output, .ref_count = 1, .threads = is->threads
	};

	options.compression = compression(is->compression);
	options.level = (unsigned)limit("KEEP_ALL_LEVEL");
	options.by_package = !strcmp(is->layers, "package");
	if (options.by_package && packages_read(tree, &packages, err) < 0)
		return -err->code;
	keep.why = malloc(keep.node_count);
	if (!keep.why)
		abort();
	memset(keep.why, WHY_RULE_KEEP, keep.node_count);
	for (uint32_t id = 0, files = 0; id < keep.node_count && getenv("KEEP_ALL_EACH"); id++)
		if (tree_inode(tree, id)->type != NODE_FILE || files++ % limit("KEEP_ALL_EACH"))
			keep.why[id] = WHY_UNUSED;
	if (layout_make(tree, &keep, &nothing, NULL, 0, 0, &layout, err) == 0 &&
		image_write(&(struct image_source){ .tree = tree,
				    .layout = layout,
				    .packages = packages,
				    .config = config,
				    .annotations = annotations },
			&options, &written, err) == 0)
		say(&written);
	free(keep.why);
	return err->code ? -err->code : 0;
}

int main(int argc, char **argv)
{
	cln_owned(image_drop) struct image *image = NULL;
	cln_owned(tree_drop) struct tree *tree = NULL;
	struct cln_err err = { 0 };
	struct arguments is = { 0 };
	struct read_options read = { 0 };

	if (argc < 2) {
		fprintf(stderr,
			"usage: keep-all IMAGE [OUTPUT [COMPRESSION [LAYERS [THREADS]]]]\n");
		return 2;
	}
	is = (struct arguments){ argv[1], argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : "gzip",
		argc > 4 ? argv[4] : "one", argc > 5 ? (unsigned)atoi(argv[5]) : 0 };
	read.ref = is.image;
	read.platform = getenv("KEEP_ALL_PLATFORM");
	read.reuse = is.output && !getenv("KEEP_ALL_RECOMPRESS");
	if (read.reuse)
		read.reuse_blocks = write_reuses_blocks(
			compression(is.compression), (unsigned)limit("KEEP_ALL_LEVEL"));
	read.limits.value[LIMIT_BYTES] = limit("KEEP_ALL_MAX_BYTES");
	read.limits.value[LIMIT_ENTRIES] = limit("KEEP_ALL_MAX_ENTRIES");
	if (getenv("KEEP_ALL_LIMIT") && limit_set(&read.limits, getenv("KEEP_ALL_LIMIT"), &err) < 0)
		return cln_err_report(&err, "keep-all");
	if (image_open(&read, &image, &tree, &err) < 0)
		return cln_err_report(&err, "keep-all");
	if (!is.output)
		printf("%u\n", tree->node_count);
	else if (write_all(&is, image, tree, &err) < 0)
		return cln_err_report(&err, "keep-all");
	return 0;
}
