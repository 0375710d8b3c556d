// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/sums.h"

#include "common/mem.h"

#include <string.h>

#define CHUNK_BYTES ((size_t)64 << 10)

/* By inode; a name more of one file costs nothing. */
struct docs_sums {
	const struct tree *tree;
	uint32_t *of; /* by inode: number + 1 */
	unsigned char *raw;
	size_t count, room;
	size_t width; /* of one in raw: SHA-1, or SHA-1 and SHA-256 */
};

struct docs_sums *docs_sums_new(const struct tree *tree, bool sha256)
{
	struct docs_sums *sums = cln_alloc(sizeof(*sums));

	sums->tree = tree;
	sums->of = cln_alloc(((size_t)tree->inode_count + 1) * sizeof(*sums->of));
	sums->width = CLN_SHA1_BYTES + (sha256 ? CLN_SHA256_BYTES : 0);
	return sums;
}

void docs_sums_free(struct docs_sums *sums)
{
	if (!sums)
		return;
	free(sums->of);
	free(sums->raw);
	free(sums);
}

static bool with_sha256(const struct docs_sums *sums)
{
	return sums->width > CLN_SHA1_BYTES;
}

static uint32_t push(struct docs_sums *sums, struct cln_sums *running)
{
	unsigned char *raw;

	sums->raw = cln_push_room(sums->raw, sums->count, &sums->room, sums->width);
	raw = sums->raw + sums->count * sums->width;
	cln_sums_bytes(running, raw, with_sha256(sums) ? raw + CLN_SHA1_BYTES : NULL);
	return (uint32_t)sums->count++;
}

uint32_t sums_data(struct docs_sums *sums, const void *data, size_t size)
{
	cln_owned(cln_sums_drop) struct cln_sums *running = cln_sums_new(with_sha256(sums));

	if (size)
		cln_sums_add(running, data, size);
	return push(sums, running);
}

static bool file_add(const struct tree *tree, uint32_t node, void *running,
	void (*add)(void *running, const void *data, size_t size))
{
	uint64_t bytes = tree_inode(tree, node)->size_bytes;
	cln_owned(cln_drop_mem) char *chunk = cln_alloc(CHUNK_BYTES);
	struct cln_err ignored = { 0 };

	for (uint64_t at = 0; at < bytes;) {
		size_t size = (size_t)CLN_MIN(bytes - at, CHUNK_BYTES);

		if (tree_read(tree, node, at, chunk, size, &ignored) < 0)
			return false;
		add(running, chunk, size);
		at += size;
	}
	return true;
}

static void both_add(void *running, const void *data, size_t size)
{
	cln_sums_add(running, data, size);
}

static void sha256_add(void *running, const void *data, size_t size)
{
	cln_sha256_add(running, data, size);
}

uint32_t sums_node(struct docs_sums *sums, uint32_t node)
{
	uint32_t *of = &sums->of[sums->tree->node[node].inode];
	cln_owned(cln_sums_drop) struct cln_sums *running = NULL;

	if (*of)
		return *of - 1;
	running = cln_sums_new(with_sha256(sums));
	if (!file_add(sums->tree, node, running, both_add))
		return SUMS_NONE;
	*of = push(sums, running) + 1;
	return *of - 1;
}

void sums_text(const struct docs_sums *sums, uint32_t number, struct sums_text *out)
{
	const unsigned char *raw = sums->raw + number * sums->width;

	cln_hex(raw, CLN_SHA1_BYTES, out->sha1);
	cln_hex(raw + CLN_SHA1_BYTES, sums->width - CLN_SHA1_BYTES, out->sha256);
}

int sums_compare(const struct docs_sums *sums, uint32_t a, uint32_t b)
{
	if (a == SUMS_NONE || b == SUMS_NONE)
		return (a != SUMS_NONE) - (b != SUMS_NONE);
	return memcmp(sums->raw + a * sums->width, sums->raw + b * sums->width, CLN_SHA1_BYTES);
}

char *sums_sha256_new(const struct tree *tree, uint32_t node)
{
	cln_owned(cln_sha256_drop) struct cln_sha256 *running = cln_sha256_new();
	char hex[CLN_SHA256_HEX];

	if (!file_add(tree, node, running, sha256_add))
		return NULL;
	cln_sha256_hex(running, hex);
	return cln_strdup(hex);
}
