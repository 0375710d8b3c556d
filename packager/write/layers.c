// SPDX-License-Identifier: Apache-2.0
#include "packager/write/layers.h"

#include "common/mem.h"
#include "common/path.h"
#include "packager/write/tarout.h"

#include <errno.h>
#include <string.h>

void layers_release(struct layers *layers)
{
	for (uint32_t i = 0; i < layers->count; i++)
		free(layers->comment[i]);
	free(layers->comment);
	free(layers->of);
	free(layers->parent);
	*layers = (struct layers){ 0 };
}

/* The list is sorted, so an entry's directory is on the way down to it. */
static uint32_t *parents(const struct layout *layout)
{
	uint32_t *parent = cln_alloc((layout->count + 1) * sizeof(*parent));
	char room[4096], above[4096];

	for (size_t i = 1; i < layout->count; i++) {
		const char *path = layout_path(layout, &layout->entry[i], room);
		uint32_t at = (uint32_t)i - 1;

		while (at && (layout->entry[at].type != NODE_DIR ||
				     !cln_path_within(
					     path, layout_path(layout, &layout->entry[at], above))))
			at = parent[at];
		parent[i] = at;
	}
	return parent;
}

struct package_size {
	uint32_t package;
	uint64_t bytes;
};

static int by_size(const void *a, const void *b)
{
	const struct package_size *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->package < y->package ? -1 : x->package > y->package;
}

static uint32_t owner(const struct packages *packages, const struct layout_entry *entry)
{
	return entry->node == TREE_NONE || entry->type == NODE_DIR ? PACKAGE_NONE
								   : packages->owner[entry->node];
}

/* layer_of[package]: a layer of its own for the largest, else the common one; in the order
 * of the packages, so that a size that changes moves as little as it can. */
static uint32_t package_layers(const struct layout *layout, const struct packages *packages,
	uint32_t *layer_of, struct layers *out)
{
	struct package_size *size = cln_alloc((packages->count + 1) * sizeof(*size));
	uint32_t layers = 0;
	bool rest = false;

	for (uint32_t i = 0; i < packages->count; i++)
		size[i].package = i;
	for (size_t i = 0; i < layout->count; i++)
		if (owner(packages, &layout->entry[i]) != PACKAGE_NONE)
			size[owner(packages, &layout->entry[i])].bytes +=
				layout->entry[i].size_bytes + 1;
	qsort(size, packages->count, sizeof(*size), by_size);
	memset(layer_of, 0xff, packages->count * sizeof(*layer_of));
	for (uint32_t i = 0; i < packages->count && i < LAYERS_MAX; i++)
		if (size[i].bytes)
			layer_of[size[i].package] = 0;
	for (uint32_t i = LAYERS_MAX; i < packages->count; i++)
		rest = rest || size[i].bytes;
	for (uint32_t i = 0; i < packages->count; i++)
		if (layer_of[i] != UINT32_MAX) {
			out->comment[layers] = cln_format(
				"%s %s", packages->package[i].name, packages->package[i].version);
			layer_of[i] = layers++;
		}
	if (rest)
		out->comment[layers++] = cln_strdup("the smaller packages");
	for (uint32_t i = 0; i < packages->count; i++)
		if (layer_of[i] == UINT32_MAX)
			layer_of[i] = layers - 1;
	free(size);
	return layers;
}

/* Directories belong to the last, as in by_packages. */
static void as_they_came(const struct image_source *source, struct layers *out)
{
	const struct layout *layout = source->layout;

	for (uint32_t i = 0; i < source->layer_count; i++)
		out->comment[out->count++] = cln_strdup(source->layer_comment[i]);
	for (size_t i = 0; i < layout->count; i++) {
		const struct layout_entry *entry = &layout->entry[i];
		bool moves = entry->node != TREE_NONE && entry->type != NODE_DIR;

		out->of[i] = moves ? tree_inode(source->tree, entry->node)->layer : out->count - 1;
	}
}

static void by_packages(
	const struct layout *layout, const struct packages *packages, struct layers *out)
{
	uint32_t *layer_of = cln_alloc(packages->count * sizeof(*layer_of));

	out->count = package_layers(layout, packages, layer_of, out);
	for (size_t i = 0; i < layout->count; i++) {
		uint32_t package = owner(packages, &layout->entry[i]);

		out->of[i] = package == PACKAGE_NONE ? out->count : layer_of[package];
	}
	/* links go where the file is, which stands before them */
	for (size_t i = 0; i < layout->count; i++)
		if (layout->entry[i].hard_link)
			out->of[i] = out->of[layout->entry[i].hard_link];
	out->comment[out->count++] = cln_strdup("the application, its configuration and the init");
	free(layer_of);
}

void layers_plan(const struct image_source *source, bool by_package, struct layers *out)
{
	size_t most = CLN_MAX(LAYERS_MAX + 2, source->layer_count);
	const struct layout *layout = source->layout;

	*out = (struct layers){ .parent = parents(layout),
		.of = cln_alloc((layout->count + 1) * sizeof(*out->of)),
		.comment = cln_alloc(most * sizeof(*out->comment)) };
	for (size_t i = 0; i < layout->count; i++)
		if (layout->entry[i].type == NODE_FILE && !layout->entry[i].hard_link)
			out->bytes += layout->entry[i].size_bytes;
	if (by_package && source->layer_comment)
		as_they_came(source, out);
	else if (by_package && source->packages && source->packages->count)
		by_packages(layout, source->packages, out);
	else
		out->comment[out->count++] = cln_strdup("all that the application uses");
}

