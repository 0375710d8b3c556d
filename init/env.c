// SPDX-License-Identifier: Apache-2.0
#include "init/env.h"

#include <errno.h>
#include <string.h>

static int env_find(const struct table *env, const char *name, size_t size)
{
	for (unsigned i = 0; i < env->count; i++)
		if (strncmp(env->slot[i], name, size) == 0 && env->slot[i][size] == '=')
			return (int)i;
	return -1;
}

const char *env_get(const struct table *env, const char *name, size_t size)
{
	int i = env_find(env, name, size);

	return i < 0 ? NULL : env->slot[i] + size + 1;
}

int env_set(struct table *env, struct arena *arena, const char *name, const char *value)
{
	char *text = arena_join(arena, name, "=", value, END);
	int i = env_find(env, name, strlen(name));

	if (!text)
		return -E2BIG;
	if (i < 0)
		return table_push(env, text);
	env->slot[i] = text;
	return 0;
}

void env_unset(struct table *env, const char *name)
{
	size_t size = strlen(name);
	int i;

	while ((i = env_find(env, name, size)) >= 0) /* a hostile parent may give it twice */
		memmove(&env->slot[i], &env->slot[i + 1],
			(env->count-- - (unsigned)i) * sizeof(env->slot[0]));
}

static const char *env_vars_get(const void *of, const char *name, size_t size)
{
	return env_get(of, name, size);
}

struct vars env_vars(const struct table *env)
{
	return (struct vars){ .get = env_vars_get, .of = env };
}

static int match_number(const char *value, uint64_t least, uint64_t most)
{
	uint64_t number;

	return text_number(value, most, &number) == 0 && number >= least;
}

static int match_bytes(const char *value, const char *also)
{
	for (const char *c = value; *c; c++) {
		int letter = (*c | 32) >= 'a' && (*c | 32) <= 'z';

		if (!letter && !(*c >= '0' && *c <= '9') && !strchr(also, *c))
			return 0;
	}
	return *value != '\0';
}

static int match_one_of(const char *list, const char *value)
{
	size_t size = strlen(value);

	for (const char *at = list;; at++) {
		const char *end = strchr(at, ',');
		size_t part = end ? (size_t)(end - at) : strlen(at);

		if (part == size && memcmp(at, value, size) == 0)
			return 1;
		if (!end)
			return 0;
		at = end;
	}
}

enum {
	TYPE_INT,
	TYPE_UINT,
	TYPE_UINT8,
	TYPE_UINT16,
	TYPE_UINT32,
	TYPE_PORT,
	TYPE_BOOL,
	TYPE_PATH,
	TYPE_NAME,
	TYPE_HOST,
	TYPE_COUNT
};

static int type_index(const char *type)
{
	static const char *const names[TYPE_COUNT] = {
		[TYPE_INT] = "int",
		[TYPE_UINT] = "uint",
		[TYPE_UINT8] = "uint8",
		[TYPE_UINT16] = "uint16",
		[TYPE_UINT32] = "uint32",
		[TYPE_PORT] = "port",
		[TYPE_BOOL] = "bool",
		[TYPE_PATH] = "path",
		[TYPE_NAME] = "name",
		[TYPE_HOST] = "host",
	};

	for (int i = 0; i < TYPE_COUNT; i++)
		if (text_same(type, names[i]))
			return i;
	return -1;
}

int env_type_known(const char *type)
{
	return text_after(type, "one-of=") || text_after(type, "glob=") || type_index(type) >= 0;
}

int env_matches(const char *type, const char *value)
{
	static const char yes_no[] = "0,1,true,false,yes,no,on,off";
	const char *of;

	if ((of = text_after(type, "one-of=")))
		return match_one_of(of, value);
	if ((of = text_after(type, "glob=")))
		return text_glob(of, value);
	switch (type_index(type)) {
	case TYPE_INT:
		return match_number(value + (*value == '-'), 0, INT64_MAX);
	case TYPE_UINT:
		return match_number(value, 0, UINT64_MAX);
	case TYPE_UINT8:
		return match_number(value, 0, UINT8_MAX);
	case TYPE_UINT16:
		return match_number(value, 0, UINT16_MAX);
	case TYPE_UINT32:
		return match_number(value, 0, UINT32_MAX);
	case TYPE_PORT:
		return match_number(value, 1, UINT16_MAX);
	case TYPE_BOOL:
		return match_one_of(yes_no, value);
	case TYPE_PATH:
		return *value == '/' && strlen(value) <= INIT_PATH_MAX;
	case TYPE_NAME:
		return match_bytes(value, "_.-");
	case TYPE_HOST:
		return match_bytes(value, ".-:") && strlen(value) < 254;
	}
	return 0;
}

int env_split(const char *value, struct arena *arena, struct table *to)
{
	static const char blank[] = " \t\n";

	for (;;) {
		value += strspn(value, blank);
		size_t size = strcspn(value, blank);

		if (!size)
			return 0;
		char *text = arena_take(arena, size + 1);

		if (!text || table_push(to, text) < 0)
			return -E2BIG;
		memcpy(text, value, size);
		text[size] = '\0';
		value += size;
	}
}
