// SPDX-License-Identifier: Apache-2.0
/* Every merge rule of tree_build.h: layers in, the whole resulting tree as text out. */
#include "common/buf.h"
#include "tests/unit/tree_sample.h"

#include <criterion/criterion.h>
#include <errno.h>

/* "d 755 0:0 /usr\nf 644 0:0 /usr/x =bytes\n": a line a node, in the tree's order. A
 * file with several names shows the first of them. */
static char *tree_text(const struct tree *tree)
{
	struct cln_buf text = { 0 };
	char path[4096], first[4096];

	for (uint32_t id = 0; id < tree->node_count; id++) {
		const struct inode *inode = tree_inode(tree, id);
		uint32_t other = 0;

		cln_buf_addf(&text, "%c %o %u:%u %s", "dflpcbs"[inode->type], inode -> mode,
			inode -> uid, inode -> gid, tree_path(tree, id, path));
		if (inode->type == NODE_SYMLINK)
			cln_buf_addf(&text, " ->%s", inode->target);
		if (inode->type == NODE_FILE) {
			char bytes[64] = "";
			struct cln_err err = { 0 };

			cr_assert_eq(tree_read(tree, id, 0, bytes, inode->size_bytes, &err), 0);
			cln_buf_addf(&text, " =%s", bytes);
		}
		while (tree->node[other].inode != tree->node[id].inode)
			other++;
		if (other != id)
			cln_buf_addf(&text, " same as %s", tree_path(tree, other, first));
		cln_buf_addc(&text, '\n');
	}
	return cln_buf_steal(&text);
}

struct merge_case {
	const char *name;
	struct sample sample[12]; /* ends at the first { .path = "end" } */
	const char *want;	  /* NULL: refused, with `error` in the text */
	const char *error;
};

#define END                   \
	{                     \
		.path = "end" \
	}
#define NEXT                 \
	{                    \
		.path = NULL \
	}

