// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

#include <string.h>

static void take(struct collect *c, const struct program *program, const char *path,
	struct program_fact *fact)
{
	const struct collect_look *look = &c->config.look;

	if (path && look->digest(look->context, program->place->fd, path, fact->sha256,
			    &fact->size_bytes))
		fact->path = cln_strdup(path);
}

/*
 * Read while the container lives, for at its end the engine may have taken its
 * root away: so of every program that the entry's process becomes, because any
 * of them may turn out to be main.
 */
void facts_take(struct collect *c, struct program *program)
{
	const struct cln_trace_exec *exec;

	if (program->fact || program->exec == CLN_TRACE_NONE || !c->config.look.digest ||
		program->place->kind != PLACE_CONTAINER || program->place->fd < 0)
		return;
	exec = &c->trace->exec[program->exec];
	program->fact = cln_alloc(PROGRAM_FACTS * sizeof(*program->fact));
	take(c, program, exec->interpreter ? exec->path : program->path, &program->fact[0]);
	if (exec->interpreter)
		take(c, program, program->path, &program->fact[1]);
}

void facts_free(struct program *program)
{
	for (size_t i = 0; program->fact && i < PROGRAM_FACTS; i++)
		free(program->fact[i].path);
	free(program->fact);
}

static void add(struct collect *c, const struct program *program, bool entry)
{
	for (size_t i = 0; program->fact && i < PROGRAM_FACTS; i++) {
		const struct program_fact *fact = &program->fact[i];
		struct cln_trace_evidence evidence = {
			.path = fact->path,
			.sha256 = fact->sha256,
			.size_bytes = fact->size_bytes,
			.identity = entry && i == 0,
		};

		if (fact->path)
			cln_trace_add_evidence(c->trace, program->place->root, &evidence);
	}
}

/* Only the entry's own file is identity: other arguments may lead to another main. */
void facts_settle(struct collect *c)
{
	for (size_t i = 0; i < c->place_count; i++) {
		struct place *place = c->place[i];

		if (place->kind != PLACE_CONTAINER || !place->entry)
			continue;
		facts_take(c, place->main); /* a child of the entry's process */
		add(c, place->entry, true);
		add(c, place->main, false);
	}
}
