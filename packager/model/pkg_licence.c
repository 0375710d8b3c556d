// SPDX-License-Identifier: Apache-2.0
/*
 * Debian's machine-readable copyright files (DEP-5, copyright-format 1.0) and
 * their short names as SPDX expressions. What has no SPDX identifier becomes a
 * LicenseRef, so nothing is lost and nothing is guessed.
 */
#include "packager/model/pkg.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TERMS_MAX 32u

/* Short names of copyright-format 1.0 that differ from SPDX by more than case;
 * the GNU family is computed. */
static const struct {
	const char *debian, *spdx;
} names[] = {
	{ "Expat", "MIT" },
	{ "MIT", "MIT" },
	{ "MIT/X11", "MIT" },
	{ "X11", "X11" },
	{ "Apache-2.0", "Apache-2.0" },
	{ "Apache-2", "Apache-2.0" },
	{ "Artistic", "Artistic-1.0-Perl" },
	{ "Artistic-1.0", "Artistic-1.0" },
	{ "Artistic-2.0", "Artistic-2.0" },
	{ "BSD-2-clause", "BSD-2-Clause" },
	{ "BSD-3-clause", "BSD-3-Clause" },
	{ "BSD-4-clause", "BSD-4-Clause" },
	{ "BSD-4-clause-UC", "BSD-4-Clause-UC" },
	{ "0BSD", "0BSD" },
	{ "ISC", "ISC" },
	{ "Zlib", "Zlib" },
	{ "CC0", "CC0-1.0" },
	{ "CC0-1.0", "CC0-1.0" },
	{ "CC-BY-3.0", "CC-BY-3.0" },
	{ "CC-BY-4.0", "CC-BY-4.0" },
	{ "CC-BY-SA-3.0", "CC-BY-SA-3.0" },
	{ "CC-BY-SA-4.0", "CC-BY-SA-4.0" },
	{ "MPL-1.1", "MPL-1.1" },
	{ "MPL-2.0", "MPL-2.0" },
	{ "PSF-2", "PSF-2.0" },
	{ "Python-2.0", "Python-2.0" },
	{ "Python", "Python-2.0" },
	{ "OpenSSL", "OpenSSL" },
	{ "curl", "curl" },
	{ "BSL-1.0", "BSL-1.0" },
	{ "W3C", "W3C" },
	{ "OFL-1.1", "OFL-1.1" },
	{ "Unicode", "Unicode-TOU" },
	{ "Unlicense", "Unlicense" },
	{ "WTFPL", "WTFPL" },
	{ "OLDAP-2.8", "OLDAP-2.8" },
	{ "EPL-1.0", "EPL-1.0" },
	{ "EPL-2.0", "EPL-2.0" },
	{ "bzip2-1.0.6", "bzip2-1.0.6" },
};

/* "GPL-2+" -> GPL-2.0-or-later, "LGPL-2.1" -> LGPL-2.1-only */
static const char *gnu_name(struct pkg_set *set, const char *name)
{
	static const char *const family[] = { "AGPL", "LGPL", "GPL", "GFDL" };
	bool later = name[0] && name[strlen(name) - 1] == '+';

	for (size_t i = 0; i < CLN_COUNT(family); i++) {
		size_t length = strlen(family[i]), digits;
		const char *version = name + length + 1;

		if (strncasecmp(name, family[i], length) != 0 || name[length] != '-')
			continue;
		digits = strspn(version, "0123456789.");
		if (!digits || digits > 3 || version[digits + later] != '\0')
			return NULL;
		return cln_arena_format(set->arena, "%s-%.*s%s-%s", family[i], (int)digits, version,
			strchr(version, '.') ? "" : ".0", later ? "or-later" : "only");
	}
	return NULL;
}

static const char *reference(struct pkg_set *set, const char *name)
{
	char *text = cln_arena_format(set->arena, "LicenseRef-debian-%.60s", name);

	for (char *at = text; *at; at++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-",
			    *at))
			*at = '-';
	return text;
}