static const struct merge_case cases[] = {
	{ "parents that nobody named", { { "a/b", 0644, "1" }, END },
		"d 755 0:0 /\nd 755 0:0 /a\nf 644 0:0 /a/b =1\n", NULL },
	{ "names in every spelling", { { "./a/", 0750, .uid = 7 }, { "/a//./b", 0600, "1" }, END },
		"d 755 0:0 /\nd 750 7:0 /a\nf 600 0:0 /a/b =1\n", NULL },
	{ "the root's own entry", { { "./", 01777, .gid = 3 }, END }, "d 1777 0:3 /\n", NULL },
	{ "a later file replaces, metadata too",
		{ { "a", 04755, "old", .uid = 5 }, NEXT, { "a", 0644, "new" }, END },
		"d 755 0:0 /\nf 644 0:0 /a =new\n", NULL },
	{ "a directory over a directory changes only its metadata",
		{ { "d/", 0755 }, { "d/x", 0644, "1" }, NEXT, { "d/", 0700, .uid = 9 }, END },
		"d 755 0:0 /\nd 700 9:0 /d\nf 644 0:0 /d/x =1\n", NULL },
	{ "a file over a directory takes its content away",
		{ { "d/x/y", 0644, "1" }, NEXT, { "d", 0644, "2" }, END },
		"d 755 0:0 /\nf 644 0:0 /d =2\n", NULL },
	{ "a directory over a file",
		{ { "d", 0644, "1" }, NEXT, { "d/", 0711 }, { "d/x", 0644, "2" }, END },
		"d 755 0:0 /\nd 711 0:0 /d\nf 644 0:0 /d/x =2\n", NULL },
	{ "a directory over a symlink replaces it and leaves its target alone",
		{ { "e/x", 0644, "1" }, { "d", .link = "e" }, NEXT, { "d/", 0755 },
			{ "d/y", 0644, "2" }, END },
		"d 755 0:0 /\nd 755 0:0 /d\nf 644 0:0 /d/y =2\nd 755 0:0 /e\nf 644 0:0 /e/x =1\n",
		NULL },
	{ "the same with the directory's entry behind its content",
		{ { "e/x", 0644, "1" }, { "d", .link = "e" }, NEXT, { "d/s/", 0755 },
			{ "d/", 0755 }, END },
		"d 755 0:0 /\nd 755 0:0 /d\nd 755 0:0 /d/s\nd 755 0:0 /e\nf 644 0:0 /e/x =1\n",
		NULL },
	{ "a symlink over a directory", { { "d/x", 0644, "1" }, NEXT, { "d", .link = "e" }, END },
		"d 755 0:0 /\nl 777 0:0 /d ->e\n", NULL },
	{ "a path through a lower symlink stays inside the root",
		{ { "lib", .link = "/usr/lib" }, { "up", .link = "../../../../etc" }, NEXT,
			{ "lib/x", 0644, "1" }, { "up/y", 0644, "2" }, END },
		"d 755 0:0 /\nd 755 0:0 /etc\nf 644 0:0 /etc/y =2\nl 777 0:0 /lib ->/usr/lib\n"
		"l 777 0:0 /up ->../../../../etc\nd 755 0:0 /usr\nd 755 0:0 /usr/lib\n"
		"f 644 0:0 /usr/lib/x =1\n",
		NULL },
	{ "an absolute symlink below the root leads from the root",
		{ { "a/l", .link = "/b" }, NEXT, { "a/l/x", 0644, "1" }, END },
		"d 755 0:0 /\nd 755 0:0 /a\nl 777 0:0 /a/l ->/b\nd 755 0:0 /b\nf 644 0:0 /b/x =1\n",
		NULL },
	{ "a white-out below a lower file, which hides nothing",
		{ { "f", 0644, "1" }, NEXT, { "f/.wh.x" }, { "f/.wh..wh..opq" }, END },
		"d 755 0:0 /\nf 644 0:0 /f =1\n", NULL },
	{ "a white-out", { { "a", 0644, "1" }, { "b", 0644, "2" }, NEXT, { ".wh.a" }, END },
		"d 755 0:0 /\nf 644 0:0 /b =2\n", NULL },
	{ "a white-out of a directory, and of what is not there",
		{ { "d/x/y", 0644, "1" }, NEXT, { ".wh.d" }, { ".wh.none" }, { "no/.wh.x" }, END },
		"d 755 0:0 /\n", NULL },
	{ "a white-out and a file in one layer: the file survives",
		{ { "a", 0644, "1" }, NEXT, { "a", 0600, "2" }, { ".wh.a" }, END },
		"d 755 0:0 /\nf 600 0:0 /a =2\n", NULL },
	{ "the same, white-out first",
		{ { "a", 0644, "1" }, NEXT, { ".wh.a" }, { "a", 0600, "2" }, END },
		"d 755 0:0 /\nf 600 0:0 /a =2\n", NULL },
	{ "a white-out and a new directory: only the new content",
		{ { "d/", 0700, .uid = 1 }, { "d/old", 0644, "1" }, { "d/s/old", 0644, "1" }, NEXT,
			{ ".wh.d" }, { "d/", 0755 }, { "d/new", 0644, "2" }, END },
		"d 755 0:0 /\nd 755 0:0 /d\nf 644 0:0 /d/new =2\n", NULL },
	{ "the same, white-out last",
		{ { "d/", 0700, .uid = 1 }, { "d/old", 0644, "1" }, NEXT, { "d/", 0755 },
			{ "d/new", 0644, "2" }, { ".wh.d" }, END },
		"d 755 0:0 /\nd 755 0:0 /d\nf 644 0:0 /d/new =2\n", NULL },
	{ "a white-out of a parent that the layer needs but does not name",
		{ { "d/", 0700, .uid = 1 }, { "d/old", 0644, "1" }, NEXT, { "d/s/", 0755 },
			{ ".wh.d" }, END },
		"d 755 0:0 /\nd 755 0:0 /d\nd 755 0:0 /d/s\n", NULL },
	{ "a white-out of a symlink, and a directory in its place",
		{ { "e/x", 0644, "1" }, { "d", .link = "e" }, NEXT, { ".wh.d" },
			{ "d/y", 0644, "2" }, END },
		"d 755 0:0 /\nd 755 0:0 /d\nf 644 0:0 /d/y =2\nd 755 0:0 /e\nf 644 0:0 /e/x =1\n",
		NULL },
	{ "an opaque mark first",
		{ { "d/old", 0644, "1" }, NEXT, { "d/", 0755 }, { "d/.wh..wh..opq" },
			{ "d/new", 0644, "2" }, END },
		"d 755 0:0 /\nd 755 0:0 /d\nf 644 0:0 /d/new =2\n", NULL },
	{ "an opaque mark last",
		{ { "d/old", 0644, "1" }, { "d/s/old", 0644, "1" }, NEXT, { "d/new", 0644, "2" },
			{ "d/s/", 0755 }, { "d/.wh..wh..opq" }, END },
		"d 755 0:0 /\nd 755 0:0 /d\nf 644 0:0 /d/new =2\nd 755 0:0 /d/s\n", NULL },
	{ "an opaque mark where the directory replaced a symlink",
		{ { "e/x", 0644, "1" }, { "d", .link = "e" }, NEXT, { "d/.wh..wh..opq" },
			{ "d/", 0755 }, END },
		"d 755 0:0 /\nd 755 0:0 /d\nd 755 0:0 /e\nf 644 0:0 /e/x =1\n", NULL },
	{ "names that aufs uses",
		{ { ".wh..wh.plnk/1.2", 0644, "1" }, { ".wh..wh.aufs", 0644, "" },
			{ "a", 0644, "1" }, END },
		"d 755 0:0 /\nf 644 0:0 /a =1\n", NULL },
	{ "a hard link", { { "a", 0644, "1" }, { "b", .same = "a" }, END },
		"d 755 0:0 /\nf 644 0:0 /a =1\nf 644 0:0 /b =1 same as /a\n", NULL },
	{ "a hard link before its target, and links to links",
		{ { "a", .same = "b" }, { "b", .same = "c" }, { "c", 0644, "1" }, END },
		"d 755 0:0 /\nf 644 0:0 /a =1\nf 644 0:0 /b =1 same as /a\nf 644 0:0 /c =1 same as /a\n",
		NULL },
	{ "a hard link across layers",
		{ { "d/a", 0644, "1" }, { "l", .link = "d" }, NEXT, { "b", .same = "l/a" }, END },
		"d 755 0:0 /\nf 644 0:0 /b =1\nd 755 0:0 /d\nf 644 0:0 /d/a =1 same as /b\nl 777 0:0 /l ->d\n",
		NULL },
	{ "a replaced name leaves the other names of its file alone",
		{ { "a", 0644, "old" }, { "b", .same = "a" }, NEXT, { "a", 0600, "new" }, END },
		"d 755 0:0 /\nf 600 0:0 /a =new\nf 644 0:0 /b =old\n", NULL },
	{ "a white-out of a link's target leaves the other name",
		{ { "a", 0644, "1" }, { "b", .same = "a" }, NEXT, { ".wh.a" }, END },
		"d 755 0:0 /\nf 644 0:0 /b =1\n", NULL },
	{ "a link to a lower file that the layer whites out",
		{ { "a", 0644, "1" }, NEXT, { ".wh.a" }, { "b", .same = "a" }, END },
		"d 755 0:0 /\nf 644 0:0 /b =1\n", NULL },
	{ "a link means the layer's own file, not the lower one of that path",
		{ { "a", 0644, "old" }, NEXT, { "b", .same = "a" }, { "a", 0644, "new" }, END },
		"d 755 0:0 /\nf 644 0:0 /a =new\nf 644 0:0 /b =new same as /a\n", NULL },
	{ "a link to the layer's own file by another name of its folder",
		{ { "usr/lib/a", 0644, "old" }, { "lib", .link = "usr/lib" }, NEXT,
			{ "lib/a", 0644, "new" }, { "lib/c", .same = "usr/lib/a" }, END },
		"d 755 0:0 /\nl 777 0:0 /lib ->usr/lib\nd 755 0:0 /usr\nd 755 0:0 /usr/lib\n"
		"f 644 0:0 /usr/lib/a =new\nf 644 0:0 /usr/lib/c =new same as /usr/lib/a\n",
		NULL },
	{ "the same before the file, through the symlink, and a link to that link",
		{ { "usr/lib/x", 0644, "1" }, { "lib", .link = "usr/lib" }, NEXT,
			{ "d", .same = "c" }, { "c", .same = "lib/new/a" },
			{ "usr/lib/new/a", 0644, "new" }, END },
		"d 755 0:0 /\nf 644 0:0 /c =new\nf 644 0:0 /d =new same as /c\nl 777 0:0 /lib ->usr/lib\n"
		"d 755 0:0 /usr\nd 755 0:0 /usr/lib\nd 755 0:0 /usr/lib/new\n"
		"f 644 0:0 /usr/lib/new/a =new same as /c\nf 644 0:0 /usr/lib/x =1\n",
		NULL },
	{ "a link to a lower file that the layer replaces by a folder, under another name",
		{ { "e/a", 0644, "old" }, { "l", .link = "e" }, NEXT, { "l/a/", 0755 },
			{ "b", .same = "e/a" }, END },
		"d 755 0:0 /\nf 644 0:0 /b =old\nd 755 0:0 /e\nd 755 0:0 /e/a\nl 777 0:0 /l ->e\n",
		NULL },
	{ "a hard link to a symlink", { { "s", .link = "x" }, { "t", .same = "s" }, END },
		"d 755 0:0 /\nl 777 0:0 /s ->x\nl 777 0:0 /t ->x same as /s\n", NULL },
	{ "one path twice: the last counts", { { "a", 0644, "1" }, { "a", 0600, "2" }, END },
		"d 755 0:0 /\nf 600 0:0 /a =2\n", NULL },
	{ "other types",
		{ { "p", 0600, .type = NODE_FIFO, .uid = 4 }, { "c", 0666, .type = NODE_CHAR },
			{ "s", 0755, .type = NODE_SOCKET }, END },
		"d 755 0:0 /\nc 666 0:0 /c\np 600 4:0 /p\ns 755 0:0 /s\n", NULL },

	{ "dots", { { "a/../../x", 0644, "1" }, END }, NULL, "\"..\"" },
	{ "dots in a link", { { "x", 0644, "1" }, { "y", .same = "../x" }, END }, NULL, "\"..\"" },
	{ "a root that is a file", { { "./", 0644, .type = NODE_FIFO }, END }, NULL,
		"no directory" },
	{ "a root that is a symlink", { { "/", .link = "x" }, END }, NULL, "no directory" },
	{ "a white-out of nothing", { { "d/.wh.", 0644 }, END }, NULL, "of nothing" },
	{ "a white-out of the parent", { { "d/.wh...", 0644 }, END }, NULL, "of nothing" },
	{ "an entry below a white-out", { { ".wh.d/x", 0644 }, END }, NULL, "below a white-out" },
	{ "a link to nothing", { { "a", .same = "none" }, END }, NULL, "in no layer" },
	{ "a link to itself", { { "a", .same = "a" }, END }, NULL, "in no layer" },
	{ "links in a ring", { { "a", .same = "b" }, { "b", .same = "a" }, END }, NULL,
		"in no layer" },
	{ "a link to a directory", { { "d/", 0755 }, { "a", .same = "d" }, END }, NULL,
		"directory" },
	{ "a link to the root", { { "a", .same = "/" }, END }, NULL, "directory" },
	{ "a file with children in one layer", { { "f", 0644, "1" }, { "f/x", 0644, "1" }, END },
		NULL, "no directory" },
	{ "the same, children first", { { "f/x", 0644, "1" }, { "f", 0644, "1" }, END }, NULL,
		"same layer fills" },
	{ "symlinks in a ring on the way",
		{ { "a", .link = "b" }, { "b", .link = "a" }, NEXT, { "a/x", 0644, "1" }, END },
		NULL, "Too many levels" },
	{ "a symlink to nothing", { { "a", .link = "" }, END }, NULL, "to nothing" },
};

