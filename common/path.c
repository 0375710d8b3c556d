// SPDX-License-Identifier: Apache-2.0
#include "common/path.h"

#include <errno.h>
#include <string.h>

/* Adds the components of path to the normal path of length `length` in out. */
static int path_append(const char *path, char *out, size_t length)
{
	while (*path) {
		size_t part = strcspn(path, "/");

		if (part == 2 && path[0] == '.' && path[1] == '.') {
			while (length && out[--length] != '/')
				;
		} else if (part && !(part == 1 && path[0] == '.')) {
			if (length + 1 + part >= CLN_PATH_MAX)
				return -ENAMETOOLONG;
			out[length++] = '/';
			memcpy(out + length, path, part);
			length += part;
		}
		path += part;
		path += *path == '/';
	}
	if (!length)
		out[length++] = '/';
	out[length] = '\0';
	return (int)length;
}

int cln_path_clean(const char *path, char *out)
{
	return *path == '/' ? path_append(path, out, 0) : -EINVAL;
}

int cln_path_join(const char *base, const char *path, char *out)
{
	int length;

	if (*path == '/')
		return cln_path_clean(path, out);
	length = cln_path_clean(base, out);
	if (length < 0)
		return length;
	return path_append(path, out, length == 1 ? 0 : (size_t)length);
}

bool cln_path_is_normal(const char *path, size_t length)
{
	size_t start = 1;

	if (!length || path[0] != '/' || length >= CLN_PATH_MAX)
		return false;
	if (length == 1)
		return true;
	for (size_t i = 1; i <= length; i++) {
		size_t part = i - start;

		if (i < length && path[i] != '/')
			continue;
		if (!part || (part == 1 && path[start] == '.') ||
			(part == 2 && path[start] == '.' && path[start + 1] == '.'))
			return false;
		start = i + 1;
	}
	return true;
}

bool cln_path_within(const char *path, const char *dir)
{
	size_t length = strlen(dir);

	if (length == 1)
		return *path == '/';
	return !strncmp(path, dir, length) && (path[length] == '/' || !path[length]);
}

const char *cln_path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

size_t cln_path_parent_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash > path ? (size_t)(slash - path) : 1;
}

/* A set behind '[': *pattern is moved behind its ']'. Without one, '[' is itself. */
static bool match_set(const char **pattern, char byte)
{
	const char *p = *pattern + 1;
	bool negate = *p == '!' || *p == '^';
	bool found = false;

	p += negate;
	for (bool first = true; *p && (first || *p != ']'); first = false) {
		char low = *p++;
		char high = low;

		if (*p == '-' && p[1] && p[1] != ']') {
			high = p[1];
			p += 2;
		}
		found |= (unsigned char)byte >= (unsigned char)low &&
			 (unsigned char)byte <= (unsigned char)high;
	}
	if (!*p) {
		*pattern += 1;
		return byte == '[';
	}
	*pattern = p + 1;
	return byte != '/' && found != negate;
}

/* One byte of the path against one element of the pattern that is no star. */
static bool match_one(const char **pattern, char byte)
{
	const char *p = *pattern;

	if (*p == '[')
		return match_set(pattern, byte);
	if (*p == '?') {
		*pattern += 1;
		return byte != '/';
	}
	if (*p == '\\' && p[1])
		p++;
	*pattern = p + 1;
	return *p && *p == byte;
}

/*
 * Two places to come back to, one for the last `*` and one for the last `**`:
 * a later star makes an earlier one of its kind needless, so the work stays
 * bounded by pattern times path for each kind.
 */
static bool match_whole(const char *p, const char *s)
{
	const char *const start = s;
	const char *star = NULL, *star_at = NULL;
	const char *deep = NULL, *deep_at = NULL;

	for (;;) {
		if (p[0] == '*' && p[1] == '*') {
			while (*p == '*')
				p++;
			/* a slash on both sides: "no folder between" counts too */
			s -= *p == '/' && s > start && s[-1] == '/';
			deep = p;
			deep_at = s;
			star = NULL;
			continue;
		}
		if (*p == '*') {
			star = ++p;
			star_at = s;
			continue;
		}
		if (!*p && !*s)
			return true;
		if (*s && *p) {
			const char *next = p;

			if (match_one(&next, *s)) {
				p = next;
				s++;
				continue;
			}
		}
		if (star && *star_at && *star_at != '/') {
			p = star;
			s = ++star_at;
		} else if (deep && *deep_at) {
			p = deep;
			s = ++deep_at;
			star = NULL;
		} else {
			return false;
		}
	}
}

bool cln_path_match(const char *pattern, const char *path)
{
	if (!strchr(pattern, '/'))
		path = cln_path_name(path);
	return match_whole(pattern, path);
}