static const char *spdx_name(struct pkg_set *set, const char *text, size_t length)
{
	const char *name = pkg_dup(set, text, length), *gnu;

	for (size_t i = 0; i < CLN_COUNT(names); i++)
		if (strcasecmp(names[i].debian, name) == 0)
			return names[i].spdx;
	gnu = gnu_name(set, name);
	return gnu ? gnu : reference(set, name);
}

struct expression {
	const char *text; /* so far; NULL at the start */
	const char *join; /* what the next name is joined with, or NULL */
	bool exception;	  /* "with ...": its words are no licences */
	bool sound;	  /* every word was a name or a joint */
};

static void add_word(
	struct pkg_set *set, struct expression *at, const char *word, size_t length, bool comma)
{
	bool or_word = length == 2 && strncasecmp(word, "or", 2) == 0;
	bool and_word = length == 3 && strncasecmp(word, "and", 3) == 0;

	if (or_word || and_word) {
		/* "A or B, and C" is (A or B) and C; SPDX would read A or (B and C) */
		if (comma && at->text && strchr(at->text, ' '))
			at->text = cln_arena_format(set->arena, "(%s)", at->text);
		at->join = or_word ? "OR" : "AND";
		at->exception = false;
	} else if (length == 4 && strncasecmp(word, "with", 4) == 0) {
		at->exception = true; /* "with OpenSSL exception": not SPDX's names */
		at->sound = false;
	} else if (!at->exception) {
		const char *name = spdx_name(set, word, length);

		at->sound = at->sound && (!at->text || at->join);
		at->text = at->text ? cln_arena_format(set->arena, "%s %s %s", at->text,
					      at->join ? at->join : "AND", name)
				    : name;
		at->join = NULL;
	}
}

/* One License field, "GPL-2+ or Artistic, and BSD-3-clause", as an expression. */
static const char *expression(struct pkg_set *set, const char *text, size_t length)
{
	struct expression made = { .sound = true };

	for (size_t at = 0, end; at < length; at = end) {
		size_t gap = strspn(text + at, " \t,");
		bool comma = memchr(text + at, ',', gap) != NULL;

		at += gap;
		end = at + strcspn(text + at, " \t,\n");
		end = CLN_MIN(end, length);
		if (at >= end)
			break;
		add_word(set, &made, text + at, end - at, comma);
	}
	/* Two words that nothing joins, or an exception: no expression of ours is it. */
	return made.text && !made.sound ? reference(set, pkg_dup(set, text, CLN_MIN(length, 60)))
					: made.text;
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static const char *join_terms(struct pkg_set *set, const char **term, size_t count)
{
	const char *result = NULL;

	qsort(term, count, sizeof(*term), by_text);
	for (size_t i = 0; i < count; i++) {
		bool nested = strstr(term[i], " OR ") && count > 1;
		const char *one = nested ? cln_arena_format(set->arena, "(%s)", term[i]) : term[i];

		if (i && strcmp(term[i], term[i - 1]) == 0)
			continue;
		result = result ? cln_arena_format(set->arena, "%s AND %s", result, one) : one;
	}
	return result;
}

const char *pkg_dep5_licence(struct pkg_set *set, const char *data, size_t size)
{
	const char *term[TERMS_MAX];
	struct pkg_paragraph paragraph;
	struct pkg_field field;
	size_t at = 0, count = 0;

	if (!pkg_paragraph_next(data, size, &at, &paragraph) ||
		!pkg_field(&paragraph, "Format", &field) ||
		!memmem(field.value, field.value_length, "copyright-format", 16))
		return NULL;
	while (count < TERMS_MAX && pkg_paragraph_next(data, size, &at, &paragraph)) {
		const char *end, *text;
		size_t length;

		if (!pkg_field(&paragraph, "Files", &field) ||
			!pkg_field(&paragraph, "License", &field))
			continue;
		end = memchr(field.value, '\n', field.value_length);
		length = end ? (size_t)(end - field.value) : field.value_length;
		length = CLN_MIN(length, 200);
		text = length && !memchr(field.value, '\0', length)
			       ? expression(set, field.value, length)
			       : NULL;
		if (text)
			term[count++] = text;
	}
	return count ? join_terms(set, term, count) : NULL;
}
