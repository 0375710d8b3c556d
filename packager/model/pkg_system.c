// SPDX-License-Identifier: Apache-2.0
/*
 * Whose distribution it is (os-release(5)), and the databases that are
 * recognised but not read.
 */
#include "packager/model/pkg.h"

#include <string.h>

/* NAME=value, NAME="value" or NAME='value' of os-release; NULL where absent. */
static const char *release_value(
	struct pkg_set *set, const char *data, size_t size, const char *name)
{
	size_t at = 0, length, name_length = strlen(name);
	const char *line;

	while (pkg_line_next(data, size, &at, &line, &length)) {
		if (length <= name_length || strncmp(line, name, name_length) != 0 ||
			line[name_length] != '=')
			continue;
		line += name_length + 1;
		length -= name_length + 1;
		if (length >= 2 && (*line == '"' || *line == '\'') && line[length - 1] == *line) {
			line++;
			length -= 2;
		}
		return length < 256 && !memchr(line, '\0', length) ? pkg_dup(set, line, length)
								   : NULL;
	}
	return NULL;
}

int pkg_read_identity(struct pkg_set *set, struct packages *out, struct cln_err *err)
{
	static const char *const places[] = { "/etc/os-release", "/usr/lib/os-release" };

	for (size_t i = 0; i < CLN_COUNT(places); i++) {
		cln_owned(cln_drop_mem) struct tree_walk *walk = cln_alloc(sizeof(*walk));
		cln_owned(cln_drop_mem) char *data = NULL;
		uint32_t node = tree_resolve(set->tree, places[i], true, walk);
		const char *id, *version;
		size_t size;

		if (node == TREE_NONE)
			continue;
		if (pkg_read(set, node, 65536, &data, &size, err) < 0)
			return cln_within(err, "%s", places[i]);
		if (!data)
			continue;
		id = release_value(set, data, size, "ID");
		version = release_value(set, data, size, "VERSION_ID");
		if (id && pkg_name_fine(id))
			out->distro_id = id;
		if (version && pkg_name_fine(version))
			out->distro_version = version;
		if (id)
			return 0;
	}
	pkg_finding(set, "no os-release: scanners will not know the distribution");
	return 0;
}

int pkg_read_rpm(struct pkg_set *set, struct cln_err *err)
{
	static const char *const places[] = { "/var/lib/rpm/rpmdb.sqlite", "/var/lib/rpm/Packages",
		"/var/lib/rpm/Packages.db", "/usr/lib/sysimage/rpm/rpmdb.sqlite",
		"/usr/lib/sysimage/rpm/Packages.db", "/usr/lib/sysimage/rpm/Packages" };

	(void)err;
	for (size_t i = 0; i < CLN_COUNT(places); i++)
		if (pkg_find(set, places[i]) != TREE_NONE) {
			pkg_finding(set,
				"%s: rpm databases are not read: the files of its packages count as nobody's",
				places[i]);
			break;
		}
	return 0;
}
