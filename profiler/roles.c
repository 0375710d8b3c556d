// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

#include "common/path.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define ENV_WORDS 8 /* of a `#!/usr/bin/env -S` line, in front of the script */

/* Does below descend from above, program by program? */
static bool descends(const struct program *below, const struct program *above)
{
	for (; below; below = below->parent)
		if (below == above)
			return true;
	return false;
}

/* The program of the same container through which it was entered. */
static const struct program *way_in(const struct program *program)
{
	while (program->parent && program->parent->place == program->place)
		program = program->parent;
	return program;
}

/* When the last program of the container ended. */
static uint64_t end_of(const struct collect *c, const struct place *place)
{
	uint64_t end = 0;

	for (const struct program *p = c->first; p; p = p->next)
		if (p->place == place)
			end = CLN_MAX(end, p->ended_ms ? p->ended_ms : collect_now(c));
	return end;
}

/* Did it run for most of the time that the container had left? */
static bool lasted(const struct collect *c, const struct program *p, uint64_t end)
{
	uint64_t ended = p->ended_ms ? p->ended_ms : collect_now(c);

	return (ended - p->began_ms) * 2 > end - CLN_MIN(end, p->began_ms);
}

/* The only child program that lasted, or NULL where there is none or more. */
static struct program *lasting_child(const struct collect *c, const struct program *above)
{
	uint64_t end = end_of(c, above->place);
	struct program *found = NULL;

	for (struct program *p = c->first; p; p = p->next) {
		if (p->parent != above || p->place != above->place || p->pid == above->pid ||
			!lasted(c, p, end))
			continue;
		if (found)
			return NULL;
		found = p;
	}
	return found;
}

/* It serves nothing and, once the child runs, hardly touches a file. */
static bool only_waits(
	const struct collect *c, const struct program *program, const struct program *child)
{
	uint64_t end = end_of(c, program->place);
	uint64_t busy = program->seen_ms - CLN_MIN(program->seen_ms, child->began_ms);

	return !program->serves && busy * 4 <= end - CLN_MIN(end, child->began_ms);
}

static bool same_words(const char *const *a, const char *const *b)
{
	while (*a && *b && !strcmp(*a, *b))
		a++, b++;
	return !*a && !*b;
}

/* Did its own process run the same program before, with the same words, as the same user? */
static bool is_again(const struct collect *c, const struct program *program)
{
	const struct program *before = program->parent;

	if (!before || before->place != program->place || before->pid != program->pid ||
		program->exec == CLN_TRACE_NONE || before->exec == CLN_TRACE_NONE)
		return false;
	const struct cln_trace_exec *now = &c->trace->exec[program->exec];
	const struct cln_trace_exec *old = &c->trace->exec[before->exec];

	return !strcmp(now->path, old->path) && same_words(now->argv, old->argv) &&
	       now->uid == old->uid && now->gid == old->gid;
}

/* Is it what `#!/usr/bin/env NAME` of a script led to? Then the script is the program. */
static bool is_of_env(const struct collect *c, const struct program *program)
{
	const struct program *script = program->parent;

	if (!script || script->place != program->place || script->pid != program->pid ||
		program->exec == CLN_TRACE_NONE || script->exec == CLN_TRACE_NONE)
		return false;
	const struct cln_trace_exec *now = &c->trace->exec[program->exec];
	const struct cln_trace_exec *old = &c->trace->exec[script->exec];

	if (!old->interpreter || strcmp(cln_path_name(old->interpreter), "env") != 0)
		return false;
	for (size_t i = 0; now->argv[i] && i < ENV_WORDS; i++)
		if (!strcmp(now->argv[i], old->path))
			return true;
	return false;
}

/*
 * Main is what the entry's process finally became. A program that executes itself once more
 * (haproxy -W) is main as it was started first: what it gave itself is its own business. Where that program only
 * waits (it never served a socket) beside one child that lasted to the end, it
 * is an init or a wrapper, and the child is looked at in its place.
 */
static void find_main(const struct collect *c, struct place *place)
{
	struct program *main = place->entry;
	struct program *child;

	for (struct program *p = c->first; p; p = p->next)
		if (p->place == place && p->pid == place->entry_pid && descends(p, main))
			main = p;
	while ((child = lasting_child(c, main)) && only_waits(c, main, child)) {
		main = child;
		/* The child's own process may have gone on to other programs. */
		for (struct program *p = c->first; p; p = p->next)
			if (p->pid == main->pid && p != main && p->parent == main)
				main = p;
	}
	while (is_again(c, main) || is_of_env(c, main))
		main = main->parent;
	place->main = main;
}

static enum cln_role role_of(const struct program *program)
{
	const struct place *place = program->place;