static size_t sample_count(const struct sample *sample)
{
	size_t count = 0;

	while (!sample[count].path || strcmp(sample[count].path, "end") != 0)
		count++;
	return count;
}

Test(tree, merge_rules)
{
	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(tree_drop) struct tree *tree = NULL;
		cln_owned(cln_drop_mem) char *text = NULL;
		struct cln_err err = { 0 };
		int r = sample_tree_try(
			cases[i].sample, sample_count(cases[i].sample), &tree, &err);

		if (!cases[i].want) {
			cr_expect(r < 0, "%s: not refused", cases[i].name);
			cr_expect(r == 0 || (strstr(err.text, cases[i].error) &&
						    !strncmp(err.text, "entry ", 6)),
				"%s: says %s", cases[i].name, err.text);
			continue;
		}
		cr_expect_eq(r, 0, "%s: %s", cases[i].name, err.text);
		if (r < 0)
			continue;
		text = tree_text(tree);
		cr_expect_str_eq(text, cases[i].want, "%s:\n%swanted:\n%s", cases[i].name, text,
			cases[i].want);
	}
}

Test(tree, repeated_paths_are_told)
{
	static const struct sample twice[] = { { "a", 0644, "1" }, { "a", 0644, "2" } };
	cln_owned(tree_drop) struct tree *tree = sample_tree(twice, CLN_COUNT(twice));
	size_t total;

	cr_expect(strstr(tree_warnings(tree, &total)[0], "a stands there more than once"));
	cr_expect_eq(total, 1);
}

