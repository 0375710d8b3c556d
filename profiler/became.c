// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

void roles_ended(struct program *program, uint32_t uid, uint32_t gid)
{
	for (size_t i = 0; i < program->became_count; i++)
		if (program->became[i].uid == uid && program->became[i].gid == gid)
			return;
	if (program->became_count < CLN_TRACE_BECAME)
		CLN_PUSH(program->became, program->became_count, program->became_room) =
			(struct cln_trace_user){ uid, gid };
}

void roles_became(struct collect *c)
{
	for (struct program *program = c->first; program; program = program->next)
		for (size_t i = 0; program->exec != CLN_TRACE_NONE && i < program->became_count;
			i++)
			cln_trace_add_became(c->trace, program->exec, program->became[i]);
}
