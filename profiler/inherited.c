// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

#include <fcntl.h>
#include <string.h>

static void keep(void *of, const char *path, int flags)
{
	struct collect *c = of;

	CLN_PUSH(c->inherited, c->inherited_count, c->inherited_room) =
		(struct inherited){ cln_strdup(path), flags };
}

void inherited_look(struct collect *c)
{
	const struct collect_look *look = &c->config.look;

	if (look->inherited && c->config.self_pid)
		look->inherited(look->context, keep, c);
}

void inherited_settle(struct collect *c)
{
	struct program *program = c->first;
	struct cln_trace_use use = {};

	while (program && program->pid != c->config.self_pid)
		program = program->next;
	if (!program || program->exec == CLN_TRACE_NONE)
		return; /* the command never ran */
	use.exec = program->exec;
	for (size_t i = 0; i < c->inherited_count; i++) {
		const struct inherited *one = &c->inherited[i];
		int mode = one->flags & O_ACCMODE;

		use.access = mode == O_WRONLY ? CLN_WRITE
			     : mode == O_RDWR ? CLN_READ | CLN_WRITE
					      : CLN_READ;
		if (cln_trace_add_file(c->trace, program->place->root, one->path, NULL, &use) ==
			CLN_TRACE_NONE)
			collect_lose(c, COLLECT_REFUSED);
	}
}

void inherited_release(struct collect *c)
{
	for (size_t i = 0; i < c->inherited_count; i++)
		free(c->inherited[i].path);
	free(c->inherited);
}
