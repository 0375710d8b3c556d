// SPDX-License-Identifier: Apache-2.0
/*
 * env_order.c - the init reads `env` lines one by one: a line stands behind those whose
 * variables its value names.
 */
#include "packager/plan/lower.h"

#include <string.h>

/* The variable of `env NAME ...`. */
static const char *name_of(const struct plan_line *line, size_t *size)
{
	const char *name = line->text + strlen("env ");

	*size = strcspn(name, " ");
	return name;
}

/* Does the line's value name that variable (${NAME}, ${NAME:-..., ${@NAME})? */
static bool refers(const struct plan_line *line, const char *name, size_t size)
{
	for (const char *at = line->text; (at = strstr(at, "${"));) {
		at += 2;
		at += *at == '@';
		if (!strncmp(at, name, size) && strchr(":-+?}", at[size]))
			return true;
	}
	return false;
}

/* Which line must stand in front of line i, or i itself. */
static size_t blocker(const struct lines *env, const bool *done, size_t i)
{
	size_t own_size, size;
	const char *own = name_of(&env->line[i], &own_size);

	for (size_t k = 0; k < env->count; k++) {
		const char *name = name_of(&env->line[k], &size);
		bool same = size == own_size && !memcmp(name, own, size);

		if (!done[k] && k != i && !same && refers(&env->line[i], name, size))
			return k;
	}
	return i;
}

void lower_env_order(struct lower *lower)
{
	struct lines *env = &lower->env;
	struct lines sorted = { .arena = env->arena };
	bool *done = cln_alloc(env->count + 1);

	while (sorted.count < env->count) {
		size_t pick = 0;

		while (done[pick])
			pick++;
		/* a ring of references ends after as many steps as there are lines */
		for (size_t n = 0; n < env->count; n++)
			pick = blocker(env, done, pick);
		done[pick] = true;
		CLN_PUSH(sorted.line, sorted.count, sorted.room) = env->line[pick];
	}
	free(done);
	free(env->line);
	*env = sorted;
}
