/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zblock.h - does a zstd block mean the same behind any other block?
 *
 * What a block may take over from those before it in its frame (RFC 8878 3.1.1.3.1,
 * 3.1.1.3.2.1, 3.1.1.5): the Huffman table of literals, the three tables of sequences,
 * and three offsets. A block that brings its own tables and three offsets before it
 * repeats one stands alone: it, and what follows it in its frame, decodes to the same
 * bytes wherever the plain bytes in front are the same, as far as its offsets reach.
 */
#ifndef CLN_PACKAGER_ZBLOCK_H
#define CLN_PACKAGER_ZBLOCK_H

#include <stdbool.h>
#include <stddef.h>

/* data: from the block's header on, size of them at the most (more may follow). False also of
 * blocks that are not compressed, that are cut short or are none: whatever bytes they are. */
bool zblock_is_alone(const unsigned char *data, size_t size);

#endif
