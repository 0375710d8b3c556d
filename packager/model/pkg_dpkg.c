// SPDX-License-Identifier: Apache-2.0
/*
 * Debian's database: /var/lib/dpkg/status and info/, and the status.d of
 * distroless images. Formats: deb-control(5), dpkg(1), dpkg-divert(1).
 *
 * A .list names paths as the package was built; on a usrmerged system
 * /lib/x is reached through a symlink, so every path is resolved in the image.
 */
#include "packager/model/pkg.h"

#include "common/path.h"

#include <stdio.h>
#include <string.h>

#define DPKG "/var/lib/dpkg"

struct diversion {
	const char *from, *to, *package; /* package ":" is a local one */
};

struct dpkg {
	struct pkg_set *set;
	struct diversion *diversion;
	size_t diversion_count, diversion_room;
	bool *shared; /* per node: a symlink that several packages name as a folder */
};

/* "libc6 (>= 2.36), foo:any | bar" -> libc6, foo, bar */
static const char *const *dependencies(struct pkg_set *set, const struct pkg_paragraph *record)
{
	static const char *const fields[] = { "Depends", "Pre-Depends" };
	struct pkg_words words = { 0 };
	struct pkg_field field;

	for (size_t i = 0; i < CLN_COUNT(fields); i++) {
		if (!pkg_field(record, fields[i], &field))
			continue;
		for (size_t at = 0; at < field.value_length && words.count < 4096;) {
			size_t start, end;

			start = at + strspn(field.value + at, " \t\n\r,|");
			if (start >= field.value_length)
				break;
			end = start + strcspn(field.value + start, " \t\n\r,|(:[");
			end = CLN_MIN(end, field.value_length);
			if (end > start)
				pkg_words_add(
					&words, pkg_dup(set, field.value + start, end - start));
			at = end + strcspn(field.value + end, ",|") + 1; /* past a NUL too */
		}
	}
	return pkg_words_done(set, &words);
}

/* "Source: glibc (2.36-9)": the version only where it differs. */
static void set_source(struct pkg_set *set, struct package *package, const char *source)
{
	const char *open = source ? strchr(source, '(') : NULL;
	size_t length;

	if (!source)
		return;
	length = open ? (size_t)(open - source) : strlen(source);
	while (length && source[length - 1] == ' ')
		length--;
	package->source = pkg_dup(set, source, length);
	if (open)
		package->source_version = pkg_dup(set, open + 1, strcspn(open + 1, ")"));
}

static bool is_installed(const char *status)
{
	return !status || strstr(status, " installed") != NULL ||
	       strstr(status, " triggers-") != NULL || strstr(status, " half-configured") != NULL ||
	       strstr(status, " unpacked") != NULL;
}

/* One record; PACKAGE_NONE where it names nothing that is installed. */
static uint32_t add_record(struct pkg_set *set, const struct pkg_paragraph *record)
{
	struct package package = { .kind = PACKAGE_DEB, .where = TREE_NONE };
	const char *essential = pkg_field_dup(set, record, "Essential");

	package.name = pkg_field_dup(set, record, "Package");
	package.version = pkg_field_dup(set, record, "Version");
	if (!is_installed(pkg_field_dup(set, record, "Status")))
		return PACKAGE_NONE;
	if (record->size > PKG_RECORD_MAX || !pkg_name_fine(package.name) ||
		!pkg_name_fine(package.version) || strchr(package.name, '/')) {
		pkg_finding(set, "dpkg: a record without a sound name and version: %.60s",
			package.name ? package.name : "(no name)");
		return PACKAGE_NONE;
	}
	package.arch = pkg_field_dup(set, record, "Architecture");
	package.maintainer = pkg_field_dup(set, record, "Maintainer");
	package.homepage = pkg_field_dup(set, record, "Homepage");
	package.essential = essential && strcmp(essential, "yes") == 0;
	package.depends = dependencies(set, record);
	package.record = pkg_dup(set, record->text, record->size);
	set_source(set, &package, pkg_field_dup(set, record, "Source"));
	return pkg_add(set, &package);
}

static int by_from(const void *left, const void *right)
{
	return strcmp(
		((const struct diversion *)left)->from, ((const struct diversion *)right)->from);
}

/* Where the file of that package really lies. */
static const char *diverted(const struct dpkg *dpkg, const char *path, const char *package)
{
	struct diversion key = { .from = path };
	const struct diversion *found =
		dpkg->diversion_count ? bsearch(&key, dpkg->diversion, dpkg->diversion_count,
						sizeof(key), by_from)
				      : NULL;

	return found && strcmp(found->package, package) != 0 ? found->to : path;
}

