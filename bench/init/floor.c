// SPDX-License-Identifier: Apache-2.0
/*
 * floor.c - the least that any PID 1 does: vfork, exec, reap, forward. argv[1...] is the program.
 *
 * What it adds to executing the program directly is the price of a second exec and a
 * second process, which no init can get below.
 */
#include <stdint.h>
#include <sys/wait.h>

#include "bench/init/bare-call.h"

static char **arguments, **environment;
static uint64_t all = ~0ULL, before;

/* Apart, and without a frame: the child runs on the same stack. */
__attribute__((noinline)) static long start(void)
{
	long pid = call(SYS_vfork, 0, 0, 0, 0);

	if (pid)
		return pid;
	call(SYS_rt_sigprocmask, 2, (long)&before, 0, 8);
	call(SYS_execve, (long)arguments[0], (long)arguments, (long)environment, 0);
	call(SYS_exit_group, 127, 0, 0, 0);
	return 0;
}

__attribute__((used)) static void run(long *stack)
{
	long main, pid = 0, signal;
	int status = 0;

	call(SYS_rt_sigprocmask, 0, (long)&all, (long)&before, 8);
	arguments = (char **)(stack + 2);
	environment = (char **)(stack + 2 + stack[0]);
	main = start();
	for (;;) {
		signal = call(SYS_rt_sigtimedwait, (long)&all, 0, 0, 8);
		if (signal != 17)
			call(SYS_kill, main, signal, 0, 0);
		else
			while ((pid = call(SYS_wait4, -1, (long)&status, WNOHANG, 0)) > 0)
				if (pid == main)
					call(SYS_exit_group, status >> 8, 0, 0, 0);
	}
}
