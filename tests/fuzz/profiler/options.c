// SPDX-License-Identifier: Apache-2.0
/* Any command line is understood or refused. Input: one argument a line. */
#include "common/mem.h"
#include "profiler/options.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* -h and -V, alone or among other letters, and every spelling of --help. */
static int prints(const char *word)
{
	if (word[0] != '-')
		return !*word;
	if (word[1] == '-')
		return !strncmp(word, "--h", 3) || !strncmp(word, "--v", 3);
	return strpbrk(word, "hV") != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile_options opt = {};
	struct cln_err err = {};
	char name[] = "p";
	char *argv[66] = { name };
	char *text = cln_alloc(size + 1), *save = NULL;
	int argc = 1;

	if (size)
		memcpy(text, data, size);
	for (char *word = strtok_r(text, "\n", &save); word && argc < 64;
		word = strtok_r(NULL, "\n", &save))
		/* Help would print the whole page for each input. */
		if (!prints(word))
			argv[argc++] = word;
	if (profile_options_parse(argc, argv, &opt, &err) < 0 && !err.text[0])
		abort();
	free((void *)opt.command);
	free(text);
	return 0;
}
