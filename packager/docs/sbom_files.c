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

static void add(struct scan *scan, size_t part, const char *path, uint32_t sum)
{
	struct sbom_parts *parts = scan->parts;
	struct sbom_file *file = &CLN_PUSH(parts->file, parts->file_count, parts->file_room);
	bool listed = scan->facts->in->sbom_files;

	*file = (struct sbom_file){
		.path = listed ? cln_arena_strdup(parts->arena, path) : NULL,
		.part = (uint32_t)part,
		.sum = sum,
	};
}

static void add_node(struct scan *scan, uint32_t node, const char *path)
{
	const struct packages *packages = scan->facts->in->packages;
	uint32_t owner = packages->owner[node];
	size_t part = scan->part_of[owner == PACKAGE_NONE ? packages->count : owner];

	add(scan, part, path, sums_node(scan->parts->sums, node));
}

/* In the layout's order, which is that of the paths. */
static void of_layout(struct scan *scan, const struct layout *layout)
{
	char room[4096];

	for (size_t i = 0; i < layout->count; i++) {
		const struct layout_entry *entry = &layout->entry[i];
		const char *path;

		if (entry->type != NODE_FILE)
			continue;
		path = layout_path(layout, entry, room);
		if (entry->node != TREE_NONE)
			add_node(scan, entry->node, path);
		else
			add(scan, entry->origin == ORIGIN_INIT ? scan->init : scan->generated, path,
				sums_data(
					scan->parts->sums, entry->data, (size_t)entry->size_bytes));
	}
}

/* A file that is not the image's. */
struct made {
	const char *path;
	const void *data;
	size_t size, part;
};

struct mades {
	struct made *made;
	size_t count, room;
};

static int by_path(const void *left, const void *right)
{
	return strcmp(((const struct made *)left)->path, ((const struct made *)right)->path);
}

/* Sorted; of two for one path the generated one. */
static void mades_list(const struct scan *scan, const struct docs *docs, struct mades *out)
{
	const struct docs_input *in = scan->facts->in;
	size_t count = 0;

	for (size_t i = 0; i < in->plan->edit_count; i++)
		if (in->plan->edit[i].kind == EDIT_FILE)
			CLN_PUSH(out->made, out->count, out->room) =
				(struct made){ in->plan->edit[i].path, in->plan->edit[i].data,
					in->plan->edit[i].data_size, scan->generated };
	for (size_t i = 0; docs && i < docs->count; i++)
		if (docs->doc[i].name[0] == '/')
			CLN_PUSH(out->made, out->count, out->room) =
				(struct made){ docs->doc[i].name, docs->doc[i].data,
					docs->doc[i].size, scan->generated };
	if (in->init)
		CLN_PUSH(out->made, out->count, out->room) =
			(struct made){ "/clnimg-init", in->init, in->init_size, scan->init };
	if (out->count)
		qsort(out->made, out->count, sizeof(*out->made), by_path);
	for (size_t i = 0; i < out->count; i++) {
		if (!count || strcmp(out->made[count - 1].path, out->made[i].path) != 0)
			out->made[count++] = out->made[i];
		else if (out->made[i].part == scan->generated)
			out->made[count - 1] = out->made[i];
	}
	out->count = count;
}

/* Does the file come into the image at its own place? */
static bool stays(const struct facts *facts, uint32_t node)
{
	return node != TREE_NONE && facts->remains[node] && !facts->moved[node] &&
	       tree_inode(facts->in->tree, node)->type == NODE_FILE;
}

/* A database that the documents wrote anew stands in the tree too: theirs is what is there. */
static void of_facts(struct scan *scan, const struct docs *docs)
{
	const struct facts *facts = scan->facts;
	const struct tree *tree = facts->in->tree;
	cln_owned(cln_drop_mem) bool *hidden = cln_alloc(tree->node_count);
	struct mades mades = { 0 };
	char path[4096];

	mades_list(scan, docs, &mades);
	for (size_t i = 0; i < mades.count; i++) {
		const struct made *made = &mades.made[i];
		uint32_t node = tree_lookup(tree, made->path);
		bool both = stays(facts, node);

		if (both && made->part == scan->generated)
			hidden[node] = true;
		if (!both || hidden[node])
			add(scan, made->part, made->path,
				sums_data(scan->parts->sums, made->data, made->size));
	}
	for (uint32_t i = 0; i < tree->node_count; i++)
		if (tree_inode(tree, i)->type == NODE_FILE && facts->remains[i] && !hidden[i])
			add_node(scan, i, facts_path(facts, i, path));
	free(mades.made);
}

