// SPDX-License-Identifier: Apache-2.0
/*
 * do_env.c - the directives that change variables and arguments: env, arg, exec.
 */
#include "init/env.h"
#include "init/spawn.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int set(struct init *in, const char *name, const char *value, struct fail *err)
{
	return env_set(&in->env, &in->arena, name, value) < 0 ? FAIL(err, E2BIG, "environment") : 0;
}

/*
 * env NAME file VARIABLE: the convention of official images. Both set is an error, so
 * that it is never unclear which one counts. Trailing newlines go, as $(cat) drops them.
 */
static int env_file(struct init *in, const char *name, const char *from, int keep, struct fail *err)
{
	const char *path = env_get(&in->env, from, strlen(from));
	const char *now = env_get(&in->env, name, strlen(name));
	char *text = in->arena.base + in->arena.used;
	size_t room = in->arena.size - in->arena.used;
	long size;

	if (!path || !*path)
		return 0;
	if (now && *now)
		return FAIL(err, 0, name, " and ", from, " are both set: only one may be");
	if (room > INIT_SECRET_MAX + 1)
		room = INIT_SECRET_MAX + 1;
	size = file_read(path, text, room);
	if (size < 0)
		return FAIL(err, (int)-size, from, ": ", path);
	if (memchr(text, '\0', (size_t)size))
		return FAIL(err, 0, from, ": ", path, ": holds a NUL byte");
	while (!keep && size > 0 && text[size - 1] == '\n')
		size--;
	text[size] = '\0';
	in->arena.used += (size_t)size + 1;
	env_unset(&in->env, from);
	return set(in, name, text, err);
}

static int env_match(struct init *in, struct call *call, struct fail *err)
{
	const char *name = call->text[0];
	const char *value = in->mode == MODE_CHECK ? NULL : env_get(&in->env, name, strlen(name));
	int hit = 0;

	for (unsigned i = 2; i < call->count; i++) {
		const char *type = call->text[i];

		if (type && !env_type_known(type))
			return call_bad(call, i, "is not a type", err);
		hit |= type && value && env_matches(type, value);
	}
	if (!value || hit)
		return 0;
	return BAD(err, 0, name, ": its value is not of the type ", call->text[2]);
}

enum { ENV_SET, ENV_DEFAULT, ENV_UNSET, ENV_REQUIRE, ENV_FILE, ENV_MATCH };

static int env_apply(struct init *in, struct call *call, int op, struct fail *err)
{
	const char *name = call->text[0], *value = call->text[2];
	const char *now = env_get(&in->env, name, strlen(name));
	int is_set = now && *now;

	if (op == ENV_FILE)
		return env_file(in, name, value, call->count == 4, err);
	if (op == ENV_UNSET)
		return env_unset(&in->env, name), 0;
	if (op == ENV_REQUIRE)
		return is_set ? 0 : BAD(err, 0, name, ": ", value ?: "is required but not set");
	if (op == ENV_DEFAULT && is_set) {
		call->note = "already set";
		return 0;
	}
	return set(in, name, value, err);
}

int do_env(struct init *in, struct call *call, struct fail *err)
{
	static const struct {
		uint16_t least, most;
	} words[] = { { 3, 3 }, { 3, 3 }, { 2, 2 }, { 2, 3 }, { 3, 4 }, { 3, INIT_WORDS_MAX } };
	int op, r = call_name(call, 0, err);

	if (r < 0)
		return r;
	op = call_pick(call, 1, "set\0default\0unset\0require\0file\0match\0", err);
	if (op < 0)
		return op;
	if (call->count < words[op].least || call->count > words[op].most)
		return call_bad(call, 1, "has a wrong number of words", err);
	if (op == ENV_MATCH)
		return env_match(in, call, err);
	if (op == ENV_FILE)
		r = call_name(call, 2, err);
	if (op == ENV_FILE && call->count == 4 && r == 0)
		r = call_pick(call, 3, "keep-newlines\0", err);
	return r < 0 || in->mode == MODE_CHECK ? r : env_apply(in, call, op, err);
}

static int arg_split(struct init *in, const char *name, struct fail *err)
{
	const char *value =
		name && in->mode != MODE_CHECK ? env_get(&in->env, name, strlen(name)) : NULL;

	if (value && env_split(value, &in->arena, &in->args) < 0)
		return BAD_ERRNO(err, 1, E2BIG, "arguments");
	return 0;
}

/* Would it be found and executed? As access(2) sees it. */
static int is_program(const struct init *in, const char *name)
{
	const char *path = env_get(&in->env, "PATH", 4) ?: PATH_DEFAULT;
	char file[INIT_PATH_MAX + 1];

	if (strchr(name, '/'))
		return access(name, X_OK) == 0;
	while (path && *name) {
		path = path_next(path, name, file);
		if (access(file, X_OK) == 0)
			return 1;
	}
	return 0;
}

enum { ARG_NO_PROGRAM, ARG_FLAG, ARG_FIRST, ARG_NONE, ARG_SPLIT, ARG_PREPEND };

/* Does the condition hold of the first argument (NULL: none)? */
static int arg_condition(const struct init *in, int op, const char *pattern, const char *first)
{
	if (op == ARG_NONE || !first)
		return op == ARG_NONE && !first;
	if (op == ARG_FIRST) {
		if (*pattern == '*' && strrchr(first, '/')) /* *.conf: a file of any folder */
			first = strrchr(first, '/') + 1;
		return text_glob(pattern, first);
	}
	return op == ARG_FLAG ? *first == '-' : !is_program(in, first);
}

int do_arg(struct init *in, struct call *call, struct fail *err)
{
	static const char words[] = "if-no-program\0if-flag\0if-first=\0if-none\0split\0"
				    "prepend\0insert\0append\0";
	const char *first = in->args.count ? in->args.slot[0] : NULL, *pattern;
	int op = call_option(call, 0, words, &pattern, err), act = 1;
	unsigned i = 1, at = in->args.count;

	if (op == ARG_SPLIT)
		return call->count == 2 ? arg_split(in, call->text[1], err)
					: BAD(err, 0, "arg split NAME");
	if (op >= 0 && op < ARG_SPLIT) {
		act = in->mode != MODE_CHECK && arg_condition(in, op, pattern, first);
		op = call_pick(call, i++, "prepend\0insert\0append\0", err);
		op = op < 0 ? op : op + ARG_PREPEND;
	}
	if (op < 0)
		return op;
	if (i == call->count)
		return BAD(err, i - 1, "no words to add");
	if (in->mode == MODE_CHECK)
		return 0;
	if (!act) {
		call->note = "does not apply";
		return 0;
	}
	if (op <= ARG_PREPEND + 1)
		at = op == ARG_PREPEND ? 0 : at > 0;
	if (table_insert(&in->args, at, &call->text[i], call->count - i) < 0)
		return FAIL(err, E2BIG, "arguments");
	return 0;
}

int do_exec(struct init *in, struct call *call, struct fail *err)
{
	if (in->mode == MODE_CHECK) {
		if (in->launch.exec_seen++)
			return BAD(err, -1, "a second exec");
		return 0;
	}
	if (table_insert(&in->launch.exec, 0, call->text, call->count) < 0)
		return FAIL(err, E2BIG, "arguments");
	return 0;
}
