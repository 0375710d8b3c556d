// SPDX-License-Identifier: Apache-2.0
#include "packager/read/tar_inside.h"

#include "common/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAP_LINE 44u /* bytes of two numbers of a PAX 1.0 map, at most */

struct tar *tar_new(const struct limits *limits, tar_entry_fn entry, void *context)
{
	struct tar *tar = cln_alloc(sizeof(*tar));

	tar->fn = entry;
	tar->context = context;
	tar->need = TAR_BLOCK;
	tar->pax.limits = limits;
	return tar;
}

static void tar_next(struct tar *tar)
{
	tar_pax_release(&tar->pax);
	free(cln_steal(&tar->pax_text));
	free(cln_steal(&tar->long_name));
	free(cln_steal(&tar->long_link));
	tar->map.count = 0;
	tar->map_bytes = tar->ahead = 0;
}

void tar_free(struct tar *tar)
{
	if (!tar)
		return;
	tar_next(tar);
	free(tar->map.segment);
	free(tar->meta.data);
	free(tar);
}

void tar_drop(struct tar **tar)
{
	tar_free(*tar);
}

static void expect(struct tar *tar, enum tar_state state, uint64_t need)
{
	tar->state = state;
	tar->need = need;
	tar->meta.size = 0;
}

/* The entry of header h is complete: hand it over, then skip its data. */
static int entry_emit(struct tar *tar, const unsigned char *h, uint64_t size, struct cln_err *err)
{
	struct tar_entry entry = { .stored_bytes = size };
	struct tar_names names;
	int r = tar_entry_read(tar, h, &names, &entry, err);

	if (r < 0)
		return r;
	entry.is.spool_offset = tar->at - tar->ahead;
	r = tar->fn(tar->context, &entry, err);
	if (r < 0)
		return r;
	snprintf(tar->last_name, sizeof(tar->last_name), "%s", names.name);
	tar->entries++;
	tar->skip = tar_padded(size) - tar->map_bytes - tar->ahead;
	tar_next(tar);
	if (tar->skip)
		expect(tar, STATE_DATA, 0);
	else
		expect(tar, STATE_HEADER, TAR_BLOCK);
	return 0;
}

static int refuse(const struct tar *tar, const unsigned char *h, int code, const char *text,
	struct cln_err *err)
{
	cln_fail(err, code, "%s", text);
	return tar_within_entry(tar, h, err);
}

static int begin_file(struct tar *tar, const unsigned char *h, struct cln_err *err)
{
	uint64_t size = 0;

	if (tar_entry_size(tar, h, &size, err) < 0)
		return tar_within_entry(tar, h, err);
	if (h[AT_TYPE] == 'S') {
		if (tar->pax.sparse)
			return refuse(tar, h, EINVAL, "sparse by GNU and by PAX", err);
		if (tar_sparse_pairs(tar, h + AT_SPARSE, 4, err) < 0)
			return tar_within_entry(tar, h, err);
		if (h[AT_SPARSE_MORE]) {
			memcpy(tar->header, h, TAR_BLOCK);
			expect(tar, STATE_EXTENSION, TAR_BLOCK);
			return 0;
		}
	} else if (tar->pax.sparse && tar->pax.major == 1 && tar->pax.minor == 0) {
		memcpy(tar->header, h, TAR_BLOCK);
		expect(tar, STATE_MAP, TAR_BLOCK);
		return 0;
	} else if (tar->pax.sparse && tar->pax.major) {
		return refuse(tar, h, ENOTSUP, "a sparse format of a later GNU tar", err);
	}
	return entry_emit(tar, h, size, err);
}

