// SPDX-License-Identifier: Apache-2.0
#include "profiler/climb.h"

#include "common/path.h"

#include <errno.h>
#include <string.h>

#define LINKS_MAX 40 /* path_resolution(7) */

struct way {
	const struct climb *how;
	char *done;	/* the path so far, normal */
	size_t length;	/* of done */
	size_t certain; /* bytes of done that hold no symlink */
	char rest[2 * CLN_PATH_MAX];
	int links;
};

static size_t component(const char *text, size_t *skip)
{
	size_t start = strspn(text, "/");

	*skip = start;
	return strcspn(text + start, "/");
}

static bool is_up(const char *name, size_t length)
{
	return length == 2 && name[0] == '.' && name[1] == '.';
}

bool climb_needed(const char *text)
{
	bool named = false;
	size_t skip, length;

	while ((length = component(text, &skip))) {
		const char *name = text + skip;

		if (is_up(name, length) && named)
			return true;
		named |= !is_up(name, length) && !(length == 1 && *name == '.');
		text = name + length;
	}
	return false;
}

static void drop_last(struct way *way)
{
	while (way->length > 1 && way->done[way->length - 1] != '/')
		way->length--;
	if (way->length > 1)
		way->length--;
	way->done[way->length] = 0;
	way->certain = CLN_MIN(way->certain, way->length);
}

static int append(struct way *way, const char *name, size_t length)
{
	size_t slash = way->length > 1;

	if (way->length + slash + length >= CLN_PATH_MAX)
		return -ENAMETOOLONG;
	way->done[way->length] = '/';
	memcpy(way->done + way->length + slash, name, length);
	way->length += slash + length;
	way->done[way->length] = 0;
	return 0;
}

/* The link's text comes before what is left, and the ".." is still to be done. */
static int expand(struct way *way, const char *link, size_t length)
{
	size_t left = strlen(way->rest);

	if (++way->links > LINKS_MAX)
		return -ELOOP;
	if (length + 4 + left >= sizeof(way->rest))
		return -ENAMETOOLONG;
	memmove(way->rest + length + 4, way->rest, left + 1);
	memcpy(way->rest, link, length);
	memcpy(way->rest + length, "/../", 4);
	drop_last(way);
	if (link[0] == '/') {
		way->length = way->certain = 1;
		memcpy(way->done, "/", 2);
	}
	return 0;
}

static int go_up(struct way *way)
{
	char link[CLN_PATH_MAX];
	int got = 0;

	if (way->length > way->certain) {
		got = way->how->link(way->how->context, way->done, link);
		if (got < 0)
			return got;
		if (way->how->left)
			way->how->left(way->how->context, way->done);
	}
	if (got)
		return expand(way, link, (size_t)got);
	drop_last(way);
	return 0;
}

int climb(const struct climb *how, const char *base, const char *text, char *out)
{
	struct way way = { .how = how, .done = out };
	size_t skip, length;
	int r = cln_path_clean(*text == '/' ? "/" : base, out);

	if (r < 0 || strlen(text) >= CLN_PATH_MAX)
		return r < 0 ? r : -ENAMETOOLONG;
	way.length = way.certain = (size_t)r;
	memcpy(way.rest, text, strlen(text) + 1);
	while ((length = component(way.rest, &skip))) {
		char name[CLN_PATH_MAX];

		if (length >= sizeof(name))
			return -ENAMETOOLONG;
		memcpy(name, way.rest + skip, length);
		memmove(way.rest, way.rest + skip + length, strlen(way.rest + skip + length) + 1);
		r = 0;
		if (is_up(name, length))
			r = go_up(&way);
		else if (length != 1 || *name != '.')
			r = append(&way, name, length);
		if (r < 0)
			return r;
	}
	return (int)way.length;
}
