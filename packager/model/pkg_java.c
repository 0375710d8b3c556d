// SPDX-License-Identifier: Apache-2.0
/*
 * Java archives: the pom.properties that Maven leaves in them, else the name of
 * the file and its manifest. Archives inside archives count (Spring Boot).
 */
#include "packager/model/pkg.h"
#include "packager/model/pkg_zip.h"

#include <ctype.h>
#include <string.h>

#define JAR_MAX ((size_t)256 << 20)
#define NESTED_MAX ((size_t)128 << 20)
#define DEPTH_MAX 3u

struct jar {
	struct pkg_set *set;
	uint32_t node;
	uint32_t first; /* of the packages of this file */
	uint32_t added;
	size_t budget; /* bytes that nested archives may still unpack to */
};

static bool ends_with(const char *name, size_t length, const char *end)
{
	size_t size = strlen(end);

	return length >= size && strncasecmp(name + length - size, end, size) == 0;
}

static bool is_archive(const char *name, size_t length)
{
	return ends_with(name, length, ".jar") || ends_with(name, length, ".war") ||
	       ends_with(name, length, ".ear");
}

static void add(struct jar *jar, const char *name, const char *version)
{
	struct package package = {
		.kind = PACKAGE_MAVEN, .name = name, .version = version, .where = jar->node
	};
	uint32_t index;

	if (!name || !version || !pkg_name_fine(name) || !pkg_name_fine(version))
		return;
	for (size_t i = jar->first; i < jar->set->count; i++)
		if (strcmp(jar->set->package[i].name, name) == 0 &&
			strcmp(jar->set->package[i].version, version) == 0)
			return;
	index = pkg_add(jar->set, &package);
	if (index == PACKAGE_NONE)
		return;
	jar->added++;
	pkg_own(jar->set, jar->node, index);
}

/* key=value of a properties file */
static const char *property(struct pkg_set *set, const char *data, size_t size, const char *key)
{
	size_t at = 0, length, key_length = strlen(key);
	const char *line;

	while (pkg_line_next(data, size, &at, &line, &length))
		if (length > key_length + 1 && strncmp(line, key, key_length) == 0 &&
			line[key_length] == '=' && !memchr(line, '\0', length))
			return pkg_dup(set, line + key_length + 1, length - key_length - 1);
	return NULL;
}

static void add_pom(struct jar *jar, const char *data, size_t size)
{
	const char *group = property(jar->set, data, size, "groupId");
	const char *artifact = property(jar->set, data, size, "artifactId");
	const char *version = property(jar->set, data, size, "version");

	if (group && artifact && version)
		add(jar, cln_arena_format(jar->set->arena, "%s:%s", group, artifact), version);
}

/* commons-io-2.11.0.jar and what its manifest says */
static void add_by_name(struct jar *jar, const char *name, size_t length, const char *manifest,
	size_t manifest_size)
{
	struct pkg_paragraph paragraph;
	const char *version = NULL, *group = NULL, *artifact;
	size_t at = 0, dash = 0;

	while (length && name[length - 1] != '.')
		length--;
	length -= length > 0;
	for (size_t i = length; i-- > 1 && !dash;)
		if (name[i] == '-' && i + 1 < length && isdigit((unsigned char)name[i + 1]))
			dash = i;
	if (manifest && pkg_paragraph_next(manifest, manifest_size, &at, &paragraph)) {
		version = pkg_field_dup(jar->set, &paragraph, "Implementation-Version");
		if (!version)
			version = pkg_field_dup(jar->set, &paragraph, "Bundle-Version");
		group = pkg_field_dup(jar->set, &paragraph, "Implementation-Vendor-Id");
	}
	if (dash)
		version = pkg_dup(jar->set, name + dash + 1, length - dash - 1);
	artifact = pkg_dup(jar->set, name, dash ? dash : length);
	if (group)
		artifact = cln_arena_format(jar->set->arena, "%s:%s", group, artifact);
	add(jar, artifact, version);
}

static void read_archive(struct jar *jar, const char *name, size_t name_length, const void *data,
	size_t size, unsigned depth);

static void read_nested(
	struct jar *jar, const struct zip *zip, const struct zip_entry *entry, unsigned depth)
{
	const char *name = memrchr(entry->name, '/', entry->name_length);
	cln_owned(cln_drop_mem) char *inner = NULL;

	name = name ? name + 1 : entry->name;
	if (depth >= DEPTH_MAX || entry->size_bytes > jar->budget)
		return;
	inner = zip_content_new(zip, entry, NESTED_MAX);
	if (!inner)
		return;
	jar->budget -= entry->size_bytes;
	read_archive(jar, name, (size_t)(entry->name + entry->name_length - name), inner,
		entry->size_bytes, depth + 1);
}

static void read_archive(struct jar *jar, const char *name, size_t name_length, const void *data,
	size_t size, unsigned depth)
{
	cln_owned(cln_drop_mem) char *manifest = NULL;
	struct zip_entry entry;
	struct zip zip;
	size_t manifest_size = 0;
	uint32_t before = jar->added;

	if (!zip_open(&zip, data, size))
		return;
	while (zip_next(&zip, &entry)) {
		if (entry.name_length > 15 && strncmp(entry.name, "META-INF/maven/", 15) == 0 &&
			ends_with(entry.name, entry.name_length, "/pom.properties")) {
			cln_owned(cln_drop_mem) char *text = zip_content_new(&zip, &entry, 65536);

			if (text)
				add_pom(jar, text, entry.size_bytes);
		} else if (!manifest && entry.name_length == 20 &&
			   memcmp(entry.name, "META-INF/MANIFEST.MF", 20) == 0) {
			manifest = zip_content_new(&zip, &entry, PKG_META_MAX);
			manifest_size = entry.size_bytes;
		} else if (is_archive(entry.name, entry.name_length)) {
			read_nested(jar, &zip, &entry, depth);
		}
	}
	if (jar->added == before)
		add_by_name(jar, name, name_length, manifest, manifest_size);
}

int pkg_read_java(struct pkg_set *set, struct cln_err *err)
{
	const struct tree *tree = set->tree;

	for (uint32_t i = 0; i < tree->node_count; i++) {
		struct jar jar = { set, i, (uint32_t)set->count, 0, NESTED_MAX * 4 };
		cln_owned(cln_drop_mem) char *data = NULL;
		char path[4096];
		size_t size;

		if (tree_inode(tree, i)->type != NODE_FILE || pkg_is_distro_owned(set, i) ||
			!is_archive(tree->node[i].name, tree->node[i].name_length))
			continue;
		if (pkg_read(set, i, JAR_MAX, &data, &size, err) < 0)
			return cln_within(err, "%s", tree_path(tree, i, path));
		if (data)
			read_archive(
				&jar, tree->node[i].name, tree->node[i].name_length, data, size, 0);
		if (data && !jar.added)
			pkg_finding(set, "%s: no Maven coordinates found in it",
				tree_path(tree, i, path));
	}
	return 0;
}
