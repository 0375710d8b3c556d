/* SPDX-License-Identifier: Apache-2.0 */
/* crc.h - the CRC-32 of RFC 1952 8, by ISA-L or libdeflate. Starts from 0. */
#ifndef CLN_PACKAGER_CRC_H
#define CLN_PACKAGER_CRC_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc_add(uint32_t crc, const void *data, size_t size);

#endif
