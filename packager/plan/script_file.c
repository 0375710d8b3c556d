// SPDX-License-Identifier: Apache-2.0
/*
 * script_file.c - files that a script spells out: here-documents and echo.
 */
#include "packager/plan/script_parts.h"

#include <string.h>

/* "> FILE" among the words of a command, no ">>" and no "2>": its index, or count. */
static size_t redirection(const struct script_pass *pass)
{
	for (size_t i = 0; i + 1 < pass->count; i++) {
		bool again = *pass->from[i + 1] == '>' || (i && *pass->from[i - 1] == '>');
		bool numbered = i && pass->to[i - 1] == pass->from[i] &&
				strchr("0123456789", *pass->from[i - 1]);

		if (*pass->from[i] == '>' && !again && !numbered)
			return i;
	}
	return pass->count;
}

static bool writes_to(const struct script_pass *pass, const char *path)
{
	size_t at = redirection(pass);

	if (at < pass->count)
		return script_pass_is(pass, at + 1, path);
	return script_pass_is(pass, 0, "tee") && script_pass_is(pass, 1, path);
}

struct here {
	const char *mark;
	size_t mark_size;
	bool strips, literal; /* <<-END, <<'END' */
	const char *from;     /* where the text begins */
};

/* "<< END" among the words of a command; "<<<" is another thing. */
static bool here_of(const struct script *script, const struct script_pass *pass, struct here *here)
{
	const char *end = script->text + script->size;

	for (size_t i = 0; i + 2 < pass->count; i++) {
		const char *mark = pass->from[i + 2], *stop = pass->to[i + 2];

		if (*pass->from[i] != '<' || *pass->from[i + 1] != '<' || *mark == '<')
			continue;
		here->strips = *mark == '-';
		mark += here->strips;
		here->literal = mark < stop && strchr("'\"\\", *mark);
		mark += here->literal;
		stop -= here->literal && stop > mark && strchr("'\"", stop[-1]);
		here->mark = mark;
		here->mark_size = (size_t)(stop - mark);
		here->from = memchr(stop, '\n', (size_t)(end - stop));
		return here->from++ && here->mark_size;
	}
	return false;
}

/* The lines up to the mark, without the tabs that <<- takes away. False: no mark. */
static bool here_text(const struct script *script, const struct here *here, struct cln_buf *text)
{
	const char *at = here->from, *end = script->text + script->size;

	while (at < end) {
		const char *line = at;
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		stop = stop ? stop : end;
		while (here->strips && line < stop && *line == '\t')
			line++;
		if ((size_t)(stop - line) == here->mark_size &&
			!memcmp(line, here->mark, here->mark_size))
			return true;
		cln_buf_add(text, line, (size_t)(stop - line));
		cln_buf_addc(text, '\n');
		at = stop + (stop < end);
	}
	return false;
}

/* As in double quotes, where quotes themselves mean nothing. */
static bool read_here(struct script_word *w, bool literal)
{
	while (w->at < w->end) {
		char c = *w->at;

		if (!*w->work || !--*w->work || (c == '`' && !literal))
			return false;
		if (c == '$' && !literal) {
			if (!script_word_variable(w))
				return false;
			continue;
		}
		if (c == '\\' && !literal && w->at + 1 < w->end && strchr("$`\\", w->at[1]))
			w->at++;
		script_word_literal(w, w->at++, 1);
	}
	return true;
}

/* Words from..to of a command, a blank between them. */
static bool read_words(
	struct script_word *w, const struct script_pass *pass, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (i > from)
			script_word_literal(w, " ", 1);
		w->at = pass->from[i];
		w->end = pass->to[i];
		if (!script_word_read(w, 0) || w->at != w->end)
			return false;
	}
	return true;
}

/* echo WORDS, echo -n WORDS, printf '%s\n' WORD */
static bool read_echo(struct script_word *w, const struct script_pass *pass)
{
	size_t end = redirection(pass);
	bool bare = script_pass_is(pass, 1, "-n");
	bool line = script_pass_is(pass, 1, "%s\\n");

	if (script_pass_is(pass, 0, "echo")) {
		if (script_pass_is(pass, 1, "-e") || !read_words(w, pass, 1 + bare, end))
			return false;
		if (!bare)
			script_word_literal(w, "\n", 1);
		return true;
	}
	if (!script_pass_is(pass, 0, "printf") || end != 3 ||
		!(line || script_pass_is(pass, 1, "%s")) || !read_words(w, pass, 2, end))
		return false;
	if (line)
		script_word_literal(w, "\n", 1);
	return true;
}

struct spelling {
	const char *path, *content; /* asked for */
	struct script_file *file;
	unsigned work;
};

static bool spells(const struct script *script, const struct script_pass *pass, void *of)
{
	cln_owned(cln_buf_release) struct cln_buf text = { 0 };
	struct spelling *s = of;
	struct script_word w = { .script = script, .secrets = true, .work = &s->work };
	struct here here;
	bool fine;

	if (!writes_to(pass, s->path))
		return false;
	if (here_of(script, pass, &here)) {
		fine = here_text(script, &here, &text) && text.size;
		if (fine) {
			w.at = text.data;
			w.end = text.data + text.size;
			fine = read_here(&w, here.literal);
		}
	} else {
		fine = read_echo(&w, pass);
	}
	*s->file = (struct script_file){ 0 };
	fine = fine && script_word_is(&w, s->content) && script_template(&w, s->file);
	if (!fine)
		script_file_release(s->file);
	script_word_release(&w);
	return fine;
}

bool script_spells(const struct script *script, const char *path, const char *content,
	struct script_file *file)
{
	struct spelling s = { path, content, file, SCRIPT_WORK_MAX };

	return script_any_command(script, spells, &s);
}
