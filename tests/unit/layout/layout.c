// SPDX-License-Identifier: Apache-2.0
/* From kept nodes, edits and extras to the list that is written, and its tar headers. */
#include "common/buf.h"
#include "packager/plan/layout.h"
#include "packager/write/tarout.h"
#include "tests/unit/tree_sample.h"

#include <criterion/criterion.h>
#include <errno.h>

static const struct xattr cap = { "security.capability", "\1\0\0\2", 4 };

static const struct sample files[] = {
	{ "bin", 0, .link = "usr/bin" },
	{ "usr/bin/", 0711, .uid = 1 },
	{ "usr/bin/su", 04755, "su" },
	{ "usr/bin/ping", 0755, "ping", .xattr = &cap, .xattr_count = 1 },
	{ "usr/bin/ping4", .same = "usr/bin/ping" },
	{ "var/cache/old", 0644, "old", .gid = 3 },
	{ "var/log/", 0775, .gid = 4 },
	{ "etc/conf", 0640, "conf", .mtime = 77 },
	{ "srv/kept/", 0755, .mtime = 77 },
};

/* A line an entry: "d 755 0:0 /usr", "h ... = /first", "f ... (plan)". */
static char *layout_text(const struct layout *layout)
{
	struct cln_buf text = { 0 };
	char path[4096];

	for (size_t i = 0; i < layout->count; i++) {
		const struct layout_entry *entry = &layout->entry[i];
		const struct layout_entry *same = &layout->entry[entry->hard_link];

		cln_buf_addf(&text, "%c %o %u:%u %s", "dflpcbs"[entry->type], entry -> mode,
			entry -> uid, entry -> gid, layout_path(layout, entry, path));
		if (entry->hard_link)
			cln_buf_addf(&text, " = %s", layout_path(layout, same, path));
		else if (entry->type == NODE_SYMLINK)
			cln_buf_addf(&text, " -> %s", entry->target);
		if (entry->origin != ORIGIN_IMAGE)
			cln_buf_addf(&text, " (%s)", layout_origin_name(entry->origin));
		cln_buf_addc(&text, '\n');
	}
	return cln_buf_steal(&text);
}

struct layout_case {
	const char *name;
	const char *keep[8];
	struct plan_edit edit[4];
	const char *edit_node[4]; /* by edit: path of its node */
	struct layout_extra extra[2];
	const char *want; /* NULL: refused */
};

