// SPDX-License-Identifier: Apache-2.0
/*
 * script_default.c - variables that the script keeps to itself, by their defaults.
 */
#include "packager/plan/script_parts.h"

#include "common/mem.h"

#include <string.h>

const char *script_next_default(
	const struct script *script, const char *at, const char *name, size_t size)
{
	const char *end = script->text + script->size;

	while ((at = memmem(at, (size_t)(end - at), "${", 2))) {
		const char *p = at + 2;

		if ((size_t)(end - p) > size + 1 && !memcmp(p, name, size) &&
			(p[size] == '=' || (p[size] == ':' && p[size + 1] == '=')))
			return at;
		at = p;
	}
	return NULL;
}

/* Is every `NAME=` of the script NAME=${NAME:-value}? */
static bool only_default(const struct script *script, const char *name, const char *value)
{
	const char *at = script->text, *end = script->text + script->size;
	unsigned work = SCRIPT_WORK_MAX;
	bool fine = true;

	while (fine && script_next_assignment(script, &at, name, strlen(name))) {
		struct script_word w = {
			.script = script, .at = at, .end = end, .self = name, .work = &work
		};

		fine = script_word_read(&w, 0) && w.own_default && !w.refers &&
		       w.own_size == w.live.size && script_word_is(&w, value);
		script_word_release(&w);
	}
	return fine;
}

static bool is_known(const struct script_standard *out, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(out[i].name, name))
			return true;
	return false;
}

/* ${NAME:-word} at at, whole: its constant default. */
static bool take_standard(const struct script *script, const char *at, unsigned *work,
	struct cln_arena *arena, struct script_standard *out)
{
	const char *end = script->text + script->size, *p = at + 2;
	bool fine;

	while (p < end && script_name_byte(*p, p == at + 2))
		p++;
	size_t size = (size_t)(p - at) - 2;

	if (!size || p == end || !strchr(":-=", *p) || script_var(script, at + 2, size))
		return false;
	out->name = cln_arena_strndup(arena, at + 2, size);
	struct script_word w = {
		.script = script, .at = at, .end = end, .self = out->name, .work = work
	};

	fine = script_word_variable(&w) && w.own_default && !w.refers && w.value.size &&
	       !memchr(w.value.data, '\n', w.value.size);
	if (fine)
		out->value = cln_arena_strndup(arena, w.value.data, w.value.size);
	script_word_release(&w);
	return fine;
}

size_t script_standards(
	const struct script *script, struct cln_arena *arena, struct script_standard *out)
{
	const char *end = script->text + script->size, *at = script->text;
	unsigned work = SCRIPT_WORK_MAX;
	size_t count = 0;

	for (; (at = memmem(at, (size_t)(end - at), "${", 2)) && count < SCRIPT_FILE_NAMES; at += 2)
		if (take_standard(script, at, &work, arena, &out[count]) &&
			!is_known(out, count, out[count].name) &&
			only_default(script, out[count].name, out[count].value))
			count++;
	return count;
}