/* dpkg lets packages share folders and nothing else. So a symlink that two of
 * them name was a folder when they were built (/lib on a merged /usr) and is
 * nobody's: else the first to name it would remain for its sake. */
static void own_node(struct dpkg *dpkg, uint32_t node, uint32_t package)
{
	struct pkg_set *set = dpkg->set;

	if (node == TREE_NONE || dpkg->shared[node])
		return;
	if (tree_inode(set->tree, node)->type == NODE_SYMLINK && set->owner[node] != PACKAGE_NONE &&
		set->owner[node] != package) {
		dpkg->shared[node] = true;
		set->owner[node] = PACKAGE_NONE;
		return;
	}
	pkg_own(set, node, package);
}

static void own_path(struct dpkg *dpkg, const char *line, size_t length, uint32_t package)
{
	char raw[CLN_PATH_MAX], path[CLN_PATH_MAX];

	if (!length || length >= sizeof(raw) - 1 || memchr(line, '\0', length))
		return;
	snprintf(raw, sizeof(raw), "%s%.*s", *line == '/' ? "" : "/", (int)length, line);
	if (cln_path_clean(raw, path) < 0)
		return;
	own_node(dpkg, pkg_find(dpkg->set, diverted(dpkg, path, dpkg->set->package[package].name)),
		package);
}

static int own_list(struct dpkg *dpkg, uint32_t node, uint32_t package, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *data = NULL;
	size_t size, at = 0, length;
	const char *line;
	int r = pkg_read(dpkg->set, node, PKG_DB_MAX, &data, &size, err);

	while (r == 0 && data && pkg_line_next(data, size, &at, &line, &length))
		own_path(dpkg, line, length, package);
	return r;
}

/* "<md5>  usr/bin/x", the only list that distroless has */
static int own_md5sums(struct dpkg *dpkg, uint32_t node, uint32_t package, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *data = NULL;
	size_t size, at = 0, length;
	const char *line;
	int r = pkg_read(dpkg->set, node, PKG_DB_MAX, &data, &size, err);

	while (r == 0 && data && pkg_line_next(data, size, &at, &line, &length))
		if (length > 34)
			own_path(dpkg, line + 34, length - 34, package);
	return r;
}

/* The package's file list; TREE_NONE where it has none. */
static uint32_t list_node(const struct dpkg *dpkg, uint32_t index)
{
	const struct package *package = &dpkg->set->package[index];
	cln_owned(cln_drop_mem) char *plain = cln_format(DPKG "/info/%s.list", package->name);
	cln_owned(cln_drop_mem) char *arch = cln_format(
		DPKG "/info/%s:%s.list", package->name, package->arch ? package->arch : "");
	uint32_t node = pkg_find(dpkg->set, arch);

	return node != TREE_NONE ? node : pkg_find(dpkg->set, plain);
}

static int own_files(struct dpkg *dpkg, uint32_t index, struct cln_err *err)
{
	uint32_t node = list_node(dpkg, index);

	if (node == TREE_NONE) {
		pkg_finding(dpkg->set, "dpkg: %s has no file list", dpkg->set->package[index].name);
		return 0;
	}
	return own_list(dpkg, node, index, err);
}

/* Triples of lines: the path, where it is diverted to, the package it stays with. */
static int read_diversions(struct dpkg *dpkg, struct cln_err *err)
{
	uint32_t node = pkg_find(dpkg->set, DPKG "/diversions");
	cln_owned(cln_drop_mem) char *data = NULL;
	size_t size, at = 0, length[3];
	const char *line[3];
	int r;

	if (node == TREE_NONE)
		return 0;
	r = pkg_read(dpkg->set, node, PKG_META_MAX, &data, &size, err);
	while (r == 0 && data && pkg_line_next(data, size, &at, &line[0], &length[0]) &&
		pkg_line_next(data, size, &at, &line[1], &length[1]) &&
		pkg_line_next(data, size, &at, &line[2], &length[2]) &&
		dpkg->diversion_count < 4096)
		CLN_PUSH(dpkg->diversion, dpkg->diversion_count, dpkg->diversion_room) =
			(struct diversion){ pkg_dup(dpkg->set, line[0], length[0]),
				pkg_dup(dpkg->set, line[1], length[1]),
				pkg_dup(dpkg->set, line[2], length[2]) };
	if (dpkg->diversion_count)
		qsort(dpkg->diversion, dpkg->diversion_count, sizeof(*dpkg->diversion), by_from);
	return r;
}

