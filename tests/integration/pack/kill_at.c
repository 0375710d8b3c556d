// SPDX-License-Identifier: Apache-2.0
/*
 * kill_at.c - preloaded: a signal to the whole process before its Nth rename, the
 * one moment that a test cannot hit from outside.
 *
 * RENAME_LOG=FILE  a line for each rename: where to
 * KILL_AT=N KILL_WITH=SIGNAL
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int renames;

static void moment(const char *how, const char *to)
{
	const char *log = getenv("RENAME_LOG"), *at = getenv("KILL_AT");
	int n = ++renames;

	if (log) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

		dprintf(fd, "%s %s\n", how, to);
		close(fd);
	}
	if (at && atoi(at) == n) {
		kill(getpid(), atoi(getenv("KILL_WITH")));
		usleep(150000); /* whoever waits for the signal has its time now */
	}
}

int rename(const char *from, const char *to)
{
	int (*real)(const char *, const char *) =
		(int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");

	moment("rename", to);
	return real(from, to);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	int (*real)(int, const char *, int, const char *, unsigned) = (int (*)(
		int, const char *, int, const char *, unsigned))dlsym(RTLD_NEXT, "renameat2");

	moment(flags == RENAME_EXCHANGE ? "exchange" : "renameat2", to);
	return real(from_dir, from, to_dir, to, flags);
}
