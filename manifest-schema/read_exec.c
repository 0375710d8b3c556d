// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/read_entries.h"

#include <string.h>

static int read_role(struct reader *rd, enum cln_role *out)
{
	struct lex_span span;
	int r = lex_string(&rd->lex, 64, &span);

	if (r < 0)
		return r;
	for (unsigned int role = 0; role < CLN_ROLE_COUNT; role++) {
		const char *name = cln_role_name((enum cln_role)role);

		if (strlen(name) == span.size && !memcmp(name, span.data, span.size)) {
			*out = (enum cln_role)role;
			return 0;
		}
	}
	return lex_fail(&rd->lex, "no such role");
}

static int exec_role(struct reader *rd, void *object)
{
	return read_role(rd, &((struct cln_trace_exec *)object)->role);
}

static int exec_argv(struct reader *rd, void *object)
{
	return object_list(
		rd, LIMIT_ARGS, LIMIT_ARG_BYTES, &((struct cln_trace_exec *)object)->argv);
}

static int number_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* A sorted set of numbers, each below limit; never NULL. Room is the next power of two. */
static int number_set(struct reader *rd, uint64_t max, const uint32_t **out, size_t *count)
{
	uint32_t *set;
	size_t room = 1;
	bool first = true;
	int r;

	rd->by_count = *count = 0;
	while ((r = lex_array_next(&rd->lex, &first)) > 0) {
		uint64_t number = 0;

		if (rd->by_count == LIMIT_GROUPS)
			return lex_fail(&rd->lex, "more than %zu", LIMIT_GROUPS);
		r = lex_number(&rd->lex, max, &number);
		if (r < 0)
			return r;
		CLN_PUSH(rd->by, rd->by_count, rd->by_room) = (uint32_t)number;
	}
	if (r < 0)
		return r;
	while (room < rd->by_count)
		room *= 2;
	*out = set = cln_arena_alloc(rd->trace->inside->arena, room * sizeof(*set));
	if (rd->by_count)
		qsort(rd->by, rd->by_count, sizeof(*rd->by), number_order);
	for (size_t i = 0; i < rd->by_count; i++)
		if (!*count || set[*count - 1] != rd->by[i])
			set[(*count)++] = rd->by[i];
	return 0;
}

static int exec_groups(struct reader *rd, void *object)
{
	struct cln_trace_exec *exec = object;

	return number_set(rd, UINT32_MAX, &exec->group, &exec->group_count);
}

static int exec_runs(struct reader *rd, void *object)
{
	struct cln_trace_exec *exec = object;

	return number_set(rd, LIMIT_RUNS, &exec->run, &exec->run_count);
}

struct env_list {
	struct cln_trace_env *env;
	size_t count, room;
};

static void env_list_release(struct env_list *list)
{
	free(list->env);
}

#define ENV(field) offsetof(struct cln_trace_env, field)

/* name says which list: "set", "unset" or "inherited". */
static int env_entries(struct reader *rd, const char *name, struct env_list *list)
{
	static const struct field fields[] = {
		{ "name", FIELD_TEXT, true, ENV(name), NULL, NULL },
		{ "value", FIELD_TEXT, false, ENV(value), NULL, NULL },
		{ "redacted", FIELD_BOOL, false, ENV(redacted), NULL, NULL },
		{ "varies", FIELD_BOOL, false, ENV(varies), NULL, NULL },
	};
	bool first = true, unset = !strcmp(name, "unset");
	int r;

	while ((r = lex_array_next(&rd->lex, &first)) > 0) {
		struct cln_trace_env env = { .inherited = !strcmp(name, "inherited") };

		if (list->count == LIMIT_ENV)
			return lex_fail(&rd->lex, "more than %zu", LIMIT_ENV);
		r = object_read_inner(rd, fields, CLN_COUNT(fields), &env);
		if (r < 0)
			return r;
		if ((env.value != NULL) == (unset || env.redacted) || (unset && env.redacted))
			return lex_fail(&rd->lex, unset ? "a value of what was unset"
							: "either value or redacted must stand");
		if (env.redacted)
			env.value = "";
		CLN_PUSH(list->env, list->count, list->room) = env;
	}
	return r;
}

