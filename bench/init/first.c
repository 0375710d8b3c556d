// SPDX-License-Identifier: Apache-2.0
/*
 * first.c - tells when its first instructions run, then does as told.
 *
 * Without a C library, so that what is measured is the init and not this program.
 * argv[1]: absent: write the time and end; "t": write the time, wait for TERM, write the
 * time and end; "oN": make N orphans, wait until they are gone, end; "wN" PATH: open PATH
 * for writing N times; "sN" PATH: look at it N times.
 */
#include <stdint.h>
#include <fcntl.h>
#include <time.h>

#include "bench/init/bare-call.h"

static void tell_time(void)
{
	struct timespec now;
	uint64_t ns;

	call(SYS_clock_gettime, 1, (long)&now, 0, 0);
	ns = (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
	call(SYS_write, 1, (long)&ns, sizeof(ns), 0);
}

static void touch(int write, const char *path)
{
	char data[256];

	if (write)
		call(SYS_close, call(SYS_open, (long)path, O_WRONLY | O_CREAT, 0600, 0), 0, 0, 0);
	else
		call(SYS_stat, (long)path, (long)data, 0, 0);
}

__attribute__((used)) static void run(long *stack)
{
	const char *act = stack[0] > 1 ? (const char *)stack[2] : "";
	uint64_t term = 1ULL << 14;
	long count = 0;

	if (*act == 't')
		call(SYS_rt_sigprocmask, 0, (long)&term, 0, 8);
	tell_time();
	if (*act == 't') {
		call(SYS_rt_sigtimedwait, (long)&term, 0, 0, 8);
		tell_time();
	}
	for (const char *c = act + 1; *act && *act != 't' && *c; c++)
		count = count * 10 + (*c - '0');
	for (; count > 0; count--) {
		if (*act != 'o') {
			touch(*act == 'w', (const char *)stack[3]);
			continue;
		}
		long pid = call(SYS_fork, 0, 0, 0, 0);

		if (pid == 0) {
			call(SYS_fork, 0, 0, 0, 0);
			call(SYS_exit, 0, 0, 0, 0);
		}
		call(SYS_wait4, pid, 0, 0, 0);
	}
	if (*act && *act != 't')
		tell_time();
	call(SYS_exit_group, 0, 0, 0, 0);
}
