// SPDX-License-Identifier: Apache-2.0
/*
 * replay.c - runs a fuzz target over its committed corpus without libFuzzer.
 *
 * Usage: TARGET FILE-OR-FOLDER... ; every regular file below is one input.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	uint8_t *data = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "rb");

	if (!file) {
		perror(path);
		return -1;
	}
	for (;;) {
		uint8_t *bigger = realloc(data, size + 65536);

		if (!bigger)
			abort();
		data = bigger;
		size_t got = fread(data + size, 1, 65536, file);
		size += got;
		if (got < 65536)
			break;
	}
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static int replay(const char *path)
{
	struct dirent **names = NULL;
	struct stat st;
	int count, done = 0;

	if (stat(path, &st) < 0) {
		perror(path);
		return -1;
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path);
	count = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char below[4096];

		if (names[i]->d_name[0] != '.' && done >= 0) {
			snprintf(below, sizeof(below), "%s/%s", path, names[i]->d_name);
			int r = replay(below);
			done = r < 0 ? r : done + r;
		}
		free(names[i]);
	}
	free(names);
	return done;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int r = replay(argv[i]);

		if (r < 0)
			return 1;
		total += r;
	}
	printf("%d inputs replayed\n", total);
	return total ? 0 : 1; /* an empty corpus proves nothing */
}