static const struct layout_case cases[] = {
	{ .name = "nothing kept is the root alone", .want = "d 755 0:0 /\n" },
	{ .name = "parents come with their own metadata",
		.keep = { "/usr/bin/su" },
		.want = "d 755 0:0 /\nd 755 0:0 /usr\nd 711 1:0 /usr/bin\nf 4755 0:0 /usr/bin/su\n" },
	{ .name = "names of one file are hard links",
		.keep = { "/usr/bin/ping", "/usr/bin/ping4" },
		.want = "d 755 0:0 /\nd 755 0:0 /usr\nd 711 1:0 /usr/bin\nf 755 0:0 /usr/bin/ping\n"
			"f 755 0:0 /usr/bin/ping4 = /usr/bin/ping\n" },
	{ .name = "setuid is cleared by an edit",
		.keep = { "/usr/bin/su" },
		.edit = { { .kind = EDIT_MODE, .path = "/usr/bin/su", .mode = 0755 } },
		.edit_node = { "/usr/bin/su" },
		.want = "d 755 0:0 /\nd 755 0:0 /usr\nd 711 1:0 /usr/bin\nf 755 0:0 /usr/bin/su\n" },
	{ .name = "a new directory, with its parents",
		.edit = { { .kind = EDIT_DIR, .path = "/run/app", .mode = 0750, .uid = 9 } },
		.want = "d 755 0:0 /\nd 755 0:0 /run (plan)\nd 750 9:0 /run/app (plan)\n" },
	{ .name = "a directory of the image changes its mode and stays the image's elsewhere",
		.keep = { "/var/cache/old" },
		.edit = { { .kind = EDIT_DIR, .path = "/var/cache", .mode = 0700, .uid = 9 } },
		.want = "d 755 0:0 /\nd 755 0:0 /var\nd 700 9:0 /var/cache (plan)\nf 644 0:3 "
			"/var/cache/old\n" },
	{ .name = "a parent that only an edit needs is the image's own",
		.edit = { { .kind = EDIT_DIR, .path = "/usr/bin/x", .mode = 0700 } },
		.want = "d 755 0:0 /\nd 755 0:0 /usr\nd 711 1:0 /usr/bin\nd 700 0:0 /usr/bin/x (plan)\n" },
	{ .name = "a symlink replaces a folder and all in it",
		.keep = { "/var/cache/old", "/var/log" },
		.edit = { { .kind = EDIT_SYMLINK, .path = "/var/cache", .target = "/run/cache" } },
		.want = "d 755 0:0 /\nd 755 0:0 /var\nl 777 0:0 /var/cache -> /run/cache (plan)\nd 775 0:4 "
			"/var/log\n" },
	{ .name = "a mount hides a file, its seed has the owner it had",
		.keep = { "/var/cache/old" },
		.edit = { { .kind = EDIT_REMOVE, .path = "/var/cache/old" },
			{ .kind = EDIT_SEED, .path = "/var/cache/old", .target = "/seed/old" } },
		.edit_node = { "/var/cache/old", "/var/cache/old" },
		.want = "d 755 0:0 /\nd 755 0:0 /seed (plan)\nf 644 0:3 /seed/old\nd 755 0:0 /var\nd 755 0:0 "
			"/var/cache\n" },
	{ .name = "a seed has the owner that the plan names",
		.edit = { { .kind = EDIT_SEED,
			.path = "/var/cache/old",
			.target = "/seed/old",
			.mode = 0600,
			.uid = 7,
			.gid = 8 } },
		.edit_node = { "/var/cache/old" },
		.want = "d 755 0:0 /\nd 755 0:0 /seed (plan)\nf 600 7:8 /seed/old\n" },
	{ .name = "a removed folder takes what is below it along",
		.keep = { "/var/cache/old", "/etc/conf" },
		.edit = { { .kind = EDIT_REMOVE, .path = "/var" } },
		.edit_node = { "/var" },
		.want = "d 755 0:0 /\nd 755 0:0 /etc\nf 640 0:0 /etc/conf\n" },
	{ .name = "a file of the plan replaces the image's",
		.keep = { "/etc/conf" },
		.edit = { { .kind = EDIT_FILE,
			.path = "/etc/conf",
			.data = "new",
			.data_size = 3,
			.mode = 0600 } },
		.want = "d 755 0:0 /\nd 755 0:0 /etc\nf 600 0:0 /etc/conf (plan)\n" },
	{ .name = "documents and the init",
		.extra = { { "/clnimg-init", 0755, "ELF", 3, ORIGIN_INIT },
			{ "/var/lib/db/sbom/x", 0644, "{}", 2, ORIGIN_DOCUMENT } },
		.want = "d 755 0:0 /\nf 755 0:0 /clnimg-init (init)\nd 755 0:0 /var\nd 755 0:0 /var/lib "
			"(plan)\nd 755 0:0 /var/lib/db (plan)\nd 755 0:0 /var/lib/db/sbom (plan)\nf 644 0:0 "
			"/var/lib/db/sbom/x (document)\n" },
	{ .name = "below a file there is nothing",
		.keep = { "/etc/conf" },
		.edit = { { .kind = EDIT_DIR, .path = "/etc/conf/x", .mode = 0755 } } },
	{ .name = "a path that is none",
		.edit = { { .kind = EDIT_DIR, .path = "/etc/../x", .mode = 0755 } } },
	{ .name = "an extra in place of the root",
		.extra = { { "/", 0644, "", 0, ORIGIN_DOCUMENT } } },
};

static int layout_of(const struct tree *tree, const struct layout_case *is, struct layout **out,
	struct cln_err *err)
{
	struct keep keep = { .node_count = tree->node_count };
	struct plan_edit edit[CLN_COUNT(is->edit)];
	struct plan plan = { .edit = edit };
	size_t extras = 0;
	int r;

	keep.why = calloc(tree->node_count, 1);
	for (size_t i = 0; i < CLN_COUNT(is->keep) && is->keep[i]; i++)
		keep.why[tree_lookup(tree, is->keep[i])] = WHY_TRACED;
	for (size_t i = 0; i < CLN_COUNT(is->edit) && is->edit[i].path; i++) {
		edit[i] = is->edit[i];
		edit[i].node = is->edit_node[i] ? tree_lookup(tree, is->edit_node[i]) : TREE_NONE;
		plan.edit_count++;
	}
	while (extras < CLN_COUNT(is->extra) && is->extra[extras].path)
		extras++;
	r = layout_make(tree, &keep, &plan, is->extra, extras, 1234, out, err);
	free(keep.why);
	return r;
}

Test(layout, cases)
{
	cln_owned(tree_drop) struct tree *tree = sample_tree(files, CLN_COUNT(files));

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(layout_drop) struct layout *layout = NULL;
		cln_owned(cln_drop_mem) char *text = NULL;
		struct cln_err err = { 0 };
		int r = layout_of(tree, &cases[i], &layout, &err);

		if (!cases[i].want) {
			cr_expect(r < 0, "%s: not refused", cases[i].name);
			continue;
		}
		cr_expect_eq(r, 0, "%s: %s", cases[i].name, err.text);
		if (r < 0)
			continue;
		text = layout_text(layout);
		cr_expect_str_eq(text, cases[i].want, "%s:\n%swanted:\n%s", cases[i].name, text,
			cases[i].want);
	}
}

