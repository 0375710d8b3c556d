// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/lines.h"

#include "common/mem.h"
#include "init/format.h"

#include <stdarg.h>
#include <string.h>

void lines_word(struct cln_buf *text, const char *word)
{
	size_t size = strlen(word), room = 4 * size + 3;
	char *quoted = cln_alloc(room);

	init_quote(quoted, room, word, size);
	lines_live(text, quoted);
	free(quoted);
}

void lines_live(struct cln_buf *text, const char *word)
{
	cln_buf_addc(text, ' ');
	cln_buf_adds(text, word);
}

/* A comment is one line whatever a hostile file name holds. */
static const char *comment_clean(struct cln_arena *arena, const char *comment)
{
	char *copy = comment ? cln_arena_strdup(arena, comment) : NULL;

	for (char *p = copy; p && *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return copy;
}

void lines_add(
	struct lines *lines, const char *directive, struct cln_buf *take_text, const char *comment)
{
	const char *text = cln_arena_format(
		lines->arena, "%s%s", directive, take_text->data ? take_text->data : "");

	cln_buf_release(take_text);
	for (size_t i = 0; i < lines->count; i++)
		if (!strcmp(lines->line[i].text, text))
			return;
	CLN_PUSH(lines->line, lines->count, lines->room) = (struct plan_line){
		.directive = directive,
		.text = text,
		.comment = comment_clean(lines->arena, comment),
	};
}

void lines_words(struct lines *lines, const char *comment, const char *directive, ...)
{
	struct cln_buf text = { 0 };
	const char *word;
	va_list args;

	va_start(args, directive);
	while ((word = va_arg(args, const char *)))
		lines_word(&text, word);
	va_end(args);
	lines_add(lines, directive, &text, comment);
}
