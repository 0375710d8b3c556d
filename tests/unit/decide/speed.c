// SPDX-License-Identifier: Apache-2.0
/* Deciding is linear: 50,000 paths take under 100 ms on a machine with nothing else to do. */
#include "tests/unit/decide/decide_sample.h"

#include <time.h>

static struct tree *big_tree(uint32_t files)
{
	struct cln_err err = { 0 };
	struct spool *spool = NULL;
	struct tree *tree;

	cr_assert_eq(spool_new(NULL, 0, &spool, &err), 0);
	tree = tree_new(spool);
	tree_layer_begin(tree);
	for (uint32_t i = 0; i < files; i++) {
		char path[128];
		struct tree_entry entry = { .path = path, .type = NODE_FILE, .mode = 0644 };

		snprintf(path, sizeof(path), "usr/share/part%u/some/folder%u/file-%u", i % 7,
			i / 40, i);
		if (i % 20 == 0) {
			entry.type = NODE_SYMLINK;
			entry.target = "some-file-that-is-not-there";
		}
		cr_assert_eq(tree_layer_add(tree, &entry, NULL, &err), 0, "%s", err.text);
	}
	cr_assert_eq(tree_layer_end(tree, &err), 0);
	cr_assert_eq(tree_seal(tree, &err), 0);
	return tree;
}

static double seconds_for(uint32_t files)
{
	struct decide_case c;
	struct timespec from, to;
	struct tree *small;
	char path[4096];

	case_begin(&c, NULL, 0);
	small = c.tree;
	c.in.tree = c.tree = big_tree(files);
	tree_free(small);
	for (uint32_t node = 1; node < c.tree->node_count; node++)
		case_use(&c, CLN_ROLE_MAIN, tree_path(c.tree, node, path), CLN_READ, NULL);
	cln_trace_settle(c.trace);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	case_decide(&c);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	cr_expect_geq(c.keep->kept_count, files / 20 * 19);
	case_end(&c);
	return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

/* The bound is wide: sanitizers and neighbours cost a factor of ten or more. What
 * it catches is work that grows with the square. */
Test(decide_speed, linear)
{
	double some = seconds_for(50000);

	fprintf(stderr, "decide: 50,000 paths in %.0f ms\n", some * 1000);
	cr_expect_lt(some, 3.0);
}
