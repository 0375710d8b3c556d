// SPDX-License-Identifier: Apache-2.0
/* Any sequence of records ends in a trace that settles. Input: two bytes of
 * size, little-endian, then so many bytes, again and again. */
#include "profiler/collect.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct collect_config config = { .mntns = 1, .root_dev = 8, .root_ino = 2 };
	struct cln_trace *trace = cln_trace_new();
	struct collect *collect = collect_new(trace, &config);
	struct ev_peak_key key = { 1, 2, 3 };

	while (size >= 2) {
		size_t part = (size_t)data[0] | (size_t)data[1] << 8;
		void *copy;

		data += 2;
		size -= 2;
		part = part < size ? part : size;
		copy = malloc(part ? part : 1); /* its own, so that ASan sees its end */
		if (part)
			memcpy(copy, data, part);
		collect_sample(collect, copy, part);
		free(copy);
		data += part;
		size -= part;
	}
	collect_peak(collect, &key, 7);
	collect_finish(collect);
	cln_trace_settle(trace);
	collect_free(collect);
	cln_trace_free(trace);
	return 0;
}
