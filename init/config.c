// SPDX-License-Identifier: Apache-2.0
#include "init/env.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* The words stand apart from the table: a pointer each would cost more than the text. */
#define WORD(word, least, most, synopsis, meaning) #word "\0"
static const char directive_words[] = INIT_DIRECTIVES(WORD);
#undef WORD

static int (*const directives[])(struct init *in, struct call *call, struct fail *err) = {
#define ROW(word, least, most, synopsis, meaning) do_##word,
	INIT_DIRECTIVES(ROW)
#undef ROW
};

static const struct count {
	uint16_t least, most;
} counts[] = {
#define ROW(word, least, most, synopsis, meaning) { least, most },
	INIT_DIRECTIVES(ROW)
#undef ROW
};

int table_push(struct table *table, char *text)
{
	return table_insert(table, table->count, &text, 1);
}

int table_insert(struct table *table, unsigned at, char *const *text, unsigned count)
{
	if (count > INIT_ARGS_MAX - table->count)
		return -E2BIG;
	memmove(&table->slot[at + count], &table->slot[at],
		(table->count - at + 1) * sizeof(table->slot[0]));
	memcpy(&table->slot[at], text, count * sizeof(table->slot[0]));
	table->count += count;
	table->slot[table->count] = NULL;
	return 0;
}

int init_reset(struct init *in, char *const *args, char *const *environment, struct fail *err)
{
	for (unsigned i = 0; i < INIT_SIGNALS; i++)
		in->signal_map[i] = (uint8_t)i;
	in->stop = (struct stop){ .signal = 15 };
	in->launch.umask = -1;
	in->arena = (struct arena){ in->text, sizeof(in->text), 0 };
	for (; *args; args++)
		if (table_push(&in->args, *args) < 0)
			return FAIL(err, E2BIG, "arguments");
	for (; *environment; environment++)
		if (table_push(&in->env, *environment) < 0)
			return FAIL(err, E2BIG, "environment");
	return 0;
}

int call_bad(const struct call *call, unsigned i, const char *cause, struct fail *err)
{
	return BAD(err, i, "\"", call->text[i] ?: "${...}", "\" ", cause);
}

int call_path(const struct call *call, unsigned i, struct fail *err)
{
	const char *path = call->text[i];

	if (!path || (*path == '/' && strlen(path) <= INIT_PATH_MAX))
		return 0;
	return call_bad(call, i, "is not an absolute path, or too long", err);
}

int call_name(const struct call *call, unsigned i, struct fail *err)
{
	const char *name = call->text[i];

	return name && text_is_name(name, strlen(name))
		       ? 0
		       : call_bad(call, i, "is not a variable name", err);
}

int call_mode(
	const struct call *call, unsigned i, const char *text, unsigned *out, struct fail *err)
{
	return text && text_mode(text, out) < 0 ? call_bad(call, i, "is not an octal mode", err)
						: 0;
}

int call_duration(
	const struct call *call, unsigned i, const char *text, uint32_t *out_ms, struct fail *err)
{
	return text && text_duration(text, out_ms) < 0
		       ? call_bad(call, i, "is not a time such as 500ms, 25s or 2m", err)
		       : 0;
}

int call_pick(const struct call *call, unsigned i, const char *list, struct fail *err)
{
	const char *none;

	return call_option(call, i, list, &none, err);
}

/* A word that is not any of them is told with the list: no list stands in a message too. */
int call_option(
	const struct call *call, unsigned i, const char *list, const char **value, struct fail *err)
{
	int picked = text_pick(call->text[i], list, value);
	char words[256] = "is none of";
	size_t used = strlen(words);

	if (picked >= 0)
		return picked;
	for (; *list; list += strlen(list) + 1)
		used += text_join(words + used, sizeof(words) - used, " ", list, END);
	return call_bad(call, i, words, err);
}

int call_fresh(const struct call *call, unsigned i, struct fresh *fresh, struct fail *err)
{
	for (; i < call->count; i++) {
		const char *value;
		int r = call->text[i] ? call_option(call, i, "mode=\0unless-exists\0", &value, err)
				      : 2;

		if (r == 0) {
			unsigned mode = 0;

			r = call_mode(call, i, value, &mode, err);
			fresh->mode = (int)mode;
		}
		if (r < 0)
			return r;
		fresh->once |= r == 1;
	}
	return 0;
}

/* ${@args} or ${@NAME} at word: its values become words of the call. */
static int call_splice(
	struct init *in, struct call *call, const char *name, size_t size, struct fail *err)
{
	struct table *to = (struct table *)call; /* the call starts as a table does */
	const char *value;

	if (in->mode == MODE_CHECK) {
		call->text[call->count++] = NULL;
		return 0;
	}
	if (size == 4 && memcmp(name, "args", 4) == 0) {
		if (table_insert(to, to->count, in->args.slot, in->args.count) < 0)
			return FAIL(err, E2BIG, "arguments");
		return 0;
	}
	value = env_get(&in->env, name, size);
	if (value && env_split(value, &in->arena, to) < 0)
		return FAIL(err, E2BIG, "words of a variable");
	return 0;
}

_Static_assert(
	offsetof(struct call, text) == offsetof(struct table, slot), "call begins as a table");

static int call_fill(struct init *in, struct call *call, struct fail *err)
{
	struct vars vars = env_vars(&in->env);

	call->count = 0;
	call->note = NULL;
	for (unsigned i = 1; i < in->line.count; i++) {
		size_t size = 0;
		const char *name = word_splice(&in->line.word[i], &size);
		int r;

		err->word = (int)i;
		if (call->count >= INIT_ARGS_MAX)
			return FAIL(err, E2BIG, "words");
		if (name)
			r = call_splice(in, call, name, size, err);
		else
			r = word_expand(&in->line.word[i], in->mode == MODE_CHECK ? NULL : &vars,
				&in->arena, &call->text[call->count++], err);
		if (r < 0)
			return r;
	}
	call->text[call->count] = NULL;
	return 0;
}

