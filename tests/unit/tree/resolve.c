// SPDX-License-Identifier: Apache-2.0
/* Resolving as the kernel does with the image as its root. */
#include "tests/unit/tree_sample.h"

#include <criterion/criterion.h>

static const struct sample files[] = {
	{ "usr/lib/x", 0644, "1" },
	{ "usr/lib/x.so", 0, .link = "x" },
	{ "lib", 0, .link = "usr/lib" },
	{ "abs", 0, .link = "/lib/x.so" },
	{ "up", 0, .link = "../../../usr/lib/../lib" },
	{ "ring", 0, .link = "ring2" },
	{ "ring2", 0, .link = "/ring" },
	{ "dangling", 0, .link = "no/where" },
	{ "slash", 0, .link = "usr/" },
	{ "a-b", 0644, "2" },
	{ "a/b", 0644, "3" },
};

Test(tree, resolve)
{
	static const struct {
		const char *path;
		bool follow;
		const char *end;  /* NULL: missing */
		const char *real; /* the text of it */
		uint32_t links;
		const char *stuck;
	} cases[] = {
		{ "/", true, "/", "/", 0, NULL },
		{ "/usr/lib/x", true, "/usr/lib/x", "/usr/lib/x", 0, NULL },
		{ "/lib/x", true, "/usr/lib/x", "/usr/lib/x", 1, NULL },
		{ "/lib/x.so", true, "/usr/lib/x", "/usr/lib/x", 2, NULL },
		{ "/lib/x.so", false, "/usr/lib/x.so", "/usr/lib/x.so", 1, NULL },
		{ "/abs", true, "/usr/lib/x", "/usr/lib/x", 3, NULL },
		{ "/abs", false, "/abs", "/abs", 0, NULL },
		{ "/up/x", true, "/usr/lib/x", "/usr/lib/x", 1, NULL },
		{ "/../../usr", true, "/usr", "/usr", 0, NULL },
		{ "/slash/lib", true, "/usr/lib", "/usr/lib", 1, NULL },
		{ "/lib/", false, "/usr/lib", "/usr/lib", 1, NULL },
		{ "/dangling", true, NULL, "/no/where", 1, "/" },
		{ "/usr/no/such", true, NULL, "/usr/no/such", 0, "/usr" },
		{ "/lib/new", true, NULL, "/usr/lib/new", 1, "/usr/lib" },
		{ "/usr/lib/x/y", true, NULL, "/usr/lib/x/y", 0, "/usr/lib" },
		{ "/a", true, "/a", "/a", 0, NULL },
	};
	cln_owned(tree_drop) struct tree *tree = sample_tree(files, CLN_COUNT(files));

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct tree_walk walk;
		uint32_t end = tree_resolve(tree, cases[i].path, cases[i].follow, &walk);
		uint32_t want = cases[i].end ? tree_lookup(tree, cases[i].end) : TREE_NONE;

		cr_expect_eq(end, want, "%s ends at %u", cases[i].path, end);
		cr_expect_eq(walk.end, end);
		cr_expect_str_eq(walk.real, cases[i].real, "%s is %s", cases[i].path, walk.real);
		cr_expect_eq(walk.link_count, cases[i].links, "%s", cases[i].path);
		cr_expect(!walk.loop);
		if (cases[i].stuck)
			cr_expect_eq(
				walk.stuck, tree_lookup(tree, cases[i].stuck), "%s", cases[i].path);
	}
}

Test(tree, resolve_stops_at_rings)
{
	cln_owned(tree_drop) struct tree *tree = sample_tree(files, CLN_COUNT(files));
	struct tree_walk walk;

	cr_expect_eq(tree_resolve(tree, "/ring", true, &walk), TREE_NONE);
	cr_expect(walk.loop);
	cr_expect_neq(tree_resolve(tree, "/ring", false, &walk), TREE_NONE);
}

Test(tree, every_node_is_found_under_its_path)
{
	cln_owned(tree_drop) struct tree *tree = sample_tree(files, CLN_COUNT(files));
	char path[4096];

	for (uint32_t id = 0; id < tree->node_count; id++) {
		cr_expect_eq(tree_lookup(tree, tree_path(tree, id, path)), id, "%s", path);
		cr_expect(id == TREE_ROOT || tree->node[id].parent < id);
	}
	cr_expect_eq(tree_lookup(tree, "/no"), TREE_NONE);
	cr_expect_eq(tree_lookup(tree, "usr"), TREE_NONE);
}
