// SPDX-License-Identifier: Apache-2.0
/*
 * micro.c - nanoseconds of one call, repeated.
 *
 * usage: micro open|stat|exec|getppid COUNT    prints nanoseconds a round
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void once(const char *what)
{
	struct stat st;
	pid_t pid;

	if (!strcmp(what, "open")) {
		close(open("/etc/hostname", O_RDONLY));
	} else if (!strcmp(what, "stat")) {
		if (stat("/etc/hostname", &st))
			exit(1);
	} else if (!strcmp(what, "exec")) {
		if (posix_spawn(&pid, "/bin/true", NULL, NULL, (char *[]){ "true", NULL }, environ))
			exit(1);
		waitpid(pid, NULL, 0);
	} else {
		syscall(SYS_getppid);
	}
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
	struct timespec from, to;

	if (argc < 3 || count < 1)
		return 2;
	for (long i = 0; i < count / 10; i++)
		once(argv[1]);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (long i = 0; i < count; i++)
		once(argv[1]);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%.0f\n",
		((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
			(double)count);
	return 0;
}