/* The name of NAME=VALUE suggests a value that must not be shown. */
static int is_secret(const char *entry)
{
	static const char marks[][11] = { "pass", "pwd", "secret", "token", "key", "credential",
		"auth" };

	for (; *entry && *entry != '='; entry++)
		for (unsigned i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
			size_t hit = 0;

			while (marks[i][hit] && (entry[hit] | 32) == marks[i][hit])
				hit++;
			if (!marks[i][hit])
				return 1;
		}
	return 0;
}

/* Word is or holds the value of such a variable; below four bytes only a whole word counts. */
static int shows_secret(const struct table *env, const char *word)
{
	for (unsigned i = 0; i < env->count; i++) {
		const char *value = strchr(env->slot[i], '=');

		if (!value || !value[1] || !is_secret(env->slot[i]))
			continue;
		if (text_same(word, ++value))
			return 1;
		for (const char *at = word; *at && strlen(value) > 3; at++)
			if (text_after(at, value))
				return 1;
	}
	return 0;
}

/* "12 dir /run/x 0755  (already there)": what would be done, quoted as the file is. */
static void explain(const struct init *in, const char *word, const struct call *call)
{
	char text[900], quoted[512];
	size_t used = text_join(text, sizeof(text), DEC(in->line.number), "  ", word, END);

	for (unsigned i = 0; i < call->count; i++) {
		const char *word_text =
			shows_secret(&in->env, call->text[i]) ? "(redacted)" : call->text[i];

		init_quote(quoted, sizeof(quoted), word_text, strlen(word_text));
		used += text_join(text + used, sizeof(text) - used, " ", quoted, END);
	}
	if (call->note)
		used += text_join(text + used, sizeof(text) - used, "    # ", call->note, END);
	text[used < sizeof(text) - 1 ? used++ : used] = '\n';
	fd_write(1, text, used);
}

static int line_run(struct init *in, struct call *call, struct fail *err)
{
	const struct word *word = in->line.word;
	unsigned words = in->line.count - 1;
	size_t mark = in->arena.used;
	char name[64];
	int d, r;

	err->word = 0;
	text_join(name, word->size < sizeof(name) ? word->size + 1 : sizeof(name), word->at, END);
	d = text_pick(name, directive_words, NULL);
	if (d < 0)
		return FAIL(err, 0, "unknown directive \"", name, "\"");
	if (words < counts[d].least || words > counts[d].most)
		return FAIL(err, 0, name, ": wrong number of words");
	r = call_fill(in, call, err);
	if (r < 0)
		return r;
	err->word = 0;
	if (call->count < counts[d].least)
		return FAIL(err, 0, name, ": too few words after expansion");
	r = directives[d](in, call, err);
	if (in->mode == MODE_CHECK)
		in->arena.used = mark;
	if (in->mode == MODE_EXPLAIN && r == 0)
		explain(in, name, call);
	return r;
}

static int header_check(const struct line *line, struct fail *err)
{
	const struct word *w = line->word;

	err->word = 0;
	if (line->count != 2 || w[0].size != 11 || memcmp(w[0].at, "clnimg-init", 11) != 0)
		return FAIL(err, 0, "the first line must be \"" INIT_CONF_HEADER "\"");
	err->word = 1;
	if (w[1].size != 1 || *w[1].at != '1')
		return FAIL(err, 0, "this program reads version 1 of the format");
	return 0;
}

/* Put FILE:LINE:COLUMN before the cause. */
static int located(const struct init *in, const char *path, int r, struct fail *err)
{
	char text[sizeof(err->text)];
	unsigned word = err->word < 0 ? 0 : (unsigned)err->word;

	if (word >= in->line.count)
		word = in->line.count ? in->line.count - 1 : 0;
	text_join(text, sizeof(text), path, ":", DEC(in->line.number), ":",
		DEC(in->line.count ? in->line.word[word].column : 1), ": ", err->text, END);
	memcpy(err->text, text, sizeof(text));
	return r;
}

static int pass(struct init *in, const char *path, size_t size, struct fail *err)
{
	struct cursor cursor = { in->conf, in->conf + size, 0 };
	unsigned lines = 0;
	int r;

	err->word = -1;
	while ((r = line_next(&cursor, &in->line, err)) > 0) {
		r = lines++ ? line_run(in, &in->call, err) : header_check(&in->line, err);
		if (r < 0)
			break;
	}
	if (r == 0 && !lines) {
		in->line.count = 0;
		in->line.number = 1;
		r = FAIL(err, 0, "the first line must be \"" INIT_CONF_HEADER "\"");
	}
	return r < 0 ? located(in, path, r, err) : 0;
}

int config_run_text(struct init *in, const char *path, size_t size, struct fail *err)
{
	enum mode mode = in->mode;
	int r;

	in->mode = MODE_CHECK;
	r = pass(in, path, size, err);
	in->mode = mode;
	in->launch.has_config = 1;
	if (r < 0 || mode == MODE_CHECK)
		return r;
	return pass(in, path, size, err);
}

int config_run(struct init *in, const char *path, struct fail *err)
{
	long size = file_read(path, in->conf, sizeof(in->conf));

	if (size < 0)
		return FAIL(err, (int)-size, path);
	return config_run_text(in, path, (size_t)size, err);
}
