// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/yaml.h"

#include "common/json.h"
#include "common/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void line_begin(struct yaml *yaml)
{
	unsigned depth = yaml->depth - yaml->dash;

	for (unsigned i = 0; i < depth; i++)
		cln_buf_adds(&yaml->buf, "  ");
	if (yaml->dash)
		cln_buf_adds(&yaml->buf, "- ");
	yaml->dash = false;
}

/* A word that no YAML reader, 1.1 or 1.2, takes for anything but text. */
static bool is_plain(const char *value)
{
	static const char *const words[] = { "true", "false", "null", "yes", "no", "on", "off", "y",
		"n" };
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/";
	static const char rest[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/0123456789.-";

	if (!*value || !strchr(first, *value) || strspn(value, rest) != strlen(value))
		return false;
	for (size_t i = 0; i < CLN_COUNT(words); i++)
		if (strcasecmp(words[i], value) == 0)
			return false;
	return true;
}

char *yaml_quote_new(const char *value)
{
	cln_owned(cln_json_drop) json_t *text = NULL;

	if (is_plain(value))
		return cln_strdup(value);
	text = cln_json_text(value);
	return json_dumps(text, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
}

static char *format_new(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
static char *format_new(const char *fmt, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		return cln_strdup("");
	return text;
}

void yaml_comment(struct yaml *yaml, const char *fmt, ...)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	unsigned depth = yaml->depth - yaml->dash;
	va_list args;

	va_start(args, fmt);
	text = format_new(fmt, args);
	va_end(args);
	for (unsigned char *at = (unsigned char *)text; *at; at++)
		if (*at < ' ' || *at >= 0x7f) /* a path from an image ends no comment */
			*at = '?';
	for (unsigned i = 0; i < depth; i++)
		cln_buf_adds(&yaml->buf, "  ");
	cln_buf_addf(&yaml->buf, "# %s\n", text);
}

void yaml_document(struct yaml *yaml)
{
	yaml->depth = 0;
	yaml->dash = false;
	cln_buf_adds(&yaml->buf, "---\n");
}

void yaml_map(struct yaml *yaml, const char *key)
{
	line_begin(yaml);
	cln_buf_addf(&yaml->buf, "%s:\n", key);
	yaml->depth++;
}

void yaml_item(struct yaml *yaml)
{
	yaml->depth++;
	yaml->dash = true;
}

void yaml_end(struct yaml *yaml)
{
	yaml->depth--;
	yaml->dash = false;
}

void yaml_str(struct yaml *yaml, const char *key, const char *value)
{
	cln_owned(cln_drop_mem) char *text = yaml_quote_new(value ? value : "");

	line_begin(yaml);
	cln_buf_addf(&yaml->buf, "%s: %s\n", key, text);
}

void yaml_strf(struct yaml *yaml, const char *key, const char *fmt, ...)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = format_new(fmt, args);
	va_end(args);
	yaml_str(yaml, key, text);
}

void yaml_int(struct yaml *yaml, const char *key, long long value)
{
	line_begin(yaml);
	cln_buf_addf(&yaml->buf, "%s: %lld\n", key, value);
}

void yaml_bool(struct yaml *yaml, const char *key, bool value)
{
	yaml_raw(yaml, key, value ? "true" : "false");
}

void yaml_raw(struct yaml *yaml, const char *key, const char *value)
{
	line_begin(yaml);
	cln_buf_addf(&yaml->buf, "%s: %s\n", key, value);
}

void yaml_word(struct yaml *yaml, const char *value)
{
	cln_owned(cln_drop_mem) char *text = yaml_quote_new(value);

	yaml->depth++;
	yaml->dash = true;
	line_begin(yaml);
	cln_buf_addf(&yaml->buf, "%s\n", text);
	yaml->depth--;
}

void yaml_wordf(struct yaml *yaml, const char *fmt, ...)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = format_new(fmt, args);
	va_end(args);
	yaml_word(yaml, text);
}

void yaml_number(struct yaml *yaml, long long value)
{
	yaml->depth++;
	yaml->dash = true;
	line_begin(yaml);
	cln_buf_addf(&yaml->buf, "%lld\n", value);
	yaml->depth--;
}