	if (place->kind != PLACE_CONTAINER)
		return CLN_ROLE_HOST;
	if (way_in(program) != way_in(place->entry))
		return CLN_ROLE_INJECTED;
	if (program == place->main)
		return CLN_ROLE_MAIN;
	if (program == place->entry)
		return CLN_ROLE_ENTRY;
	return descends(program, place->main) ? CLN_ROLE_SERVICE : CLN_ROLE_STARTUP;
}

/* A program in a chroot of a container belongs to the one that it came from. */
static enum cln_role role_above(const struct program *program)
{
	const struct program *above = program;
	enum cln_role role;

	while (above && above->place->kind == PLACE_CHROOT)
		above = above->parent;
	if (!above)
		return CLN_ROLE_HOST;
	role = role_of(above);
	if (above == program || role == CLN_ROLE_HOST || role == CLN_ROLE_INJECTED)
		return role;
	if (program == above->place->main)
		return CLN_ROLE_MAIN;
	return descends(program, above->place->main) ? CLN_ROLE_SERVICE : CLN_ROLE_STARTUP;
}

void roles_settle(struct collect *c)
{
	for (size_t i = 0; i < c->place_count; i++)
		if (c->place[i]->entry)
			find_main(c, c->place[i]);
	for (struct program *p = c->first; p; p = p->next) {
		p->role = role_above(p);
		if (p->exec != CLN_TRACE_NONE)
			cln_trace_set_role(c->trace, p->exec, p->role);
	}
}

struct variable {
	const char *name;
	size_t name_length;
	const char *value;
};

static int by_name(const void *a, const void *b)
{
	const struct variable *x = a, *y = b;
	int order = memcmp(x->name, y->name, CLN_MIN(x->name_length, y->name_length));

	return order ? order
		     : (x->name_length > y->name_length) - (x->name_length < y->name_length);
}

static struct variable *variables(const struct program *program, size_t *count)
{
	/* "A=" and its NUL: three bytes at least. */
	struct variable *list = cln_alloc((program->env_size / 3 + 1) * sizeof(*list));

	*count = 0;
	for (size_t at = 0; at < program->env_size;) {
		const char *text = program->env + at;
		size_t length = strnlen(text, program->env_size - at);
		const char *equals = memchr(text, '=', length);

		/* What a shell cannot name cannot be declared. */
		if (equals && equals != text)
			list[(*count)++] =
				(struct variable){ text, (size_t)(equals - text), equals + 1 };
		at += length + 1;
	}
	qsort(list, *count, sizeof(*list), by_name);
	return list;
}

static bool looks_secret(const char *name, size_t length)
{
	static const char *const marks[] = { "PASS", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "AUTH",
		"PRIVATE", "DSN", "CONNECTION_STRING" };

	for (size_t i = 0; i < CLN_COUNT(marks); i++) {
		size_t size = strlen(marks[i]);

		for (size_t at = 0; at + size <= length; at++)
			if (!strncasecmp(name + at, marks[i], size))
				return true;
	}
	return false;
}

/* "_FILE" names a path, not the secret itself; nothing is no secret. */
static bool redacts(const struct variable *variable)
{
	size_t length = variable->name_length;

	if (!*variable->value)
		return false;
	if (length > 5 && !strncasecmp(variable->name + length - 5, "_FILE", 5))
		return false;
	return looks_secret(variable->name, length);
}

static void env_of(struct collect *c, const struct program *entry, const struct program *main)
{
	size_t before_count, after_count, count = 0;
	struct variable *before = variables(entry, &before_count);
	struct variable *after = variables(main, &after_count);
	struct cln_trace_env *env = cln_alloc((before_count + after_count + 1) * sizeof(*env));
	struct cln_arena *names = cln_arena_new();

	for (size_t i = 0, k = 0; i < before_count || k < after_count;) {
		int order = i == before_count  ? 1
			    : k == after_count ? -1
					       : by_name(&before[i], &after[k]);
		const struct variable *v = order < 0 ? &before[i] : &after[k];
		struct cln_trace_env *one = &env[count++];

		one->name = cln_arena_strndup(names, v->name, v->name_length);
		one->redacted = order >= 0 && redacts(v);
		one->value = order < 0 ? NULL : one->redacted ? "" : v->value;
		one->inherited = !order && !strcmp(before[i].value, after[k].value);
		i += order <= 0;
		k += order >= 0;
	}
	if (main->exec != CLN_TRACE_NONE)
		cln_trace_set_env(c->trace, main->exec, env, count);
	cln_arena_free(names);
	free(env);
	free(before);
	free(after);
}

void roles_env(struct collect *c)
{
	for (size_t i = 0; i < c->place_count; i++) {
		const struct place *place = c->place[i];

		if (place->entry && place->main->env && place->entry->env)
			env_of(c, place->entry, place->main);
	}
}
