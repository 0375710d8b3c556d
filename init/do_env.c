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
	const char *value =
		in->mode == MODE_CHECK || !name ? NULL : env_get(&in->env, name, strlen(name));
	int hit = 0;

	for (unsigned i = 2; i < call->count; i++) {
		const char *type = call->text[i];

		if (type && !env_type_known(type))
			return BAD(err, i, "unknown type \"", type, "\"");
		hit |= type && value && env_matches(type, value);
	}
	if (!value || hit)
		return 0;
	return BAD(err, 0, name, ": its value is not of the type ", call->text[2]);
}

int do_env(struct init *in, struct call *call, struct fail *err)
{
	const char *name = call->text[0], *op = call->text[1], *value = call->text[2];
	unsigned least = 3, most = 3;
	const char *now;

	if (!name || !op)
		return BAD(err, !name ? 0 : 1, "must be a plain word");
	if (!text_is_name(name, strlen(name)))
		return BAD(err, 0, "\"", name, "\" is not a variable name");
	if (text_same(op, "unset"))
		least = most = 2;
	else if (text_same(op, "require"))
		least = 2;
	else if (text_same(op, "file"))
		most = 4;
	else if (text_same(op, "match"))
		most = INIT_WORDS_MAX;
	else if (!text_same(op, "set") && !text_same(op, "default"))
		return BAD(err, 1, "unknown operation \"", op, "\"");
	if (call->count < least || call->count > most)
		return BAD(err, 1, "env NAME ", op, ": wrong number of words");
	if (text_same(op, "match"))
		return env_match(in, call, err);
	if (call->count == 4 && !text_same(call->text[3], "keep-newlines"))
		return BAD(err, 3, "only keep-newlines may stand here");
	if (text_same(op, "file") && value && !text_is_name(value, strlen(value)))
		return BAD(err, 2, "\"", value, "\" is not a variable name");
	if (in->mode == MODE_CHECK)
		return 0;
	now = env_get(&in->env, name, strlen(name));
	if (text_same(op, "file") && value)
		return env_file(in, name, value, call->count == 4, err);
	if (text_same(op, "unset"))
		return env_unset(&in->env, name), 0;
	if (text_same(op, "require"))
		return now && *now ? 0
				   : BAD(err, 0, name, ": ", value ?: "is required but not set");
	if (text_same(op, "default") && now && *now) {
		call->note = "already set";
		return 0;
	}
	return set(in, name, value, err);
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

/* Does the condition hold of the first argument (NULL: none)? -1: it is no condition. */
static int arg_condition(const struct init *in, const char *word, const char *first)
{
	const char *pattern = text_after(word, "if-first=");

	if (text_same(word, "if-none"))
		return !first;
	if (!pattern && !text_same(word, "if-flag") && !text_same(word, "if-no-program"))
		return -1;
	if (!first)
		return 0;
	return pattern		? text_glob(pattern, first)
	       : word[3] == 'f' ? *first == '-'
				: !is_program(in, first);
}

int do_arg(struct init *in, struct call *call, struct fail *err)
{
	const char *word = call->text[0] ?: "", *first = in->args.count ? in->args.slot[0] : NULL;
	int act = arg_condition(in, word, first);
	unsigned i = act >= 0, at = in->args.count;

	if (text_same(word, "split"))
		return call->count == 2 ? arg_split(in, call->text[1], err)
					: BAD(err, 0, "arg split NAME");
	word = i < call->count ? call->text[i] : NULL;
	if (text_same(word, "prepend"))
		at = 0;
	else if (text_same(word, "insert"))
		at = at > 0;
	else if (!text_same(word, "append"))
		return BAD(err, i, "prepend, insert or append must stand here");
	if (++i == call->count)
		return BAD(err, i - 1, "no words to add");
	if (in->mode == MODE_CHECK)
		return 0;
	if (!act) {
		call->note = "does not apply";
		return 0;
	}
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
