/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slot.h - one chunk of the stream on its way through the squeeze: only squeeze*.c include this.
 *
 * A chunk is compressed on its own, or is a run of the source's blocks, or the part of a zstd
 * frame in front of such a run (zframe.h). Only the last hangs on the chunk before it.
 */
#ifndef CLN_PACKAGER_SLOT_H
#define CLN_PACKAGER_SLOT_H

#include "packager/model/reuse.h"
#include "packager/write/chunk.h"
#include "packager/write/zframe.h"

enum slot_state { SLOT_EMPTY, SLOT_FILLED, SLOT_TAKEN, SLOT_DONE };

struct slot {
	enum slot_state state;
	char *plain, *packed;
	size_t plain_size, packed_size;
	struct reuse_run run; /* the plain bytes are the source's; plain_bytes 0: they are not */
	uint64_t turn;	      /* in front of a run: its place among all of these, from 1 on; or 0 */
	bool first;	      /* of a zstd frame of parts */
	uint64_t window_bytes; /* of that frame */
};

/* Room for a slot's packed bytes. */
size_t slot_room(enum write_compression kind);

/* plain, or what the run says, into packed: for a chunk of its own and for a run. */
int slot_pack(enum write_compression kind, struct chunk_context *context, const struct reuse *reuse,
	struct slot *slot, struct cln_err *err);
/* The same for a slot that has a turn, when it is its turn. */
int slot_pack_front(struct zframe *zframe, struct slot *slot, struct cln_err *err);

#endif
