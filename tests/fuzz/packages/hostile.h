/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile.h - an image of one or two files that the fuzzer wrote: package databases of
 * every kind. The first byte chooses the file that the rest becomes, "\n%%\n" begins a
 * second file of the same kind (a .list beside a status, a RECORD beside METADATA).
 */
#ifndef CLN_TESTS_FUZZ_HOSTILE_H
#define CLN_TESTS_FUZZ_HOSTILE_H

#include "common/mem.h"
#include "packager/model/package.h"
#include "packager/model/tree_build.h"

#include <stdint.h>
#include <string.h>

static const struct {
	const char *first, *second;
} hostile_kinds[] = {
	{ "var/lib/dpkg/status", "var/lib/dpkg/info/a.list" },
	{ "var/lib/dpkg/status.d/a", "var/lib/dpkg/status.d/a.md5sums" },
	{ "lib/apk/db/installed", "bin/x" },
	{ "usr/lib/python3/x.dist-info/METADATA", "usr/lib/python3/x.dist-info/RECORD" },
	{ "usr/lib/python3/x.egg-info/PKG-INFO", "usr/lib/python3/x.egg-info/top_level.txt" },
	{ "app/package.json", "app/node_modules/x/package.json" },
	{ "usr/lib/ruby/specifications/x-1.gemspec", "usr/lib/ruby/gems/x-1/x.rb" },
	{ "usr/share/doc/a/copyright", "etc/os-release" },
	{ "var/lib/dpkg/diversions", "usr/bin/x" },
};

static inline void hostile_add(struct tree *tree, const char *path, const void *data, size_t size)
{
	struct tree_entry entry = {
		.path = path, .type = NODE_FILE, .mode = 0644, .size_bytes = size
	};
	struct cln_err err = { 0 };

	if (spool_append(tree_spool(tree), data, size, &entry.spool_offset, &err) < 0 ||
		tree_layer_add(tree, &entry, NULL, &err) < 0)
		abort();
}

static inline void hostile_fixed(struct tree *tree, unsigned kind)
{
	static const char status[] = "Package: a\nVersion: 1\nArchitecture: amd64\n";
	struct tree_entry link = {
		.path = "lib64", .type = NODE_SYMLINK, .mode = 0777, .target = "lib"
	};
	struct cln_err err = { 0 };

	if (tree_layer_add(tree, &link, NULL, &err) < 0)
		abort();
	if (kind >= 7)
		hostile_add(tree, "var/lib/dpkg/status", status, sizeof(status) - 1);
}

/* Aborts where such an image is refused: nothing that it holds may stop a pack. */
static inline void hostile_image(
	const uint8_t *data, size_t size, struct tree **tree_out, struct packages **packages)
{
	const uint8_t *cut = size > 1 ? memmem(data + 1, size - 1, "\n%%\n", 4) : NULL;
	unsigned kind = data[0] % CLN_COUNT(hostile_kinds);
	struct spool *spool = NULL;
	struct cln_err err = { 0 };
	struct tree *tree;

	if (spool_new(NULL, 0, &spool, &err) < 0)
		abort();
	tree = *tree_out = tree_new(spool);
	tree_layer_begin(tree);
	hostile_fixed(tree, kind);
	hostile_add(tree, hostile_kinds[kind].first, data + 1,
		cut ? (size_t)(cut - data - 1) : size - 1);
	if (cut)
		hostile_add(
			tree, hostile_kinds[kind].second, cut + 4, (size_t)(data + size - cut - 4));
	if (tree_layer_end(tree, &err) < 0 || tree_seal(tree, &err) < 0 ||
		packages_read(tree, packages, &err) < 0)
		abort();
}

#endif
