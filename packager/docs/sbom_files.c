// SPDX-License-Identifier: Apache-2.0
/*
 * Every regular file of the production image, whose it is, and what all files of
 * one component add up to.
 *
 * Beside the image the layout says what is there, to the last entry. The bills
 * of materials inside are made before it: they know the image's own files, the
 * plan's, the records and the init; themselves they cannot hold.
 */
#include "packager/docs/sbom.h"

#include "common/mem.h"

#include <string.h>

struct scan {
	const struct facts *facts;
	struct sbom_parts *parts;
	size_t *part_of; /* by package; the last is that of files nobody owns */
	size_t init, generated;
};

static void index_parts(struct scan *scan)
{
	uint32_t count = scan->facts->in->packages->count;

	scan->part_of = cln_alloc(((size_t)count + 1) * sizeof(*scan->part_of));
	for (size_t i = 0; i < scan->parts->count; i++) {
		const struct sbom_part *part = &scan->parts->part[i];

		if (part->package != PACKAGE_NONE)
			scan->part_of[part->package] = i;
		else if (strcmp(part->id, SBOM_APPLICATION) == 0)
			scan->part_of[count] = i;
		else if (strcmp(part->id, SBOM_INIT) == 0)
			scan->init = i;
		else
			scan->generated = i;
	}
}

/* Borrows the path. */
static struct sbom_file *add(struct scan *scan, size_t part, const char *path)
{
	struct sbom_parts *parts = scan->parts;
	struct sbom_file *file = &CLN_PUSH(parts->file, parts->file_count, parts->file_room);

	*file = (struct sbom_file){ .part = part, .path = path };
	return file;
}

static void add_data(
	struct scan *scan, size_t part, const char *path, const void *data, size_t size)
{
	struct sbom_file *file = add(scan, part, path);
	struct facts_sums *sums = cln_arena_alloc(scan->parts->arena, sizeof(*sums));

	facts_sums_data(data, size, sums);
	file->sums = sums;
}

static void add_node(struct scan *scan, uint32_t node, const char *path)
{
	const struct packages *packages = scan->facts->in->packages;
	uint32_t owner = packages->owner[node];
	size_t part = scan->part_of[owner == PACKAGE_NONE ? packages->count : owner];
	struct sbom_file *file = add(scan, part, path);

	file->sums = facts_sums_of(scan->facts, node, scan->parts->arena);
}

static void of_layout(struct scan *scan, const struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++) {
		const struct layout_entry *entry = &layout->entry[i];

		if (entry->type != NODE_FILE)
			continue;
		if (entry->node != TREE_NONE)
			add_node(scan, entry->node, entry->path);
		else
			add_data(scan,
				strcmp(entry->origin, "init") == 0 ? scan->init : scan->generated,
				entry->path, entry->data, (size_t)entry->size_bytes);
	}
}

static void of_facts(struct scan *scan, const struct docs *docs)
{
	const struct docs_input *in = scan->facts->in;
	char path[4096];

	for (uint32_t i = 0; i < in->tree->node_count; i++)
		if (tree_inode(in->tree, i)->type == NODE_FILE && scan->facts->remains[i])
			add_node(scan, i,
				cln_arena_strdup(
					scan->parts->arena, facts_path(scan->facts, i, path)));
	for (size_t i = 0; i < in->plan->edit_count; i++)
		if (in->plan->edit[i].kind == EDIT_FILE)
			add_data(scan, scan->generated, in->plan->edit[i].path,
				in->plan->edit[i].data, in->plan->edit[i].data_size);
	for (size_t i = 0; docs && i < docs->count; i++)
		if (docs->doc[i].name[0] == '/')
			add_data(scan, scan->generated, docs->doc[i].name, docs->doc[i].data,
				docs->doc[i].size);
	if (in->init)
		add_data(scan, scan->init, "/clnimg-init", in->init, in->init_size);
}

static int by_path(const void *left, const void *right)
{
	const struct sbom_file *a = left, *b = right;

	return strcmp(a->path, b->path);
}

/* A database that the documents wrote anew stands in the tree too: theirs is what is there. */
static void settle(struct sbom_parts *parts, size_t generated)
{
	size_t count = 0;

	if (parts->file_count)
		qsort(parts->file, parts->file_count, sizeof(*parts->file), by_path);
	for (size_t i = 0; i < parts->file_count; i++) {
		struct sbom_file *last = count ? &parts->file[count - 1] : NULL;

		if (last && strcmp(last->path, parts->file[i].path) == 0) {
			if (parts->file[i].part == generated)
				*last = parts->file[i];
			continue;
		}
		parts->file[count++] = parts->file[i];
	}
	parts->file_count = count;
}

static const char *sha1_of(const struct sbom_file *file)
{
	return file->sums ? file->sums->sha1 : "";
}

static int by_part_and_sum(const void *left, const void *right)
{
	const struct sbom_file *a = *(const struct sbom_file *const *)left;
	const struct sbom_file *b = *(const struct sbom_file *const *)right;

	return a->part != b->part ? (a->part < b->part ? -1 : 1) : strcmp(sha1_of(a), sha1_of(b));
}

/* SPDX 2.3, 7.9.5: the SHA-1 of the files' SHA-1s, sorted, end to end. One that could not be
 * read has none, and then the component has no code. */
static void add_codes(struct sbom_parts *parts)
{
	const struct sbom_file **file = (const struct sbom_file **)cln_alloc(
		(parts->file_count + 1) * sizeof(struct sbom_file *));

	for (size_t i = 0; i < parts->file_count; i++)
		file[i] = &parts->file[i];
	if (parts->file_count)
		qsort((void *)file, parts->file_count, sizeof(struct sbom_file *), by_part_and_sum);
	for (size_t i = 0; i < parts->file_count;) {
		cln_owned(cln_sums_drop) struct cln_sums *sums = cln_sums_new();
		struct sbom_part *part = &parts->part[file[i]->part];
		struct facts_sums code;
		bool known = true;

		for (const size_t of = file[i]->part; i < parts->file_count && file[i]->part == of;
			i++, part->file_count++) {
			known = known && file[i]->sums;
			cln_sums_add(sums, sha1_of(file[i]), strlen(sha1_of(file[i])));
		}
		cln_sums_hex(sums, code.sha1, code.sha256);
		part->code = known ? cln_arena_strdup(parts->arena, code.sha1) : NULL;
	}
	free((void *)file);
}

void sbom_files_make(const struct facts *facts, const struct docs *docs, struct sbom_parts *parts)
{
	struct scan scan = { .facts = facts, .parts = parts };

	index_parts(&scan);
	if (facts->in->layout)
		of_layout(&scan, facts->in->layout);
	else
		of_facts(&scan, docs);
	settle(parts, scan.generated);
	add_codes(parts);
	free(scan.part_of);
}

bool sbom_has_generated(const struct facts *facts, const struct docs *docs)
{
	const struct layout *layout = facts->in->layout;
	const struct plan *plan = facts->in->plan;

	for (size_t i = 0; layout && i < layout->count; i++)
		if (layout->entry[i].type == NODE_FILE && layout->entry[i].node == TREE_NONE &&
			strcmp(layout->entry[i].origin, "init") != 0)
			return true;
	for (size_t i = 0; !layout && i < plan->edit_count; i++)
		if (plan->edit[i].kind == EDIT_FILE)
			return true;
	for (size_t i = 0; !layout && docs && i < docs->count; i++)
		if (docs->doc[i].name[0] == '/')
			return true;
	return false;
}
