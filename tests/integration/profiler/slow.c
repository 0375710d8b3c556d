// SPDX-License-Identifier: Apache-2.0
/*
 * slow.c - preloaded into the profiler, it makes the reader of the ring slow:
 * each record takes CLN_SLOW_US microseconds more. The profiler itself knows
 * nothing of it, and the command is not given it.
 */
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static ring_buffer_sample_fn wrapped;
static struct timespec moment;

__attribute__((constructor)) static void begin(void)
{
	const char *us = getenv("CLN_SLOW_US");

	moment.tv_nsec = us ? atol(us) * 1000 : 0;
	if (!strcmp(program_invocation_short_name, "clnimg-profile"))
		unsetenv("LD_PRELOAD");
}

static int slowly(void *context, void *data, size_t size)
{
	nanosleep(&moment, NULL);
	return wrapped(context, data, size);
}

struct ring_buffer *ring_buffer__new(
	int fd, ring_buffer_sample_fn fn, void *context, const struct ring_buffer_opts *opts)
{
	struct ring_buffer *(*real)(
		int, ring_buffer_sample_fn, void *, const struct ring_buffer_opts *);

	*(void **)&real = dlsym(RTLD_NEXT, "ring_buffer__new");
	wrapped = fn;
	return real(fd, slowly, context, opts);
}
