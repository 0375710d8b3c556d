// SPDX-License-Identifier: Apache-2.0
#include "packager/read/crc.h"

#include <libdeflate.h>

uint32_t crc_add(uint32_t crc, const void *data, size_t size)
{
	return libdeflate_crc32(crc, data, size);
}
