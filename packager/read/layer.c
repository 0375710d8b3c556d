// SPDX-License-Identifier: Apache-2.0
#include "packager/read/layer.h"

#include "common/mem.h"
#include "packager/read/tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COPY_BYTES ((size_t)256 << 10)

/* A sparse file: its bytes are moved to their places once the stream is in. */
struct sparse {
	uint32_t handle;
	uint64_t offset; /* of the stored bytes in the stream */
	uint64_t size_bytes;
	struct tar_segment *segment;
	size_t count;
};

struct apply {
	struct tree *tree;
	struct tar *tar;
	uint64_t base; /* where the stream begins in the spool */
	const struct layer *layer;
	struct pump_result result;
	struct sparse *sparse;
	size_t sparse_count, sparse_room;
};

static void apply_release(struct apply *apply)
{
	for (size_t i = 0; i < apply->sparse_count; i++)
		free(apply->sparse[i].segment);
	free(apply->sparse);
	tar_free(apply->tar);
}

static int on_entry(void *context, const struct tar_entry *entry, struct cln_err *err)
{
	struct apply *apply = context;
	struct tree_entry is = entry->is;
	uint32_t handle;

	is.spool_offset += apply->base;
	if (tree_layer_add(apply->tree, &is, &handle, err) < 0)
		return -err->code;
	if (entry->sparse) {
		struct sparse sparse = { .handle = handle,
			.offset = is.spool_offset,
			.size_bytes = is.size_bytes,
			.count = entry->sparse_count };

		sparse.segment =
			cln_memdup(entry->sparse, entry->sparse_count * sizeof(*entry->sparse));
		CLN_PUSH(apply->sparse, apply->sparse_count, apply->sparse_room) = sparse;
	}
	return 0;
}

static int on_bytes(void *context, const void *data, size_t size, struct cln_err *err)
{
	struct apply *apply = context;

	/* entries first: a stream that grows too large is told by the one that it is in */
	if (tar_feed(apply->tar, data, size, err) < 0)
		return -err->code;
	if (spool_append(tree_spool(apply->tree), data, size, NULL, err) < 0)
		return cln_within(err, "entry %.300s", tree_layer_last(apply->tree));
	if (apply->layer->progress)
		apply->layer->progress(apply->layer->progress_context, apply->result.taken_bytes);
	return 0;
}

static enum reuse_kind stored_as(enum codec codec)
{
	static const enum reuse_kind kind[] = {
		[CODEC_PLAIN] = REUSE_PLAIN, [CODEC_GZIP] = REUSE_GZIP, [CODEC_ZSTD] = REUSE_ZSTD
	};

	return kind[codec];
}

static int on_marks(void *context, const struct mark *mark, size_t count, struct cln_err *err)
{
	struct apply *apply = context;
	struct reuse *reuse = tree_reuse(apply->tree);

	if (stored_as(apply->result.codec) != reuse_blocks(reuse))
		return 0;
	return reuse_mark(reuse, mark, count, err);
}

static int spool_copy(
	struct spool *spool, uint64_t from, uint64_t to, uint64_t size, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *data = cln_realloc(NULL, COPY_BYTES, 1);

	while (size) {
		size_t part = CLN_MIN(size, COPY_BYTES);

		if (spool_read(spool, from, data, part, err) < 0 ||
			spool_write(spool, to, data, part, err) < 0)
			return -err->code;
		from += part;
		to += part;
		size -= part;
	}
	return 0;
}

static int sparse_expand(struct apply *apply, const struct sparse *sparse, struct cln_err *err)
{
	struct spool *spool = tree_spool(apply->tree);
	uint64_t from = sparse->offset, place = 0;

	if (spool_reserve(spool, sparse->size_bytes, &place, err) < 0)
		return -err->code;
	for (size_t i = 0; i < sparse->count; i++) {
		const struct tar_segment *piece = &sparse->segment[i];

		if (spool_copy(spool, from, place + piece->offset, piece->size_bytes, err) < 0)
			return -err->code;
		from += piece->size_bytes;
	}
	tree_layer_place(apply->tree, sparse->handle, place);
	return 0;
}

static int verify(const struct layer *layer, const struct pump_result *is, struct cln_err *err)
{
	if (layer->digest && strcmp(layer->digest + 7, is->blob_sha256) != 0)
		return cln_fail(
			err, EBADMSG, "its bytes have the digest sha256:%s", is->blob_sha256);
	if (strcmp(layer->diff_id + 7, is->plain_sha256) != 0)
		return cln_fail(err, EBADMSG, "its plain bytes have the diffID sha256:%s, not %s",
			is->plain_sha256, layer->diff_id);
	return 0;
}

static int remember_begin(const struct apply *apply, struct cln_err *err)
{
	const struct blob *blob = &apply->layer->blob;
	struct reuse *reuse = tree_reuse(apply->tree);

	return reuse ? reuse_begin(reuse,
			       &(struct reuse_blob){ blob->fd, blob->offset, blob->size_bytes },
			       apply->base, err)
		     : 0;
}

static int remember_end(const struct apply *apply, struct cln_err *err)
{
	struct reuse *reuse = tree_reuse(apply->tree);
	char digest[72];

	snprintf(digest, sizeof(digest), "sha256:%s", apply->result.blob_sha256);
	return reuse ? reuse_end(reuse, stored_as(apply->result.codec), digest,
			       apply->layer->diff_id, err)
		     : 0;
}

int layer_apply(struct tree *tree, const struct layer *layer, struct cln_err *err)
{
	cln_owned(apply_release) struct apply apply = { .tree = tree, .layer = layer };
	bool marks = reuse_blocks(tree_reuse(tree)) != REUSE_PLAIN;
	const struct pump_to to = { on_bytes, marks ? on_marks : NULL, &apply };

	apply.tar = tar_new(layer->blob.limits, on_entry, &apply);
	apply.base = tree_spool(tree)->size_bytes;
	tree_layer_begin(tree);
	if (remember_begin(&apply, err) < 0 ||
		pump_run(&layer->blob, &to, &apply.result, err) < 0 ||
		tar_finish(apply.tar, err) < 0 || verify(layer, &apply.result, err) < 0 ||
		remember_end(&apply, err) < 0)
		return -err->code;
	for (size_t i = 0; i < apply.sparse_count; i++)
		if (sparse_expand(&apply, &apply.sparse[i], err) < 0)
			return -err->code;
	return tree_layer_end(tree, err);
}