static int env_set(struct reader *rd, void *object)
{
	return env_entries(rd, "set", object);
}

static int env_unset(struct reader *rd, void *object)
{
	return env_entries(rd, "unset", object);
}

static int env_inherited(struct reader *rd, void *object)
{
	return env_entries(rd, "inherited", object);
}

static int exec_env(struct reader *rd, void *object)
{
	static const struct field fields[] = {
		{ "set", FIELD_CUSTOM, true, 0, env_set, NULL },
		{ "unset", FIELD_CUSTOM, true, 0, env_unset, NULL },
		{ "inherited", FIELD_CUSTOM, true, 0, env_inherited, NULL },
	};
	cln_owned(env_list_release) struct env_list list = { 0 };
	struct cln_trace_exec *exec = object;
	int r = object_read_inner(rd, fields, CLN_COUNT(fields), &list);

	if (r < 0)
		return r;
	exec->env_count = list.count;
	exec->env = trace_keep_env(rd->trace->inside->arena, list.env, &exec->env_count);
	if (exec->env_count != list.count)
		return lex_fail(&rd->lex, "a name stands twice");
	return 0;
}

struct limit_read {
	struct cln_trace_limit limit;
	const char *soft, *hard;
};

struct limit_list {
	struct cln_trace_limit *limit;
	size_t count, room;
};

static void limit_list_release(struct limit_list *list)
{
	free(list->limit);
}

static bool limit_fits(const char *text)
{
	uint64_t value;

	return trace_limit_value(text, &value);
}

#define LIMIT(field) offsetof(struct limit_read, field)

static int exec_limit(struct reader *rd, struct limit_list *list)
{
	static const struct field fields[] = {
		{ "name", FIELD_TEXT, true, LIMIT(limit.name), NULL, trace_limit_name_fits },
		{ "soft", FIELD_TEXT, true, LIMIT(soft), NULL, limit_fits },
		{ "hard", FIELD_TEXT, true, LIMIT(hard), NULL, limit_fits },
		{ "varies", FIELD_BOOL, false, LIMIT(limit.varies), NULL, NULL },
	};
	struct limit_read one = {};
	int r = object_read_inner(rd, fields, CLN_COUNT(fields), &one);

	if (r < 0)
		return r;
	trace_limit_value(one.soft, &one.limit.soft);
	trace_limit_value(one.hard, &one.limit.hard);
	if (one.limit.soft > one.limit.hard)
		return lex_fail(&rd->lex, "the soft limit is above the hard one");
	CLN_PUSH(list->limit, list->count, list->room) = one.limit;
	return 0;
}