static int file_by_path(const void *left, const void *right)
{
	return strcmp(
		((const struct sbom_file *)left)->path, ((const struct sbom_file *)right)->path);
}

static int by_part_and_sum(const void *left, const void *right, void *context)
{
	const struct sbom_parts *parts = context;
	const struct sbom_file *a = &parts->file[*(const uint32_t *)left];
	const struct sbom_file *b = &parts->file[*(const uint32_t *)right];

	return a->part != b->part ? (a->part < b->part ? -1 : 1)
				  : sums_compare(parts->sums, a->sum, b->sum);
}

/* The files' numbers, sorted by part and SHA-1; the caller's to free. */
static uint32_t *sorted_new(struct sbom_parts *parts)
{
	uint32_t *sorted = cln_alloc((parts->file_count + 1) * sizeof(*sorted));

	for (size_t i = 0; i < parts->file_count; i++)
		sorted[i] = (uint32_t)i;
	if (parts->file_count)
		qsort_r(sorted, parts->file_count, sizeof(*sorted), by_part_and_sum, parts);
	return sorted;
}

/* SPDX 2.3, 7.9.5: the SHA-1 of the files' SHA-1s, sorted, end to end. One that could not be
 * read has none, and then the component has no code. */
static void add_codes(struct sbom_parts *parts)
{
	cln_owned(cln_drop_mem) uint32_t *sorted = sorted_new(parts);
	struct sums_text text;

	for (size_t i = 0; i < parts->file_count;) {
		cln_owned(cln_sums_drop) struct cln_sums *sums = cln_sums_new(false);
		const uint32_t of = parts->file[sorted[i]].part;
		struct sbom_part *part = &parts->part[of];
		unsigned char code[CLN_SHA1_BYTES];
		bool known = true;

		for (; i < parts->file_count && parts->file[sorted[i]].part == of; i++) {
			uint32_t sum = parts->file[sorted[i]].sum;

			part->file_count++;
			known = known && sum != SUMS_NONE;
			if (!known)
				continue;
			sums_text(parts->sums, sum, &text);
			cln_sums_add(sums, text.sha1, strlen(text.sha1));
		}
		cln_sums_bytes(sums, code, NULL);
		cln_hex(code, sizeof(code), text.sha1);
		part->code = known ? cln_arena_strdup(parts->arena, text.sha1) : NULL;
	}
}

void sbom_files_make(const struct facts *facts, const struct docs *docs, struct sbom_parts *parts)
{
	const struct docs_input *in = facts->in;
	struct scan scan = { .facts = facts, .parts = parts };

	if (!in->sums)
		parts->own_sums = docs_sums_new(in->tree, in->sbom_files);
	parts->sums = in->sums ? in->sums : parts->own_sums;
	index_parts(&scan);
	if (in->layout)
		of_layout(&scan, in->layout);
	else
		of_facts(&scan, docs);
	if (in->sbom_files && parts->file_count)
		qsort(parts->file, parts->file_count, sizeof(*parts->file), file_by_path);
	add_codes(parts);
	free(scan.part_of);
}

bool sbom_has_generated(const struct facts *facts, const struct docs *docs)
{
	const struct layout *layout = facts->in->layout;
	const struct plan *plan = facts->in->plan;

	for (size_t i = 0; layout && i < layout->count; i++)
		if (layout->entry[i].type == NODE_FILE && layout->entry[i].node == TREE_NONE &&
			layout->entry[i].origin != ORIGIN_INIT)
			return true;
	for (size_t i = 0; !layout && i < plan->edit_count; i++)
		if (plan->edit[i].kind == EDIT_FILE)
			return true;
	for (size_t i = 0; !layout && docs && i < docs->count; i++)
		if (docs->doc[i].name[0] == '/')
			return true;
	return false;
}