struct stream {
	const struct image_source *source;
	const struct layers *layers;
	const struct write_options *options;
	struct squeeze *squeeze;
	const struct reuse *reuse; /* or NULL */
	bool *done;		   /* directories that this layer has */
	struct cln_buf header;
	uint64_t bytes;
};

static int bytes_stream(const struct stream *s, const struct layout_entry *entry, uint64_t at,
	uint64_t end, struct cln_err *err)
{
	while (at < end) {
		size_t room;
		char *to = squeeze_room(s->squeeze, &room);
		size_t part = CLN_MIN(room, end - at);

		if (tree_read(s->source->tree, entry->node, at, to, part, err) < 0)
			return -err->code;
		squeeze_add(s->squeeze, part);
		at += part;
	}
	return 0;
}

/* The run's blocks and all that go on behind it; the file's bytes begin at `begin` in the spool. */
static int run_stream(const struct stream *s, const struct layout_entry *entry, uint64_t begin,
	struct reuse_run *run, struct cln_err *err)
{
	for (;;) {
		uint64_t at = run->plain - begin;

		squeeze_run(s->squeeze, run);
		if (bytes_stream(s, entry, at, at + run->plain_bytes, err) < 0)
			return -err->code;
		if (!run->goes_on)
			return 0;
		if (reuse_next(s->reuse, begin + entry->size_bytes, run, err) < 0)
			return -err->code;
	}
}

/*
 * Whatever of the file the source's own blocks hold comes from there. What they refer back to is
 * in the file; with zstd, it is also not a part of an earlier frame.
 */
static int node_stream(
	const struct stream *s, const struct layout_entry *entry, struct cln_err *err)
{
	uint64_t begin = tree_inode(s->source->tree, entry->node)->spool_offset, at = 0;
	bool frames = reuse_blocks(s->reuse) == REUSE_ZSTD;
	struct reuse_run run;
	int r;

	while ((r = reuse_find(s->reuse, begin + (frames ? at : 0), begin + entry->size_bytes,
			begin + at, &run, err)) > 0) {
		uint64_t next = run.plain - begin, front = next - (frames ? run.behind : 0);

		if (bytes_stream(s, entry, at, front, err) < 0)
			return -err->code;
		squeeze_front(s->squeeze, &run);
		if (bytes_stream(s, entry, front, next, err) < 0 ||
			run_stream(s, entry, begin, &run, err) < 0)
			return -err->code;
		at = run.plain + run.plain_bytes - begin;
	}
	return r < 0 ? r : bytes_stream(s, entry, at, entry->size_bytes, err);
}

static int file_stream(
	const struct stream *s, const struct layout_entry *entry, struct cln_err *err)
{
	static const char zero[512];

	if (entry->node == TREE_NONE)
		squeeze_put(s->squeeze, entry->data, entry->size_bytes);
	else if (node_stream(s, entry, err) < 0)
		return -err->code;
	squeeze_put(s->squeeze, zero, tarout_padding(entry->size_bytes));
	return 0;
}

static int entry_stream(struct stream *s, uint32_t i, struct cln_err *err)
{
	const struct layout_entry *entry = &s->source->layout->entry[i];
	int64_t mtime = entry->mtime;
	char path[4096];

	if (s->options->clamp_mtime && mtime > s->source->epoch)
		mtime = s->source->epoch;
	s->header.size = 0;
	if (tarout_header(&s->header, s->source->layout, entry, mtime, err) < 0)
		return -err->code;
	squeeze_put(s->squeeze, s->header.data, s->header.size);
	s->done[i] = true;
	if (entry->type != NODE_FILE || entry->hard_link)
		return 0;
	s->bytes += entry->size_bytes;
	if (file_stream(s, entry, err) < 0)
		return cln_within(err, "%s", layout_path(s->source->layout, entry, path));
	return 0;
}

/* The directories above i that this layer lacks, the outermost first. */
static int way_stream(struct stream *s, uint32_t i, struct cln_err *err)
{
	uint32_t above = s->layers->parent[i];

	if (i == above || s->done[above]) /* the root is its own parent */
		return 0;
	if (above && way_stream(s, above, err) < 0)
		return -err->code;
	return entry_stream(s, above, err);
}

static int entries_stream(struct stream *s, uint32_t which, struct cln_err *err)
{
	for (uint32_t i = 0; i < s->source->layout->count; i++) {
		if (s->layers->of[i] != which || s->done[i])
			continue;
		if (way_stream(s, i, err) < 0 || entry_stream(s, i, err) < 0)
			return -err->code;
		if (s->options->progress)
			s->options->progress(
				s->options->progress_context, s->bytes, s->layers->bytes);
	}
	return 0;
}

int layer_stream(const struct image_source *source, const struct layers *layers, uint32_t which,
	const struct write_options *options, struct squeeze *squeeze, struct cln_err *err)
{
	static const char end[1024];
	struct stream s = {
		.source = source, .layers = layers, .options = options, .squeeze = squeeze
	};
	int r;

	if (!options->recompress && squeeze_reuse(squeeze, tree_reuse(source->tree)))
		s.reuse = tree_reuse(source->tree);
	s.done = cln_alloc(source->layout->count + 1);
	r = entries_stream(&s, which, err);
	if (!r)
		squeeze_put(squeeze, end, sizeof(end));
	free(s.done);
	cln_buf_release(&s.header);
	return r;
}
