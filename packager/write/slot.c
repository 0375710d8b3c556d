// SPDX-License-Identifier: Apache-2.0
#include "packager/write/slot.h"

#include "common/mem.h"
#include "packager/write/splice.h"
#include "packager/write/squeeze.h"

#include <errno.h>

size_t slot_room(enum write_compression kind)
{
	size_t around = kind == WRITE_ZSTD ? ZFRAME_HEAD + ZFRAME_TAIL : SPLICE_HEAD + SPLICE_TAIL;

	return CLN_MAX(chunk_bound(kind, SQUEEZE_CHUNK), around + REUSE_ROOM);
}

/* The run's blocks begin where they began in a byte of the source: read in place, they stay. */
static int deflate_copy(const struct reuse *reuse, struct slot *slot, struct cln_err *err)
{
	unsigned char *packed = (unsigned char *)slot->packed;
	unsigned phase = slot->run.phase;
	uint64_t bits = 0;

	if (reuse_read(reuse, &slot->run, packed + splice_front(phase), &bits, err) < 0)
		return -err->code;
	slot->packed_size = splice_around(packed, phase, bits);
	return 0;
}

static int zstd_copy(const struct reuse *reuse, struct slot *slot, struct cln_err *err)
{
	unsigned char *packed = (unsigned char *)slot->packed;
	size_t size = 0;
	uint64_t bits = 0;

	if (slot->first) {
		zframe_head(packed, slot->window_bytes);
		size = ZFRAME_HEAD;
	}
	if (reuse_read(reuse, &slot->run, packed + size, &bits, err) < 0)
		return -err->code;
	size += bits / 8;
	if (!slot->run.goes_on) {
		zframe_tail(packed + size);
		size += ZFRAME_TAIL;
	}
	slot->packed_size = size;
	return 0;
}

static int packed_check(const struct slot *slot, struct cln_err *err)
{
	return slot->packed_size ? 0 : cln_fail(err, EIO, "compressing failed");
}

int slot_pack(enum write_compression kind, struct chunk_context *context, const struct reuse *reuse,
	struct slot *slot, struct cln_err *err)
{
	if (slot->run.plain_bytes)
		return kind == WRITE_ZSTD ? zstd_copy(reuse, slot, err)
					  : deflate_copy(reuse, slot, err);
	slot->packed_size = chunk_compress(
		context, slot->plain, slot->plain_size, slot->packed, slot_room(kind));
	return packed_check(slot, err);
}

int slot_pack_front(struct zframe *zframe, struct slot *slot, struct cln_err *err)
{
	const struct zframe_part part = { slot->plain, slot->plain_size, slot->first,
		slot->window_bytes };

	slot->packed_size = zframe_compress(zframe, &part, slot->packed, slot_room(WRITE_ZSTD));
	return packed_check(slot, err);
}
