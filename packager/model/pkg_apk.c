// SPDX-License-Identifier: Apache-2.0
/*
 * Alpine's database: lib/apk/db/installed (or usr/lib/apk/db). One letter a
 * line: P name, V version, A arch, L licence, U home page, m maintainer,
 * o origin, D depends, F folder, R file in it. Source: the apk-tools wiki.
 */
#include "packager/model/pkg.h"

#include "common/path.h"

#include <stdio.h>
#include <string.h>

/* The value of the first line with that letter; NULL where there is none. */
static const char *value(struct pkg_set *set, const struct pkg_paragraph *record, char letter)
{
	const char *line;
	size_t at = 0, length;

	while (pkg_line_next(record->text, record->size, &at, &line, &length))
		if (length > 2 && line[0] == letter && line[1] == ':' &&
			!memchr(line, '\0', length))
			return pkg_dup(set, line + 2, length - 2);
	return NULL;
}

/* "so:libc.musl-x86_64.so.1 busybox>=1.36 !foo" -> names as they are written */
static const char *const *dependencies(struct pkg_set *set, const char *text)
{
	struct pkg_words words = { 0 };

	for (size_t length; text && *text && words.count < 4096; text += length) {
		text += strspn(text, " ");
		length = strcspn(text, " ");
		if (length && *text != '!')
			pkg_words_add(&words, pkg_dup(set, text, strcspn(text, " <>=~")));
	}
	return pkg_words_done(set, &words);
}

static void own_files(struct pkg_set *set, const struct pkg_paragraph *record, uint32_t package)
{
	char raw[CLN_PATH_MAX * 2], path[CLN_PATH_MAX];
	const char *line, *folder = "";
	size_t at = 0, length, folder_length = 0;

	while (pkg_line_next(record->text, record->size, &at, &line, &length)) {
		if (length < 2 || line[1] != ':' || length >= CLN_PATH_MAX - 2)
			continue;
		if (line[0] == 'F') {
			folder = line + 2;
			folder_length = length - 2;
		} else if (line[0] == 'R') {
			snprintf(raw, sizeof(raw), "/%.*s/%.*s", (int)folder_length, folder,
				(int)(length - 2), line + 2);
			if (cln_path_clean(raw, path) > 0)
				pkg_own(set, pkg_find(set, path), package);
		}
	}
}

static void add_record(struct pkg_set *set, const struct pkg_paragraph *record)
{
	struct package package = { .kind = PACKAGE_APK, .where = TREE_NONE };
	uint32_t index;

	package.name = value(set, record, 'P');
	package.version = value(set, record, 'V');
	if (record->size > 8 * PKG_RECORD_MAX || !pkg_name_fine(package.name) ||
		!pkg_name_fine(package.version)) {
		pkg_finding(set, "apk: a record without a sound name and version: %.60s",
			package.name ? package.name : "(no name)");
		return;
	}
	package.arch = value(set, record, 'A');
	package.source = value(set, record, 'o');
	package.maintainer = value(set, record, 'm');
	package.licence = value(set, record, 'L');
	package.homepage = value(set, record, 'U');
	package.depends = dependencies(set, value(set, record, 'D'));
	package.record = pkg_dup(set, record->text, record->size);
	index = pkg_add(set, &package);
	if (index != PACKAGE_NONE)
		own_files(set, record, index);
}

int pkg_read_apk(struct pkg_set *set, struct cln_err *err)
{
	static const char *const places[] = { "/lib/apk/db/installed",
		"/usr/lib/apk/db/installed" };
	uint32_t seen = TREE_NONE;

	for (size_t i = 0; i < CLN_COUNT(places); i++) {
		cln_owned(cln_drop_mem) char *data = NULL;
		uint32_t node = pkg_find(set, places[i]);
		struct pkg_paragraph record;
		size_t size, at = 0;

		if (node == TREE_NONE || node == seen) /* /lib may be a link to /usr/lib */
			continue;
		seen = node;
		if (pkg_read(set, node, PKG_DB_MAX, &data, &size, err) < 0)
			return cln_within(err, "apk database");
		while (data && pkg_paragraph_next(data, size, &at, &record))
			add_record(set, &record);
	}
	return 0;
}
