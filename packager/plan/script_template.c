// SPDX-License-Identifier: Apache-2.0
/*
 * script_template.c - a word in init.conf's syntax as the text of a template.
 */
#include "packager/plan/script_parts.h"

#include "common/mem.h"

#include <string.h>

void script_file_release(struct script_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		free(file->name[i]);
		free(file->standard[i]);
	}
	cln_buf_release(&file->text);
	*file = (struct script_file){ 0 };
}

/* One byte behind a backslash; *at is left behind it. */
static char unescaped(const char **at)
{
	static const char hex[] = "0123456789abcdef";
	char c = *(*at)++;

	if (c == 'x' && (*at)[0] && (*at)[1]) {
		const char *high = strchr(hex, (*at)[0]), *low = strchr(hex, (*at)[1]);

		*at += 2;
		return high && low ? (char)((high - hex) * 16 + (low - hex)) : '?';
	}
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

static bool add_name(struct script_file *file, const char *name, size_t size, const char *standard)
{
	for (size_t i = 0; i < file->count; i++)
		if (strlen(file->name[i]) == size && !memcmp(file->name[i], name, size))
			return true;
	if (file->count == SCRIPT_FILE_NAMES)
		return false;
	file->name[file->count] = cln_format("%.*s", (int)size, name);
	file->standard[file->count++] = standard ? cln_strdup(standard) : NULL;
	return true;
}

/* ${NAME} or ${NAME:-constant}, *at behind the brace; left behind its end. */
static bool take_variable(struct script_file *file, const char **at)
{
	cln_owned(cln_buf_release) struct cln_buf standard = { 0 };
	const char *name = *at, *p = name;
	bool has = false;

	while (script_name_byte(*p, p == name))
		p++;
	size_t size = (size_t)(p - name);

	if (p[0] == ':' && p[1] == '-') {
		has = true;
		for (p += 2; *p && *p != '}';) {
			if (*p == '$')
				return false;
			if (*p == '\\' && p[1])
				p++, cln_buf_addc(&standard, unescaped(&p));
			else
				cln_buf_addc(&standard, *p++);
		}
	}
	if (!size || *p != '}')
		return false;
	*at = p + 1;
	cln_buf_addf(&file->text, "${%.*s}", (int)size, name);
	return add_name(file, name, size, has ? standard.data ? standard.data : "" : NULL);
}

/* A dollar that means itself in front of a name that is replaced would be replaced too. */
static bool is_clear(const struct script_file *file, const struct cln_buf *dollars)
{
	const size_t *at = (const size_t *)(const void *)dollars->data;

	for (size_t i = 0; i < dollars->size / sizeof(*at); i++) {
		const char *name = file->text.data + at[i] + 1;

		name += *name == '{';
		for (size_t k = 0; k < file->count; k++)
			if (!strncmp(name, file->name[k], strlen(file->name[k])))
				return false;
	}
	return true;
}

bool script_template(const struct script_word *w, struct script_file *file)
{
	cln_owned(cln_buf_release) struct cln_buf dollars = { 0 };
	const char *at = w->live.data;

	while (at && *at) {
		if (at[0] == '$' && at[1] == '{') {
			at += 2;
			if (!take_variable(file, &at))
				return false;
			continue;
		}
		char c = *at++;

		if (c == '\\' && *at) {
			c = unescaped(&at);
			if (c == '$')
				cln_buf_add(&dollars, (const char *)&file->text.size,
					sizeof(file->text.size));
		}
		cln_buf_addc(&file->text, c);
	}
	return is_clear(file, &dollars);
}
