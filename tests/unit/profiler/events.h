/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - records as the kernel side writes them, for tests.
 */
#ifndef TESTS_PROFILER_EVENTS_H
#define TESTS_PROFILER_EVENTS_H

#include "bpf/event.h"

#include <string.h>

struct sample {
	union {
		struct ev_head head;
		struct ev_path path;
		struct ev_exec exec;
		struct ev_text text;
		struct ev_fork fork;
		struct ev_exit exit;
		struct ev_syscall syscall;
		struct ev_port port;
		char bytes[EV_RECORD_MAX];
	};
	size_t size;
};

static inline void sample_head(struct sample *s, uint16_t type, uint32_t pid, uint64_t ident,
	uint64_t root, uint32_t mntns, size_t size)
{
	memset(s, 0, sizeof(*s));
	s->head = (struct ev_head){
		.type = type, .pid = pid, .tid = pid, .ident = ident, .root = root, .mntns = mntns
	};
	s->size = size;
}

static inline uint16_t sample_add(struct sample *s, const void *data, size_t size)
{
	memcpy(s->bytes + s->size, data, size);
	s->size += size;
	return (uint16_t)size;
}

static inline uint16_t sample_string(struct sample *s, const char *text)
{
	return text ? sample_add(s, text, strlen(text) + 1) : 0;
}

/* "/usr/bin" as "bin\0usr\0" */
static inline uint16_t sample_walk(struct sample *s, const char *path)
{
	size_t before = s->size, end = strlen(path);

	while (end > 1) {
		size_t start = end;

		while (path[start - 1] != '/')
			start--;
		sample_add(s, path + start, end - start);
		sample_add(s, "", 1);
		end = start - 1;
	}
	return (uint16_t)(s->size - before);
}

#endif