static int exec_limits(struct reader *rd, void *object)
{
	cln_owned(limit_list_release) struct limit_list list = {};
	struct cln_trace_exec *exec = object;
	bool first = true;
	int r;

	while ((r = lex_array_next(&rd->lex, &first)) > 0) {
		if (list.count == LIMIT_RLIMITS)
			return lex_fail(&rd->lex, "more than %zu", LIMIT_RLIMITS);
		r = exec_limit(rd, &list);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	exec->limit_count = list.count;
	exec->limit = trace_keep_limits(rd->trace->inside->arena, list.limit, &exec->limit_count);
	if (exec->limit_count != list.count)
		return lex_fail(&rd->lex, "a name stands twice");
	return 0;
}

#define USER(field) offsetof(struct cln_trace_user, field)

static int exec_became(struct reader *rd, void *object)
{
	static const struct field fields[] = {
		{ "uid", FIELD_U32, true, USER(uid), NULL, NULL },
		{ "gid", FIELD_U32, true, USER(gid), NULL, NULL },
	};
	struct cln_trace_user user[CLN_TRACE_BECAME];
	struct cln_trace_exec *exec = object;
	bool first = true;
	size_t count = 0;
	int r;

	while ((r = lex_array_next(&rd->lex, &first)) > 0) {
		if (count == CLN_COUNT(user))
			return lex_fail(&rd->lex, "more than %zu", CLN_COUNT(user));
		r = object_read_inner(rd, fields, CLN_COUNT(fields), &user[count]);
		if (r < 0)
			return r;
		count++;
	}
	if (r < 0)
		return r;
	exec->became = trace_keep_users(rd->trace->inside->arena, user, count);
	exec->became_count = count;
	return 0;
}

#define EXEC(field) offsetof(struct cln_trace_exec, field)

int read_exec(struct reader *rd)
{
	static const struct field fields[] = {
		{ "path", FIELD_PATH, true, EXEC(path), NULL, NULL },
		{ "root", FIELD_U32, true, EXEC(root), NULL, NULL },
		{ "role", FIELD_CUSTOM, true, 0, exec_role, NULL },
		{ "interpreter", FIELD_PATH, false, EXEC(interpreter), NULL, NULL },
		{ "argv", FIELD_CUSTOM, true, 0, exec_argv, NULL },
		{ "argv_cut", FIELD_BOOL, false, EXEC(argv_cut), NULL, NULL },
		{ "cwd", FIELD_PATH, true, EXEC(cwd), NULL, NULL },
		{ "uid", FIELD_U32, true, EXEC(uid), NULL, NULL },
		{ "gid", FIELD_U32, true, EXEC(gid), NULL, NULL },
		{ "groups", FIELD_CUSTOM, true, 0, exec_groups, NULL },
		{ "umask", FIELD_OCTAL, true, EXEC(umask), NULL, NULL },
		{ "parent", FIELD_U32, false, EXEC(parent), NULL, NULL },
		{ "count", FIELD_COUNT, true, EXEC(count), NULL, NULL },
		{ "runs", FIELD_CUSTOM, false, 0, exec_runs, NULL },
		{ "env", FIELD_CUSTOM, false, 0, exec_env, NULL },
		{ "limits", FIELD_CUSTOM, false, 0, exec_limits, NULL },
		{ "became", FIELD_CUSTOM, false, 0, exec_became, NULL },
	};
	struct cln_trace *trace = rd->trace;
	struct cln_trace_exec *exec;

	if (trace->exec_count == LIMIT_EXECS)
		return lex_fail(&rd->lex, "more than %zu execs", LIMIT_EXECS);
	exec = &CLN_PUSH(trace->exec, trace->exec_count, trace->inside->exec_room);
	exec->parent = CLN_TRACE_NONE;
	int r = object_read(rd, fields, CLN_COUNT(fields), exec, &exec->extra);

	/* only now is it known who it began as */
	trace_settle_became(exec);
	return r;
}

static int syscalls_role(struct reader *rd, void *object)
{
	return read_role(rd, &((struct cln_trace_syscalls *)object)->role);
}

static int syscalls_names(struct reader *rd, void *object)
{
	return object_list(rd, LIMIT_NAMES, 64, &((struct cln_trace_syscalls *)object)->name);
}

#define SYSCALLS(field) offsetof(struct cln_trace_syscalls, field)

int read_syscalls(struct reader *rd)
{
	static const struct field fields[] = {
		{ "root", FIELD_U32, true, SYSCALLS(root), NULL, NULL },
		{ "role", FIELD_CUSTOM, true, 0, syscalls_role, NULL },
		{ "program", FIELD_PATH, true, SYSCALLS(program), NULL, NULL },
		{ "names", FIELD_CUSTOM, true, 0, syscalls_names, NULL },
	};
	struct cln_trace *trace = rd->trace;
	struct cln_trace_syscalls *syscalls;
	int r;

	if (trace->syscalls_count == LIMIT_SYSCALLS)
		return lex_fail(&rd->lex, "more than %zu entries", LIMIT_SYSCALLS);
	syscalls = &CLN_PUSH(trace->syscalls, trace->syscalls_count, trace->inside->syscalls_room);
	r = object_read(rd, fields, CLN_COUNT(fields), syscalls, &syscalls->extra);
	if (!r)
		trace_keep_syscalls(trace->inside->arena, syscalls);
	return r;
}
