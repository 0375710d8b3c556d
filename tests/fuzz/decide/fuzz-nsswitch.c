// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/nsswitch.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void service(void *context, const char *database, const char *name)
{
	size_t *count = context;

	if (!*name || strpbrk(name, " \t\n[#") || strpbrk(database, " \t\n:#"))
		abort();
	++*count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = 0;
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	nsswitch_parse(text, &count, service);
	free(text);
	if (count > size)
		abort();
	return 0;
}
