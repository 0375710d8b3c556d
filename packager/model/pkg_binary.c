// SPDX-License-Identifier: Apache-2.0
/*
 * The modules that Go and Rust binaries say they hold.
 */
#include "packager/model/pkg.h"
#include "packager/model/pkg_elf.h"

#include "common/json.h"

#include <libdeflate.h>
#include <string.h>

#define NAMES_MAX (1u << 20)
#define SECTIONS_MAX (1u << 20) /* bytes of all section headers */
#define RUST_MAX (8u << 20)	/* bytes of the JSON */
#define MODULES_MAX 8192u

struct binary {
	struct pkg_set *set;
	uint32_t node;
};

static uint32_t add(
	struct binary *binary, enum package_kind kind, const char *name, const char *version)
{
	struct package package = {
		.kind = kind, .name = name, .version = version, .where = binary->node
	};
	uint32_t index;

	if (!pkg_name_fine(name) || !pkg_name_fine(version))
		return PACKAGE_NONE;
	index = pkg_add(binary->set, &package);
	if (index != PACKAGE_NONE)
		pkg_own(binary->set, binary->node, index); /* the first: the main module */
	return index;
}

/* "dep\tgolang.org/x/net\tv0.1.0\th1:..." -> its words */
static size_t split(struct pkg_set *set, const char *line, size_t length, const char **word)
{
	size_t count = 0;

	for (size_t at = 0, end; at < length && count < 4; at = end + 1) {
		const char *tab = memchr(line + at, '\t', length - at);

		end = tab ? (size_t)(tab - line) : length;
		word[count++] = pkg_dup(set, line + at, end - at);
	}
	return count;
}

static void add_go(struct binary *binary, const struct go_info *info)
{
	const char *word[4], *line, *standard;
	uint32_t last = PACKAGE_NONE;
	size_t at = 0, length, count = 0, words;

	while (count++ < MODULES_MAX &&
		pkg_line_next(info->modules, info->modules_length, &at, &line, &length)) {
		if (memchr(line, '\0', length) || length > 2048)
			continue;
		words = split(binary->set, line, length, word);
		if (words >= 3 && (strcmp(word[0], "mod") == 0 || strcmp(word[0], "dep") == 0))
			last = add(binary, PACKAGE_GO, word[1], *word[2] ? word[2] : "(devel)");
		else if (words >= 3 && strcmp(word[0], "=>") == 0 && last != PACKAGE_NONE &&
			 pkg_name_fine(word[1]) && pkg_name_fine(word[2])) {
			binary->set->package[last].name = word[1]; /* a replaced module */
			binary->set->package[last].version = word[2];
		}
	}
	length = CLN_MIN(info->version_length, 64);
	standard = pkg_dup(binary->set, info->version, length);
	if (strncmp(standard, "go", 2) == 0)
		add(binary, PACKAGE_GO, "stdlib",
			cln_arena_format(binary->set->arena, "v%.*s",
				(int)strcspn(standard + 2, " "), standard + 2));
}

static void add_rust(struct binary *binary, const char *text, size_t size)
{
	cln_owned(cln_json_drop) json_t *json = NULL;
	struct cln_err why = { 0 };
	char path[4096];
	json_t *crate, *crates;
	size_t i;

	if (cln_json_parse(text, size, &json, &why) < 0) {
		pkg_finding(binary->set, "%s: .dep-v0: %s",
			tree_path(binary->set->tree, binary->node, path), why.text);
		return;
	}
	crates = json_object_get(json, "packages");
	for (int root = 1; root >= 0; root--) /* the root first: it owns the file */
		json_array_foreach (crates, i, crate) {
			const char *name = cln_json_str(crate, "name", "");
			const char *version = cln_json_str(crate, "version", "");

			if (cln_json_bool(crate, "root", false) == (root == 1) && i < MODULES_MAX &&
				strcmp(cln_json_str(crate, "kind", "runtime"), "build") != 0)
				add(binary, PACKAGE_CARGO,
					cln_arena_strdup(binary->set->arena, name),
					cln_arena_strdup(binary->set->arena, version));
		}
}

