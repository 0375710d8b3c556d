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
	size_t room = strlen(name) + strlen(value) + 2;
	char *text = arena_take(arena, room);
	int i = env_find(env, name, strlen(name));

	if (!text)
		return -E2BIG;
	text_join(text, room, name, "=", value, END);
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

static int match_bytes(const char *value, const char *also)
{
	for (const char *c = value; *c; c++) {
		int letter = (*c | 32) >= 'a' && (*c | 32) <= 'z';

		if (!letter && !(*c >= '0' && *c <= '9') && !strchr(also, *c))
			return 0;
	}
	return *value != '\0';
}

int env_listed(const char *list, const char *name, size_t size)
{
	for (;; list++) {
		size_t part = strcspn(list, ",");

		if (part == size && memcmp(list, name, size) == 0)
			return 1;
		list += part;
		if (!*list)
			return 0;
	}
}

/* Numbers first, each with the bits that it may have. */
enum {
	TYPE_INT,
	TYPE_PORT,
	TYPE_BITS = 6,
	TYPE_BOOL = TYPE_BITS,
	TYPE_PATH,
	TYPE_NAME,
	TYPE_HOST,
	TYPE_ONE_OF
};

static const uint8_t type_bits[TYPE_BITS] = { 63, 16, 64, 8, 16, 32 };

static int type_pick(const char *type, const char **value)
{
	return text_pick(type,
		"int\0port\0uint\0uint8\0uint16\0uint32\0bool\0path\0name\0host\0one-of=\0glob=\0",
		value);
}

int env_type_known(const char *type)
{
	return type_pick(type, NULL) >= 0;
}

static int match_number(int type, const char *value)
{
	uint64_t number;

	return text_number(value + (type == TYPE_INT && *value == '-'),
		       ~0ULL >> (64 - type_bits[type]), &number) == 0 &&
	       (type != TYPE_PORT || number);
}

int env_matches(const char *type, const char *value)
{
	static const char yes_no[] = "0,1,true,false,yes,no,on,off";
	const char *of;
	int picked = type_pick(type, &of);

	if (picked < TYPE_BITS)
		return picked >= 0 && match_number(picked, value);
	switch (picked) {
	case TYPE_BOOL:
		return env_listed(yes_no, value, strlen(value));
	case TYPE_PATH:
		return *value == '/' && strlen(value) <= INIT_PATH_MAX;
	case TYPE_NAME:
		return match_bytes(value, "_.-");
	case TYPE_HOST:
		return match_bytes(value, ".-:") && strlen(value) < 254;
	case TYPE_ONE_OF:
		return env_listed(of, value, strlen(value));
	}
	return text_glob(of, value);
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
