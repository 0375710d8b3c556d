// SPDX-License-Identifier: Apache-2.0
/* The command table: up to the first NUL is the command asked for, the rest is the table. */
#include "init/commands.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct init in;
	static char command[4096];
	char *const none[] = { NULL };
	struct fail err = { .word = -1 };
	struct steps steps = { .count = 0 };
	const uint8_t *end = memchr(data, 0, size);
	size_t length = end ? (size_t)(end - data) : 0;

	if (size >= INIT_COMMANDS_MAX_BYTES || length >= sizeof(command))
		return 0;
	memcpy(command, data, length);
	command[length] = '\0';
	if (end)
		length++;
	in.args.count = in.env.count = 0;
	if (init_reset(&in, none, none, &err) < 0)
		abort();
	memcpy(in.conf, data + length, size - length);
	in.conf[size - length] = '\0';
	if (commands_find(&in, size - length, command, &steps, &err) != 1)
		return 0;
	if (!steps.count || steps.count > INIT_STEPS_MAX)
		abort();
	for (unsigned i = 0; i < steps.count; i++)
		if (!steps.step[i].argv[0] || (i == 0) != (steps.step[i].joint == JOINT_FIRST))
			abort();
	return 0;
}
