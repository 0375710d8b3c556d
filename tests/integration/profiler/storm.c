// SPDX-License-Identifier: Apache-2.0
/*
 * storm.c - many distinct paths, as fast as it goes, from every processor.
 *
 * usage: storm TOTAL    asks for /storm/PROCESS/NUMBER, none of which exists
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long total = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
	long workers = sysconf(_SC_NPROCESSORS_ONLN) * 2;
	int failed = 0, status;

	for (long w = 0; w < workers; w++) {
		if (fork())
			continue;
		for (long i = w; i < total; i += workers) {
			char path[64];
			struct stat st;

			snprintf(path, sizeof(path), "/storm/%ld/%ld", w, i);
			if (stat(path, &st) == 0)
				_exit(1);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}
