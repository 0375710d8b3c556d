// SPDX-License-Identifier: Apache-2.0
/*
 * Ruby: specifications/NAME-VERSION.gemspec beside gems/NAME-VERSION. A
 * gemspec is Ruby; the ones RubyGems installs have one assignment a line
 * ("s.name = "rack".freeze"), and only such lines are read.
 */
#include "packager/model/pkg.h"

#include <string.h>

/* The first string literal behind `s.KEY =`; NULL where there is none. */
static const char *assigned(struct pkg_set *set, const char *data, size_t size, const char *key)
{
	size_t at = 0, length, key_length = strlen(key);
	const char *line;

	while (pkg_line_next(data, size, &at, &line, &length)) {
		const char *end = line + length, *open, *close;

		while (line < end && (*line == ' ' || *line == '\t'))
			line++;
		if ((size_t)(end - line) < key_length + 3 || line[0] != 's' || line[1] != '.' ||
			strncmp(line + 2, key, key_length) != 0)
			continue;
		line += 2 + key_length;
		while (line < end && *line == ' ')
			line++;
		if (line == end || *line != '=')
			continue;
		open = memchr(line, '"', (size_t)(end - line));
		close = open ? memchr(open + 1, '"', (size_t)(end - open - 1)) : NULL;
		if (close && close - open > 1 && !memchr(open, '\0', (size_t)(close - open)))
			return pkg_dup(set, open + 1, (size_t)(close - open - 1));
	}
	return NULL;
}

static const char *const *dependencies(struct pkg_set *set, const char *data, size_t size)
{
	static const char call[] = "s.add_runtime_dependency(%q<";
	struct pkg_words words = { 0 };
	size_t at = 0, length;
	const char *line;

	while (words.count < 1024 && pkg_line_next(data, size, &at, &line, &length)) {
		const char *name = memmem(line, length, call, sizeof(call) - 1);
		const char *end;

		if (!name)
			continue;
		name += sizeof(call) - 1;
		end = memchr(name, '>', (size_t)(line + length - name));
		if (end)
			pkg_words_add(&words, pkg_dup(set, name, (size_t)(end - name)));
	}
	return pkg_words_done(set, &words);
}

static void own_files(struct pkg_set *set, uint32_t spec, uint32_t package)
{
	static const char *const folders[] = { "gems", "doc" };
	const struct tree *tree = set->tree;
	uint32_t top = tree->node[tree->node[spec].parent].parent;
	size_t length = tree->node[spec].name_length - strlen(".gemspec");

	pkg_own(set, spec, package);
	for (size_t i = 0; i < CLN_COUNT(folders); i++) {
		uint32_t dir = tree_child(tree, top, folders[i], strlen(folders[i]));

		dir = dir == TREE_NONE ? dir : tree_child(tree, dir, tree->node[spec].name, length);
		if (dir != TREE_NONE)
			pkg_own_below(set, dir, package);
	}
}

static int add_spec(struct pkg_set *set, uint32_t node, struct cln_err *err)
{
	struct package package = { .kind = PACKAGE_GEM, .where = node };
	cln_owned(cln_drop_mem) char *data = NULL;
	char path[4096];
	size_t size;
	uint32_t index;
	int r = pkg_read(set, node, PKG_META_MAX, &data, &size, err);

	if (r < 0 || !data)
		return r;
	package.name = assigned(set, data, size, "name");
	package.version = assigned(set, data, size, "version");
	if (!pkg_name_fine(package.name) || !pkg_name_fine(package.version)) {
		pkg_finding(set, "%s: no sound name and version", tree_path(set->tree, node, path));
		return 0;
	}
	package.licence = assigned(set, data, size, "licenses");
	package.homepage = assigned(set, data, size, "homepage");
	package.maintainer = assigned(set, data, size, "authors");
	package.depends = dependencies(set, data, size);
	index = pkg_add(set, &package);
	if (index != PACKAGE_NONE)
		own_files(set, node, index);
	return 0;
}

int pkg_read_gem(struct pkg_set *set, struct cln_err *err)
{
	const struct tree *tree = set->tree;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < tree->node_count; i++) {
		const struct node *node = &tree->node[i], *parent = &tree->node[node->parent];
		bool inside = strcmp(parent->name, "specifications") == 0 ||
			      strcmp(parent->name, "default") == 0;

		if (node->name_length > 8 && inside &&
			strcmp(node->name + node->name_length - 8, ".gemspec") == 0 &&
			!pkg_is_distro_owned(set, i))
			r = add_spec(set, i, err);
	}
	return r;
}
