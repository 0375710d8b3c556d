// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/ld_conf.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void folder(void *context, const char *path)
{
	size_t *count = context;

	if (path[0] != '/' || strpbrk(path, "\n=#") || strchr(" \t", path[strlen(path) - 1]))
		abort();
	++*count;
}

static void include(void *context, const char *pattern)
{
	size_t *count = context;

	if (!*pattern || strpbrk(pattern, " \t\n#"))
		abort();
	++*count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = 0;
	struct ld_conf_sink sink = { &count, folder, include };
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	ld_conf_parse(text, size, &sink);
	free(text);
	if (count > size)
		abort();
	return 0;
}
