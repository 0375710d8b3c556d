// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/script_parts.h"

#include "common/mem.h"

#include <string.h>

#define KNOWN_MIN 3u /* letters around a secret that tell one word from another */

/* `[ -z "$NAME" ]` anywhere makes a constant a default. */
static bool guarded(const struct script *script, const char *name)
{
	static const char *const form[] = { "-z \"$%s\"", "-z \"${%s}\"", "-z \"${%s:-}\"",
		"-z $%s ", "-z ${%s}", "! \"$%s\"", "\"$%s\" = \"\"", "-z \"${%s-}\"" };

	for (size_t i = 0; i < CLN_COUNT(form); i++) {
		struct cln_buf want = { 0 };
		const char *mark = strstr(form[i], "%s");
		bool found;

		cln_buf_add(&want, form[i], (size_t)(mark - form[i]));
		cln_buf_adds(&want, name);
		cln_buf_adds(&want, mark + 2);
		found = memmem(script->text, script->size, want.data, want.size);
		cln_buf_release(&want);
		if (found)
			return true;
	}
	return false;
}

static enum script_how assigned_plainly(
	const struct script *script, const char *name, const char *value, struct cln_buf *word)
{
	const char *at = script->text;
	enum script_how how = SCRIPT_UNKNOWN;
	unsigned work = SCRIPT_WORK_MAX;

	while (how == SCRIPT_UNKNOWN && script_next_assignment(script, &at, name, strlen(name))) {
		struct script_word w = { .script = script,
			.at = at,
			.end = script->text + script->size,
			.self = name,
			.work = &work };

		if (script_word_read(&w, 0) && script_word_is(&w, value) &&
			(!w.own_default || w.own_size == w.live.size)) {
			how = w.own_default || guarded(script, name) ? SCRIPT_DEFAULT
								     : SCRIPT_ALWAYS;
			script_word_out(word, &w);
		}
		script_word_release(&w);
	}
	return how;
}

/* `: "${NAME:=word}"` */
static enum script_how assigned_inside(
	const struct script *script, const char *name, const char *value, struct cln_buf *word)
{
	const char *at = script->text, *end = script->text + script->size;
	enum script_how how = SCRIPT_UNKNOWN;
	unsigned work = SCRIPT_WORK_MAX;
	size_t size = strlen(name);

	while (how == SCRIPT_UNKNOWN && (at = memmem(at, (size_t)(end - at), "${", 2))) {
		struct script_word w = {
			.script = script, .at = at, .end = end, .self = name, .work = &work
		};
		const char *p = at + 2 + size;

		at += 2;
		if ((size_t)(end - at) <= size + 1 || memcmp(at, name, size) != 0)
			continue;
		if (*p != '=' && !(p[0] == ':' && p[1] == '='))
			continue;
		if (script_word_variable(&w) && w.own_default && script_word_is(&w, value)) {
			how = SCRIPT_DEFAULT;
			script_word_out(word, &w);
		}
		script_word_release(&w);
	}
	return how;
}

enum script_how script_assigns(
	const struct script *script, const char *name, const char *value, struct cln_buf *word)
{
	enum script_how how = assigned_inside(script, name, value, word);

	return how != SCRIPT_UNKNOWN ? how : assigned_plainly(script, name, value, word);
}

/* Does w give the value? With nothing but a secret in it, only behind the word before. */
static bool explains(
	const struct script_word *w, const char *value, const char *before, const char *last)
{
	size_t known = w->value.size;

	if (!w->refers || !script_word_is(w, value))
		return false;
	return !w->hole || known >= KNOWN_MIN || (before && last && !strcmp(before, last));
}

/* The word of the script that explains value; the caller's to release. */
static bool find_word(
	const struct script *script, const char *before, const char *value, struct script_word *out)
{
	const char *end = script->text + script->size, *last_end = NULL;
	cln_owned(cln_buf_release) struct cln_buf last = { 0 };
	unsigned work = SCRIPT_WORK_MAX;

	for (const char *at = script->text; at < end; at++) {
		struct script_word w = {
			.script = script, .at = at, .end = end, .secrets = true, .work = &work
		};
		bool fine;

		if (strchr(" \t\n;&|()<>=#", *at) || !script_word_starts(script, at))
			continue;
		bool follows = last_end && strspn(last_end, " \t") == (size_t)(at - last_end);

		fine = script_word_read(&w, 0);
		if (fine && explains(&w, value, before, follows ? last.data : NULL)) {
			*out = w;
			return true;
		}
		cln_buf_release(&last);
		if (fine)
			cln_buf_add(&last, w.value.data, w.value.size);
		last_end = fine ? w.at : NULL;
		script_word_release(&w);
	}
	return false;
}

bool script_explains(
	const struct script *script, const char *before, const char *value, struct cln_buf *word)
{
	struct script_word w;

	if (!find_word(script, before, value, &w))
		return false;
	script_word_out(word, &w);
	script_word_release(&w);
	return true;
}

bool script_secret(const struct script *script, const char *before, const char *value,
	const char **secret, size_t *size)
{
	struct script_word w;
	bool hole;

	if (!find_word(script, before, value, &w))
		return false;
	hole = w.hole;
	*secret = value + w.hole_start;
	*size = strlen(value) - w.hole_start - (w.value.size - w.hole_end);
	script_word_release(&w);
	return hole;
}

bool script_sources(const struct script *script, const char *path)
{
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	struct script_pass pass;
	const char *at = NULL;

	for (size_t n = 0; n < COMMANDS_MAX; n++) {
		if (!script_next_command(script, &at, arena, &pass))
			break;
		for (size_t i = 0; i + 1 < pass.count; i++)
			if ((script_pass_is(&pass, i, ".") || script_pass_is(&pass, i, "source")) &&
				(!pass.word[i + 1] || !strcmp(pass.word[i + 1], path)))
				return true;
	}
	return false;
}

bool script_mentions(const struct script *script, const char *name)
{
	const char *end = script->text + script->size, *at = script->text;
	size_t size = strlen(name);

	while ((at = memmem(at, (size_t)(end - at), name, size))) {
		bool before = at == script->text || !script_name_byte(at[-1], false);
		bool after = at + size == end || !script_name_byte(at[size], false);

		if (before && after)
			return true;
		at += size;
	}
	return false;
}
