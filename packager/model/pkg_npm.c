// SPDX-License-Identifier: Apache-2.0
/*
 * Node: every package.json with a name and a version is a package; it owns all
 * below its folder down to the next such package.
 */
#include "packager/model/pkg.h"

#include "common/json.h"

#include <string.h>

static const char *dup_string(struct pkg_set *set, const json_t *object, const char *key)
{
	const char *text = cln_json_str(object, key, NULL);

	return text && *text ? cln_arena_strdup(set->arena, text) : NULL;
}

/* "MIT", {"type": "MIT"}, or the licences of long ago: [{"type": "MIT"}] */
static const char *licence(struct pkg_set *set, const json_t *object)
{
	const json_t *value = json_object_get(object, "license");

	if (json_is_string(value))
		return dup_string(set, object, "license");
	if (!value)
		value = json_array_get(json_object_get(object, "licenses"), 0);
	return json_is_object(value) ? dup_string(set, value, "type") : NULL;
}

static const char *const *dependencies(struct pkg_set *set, json_t *object)
{
	struct pkg_words words = { 0 };
	const char *name;
	json_t *value;

	json_object_foreach (json_object_get(object, "dependencies"), name, value)
		if (words.count < 4096 && pkg_name_fine(name))
			pkg_words_add(&words, cln_arena_strdup(set->arena, name));
	return pkg_words_done(set, &words);
}

static const char *author(struct pkg_set *set, const json_t *object)
{
	const json_t *value = json_object_get(object, "author");

	return json_is_object(value) ? dup_string(set, value, "name")
				     : dup_string(set, object, "author");
}

/* A package.json; PACKAGE_NONE where it names no package. */
static int add_manifest(struct pkg_set *set, uint32_t node, uint32_t *out, struct cln_err *err)
{
	struct package package = { .kind = PACKAGE_NPM, .where = node };
	cln_owned(cln_drop_mem) char *data = NULL;
	cln_owned(cln_json_drop) json_t *json = NULL;
	struct cln_err why = { 0 };
	char path[4096];
	size_t size;
	int r = pkg_read(set, node, PKG_META_MAX, &data, &size, err);

	*out = PACKAGE_NONE;
	if (r < 0 || !data)
		return r;
	if (cln_json_parse(data, size, &json, &why) < 0) {
		pkg_finding(set, "%s: %s", tree_path(set->tree, node, path), why.text);
		return 0;
	}
	package.name = dup_string(set, json, "name");
	package.version = dup_string(set, json, "version");
	if (!pkg_name_fine(package.name) || !pkg_name_fine(package.version))
		return 0; /* {"type": "module"} and the like are no packages */
	package.licence = licence(set, json);
	package.homepage = dup_string(set, json, "homepage");
	package.maintainer = author(set, json);
	package.depends = dependencies(set, json);
	*out = pkg_add(set, &package);
	return 0;
}

/* The package that a folder's package.json names, or the one around it. */
static int folder_owner(struct pkg_set *set, uint32_t dir, const uint32_t *of_folder, uint32_t *out,
	struct cln_err *err)
{
	const struct tree *tree = set->tree;
	uint32_t node = tree_child(tree, dir, "package.json", 12), found;

	*out = dir == TREE_ROOT ? PACKAGE_NONE : of_folder[tree->node[dir].parent];
	if (node == TREE_NONE || tree_inode(tree, node)->type != NODE_FILE ||
		pkg_is_distro_owned(set, node))
		return 0;
	if (add_manifest(set, node, &found, err) < 0)
		return -err->code;
	if (found == PACKAGE_NONE)
		return 0;
	pkg_own(set, node, found);
	if (dir != TREE_ROOT) /* a package.json at / does not own the distribution */
		*out = found;
	return 0;
}

/* Folders in an order where parents come first. */
static uint32_t *folders_new(const struct tree *tree, size_t *count)
{
	uint32_t *queue = NULL;
	size_t room = 0;

	*count = 0;
	CLN_PUSH(queue, *count, room) = TREE_ROOT;
	for (size_t i = 0; i < *count; i++)
		for (uint32_t c = 0, dir = queue[i]; c < tree->node[dir].child_count; c++) {
			uint32_t child = tree->child[tree->node[dir].first_child + c];

			if (tree_inode(tree, child)->type == NODE_DIR)
				CLN_PUSH(queue, *count, room) = child;
		}
	return queue;
}

int pkg_read_npm(struct pkg_set *set, struct cln_err *err)
{
	const struct tree *tree = set->tree;
	cln_owned(cln_drop_mem) uint32_t *of_folder = NULL, *folder = NULL;
	size_t count;
	int r = 0;

	folder = folders_new(tree, &count);
	of_folder = cln_alloc(((size_t)tree->node_count + 1) * sizeof(*of_folder));
	memset(of_folder, 0xff, ((size_t)tree->node_count + 1) * sizeof(*of_folder));
	for (size_t i = 0; r == 0 && i < count; i++)
		r = folder_owner(set, folder[i], of_folder, &of_folder[folder[i]], err);
	for (uint32_t i = 1; r == 0 && i < tree->node_count; i++)
		if (of_folder[tree->node[i].parent] != PACKAGE_NONE)
			pkg_own(set, i, of_folder[tree->node[i].parent]);
	return r;
}