static int on_meta(struct tar *tar, const char *data, struct cln_err *err)
{
	char type = tar->meta_type;
	char *text;

	if (type == 'g') {
		expect(tar, STATE_HEADER, TAR_BLOCK);
		return tar_pax_global(data, tar->meta_size, err);
	}
	text = cln_alloc(tar->meta_size + 1);
	memcpy(text, data, tar->meta_size);
	expect(tar, STATE_HEADER, TAR_BLOCK);
	if (type == 'x') {
		tar->pax_text = text;
		return tar_pax_parse(&tar->pax, text, tar->meta_size, err);
	}
	*(type == 'L' ? &tar->long_name : &tar->long_link) = text;
	if (tar->meta_size > 1 && strlen(text) + 1 < tar->meta_size)
		return cln_fail(err, EINVAL, "a long name that holds a NUL");
	return 0;
}

/* Headers that tell about the next one have their own size: a PAX size never
 * applies to them (CVE-2025-62518). */
static int begin_meta(struct tar *tar, const unsigned char *h, struct cln_err *err)
{
	int64_t size = 0;

	uint64_t most = limit_of(tar->pax.limits, LIMIT_HEADER_BYTES);

	snprintf(tar->meta_name, sizeof(tar->meta_name), "%.100s", (const char *)h);
	if (tar_field(h, AT_SIZE, 12, 0, INT64_MAX, &size, err) < 0 ||
		((uint64_t)size > most && limit_over(LIMIT_HEADER_BYTES, most, err) < 0))
		return cln_within(err, "extended header %s", tar->meta_name);
	if ((h[AT_TYPE] == 'x' && tar->pax.seen) || (h[AT_TYPE] == 'L' && tar->long_name) ||
		(h[AT_TYPE] == 'K' && tar->long_link))
		return cln_fail(err, EINVAL, "two extended headers of one kind for one entry");
	tar->meta_type = (char)h[AT_TYPE];
	tar->meta_size = (uint64_t)size;
	expect(tar, STATE_META, tar_padded((uint64_t)size));
	return size ? 0 : on_meta(tar, "", err);
}

static int on_header(struct tar *tar, const unsigned char *h, struct cln_err *err)
{
	static const unsigned char zero[TAR_BLOCK];

	if (!memcmp(h, zero, TAR_BLOCK)) {
		if (tar->pax.seen || tar->long_name || tar->long_link)
			return cln_fail(err, EINVAL, "an extended header without an entry");
		expect(tar, STATE_ZERO, TAR_BLOCK);
		return 0;
	}
	if (tar_checksum(h, err) < 0)
		return -err->code;
	switch (h[AT_TYPE]) {
	case 'x':
	case 'g':
	case 'L':
	case 'K':
		return begin_meta(tar, h, err);
	default:
		return begin_file(tar, h, err);
	}
}

static int on_extension(struct tar *tar, const unsigned char *data, struct cln_err *err)
{
	uint64_t size = 0;

	if (tar_sparse_pairs(tar, data, 21, err) < 0)
		return tar_within_entry(tar, tar->header, err);
	if (data[AT_EXTENSION_MORE]) {
		if (!data[0] && !data[12]) /* an empty piece ends a map: no chain of empty blocks */
			return refuse(tar, tar->header, EINVAL,
				"a sparse map that goes on behind its end", err);
		expect(tar, STATE_EXTENSION, TAR_BLOCK);
		return 0;
	}
	if (tar_entry_size(tar, tar->header, &size, err) < 0)
		return tar_within_entry(tar, tar->header, err);
	return entry_emit(tar, tar->header, size, err);
}

static int on_map(struct tar *tar, const char *data, struct cln_err *err)
{
	uint64_t size = 0, have = tar->need;
	/* twice, because what is collected doubles */
	uint64_t most =
		TAR_BLOCK +
		2 * tar_padded(MAP_LINE * (limit_of(tar->pax.limits, LIMIT_SPARSE_PIECES) + 1));
	int r;

	if (tar_entry_size(tar, tar->header, &size, err) < 0)
		return tar_within_entry(tar, tar->header, err);
	if (have > tar_padded(size) || have > most)
		return refuse(
			tar, tar->header, EINVAL, "a sparse map that is longer than the file", err);
	r = tar_sparse_map(tar, data, have, &tar->map_bytes, err);
	if (r < 0)
		return tar_within_entry(tar, tar->header, err);
	if (r > 0) { /* twice as much, so that a long map is not parsed block by block */
		tar->need = CLN_MIN(have * 2, tar_padded(size));
		if (tar->need == have)
			return refuse(
				tar, tar->header, EINVAL, "a sparse map without its end", err);
		return 0;
	}
	if (tar->map_bytes > size)
		return refuse(
			tar, tar->header, EINVAL, "a sparse map that is longer than the file", err);
	tar->ahead = have - tar->map_bytes;
	return entry_emit(tar, tar->header, size, err);
}

