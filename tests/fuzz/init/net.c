// SPDX-License-Identifier: Apache-2.0
/* Hostile bytes from the network and from a program's memory. */
#include "init/net.h"
#include "init/probe.h"
#include "init/redirect.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void paths(const uint8_t *data, size_t size)
{
	char base[256], path[4096], out[512];
	size_t half = size < 255 ? size : 255;

	memcpy(base, data, half);
	base[half] = '\0';
	size = size < sizeof(path) ? size : sizeof(path) - 1;
	memcpy(path, data, size);
	path[size] = '\0';
	net_port(path);
	if (redirect_clean(base, path, out, sizeof(out)) < 0)
		return;
	if (*out != '/' || strstr(out, "//") || strstr(out, "/../") || strstr(out, "/./"))
		abort();
	size = strlen(out);
	if (size >= sizeof(out) || (size >= 3 && strcmp(out + size - 3, "/..") == 0))
		abort(); /* never above the root */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net_address address[4];
	int n;

	if (size < 2)
		return 0;
	n = net_dns_answer(
		data, size, (uint16_t)(data[0] << 8 | data[1]), size & 1 ? 1 : 28, address, 4);
	if (n > 4 || n == 0)
		abort();
	n = probe_http_status((const char *)data, (unsigned)size);
	if (n < 0 || n > 999)
		abort();
	paths(data, size);
	return 0;
}