static int read_status(struct dpkg *dpkg, struct cln_err *err)
{
	uint32_t node = pkg_find(dpkg->set, DPKG "/status"), index;
	cln_owned(cln_drop_mem) char *data = NULL;
	struct pkg_paragraph record;
	size_t size, at = 0;
	int r;

	if (node == TREE_NONE)
		return 0;
	r = pkg_read(dpkg->set, node, PKG_DB_MAX, &data, &size, err);
	while (r == 0 && data && pkg_paragraph_next(data, size, &at, &record)) {
		index = add_record(dpkg->set, &record);
		if (index != PACKAGE_NONE)
			r = own_files(dpkg, index, err);
	}
	return r;
}

/* " /etc/x <md5> [obsolete]": conffiles stand in no .md5sums, so where there is
 * no .list only the record tells whose they are. */
static void own_conffiles(struct dpkg *dpkg, const struct pkg_paragraph *record, uint32_t package)
{
	struct pkg_field field;
	const char *line;
	size_t at = 0, length;

	if (!pkg_field(record, "Conffiles", &field))
		return;
	while (pkg_line_next(field.value, field.value_length, &at, &line, &length)) {
		size_t start = 0, end;

		while (start < length && line[start] == ' ')
			start++;
		for (end = start; end < length && line[end] != ' ';)
			end++;
		if (end > start && line[start] == '/')
			own_path(dpkg, line + start, end - start, package);
	}
}

static int read_status_file(struct dpkg *dpkg, uint32_t dir, uint32_t node, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *data = NULL, *sums = NULL;
	const char *name = dpkg->set->tree->node[node].name;
	struct pkg_paragraph record;
	size_t size, at = 0, length = strlen(name);
	uint32_t index, list;
	int r;

	if (length > 8 && strcmp(name + length - 8, ".md5sums") == 0)
		return 0;
	r = pkg_read(dpkg->set, node, PKG_META_MAX, &data, &size, err);
	if (r < 0 || !data || !pkg_paragraph_next(data, size, &at, &record))
		return r;
	index = add_record(dpkg->set, &record);
	if (index == PACKAGE_NONE)
		return 0;
	own_conffiles(dpkg, &record, index);
	list = list_node(dpkg, index); /* production images have both */
	if (list != TREE_NONE && (r = own_list(dpkg, list, index, err)) < 0)
		return r;
	sums = cln_format("%s.md5sums", name);
	list = tree_child(dpkg->set->tree, dir, sums, strlen(sums));
	return list == TREE_NONE ? 0 : own_md5sums(dpkg, list, index, err);
}

static int read_status_d(struct dpkg *dpkg, struct cln_err *err)
{
	const struct tree *tree = dpkg->set->tree;
	uint32_t dir = pkg_find(dpkg->set, DPKG "/status.d");
	int r = 0;

	if (dir == TREE_NONE || tree_inode(tree, dir)->type != NODE_DIR)
		return 0;
	for (uint32_t i = 0; r == 0 && i < tree->node[dir].child_count; i++)
		r = read_status_file(dpkg, dir, tree->child[tree->node[dir].first_child + i], err);
	return r;
}

static int read_licences(struct pkg_set *set, struct cln_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->count; i++) {
		cln_owned(cln_drop_mem) char *path =
			cln_format("/usr/share/doc/%s/copyright", set->package[i].name);
		cln_owned(cln_drop_mem) char *data = NULL;
		cln_owned(cln_drop_mem) struct tree_walk *walk = cln_alloc(sizeof(*walk));
		uint32_t node = tree_resolve(set->tree, path, true, walk);
		size_t size;

		if (set->package[i].kind != PACKAGE_DEB || node == TREE_NONE)
			continue;
		r = pkg_read(set, node, PKG_META_MAX, &data, &size, err);
		if (r == 0 && data)
			set->package[i].licence = pkg_dep5_licence(set, data, size);
	}
	return r;
}

int pkg_read_dpkg(struct pkg_set *set, struct cln_err *err)
{
	struct dpkg dpkg = { .set = set, .shared = cln_alloc(set->tree->node_count + 1) };
	int r = read_diversions(&dpkg, err);

	if (r == 0)
		r = read_status(&dpkg, err);
	if (r == 0)
		r = read_status_d(&dpkg, err);
	if (r == 0)
		r = read_licences(set, err);
	free(dpkg.diversion);
	free(dpkg.shared);
	return r < 0 ? cln_within(err, "dpkg database") : 0;
}