static void unpack_rust(struct binary *binary, const void *packed, size_t size)
{
	struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
	size_t room = CLN_MIN((size_t)RUST_MAX, size * 1032 + 64), got = 0;
	cln_owned(cln_drop_mem) char *text = cln_alloc(room + 1);
	char path[4096];

	if (inflater && libdeflate_zlib_decompress(inflater, packed, size, text, room, &got) ==
				LIBDEFLATE_SUCCESS)
		add_rust(binary, text, got);
	else
		pkg_finding(binary->set, "%s: .dep-v0 does not unpack",
			tree_path(binary->set->tree, binary->node, path));
	libdeflate_free_decompressor(inflater);
}

/* A section's bytes; NULL where it lies outside of the file or is too large. */
static char *part_new(const struct binary *binary, const struct elf_part *part, size_t ceiling,
	struct cln_err *err)
{
	const struct inode *inode = tree_inode(binary->set->tree, binary->node);
	char *data;

	if (part->size > ceiling || part->offset > inode->size_bytes ||
		part->size > inode->size_bytes - part->offset)
		return NULL;
	data = cln_alloc(part->size + 1);
	if (tree_read(binary->set->tree, binary->node, part->offset, data, part->size, err) == 0)
		return data;
	free(data);
	return NULL;
}

static int use_section(
	struct binary *binary, const char *name, const struct elf_part *part, struct cln_err *err)
{
	bool go = strcmp(name, ".go.buildinfo") == 0, rust = strcmp(name, ".dep-v0") == 0;
	cln_owned(cln_drop_mem) char *data = NULL;
	struct go_info info;
	char path[4096];

	if (!go && !rust)
		return 0;
	data = part_new(binary, part, PKG_META_MAX, err);
	if (!data)
		return -err->code;
	if (rust)
		unpack_rust(binary, data, part->size);
	else if (go_info_parse((const unsigned char *)data, part->size, &info))
		add_go(binary, &info);
	else
		pkg_finding(binary->set, "%s: Go build info of a form before Go 1.18, not read",
			tree_path(binary->set->tree, binary->node, path));
	return 0;
}

static int read_sections(
	struct binary *binary, const unsigned char *head, size_t head_size, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *headers = NULL, *names = NULL;
	struct elf_part table, part;
	uint32_t entry, index, name;
	int r = 0;

	if (!elf_sections(head, head_size, &table, &entry, &index))
		return 0;
	headers = part_new(binary, &table, SECTIONS_MAX, err);
	if (!headers)
		return -err->code;
	if (!elf_section(
		    head, (unsigned char *)headers + (size_t)index * entry, entry, &name, &part))
		return 0;
	names = part_new(binary, &part, NAMES_MAX, err);
	if (!names)
		return -err->code;
	for (size_t at = 0, size = part.size; r == 0 && at + entry <= table.size; at += entry)
		if (elf_section(head, (unsigned char *)headers + at, entry, &name, &part) &&
			name < size)
			r = use_section(binary, names + name, &part, err);
	return r;
}

int pkg_read_binaries(struct pkg_set *set, struct cln_err *err)
{
	const struct tree *tree = set->tree;

	for (uint32_t i = 0; i < tree->node_count; i++) {
		const struct inode *inode = tree_inode(tree, i);
		struct binary binary = { set, i };
		unsigned char head[64];
		char path[4096];

		if (inode->type != NODE_FILE || inode->size_bytes < 4096 ||
			pkg_is_distro_owned(set, i))
			continue;
		if (tree_read(tree, i, 0, head, sizeof(head), err) < 0 ||
			read_sections(&binary, head, sizeof(head), err) < 0)
			return cln_within(err, "%s", tree_path(tree, i, path));
	}
	return 0;
}
