// SPDX-License-Identifier: Apache-2.0
/*
 * Package databases of what remains, in the form that scanners read: for
 * Debian the status.d of distroless (trivy, grype and syft read it), for
 * Alpine its own database, reduced.
 */
#include "packager/docs/sbom.h"

#include "common/path.h"

#include <stdio.h>
#include <string.h>

#define MD5SUMS_MAX ((size_t)64 << 20)
#define DPKG "/var/lib/dpkg/"
#define STATUS_D DPKG "status.d/"

static void add_text(struct docs *docs, const char *name, struct cln_buf *text)
{
	size_t size = text->size;

	docs_add(docs, name, cln_buf_steal(text), size);
}

/* The next line without its newline; NULL at the end. */
static const char *next_line(const char **at, const char *end, size_t *length)
{
	const char *line = *at, *newline;

	if (line >= end)
		return NULL;
	newline = memchr(line, '\n', (size_t)(end - line));
	*length = (size_t)((newline ? newline : end) - line);
	*at = newline ? newline + 1 : end;
	return line;
}

/* The node of a path as the package was built; TREE_NONE where it is gone. */
static uint32_t remaining(const struct facts *facts, const char *raw, uint32_t package)
{
	cln_owned(cln_drop_mem) struct tree_walk *walk = cln_alloc(sizeof(*walk));
	char path[CLN_PATH_MAX];
	uint32_t node;

	if (cln_path_clean(raw, path) < 0)
		return TREE_NONE;
	node = tree_resolve(facts->in->tree, path, false, walk);
	if (node == TREE_NONE || !facts->remains[node] ||
		facts->in->packages->owner[node] != package)
		return TREE_NONE;
	return node;
}

static uint32_t md5sums_node(const struct facts *facts, const struct package *package)
{
	const char *arch = package->arch ? package->arch : "";
	cln_owned(cln_drop_mem) char *multi =
		cln_format("/var/lib/dpkg/info/%s:%s.md5sums", package->name, arch);
	cln_owned(cln_drop_mem) char *plain =
		cln_format("/var/lib/dpkg/info/%s.md5sums", package->name);
	cln_owned(cln_drop_mem) char *status_d = cln_format(STATUS_D "%s.md5sums", package->name);
	cln_owned(cln_drop_mem) struct tree_walk *walk = cln_alloc(sizeof(*walk));
	const char *const places[] = { multi, plain, status_d };

	for (size_t i = 0; i < CLN_COUNT(places); i++) {
		uint32_t node = tree_resolve(facts->in->tree, places[i], true, walk);
		const struct inode *inode =
			node == TREE_NONE ? NULL : tree_inode(facts->in->tree, node);

		if (inode && inode->type == NODE_FILE && inode->size_bytes <= MD5SUMS_MAX)
			return node;
	}
	return TREE_NONE;
}

/* A rule may keep dpkg's own database. Then it holds the packages that remain, and status.d
 * nothing: a scanner that reads both shall count none twice. */
static bool keeps_status(const struct facts *facts)
{
	uint32_t node = tree_lookup(facts->in->tree, DPKG "status");

	return node != TREE_NONE && facts->remains[node] && facts_is_file(facts, node);
}

/* Where a reader of that database looks for them. */
static char *md5sums_name_new(const struct facts *facts, uint32_t node, const char *record)
{
	char path[4096];

	if (!keeps_status(facts))
		return cln_format("%s.md5sums", record);
	return cln_strdup(tree_path(facts->in->tree, node, path));
}

/* The lines of the package's md5sums whose files remain. */
static int add_md5sums(const struct facts *facts, uint32_t index, const char *record,
	struct docs *docs, struct cln_err *err)
{
	uint32_t node = md5sums_node(facts, &facts->in->packages->package[index]);
	cln_owned(cln_drop_mem) char *data = NULL, *document = NULL;
	cln_owned(cln_buf_release) struct cln_buf kept = { 0 };
	const char *at, *line;
	size_t size = 0, length;
	char raw[CLN_PATH_MAX];

	if (node == TREE_NONE)
		return 0;
	document = md5sums_name_new(facts, node, record);
	if (tree_read_all(facts->in->tree, node, MD5SUMS_MAX, &data, &size, err) < 0)
		return cln_within(err, "md5sums of %s", facts->in->packages->package[index].name);
	at = data;
	while ((line = next_line(&at, data + size, &length))) {
		if (length <= 34 || length - 34 >= sizeof(raw) - 1 || memchr(line, '\0', length))
			continue;
		snprintf(raw, sizeof(raw), "/%.*s", (int)(length - 34), line + 34);
		node = remaining(facts, raw, index);
		if (node != TREE_NONE && facts->moved[node])
			cln_buf_addf(&kept, "%.34s%s\n", line, facts->moved[node] + 1);
		else if (node != TREE_NONE)
			cln_buf_addf(&kept, "%.*s\n", (int)length, line);
	}
	add_text(docs, document, &kept);
	return 0;
}

/* A second architecture of one name. */
static bool is_twin(const struct packages *packages, uint32_t index)
{
	return index > 0 && packages->package[index - 1].kind == PACKAGE_DEB &&
	       strcmp(packages->package[index - 1].name, packages->package[index].name) == 0;
}

