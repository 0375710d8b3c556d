// SPDX-License-Identifier: Apache-2.0
/*
 * micro.c - nanoseconds of one call, repeated; or of one command.
 *
 * usage: micro open|stat|exec|getppid COUNT    prints nanoseconds a round
 *        micro run COMMAND [ARGUMENT]...       prints nanoseconds of the command
 *        micro paths COUNT                     asks for so many names that are not there
 *
 * Rounds are timed in batches of about a millisecond and the lower quartile of the
 * batches is printed: a batch in which another program had the processor counts
 * for nothing.
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

#define BATCH_NS 1000000.0
#define BATCHES_MAX 4096

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void run(char *const *argv, const posix_spawn_file_actions_t *actions)
{
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], actions, NULL, argv, environ))
		exit(1);
	if (waitpid(pid, &status, 0) != pid || status)
		exit(1);
}

static void once(const char *what)
{
	struct stat st;

	if (!strcmp(what, "open")) {
		close(open("/etc/hostname", O_RDONLY));
	} else if (!strcmp(what, "stat")) {
		if (stat("/etc/hostname", &st))
			exit(1);
	} else if (!strcmp(what, "exec")) {
		run((char *[]){ "/bin/true", NULL }, NULL);
	} else {
		syscall(SYS_getppid);
	}
}

static double batch(const char *what, long rounds)
{
	double from = now_ns();

	for (long i = 0; i < rounds; i++)
		once(what);
	return (now_ns() - from) / (double)rounds;
}

static int by_value(const void *a, const void *b)
{
	double difference = *(const double *)a - *(const double *)b;

	return difference < 0 ? -1 : difference > 0;
}

static double calls(const char *what, long count)
{
	static double took[BATCHES_MAX];
	size_t batches = 0;
	double first = batch(what, count / 20 + 1);
	long rounds = (long)(BATCH_NS / first) + 1;

	for (long done = 0; done < count && batches < BATCHES_MAX; done += rounds)
		took[batches++] = batch(what, rounds);
	qsort(took, batches, sizeof(*took), by_value);
	return took[batches / 4];
}

static double command(char *const *argv)
{
	posix_spawn_file_actions_t silent;
	double from = now_ns();

	posix_spawn_file_actions_init(&silent);
	posix_spawn_file_actions_addopen(&silent, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&silent, 2, "/dev/null", O_WRONLY, 0);
	run(argv, &silent);
	return now_ns() - from;
}

static void paths(long count)
{
	char path[64];

	for (long i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/some/directory/of/a/tree/%ld", i);
		if (access(path, F_OK) == 0)
			exit(1);
	}
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;

	if (argc > 2 && !strcmp(argv[1], "run")) {
		printf("%.0f\n", command(argv + 2));
		return 0;
	}
	if (argc != 3 || count < 1)
		return 2;
	if (!strcmp(argv[1], "paths"))
		paths(count);
	else
		printf("%.1f\n", calls(argv[1], count));
	return 0;
}