/* "d/a" and "l/a" are one where l leads to d. */
Test(tree, one_place_by_two_paths_is_told)
{
	static const struct sample both[] = { { "d/", 0755 }, { "l", .link = "d" }, { NULL },
		{ "d/a", 0644, "1" }, { "l/a", 0600, "2" } };
	cln_owned(tree_drop) struct tree *tree = sample_tree(both, CLN_COUNT(both));
	cln_owned(cln_drop_mem) char *text = tree_text(tree);
	size_t total;

	cr_expect(strstr(
		tree_warnings(tree, &total)[0], "l/a stands there under more than one path"));
	cr_expect_eq(total, 1);
	cr_expect_str_eq(text, "d 755 0:0 /\nd 755 0:0 /d\nf 600 0:0 /d/a =2\nl 777 0:0 /l ->d\n");
}

/* Without repeated paths the order of a layer's entries never shows. */
Test(tree, order_inside_a_layer_never_matters)
{
	static const struct sample lower[] = {
		{ "d/", 0700 },
		{ "d/old", 0644, "1" },
		{ "e/x", 0644, "2" },
		{ "s", .link = "e" },
		{ "gone", 0644, "3" },
		{ "f", 0644, "4" },
	};
	static const struct sample upper[] = {
		{ "d/", 0755 },
		{ "d/new", 0644, "5" },
		{ "d/.wh..wh..opq" },
		{ "s/", 0711 },
		{ "s/in/", 0755 },
		{ ".wh.gone" },
		{ "other", .same = "gone" },
		{ "f", 0600, "6" },
		{ "g", .same = "f" },
		{ ".wh.e" },
	};
	cln_owned(cln_drop_mem) char *first = NULL;
	unsigned state = 1;

	for (int round = 0; round < 200; round++) {
		struct sample all[CLN_COUNT(lower) + 1 + CLN_COUNT(upper)] = { 0 };
		struct sample *up = all + CLN_COUNT(lower) + 1;
		cln_owned(tree_drop) struct tree *tree = NULL;
		cln_owned(cln_drop_mem) char *text = NULL;

		memcpy(all, lower, sizeof(lower));
		memcpy(up, upper, sizeof(upper));
		for (size_t i = CLN_COUNT(upper) - 1; round && i; i--) {
			size_t j = (state = state * 1664525u + 1013904223u) >> 16;
			struct sample swap = up[i];

			j %= i + 1;
			up[i] = up[j];
			up[j] = swap;
		}
		tree = sample_tree(all, CLN_COUNT(all));
		text = tree_text(tree);
		if (!first)
			first = cln_steal(&text);
		else
			cr_assert_str_eq(text, first, "round %d", round);
	}
}

Test(tree, names_and_paths_have_limits)
{
	char name[400], path[5000] = "";
	struct sample sample = { name, 0644, "1" };
	struct cln_err err = { 0 };
	struct tree *tree = NULL;

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	cr_expect_eq(sample_tree_try(&sample, 1, &tree, &err), 0);
	tree_free(tree);
	name[255] = 'n';
	name[256] = '\0';
	cr_expect_eq(sample_tree_try(&sample, 1, &tree, &err), -ENAMETOOLONG);
	/* through a symlink the real path is longer than the entry's */
	for (int i = 0; i < 200; i++)
		strcat(path, "aaaaaaaaa/");
	struct sample deep[] = { { path, 0755 }, { "l", .link = path }, { NULL }, { NULL } };
	char below[5000] = "l/";

	for (int i = 0; i < 300; i++)
		strcat(below, "aaaaaaaaa/");
	deep[3].path = below;
	deep[3].mode = 0755;
	err = (struct cln_err){ 0 };
	cr_expect_eq(sample_tree_try(deep, 4, &tree, &err), -ENAMETOOLONG, "%s", err.text);
}
