// SPDX-License-Identifier: Apache-2.0
#include "packager/model/pkg.h"

#include <string.h>
#include <strings.h>

const char *pkg_dup(struct pkg_set *set, const char *text, size_t length)
{
	return cln_arena_strndup(set->arena, text, length);
}

bool pkg_name_fine(const char *text)
{
	size_t length = text ? strlen(text) : 0;

	if (!length || length > 255)
		return false;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f || text[i] == '"' ||
			text[i] == '\\')
			return false;
	return true;
}

void pkg_words_add(struct pkg_words *words, const char *item)
{
	CLN_PUSH(words->item, words->count, words->room) = item;
}

const char *const *pkg_words_done(struct pkg_set *set, struct pkg_words *words)
{
	const char **list = cln_arena_alloc(
		set->arena, (words->count + 1) * sizeof(*list)); /* NULL at the end */

	if (words->count)
		memcpy(list, words->item, words->count * sizeof(*list));
	free(words->item);
	*words = (struct pkg_words){ 0 };
	return list;
}

bool pkg_line_next(const char *data, size_t size, size_t *at, const char **line, size_t *length)
{
	const char *end;

	if (*at >= size)
		return false;
	*line = data + *at;
	end = memchr(*line, '\n', size - *at);
	*length = end ? (size_t)(end - *line) : size - *at;
	*at += *length + (end != NULL);
	if (*length && (*line)[*length - 1] == '\r')
		--*length;
	return true;
}

static bool is_blank(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (line[i] != ' ' && line[i] != '\t')
			return false;
	return true;
}

bool pkg_paragraph_next(const char *data, size_t size, size_t *at, struct pkg_paragraph *out)
{
	const char *line, *start = NULL;
	size_t length, before = *at;

	while (pkg_line_next(data, size, at, &line, &length)) {
		if (!is_blank(line, length)) {
			if (!start)
				start = line;
			before = *at;
		} else if (start) {
			break;
		}
	}
	if (!start)
		return false;
	out->text = start;
	out->size = (size_t)(data + before - start);
	return true;
}

bool pkg_field_next(const struct pkg_paragraph *paragraph, size_t *at, struct pkg_field *out)
{
	const char *line, *colon;
	size_t length, next;

	do {
		if (!pkg_line_next(paragraph->text, paragraph->size, at, &line, &length))
			return false;
		colon = memchr(line, ':', length);
	} while (!colon || colon == line || *line == ' ' || *line == '\t' || *line == '#');
	out->name = line;
	out->name_length = (size_t)(colon - line);
	out->value = colon + 1;
	while (out->value < line + length && (*out->value == ' ' || *out->value == '\t'))
		out->value++;
	out->value_length = (size_t)(line + length - out->value);
	for (;;) {
		next = *at;
		if (!pkg_line_next(paragraph->text, paragraph->size, &next, &line, &length) ||
			(*line != ' ' && *line != '\t'))
			return true;
		out->value_length = (size_t)(line + length - out->value);
		*at = next;
	}
}

bool pkg_field(const struct pkg_paragraph *paragraph, const char *name, struct pkg_field *out)
{
	size_t at = 0, length = strlen(name);

	while (pkg_field_next(paragraph, &at, out))
		if (out->name_length == length && strncasecmp(out->name, name, length) == 0)
			return true;
	return false;
}

const char *pkg_field_dup(
	struct pkg_set *set, const struct pkg_paragraph *paragraph, const char *name)
{
	struct pkg_field field;
	const char *end;
	size_t length;

	if (!pkg_field(paragraph, name, &field))
		return NULL;
	end = memchr(field.value, '\n', field.value_length);
	length = end ? (size_t)(end - field.value) : field.value_length;
	while (length && (unsigned char)field.value[length - 1] <= ' ')
		length--;
	if (!length || memchr(field.value, '\0', length))
		return NULL;
	return pkg_dup(set, field.value, length);
}
