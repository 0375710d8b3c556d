// SPDX-License-Identifier: Apache-2.0
/* A whole configuration in check mode: any bytes, no effect, no crash, a message on error. */
#include "init/init.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct init in;
	char *const none[] = { NULL };
	struct fail err = { .word = -1 };

	if (size >= sizeof(in.conf))
		return 0;
	in.mode = MODE_CHECK;
	in.args.count = in.env.count = 0;
	in.launch.exec_seen = 0;
	if (init_reset(&in, none, none, &err) < 0)
		abort();
	memcpy(in.conf, data, size);
	in.conf[size] = '\0';
	if (config_run_text(&in, "f", size, &err) < 0 && strncmp(err.text, "f:", 2) != 0)
		abort(); /* every cause has a place */
	if (in.launch.logs || in.launch.exec.count || in.launch.landlock.count || in.exit_count)
		abort(); /* check must gather nothing */
	return 0;
}
