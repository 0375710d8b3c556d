/* SPDX-License-Identifier: Apache-2.0 */
/* reuse_inside.h - what reuse keeps for itself. Only reuse*.c include this. */
#ifndef CLN_PACKAGER_REUSE_INSIDE_H
#define CLN_PACKAGER_REUSE_INSIDE_H

#include "common/mem.h"
#include "packager/model/reuse.h"
#include "packager/model/spool.h"

#define PIECES 128u /* read and written at once */
#define NOT_LAST UINT32_MAX
#define REUSE_CHANGED "its bytes were changed while the image was packed"

/* Blocks between two marks: copied together or not at all. */
struct piece {
	uint64_t plain; /* in the spool */
	uint64_t bit;	/* of the blob */
	uint32_t plain_bytes, bits;
	uint32_t behind; /* plain bytes in front of it that its blocks may refer to */
	uint32_t window; /* of its member */
	uint32_t last;	 /* bit of it where the member's last block begins, or NOT_LAST */
	uint32_t crc;	 /* CRC-32 of the bytes that hold a bit of it */
	uint16_t layer;
	bool begins; /* it may follow other blocks than those in front of it */
};

struct reuse {
	struct reuse_layer *layer;
	size_t count, room;
	enum reuse_kind blocks;
	bool open;
	struct spool *list; /* pieces */
	uint64_t pieces;    /* of which `waiting` are not in the list yet */
	struct piece *wait;
	uint32_t waiting;
	struct mark before; /* the last mark of the blob at hand */
	unsigned char *scratch;
};

/* size bytes of a layer as it is stored. */
int stored_read(const struct reuse_layer *layer, uint64_t offset, void *data, size_t size,
	struct cln_err *err);
/* An error where the file is not as it was when it was opened. */
int stored_check(const struct reuse_layer *layer, struct cln_err *err);

/* reuse_blocks.c */
int pieces_flush(struct reuse *reuse, struct cln_err *err);

#endif