static int add_deb(
	const struct facts *facts, uint32_t index, struct docs *docs, struct cln_err *err)
{
	const struct packages *packages = facts->in->packages;
	const struct package *package = &packages->package[index];
	bool twin = is_twin(packages, index);
	cln_owned(cln_drop_mem) char *name = twin ? /* a second architecture of one name */
						     cln_format(STATUS_D "%s_%s", package->name,
							     package->arch ? package->arch : "x")
						  : cln_format(STATUS_D "%s", package->name);
	cln_owned(cln_buf_release) struct cln_buf record = { 0 };

	cln_buf_adds(&record, package->record ? package->record : "");
	while (record.size && record.data[record.size - 1] == '\n')
		record.data[--record.size] = '\0';
	cln_buf_addc(&record, '\n');
	if (!keeps_status(facts))
		add_text(docs, name, &record);
	return add_md5sums(facts, index, name, docs, err);
}

/*
 * info/NAME.list of what remains, at its real paths. trivy asks these lists
 * whether a Python or Node package is a deb's: without them it counts both.
 */
static void add_lists(const struct facts *facts, struct docs *docs)
{
	const struct packages *packages = facts->in->packages;
	struct cln_buf *list = cln_alloc((packages->count + 1) * sizeof(*list));
	char path[CLN_PATH_MAX];

	for (uint32_t i = 0; i < facts->in->tree->node_count; i++) {
		uint32_t owner = packages->owner[i];

		if (owner != PACKAGE_NONE && packages->package[owner].kind == PACKAGE_DEB &&
			facts->remains[i] && facts_is_file(facts, i))
			cln_buf_addf(&list[owner], "%s\n", facts_path(facts, i, path));
	}
	for (uint32_t i = 0; i < packages->count; i++) {
		bool twin = is_twin(packages, i);
		cln_owned(cln_drop_mem) char *name = cln_format("/var/lib/dpkg/info/%s%s%s.list",
			packages->package[i].name, twin ? ":" : "",
			twin && packages->package[i].arch ? packages->package[i].arch : "");

		if (list[i].size)
			add_text(docs, name, &list[i]);
		cln_buf_release(&list[i]);
	}
	free(list);
}

/* F:folder, its R:files and their a: and Z: lines, where a file remains. */
static void add_apk_files(
	const struct facts *facts, uint32_t index, const char *record, struct cln_buf *out)
{
	const char *at = record, *end = record + strlen(record), *line, *folder = "";
	size_t length, folder_length = 0;
	bool folder_written = false, file_kept = false;
	char raw[CLN_PATH_MAX];

	while ((line = next_line(&at, end, &length))) {
		char letter = length > 1 && line[1] == ':' ? line[0] : '\0';

		if (letter == 'F') {
			folder = line + 2;
			folder_length = length - 2;
			folder_written = file_kept = false;
			continue;
		}
		if (letter == 'R') {
			file_kept = folder_length + length < sizeof(raw) - 4 &&
				    snprintf(raw, sizeof(raw), "/%.*s/%.*s", (int)folder_length,
					    folder, (int)(length - 2), line + 2) > 0 &&
				    remaining(facts, raw, index) != TREE_NONE;
			if (file_kept && !folder_written)
				cln_buf_addf(out, "F:%.*s\n", (int)folder_length, folder);
			folder_written = folder_written || file_kept;
		}
		/* M is the folder's; it and a file's own lines go with what they describe. */
		if (letter == 'M' ||
			((letter == 'R' || letter == 'a' || letter == 'Z') && !file_kept))
			continue;
		if (length)
			cln_buf_addf(out, "%.*s\n", (int)length, line);
	}
}

static void add_apk(const struct facts *facts, struct docs *docs)
{
	const struct packages *packages = facts->in->packages;
	bool usr = tree_lookup(facts->in->tree, "/usr/lib/apk/db/installed") != TREE_NONE;
	cln_owned(cln_buf_release) struct cln_buf text = { 0 };

	for (uint32_t i = 0; i < packages->count; i++) {
		if (packages->package[i].kind != PACKAGE_APK || !facts->package[i].remains ||
			!packages->package[i].record)
			continue;
		add_apk_files(facts, i, packages->package[i].record, &text);
		cln_buf_addc(&text, '\n');
	}
	if (text.size)
		add_text(docs, usr ? "/usr/lib/apk/db/installed" : "/lib/apk/db/installed", &text);
}

static void add_status(const struct facts *facts, struct docs *docs)
{
	const struct packages *packages = facts->in->packages;
	cln_owned(cln_buf_release) struct cln_buf text = { 0 };

	if (!keeps_status(facts))
		return;
	for (uint32_t i = 0; i < packages->count; i++) {
		const char *record = packages->package[i].record;
		size_t length = record ? strlen(record) : 0;

		while (length && record[length - 1] == '\n')
			length--;
		if (packages->package[i].kind == PACKAGE_DEB && facts->package[i].remains && length)
			cln_buf_addf(&text, "%.*s\n\n", (int)length, record);
	}
	cln_buf_adds(&text, ""); /* a text even where nothing remains */
	add_text(docs, DPKG "status", &text);
}

int records_add(const struct facts *facts, struct docs *docs, struct cln_err *err)
{
	const struct packages *packages = facts->in->packages;

	for (uint32_t i = 0; i < packages->count; i++)
		if (packages->package[i].kind == PACKAGE_DEB && facts->package[i].remains &&
			add_deb(facts, i, docs, err) < 0)
			return -err->code;
	add_lists(facts, docs);
	add_status(facts, docs);
	add_apk(facts, docs);
	return 0;
}
