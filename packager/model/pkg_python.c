// SPDX-License-Identifier: Apache-2.0
/*
 * Python: NAME.dist-info/METADATA with RECORD, NAME.egg-info/PKG-INFO with
 * top_level.txt or installed-files.txt (packaging.python.org, "Core metadata",
 * "Recording installed projects").
 */
#include "packager/model/pkg.h"

#include "common/path.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* PEP 503: lower case, runs of "-_." as one dash. */
static const char *normal_name(struct pkg_set *set, const char *name)
{
	char *out = cln_arena_strdup(set->arena, name);
	size_t length = 0;

	for (size_t i = 0; name[i]; i++) {
		if (!strchr("-_.", name[i]))
			out[length++] = (char)tolower((unsigned char)name[i]);
		else if (length && out[length - 1] != '-')
			out[length++] = '-';
	}
	out[length] = '\0';
	return out;
}

static const char *const *requires(struct pkg_set *set, const struct pkg_paragraph *record)
{
	struct pkg_words words = { 0 };
	struct pkg_field field;
	size_t at = 0;

	while (words.count < 4096 && pkg_field_next(record, &at, &field)) {
		size_t length;

		if (field.name_length != 13 || strncasecmp(field.name, "Requires-Dist", 13) != 0 ||
			memmem(field.value, field.value_length, "extra ==", 8))
			continue;
		length = strcspn(field.value, " \t\n;(<>=!~[,");
		length = CLN_MIN(length, field.value_length);
		if (length && !memchr(field.value, '\0', length))
			pkg_words_add(&words, normal_name(set, pkg_dup(set, field.value, length)));
	}
	return pkg_words_done(set, &words);
}

/* License-Expression is SPDX; License is free text and only kept when it is short. */
static const char *licence(struct pkg_set *set, const struct pkg_paragraph *record)
{
	const char *text = pkg_field_dup(set, record, "License-Expression");

	if (!text)
		text = pkg_field_dup(set, record, "License");
	return text && strlen(text) <= 100 && strcmp(text, "UNKNOWN") != 0 ? text : NULL;
}

/* pkg.py's byte code: __pycache__/pkg.cpython-311.pyc */
static void own_byte_code(struct pkg_set *set, uint32_t node, uint32_t package)
{
	const struct tree *tree = set->tree;
	const char *name = tree->node[node].name;
	size_t length = tree->node[node].name_length;
	uint32_t cache;

	if (length < 4 || strcmp(name + length - 3, ".py") != 0)
		return;
	cache = tree_child(tree, tree->node[node].parent, "__pycache__", 11);
	if (cache == TREE_NONE || tree_inode(tree, cache)->type != NODE_DIR)
		return;
	for (uint32_t i = 0; i < tree->node[cache].child_count; i++) {
		uint32_t child = tree->child[tree->node[cache].first_child + i];

		if (strncmp(tree->node[child].name, name, length - 2) == 0)
			pkg_own(set, child, package);
	}
}

static void own_relative(
	struct pkg_set *set, uint32_t base, const char *line, size_t length, uint32_t package)
{
	char folder[CLN_PATH_MAX], raw[CLN_PATH_MAX], path[CLN_PATH_MAX];
	uint32_t node;

	if (!length || length >= sizeof(raw) || memchr(line, '\0', length))
		return;
	snprintf(raw, sizeof(raw), "%.*s", (int)length, line);
	if (cln_path_join(tree_path(set->tree, base, folder), raw, path) < 0)
		return;
	node = pkg_find(set, path);
	if (node == TREE_NONE)
		return;
	if (tree_inode(set->tree, node)->type == NODE_DIR)
		return;
	pkg_own(set, node, package);
	own_byte_code(set, node, package);
}

/* RECORD is CSV: path,hash,size; a path with a comma is quoted. */
static int own_record(
	struct pkg_set *set, uint32_t list, uint32_t base, uint32_t package, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *data = NULL;
	size_t size, at = 0, length;
	const char *line;
	int r = pkg_read(set, list, PKG_DB_MAX, &data, &size, err);

	while (r == 0 && data && pkg_line_next(data, size, &at, &line, &length)) {
		const char *end;

		if (length && *line == '"') {
			line++;
			length--;
			end = memchr(line, '"', length);
		} else {
			end = memchr(line, ',', length);
		}
		own_relative(set, base, line, end ? (size_t)(end - line) : length, package);
	}
	return r;
}

