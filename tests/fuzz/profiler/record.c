// SPDX-License-Identifier: Apache-2.0
/* Any bytes from the ring: refused, or a record whose every piece can be read. */
#include "common/path.h"
#include "profiler/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_walk(const struct record_walk *walk)
{
	char text[CLN_PATH_MAX];
	int length = record_walk_text(walk, text);

	if (length > 0 && (text[0] != '/' || strlen(text) > (size_t)length))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record rec;
	size_t total = 0;

	if (record_decode(data, size, &rec) < 0)
		return 0;
	if (rec.type == EV_PATH) {
		for (int i = 0; i < 2; i++) {
			total += rec.path.str[i] ? strlen(rec.path.str[i]) : 0;
			read_walk(&rec.path.base[i]);
		}
		read_walk(&rec.path.target);
	} else if (rec.type == EV_EXEC) {
		total += rec.exec.file ? strlen(rec.exec.file) : 0;
		total += rec.exec.interp ? strlen(rec.exec.interp) : 0;
		read_walk(&rec.exec.cwd);
		read_walk(&rec.exec.exe);
		read_walk(&rec.exec.script);
		for (size_t i = 0; i < rec.exec.limit_count * sizeof(struct ev_limit); i++)
			total += rec.exec.limits[i] != 0;
	} else if (rec.type == EV_TEXT && rec.text.length) {
		total += rec.text.bytes[rec.text.length - 1] != 0;
	}
	return total > size ? abort(), 0 : 0;
}