static bool all_zero(const char *data, size_t size)
{
	return !size || (!data[0] && !memcmp(data, data + 1, size - 1));
}

static int on_block(struct tar *tar, const char *data, struct cln_err *err)
{
	switch (tar->state) {
	case STATE_HEADER:
		return on_header(tar, (const unsigned char *)data, err);
	case STATE_META:
		return on_meta(tar, data, err) < 0
			       ? cln_within(err, "extended header %s", tar->meta_name)
			       : 0;
	case STATE_EXTENSION:
		return on_extension(tar, (const unsigned char *)data, err);
	case STATE_MAP:
		return on_map(tar, data, err);
	default: /* STATE_ZERO */
		if (!all_zero(data, TAR_BLOCK))
			return cln_fail(err, EINVAL, "a lone block of zeros between entries");
		expect(tar, STATE_END, 0);
		return 0;
	}
}

/* Collects what the state needs; a block that lies whole in data is not copied. */
static int collect(
	struct tar *tar, const char *data, size_t size, size_t *took, struct cln_err *err)
{
	const char *block = data;

	*took = CLN_MIN(size, tar->need - tar->meta.size);
	tar->at += *took;
	if (*took < tar->need || tar->state == STATE_MAP) {
		if (tar->meta.room < tar->need) {
			tar->meta.data = cln_realloc(tar->meta.data, tar->need, 1);
			tar->meta.room = tar->need;
		}
		memcpy(tar->meta.data + tar->meta.size, data, *took);
		tar->meta.size += *took;
		if (tar->meta.size < tar->need)
			return 0;
		block = tar->meta.data;
	}
	if (on_block(tar, block, err) < 0)
		return cln_within(err, "tar, before byte %llu", (unsigned long long)tar->at);
	return 0;
}

uint64_t tar_skippable(const struct tar *tar)
{
	return tar->state == STATE_DATA ? tar->skip : 0;
}

void tar_skip(struct tar *tar, uint64_t size)
{
	tar->at += size;
	tar->skip -= size;
	if (!tar->skip)
		expect(tar, STATE_HEADER, TAR_BLOCK);
}

int tar_feed(struct tar *tar, const void *data, size_t size, struct cln_err *err)
{
	const char *next = data;

	while (size) {
		size_t took = size;

		if (tar->state == STATE_DATA) {
			took = CLN_MIN(size, tar->skip);
			tar_skip(tar, took);
		} else if (tar->state == STATE_END) {
			tar->at += took;
			if (!all_zero(next, took))
				return cln_fail(err, EINVAL, "tar: bytes behind its end");
		} else if (collect(tar, next, size, &took, err) < 0) {
			return -err->code;
		}
		next += took;
		size -= took;
	}
	return 0;
}

int tar_finish(struct tar *tar, struct cln_err *err)
{
	bool between = tar->state == STATE_HEADER && !tar->meta.size && !tar->pax.seen &&
		       !tar->long_name && !tar->long_link;

	/* Some writers leave out the zero blocks; an entry cut in the middle is an error. */
	if (between || tar->state == STATE_END || (tar->state == STATE_ZERO && !tar->meta.size))
		return 0;
	return cln_fail(err, EINVAL, "tar: ends inside %s %.300s, after %llu bytes",
		tar->state == STATE_DATA ? "entry" : "what follows entry",
		*tar->last_name ? tar->last_name : "(none)", (unsigned long long)tar->at);
}