/* Egg-infos without a file list name only their import packages. */
static int own_top_level(
	struct pkg_set *set, uint32_t list, uint32_t base, uint32_t package, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *data = NULL;
	size_t size, at = 0, length;
	const char *line;
	int r = pkg_read(set, list, PKG_META_MAX, &data, &size, err);

	while (r == 0 && data && pkg_line_next(data, size, &at, &line, &length)) {
		cln_owned(cln_drop_mem) char *module = cln_format("%.*s.py", (int)length, line);
		uint32_t node = tree_child(set->tree, base, line, length);

		if (!length || length > 255 || memchr(line, '/', length))
			continue;
		if (node != TREE_NONE)
			pkg_own_below(set, node, package);
		node = tree_child(set->tree, base, module, strlen(module));
		if (node != TREE_NONE)
			own_relative(set, base, module, strlen(module), package);
	}
	return r;
}

static uint32_t child(const struct pkg_set *set, uint32_t dir, const char *name)
{
	return tree_child(set->tree, dir, name, strlen(name));
}

static int own_files(struct pkg_set *set, uint32_t dir, uint32_t package, struct cln_err *err)
{
	uint32_t base = set->tree->node[dir].parent, list;
	int r = 0;

	if ((list = child(set, dir, "RECORD")) != TREE_NONE)
		r = own_record(set, list, base, package, err);
	else if ((list = child(set, dir, "installed-files.txt")) != TREE_NONE)
		r = own_record(set, list, dir, package, err);
	else if ((list = child(set, dir, "top_level.txt")) != TREE_NONE)
		r = own_top_level(set, list, base, package, err);
	pkg_own_below(set, dir, package);
	return r;
}

static int add_metadata(struct pkg_set *set, uint32_t dir, uint32_t node, struct cln_err *err)
{
	struct package package = { .kind = PACKAGE_PYTHON, .where = node };
	cln_owned(cln_drop_mem) char *data = NULL;
	struct pkg_paragraph record;
	char path[CLN_PATH_MAX];
	size_t size, at = 0;
	uint32_t index;
	int r = pkg_read(set, node, PKG_META_MAX, &data, &size, err);

	if (r < 0 || !data)
		return r;
	if (pkg_paragraph_next(data, size, &at, &record)) {
		package.name = pkg_field_dup(set, &record, "Name");
		package.version = pkg_field_dup(set, &record, "Version");
	}
	if (!package.name || !pkg_name_fine(package.name) || !pkg_name_fine(package.version)) {
		pkg_finding(set, "%s: no sound Name and Version", tree_path(set->tree, node, path));
		return 0;
	}
	package.name = normal_name(set, package.name);
	package.licence = licence(set, &record);
	package.homepage = pkg_field_dup(set, &record, "Home-page");
	package.maintainer = pkg_field_dup(set, &record, "Author");
	package.depends = requires(set, &record);
	index = pkg_add(set, &package);
	if (index == PACKAGE_NONE)
		return 0;
	if (dir == TREE_NONE)
		pkg_own(set, node, index);
	return dir == TREE_NONE ? 0 : own_files(set, dir, index, err);
}

static bool ends_with(const struct node *node, const char *end)
{
	size_t length = strlen(end);

	return node->name_length > length &&
	       memcmp(node->name + node->name_length - length, end, length) == 0;
}

int pkg_read_python(struct pkg_set *set, struct cln_err *err)
{
	const struct tree *tree = set->tree;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < tree->node_count; i++) {
		bool dist = ends_with(&tree->node[i], ".dist-info");
		bool egg = ends_with(&tree->node[i], ".egg-info");
		uint32_t meta;

		if (!dist && !egg)
			continue;
		if (tree_inode(tree, i)->type == NODE_DIR) {
			meta = child(set, i, dist ? "METADATA" : "PKG-INFO");
			if (meta != TREE_NONE && !pkg_is_distro_owned(set, meta))
				r = add_metadata(set, i, meta, err);
		} else if (egg && !pkg_is_distro_owned(set, i)) {
			r = add_metadata(set, TREE_NONE, i, err);
		}
	}
	return r;
}