/* The image's own keep their time, all else has the epoch. */
Test(layout, times)
{
	cln_owned(tree_drop) struct tree *tree = sample_tree(files, CLN_COUNT(files));
	static const struct layout_case is = { .keep = { "/etc/conf", "/srv/kept" },
		.edit = { { .kind = EDIT_DIR, .path = "/run", .mode = 0755 },
			{ .kind = EDIT_DIR, .path = "/srv/kept", .mode = 0700 } } };
	cln_owned(layout_drop) struct layout *layout = NULL;
	struct cln_err err = { 0 };

	cr_assert_eq(layout_of(tree, &is, &layout, &err), 0);
	for (size_t i = 0; i < layout->count; i++) {
		const struct layout_entry *entry = &layout->entry[i];
		char room[4096];
		const char *path = layout_path(layout, entry, room);
		bool kept = !strcmp(path, "/etc/conf") || !strcmp(path, "/srv/kept");

		cr_expect_eq(entry->mtime, kept ? 77 : !strcmp(path, "/run") ? 1234 : 0);
	}
}

/* The order of the paths' bytes, which is not that of names folder by folder. */
Test(layout, order)
{
	static const struct sample odd[] = { { "a/b" }, { "a/-/x" }, { "a-/b" }, { "a-b/c" },
		{ "a-b!" }, { "a./z" }, { "a0" }, { "a!/q/r" }, { "a!/q!" }, { "b" }, { "a/b " },
		{ "a\xff/y" }, { "aa/a" }, { "a-/-/-" } };
	struct plan_edit edit[] = { { .kind = EDIT_DIR, .path = "/zz" },
		{ .kind = EDIT_DIR, .path = "/a/+" }, { .kind = EDIT_DIR, .path = "/a-/," } };
	cln_owned(tree_drop) struct tree *tree = sample_tree(odd, CLN_COUNT(odd));
	cln_owned(layout_drop) struct layout *layout = NULL;
	const struct plan plan = { .edit = edit, .edit_count = CLN_COUNT(edit) };
	struct keep keep = { .node_count = tree->node_count };
	char before[4096] = "", path[4096];
	struct cln_err err = { 0 };

	keep.why = malloc(tree->node_count);
	memset(keep.why, WHY_TRACED, tree->node_count);
	cr_assert_eq(layout_make(tree, &keep, &plan, NULL, 0, 0, &layout, &err), 0);
	free(keep.why);
	cr_expect_eq(layout->count, tree->node_count + plan.edit_count);
	for (size_t i = 0; i < layout->count; i++) {
		const char *is = layout_path(layout, &layout->entry[i], path);

		cr_expect(strcmp(before, is) < 0, "%s stands in front of %s", before, is);
		snprintf(before, sizeof(before), "%s", is);
	}
}

/* PAX only where ustar cannot say it: blocks of the header alone. */
Test(layout, headers_are_plain_where_they_can_be)
{
	cln_owned(tree_drop) struct tree *tree = sample_tree(files, CLN_COUNT(files));
	const struct layout layout = { .tree = tree };
	char name155[300], name300[310];
	struct layout_entry entry = { .path = "/a", .node = TREE_NONE, .type = NODE_FILE };
	struct {
		const char *path;
		int64_t mtime;
		uint32_t uid;
		uint64_t size;
		uint32_t node;
		size_t blocks;
	} rows[] = {
		{ "/a", 0, 0, 0, TREE_NONE, 1 },
		{ "/a", -1, 0, 0, TREE_NONE, 3 },
		{ "/a", 1LL << 33, 0, 0, TREE_NONE, 3 },
		{ "/a", (1LL << 33) - 1, 2097151, 8589934591, TREE_NONE, 1 },
		{ "/a", 0, 2097152, 0, TREE_NONE, 3 },
		{ "/a", 0, 0, 8589934592, TREE_NONE, 3 },
		{ name155, 0, 0, 0, TREE_NONE, 1 },
		{ name300, 0, 0, 0, TREE_NONE, 3 },
		{ "/a", 0, 0, 0, tree_lookup(tree, "/usr/bin/ping"), 3 },
		{ "/a", 0, 0, 0, tree_lookup(tree, "/usr/bin/su"), 1 },
	};

	memset(name155, 'n', sizeof(name155));
	memcpy(name155, "/", 1);
	name155[120] = '/';
	name155[200] = '\0';
	memset(name300, 'n', sizeof(name300));
	name300[0] = '/';
	name300[300] = '\0';
	for (size_t i = 0; i < CLN_COUNT(rows); i++) {
		cln_owned(cln_buf_release) struct cln_buf out = { 0 };
		struct cln_err err = { 0 };

		entry.path = rows[i].path;
		entry.uid = rows[i].uid;
		entry.size_bytes = rows[i].size;
		entry.node = rows[i].node;
		cr_expect_eq(tarout_header(&out, &layout, &entry, rows[i].mtime, &err), 0);
		cr_expect_eq(out.size, rows[i].blocks * 512, "row %zu: %zu bytes", i, out.size);
	}
	entry.type = NODE_SOCKET;
	struct cln_buf out = { 0 };
	struct cln_err err = { 0 };

	cr_expect_eq(tarout_header(&out, &layout, &entry, 0, &err), -ENOTSUP);
	cln_buf_release(&out);
}
