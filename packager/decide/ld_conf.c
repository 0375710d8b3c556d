// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/ld_conf.h"

#include <string.h>

void ld_conf_words(char *text, const char *separators, void *context,
	void (*word)(void *context, const char *word))
{
	while (*text) {
		size_t length = strcspn(text, separators);
		bool last = !text[length];

		text[length] = '\0';
		if (length)
			word(context, text);
		if (last)
			return;
		text += length + 1;
	}
}

static void take_folder(void *context, const char *word)
{
	const struct ld_conf_sink *sink = context;
	char *type = strchr(word, '=');

	if (type)
		*type = '\0';
	if (*word == '/')
		sink->folder(sink->context, word);
}

static void take_include(void *context, const char *word)
{
	const struct ld_conf_sink *sink = context;

	sink->include(sink->context, word);
}

/* Is the line's first word that directive? Then what follows it, else NULL. */
static char *after_word(char *line, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(line, word, length) != 0 || !strchr(" \t", line[length]) || !line[length])
		return NULL;
	return line + length;
}

/* The line as one folder, where its words are not the same. */
static void take_whole(char *line, const struct ld_conf_sink *sink)
{
	size_t length = strcspn(line, "=");
	char after;

	while (length && strchr(" \t", line[length - 1]))
		length--;
	if (*line != '/' || strcspn(line, " \t,:") >= length)
		return;
	after = line[length];
	line[length] = '\0';
	sink->folder(sink->context, line);
	line[length] = after;
}

static void take_line(char *line, const struct ld_conf_sink *sink)
{
	char *rest;

	line[strcspn(line, "#\r")] = '\0';
	line += strspn(line, " \t");
	if ((rest = after_word(line, "include")))
		ld_conf_words(rest, " \t", (void *)sink, take_include);
	else if (!after_word(line, "hwcap")) {
		take_whole(line, sink);
		ld_conf_words(line, " \t,:", (void *)sink, take_folder);
	}
}

void ld_conf_parse(char *text, size_t size, const struct ld_conf_sink *sink)
{
	char *end = text + size;

	while (text < end) {
		char *newline = memchr(text, '\n', (size_t)(end - text));

		if (newline)
			*newline = '\0';
		take_line(text, sink);
		text = newline ? newline + 1 : end;
	}
}
