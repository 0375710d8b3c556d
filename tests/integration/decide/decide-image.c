// SPDX-License-Identifier: Apache-2.0
/*
 * decide-image - decides on a real image and prints each kept path with its reason.
 *
 * usage: decide-image REF PROGRAM...            as if production ran these programs
 *        decide-image REF --manifest FILE [PATH...]   as a trace says; PATHs are explained
 */
#include "packager/decide/keep.h"
#include "packager/read/read.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct cln_trace *trace_of_programs(char **program, int count)
{
	static const struct cln_trace_root root = { .kind = "container",
		.platform = "linux/amd64",
		.recognised = "mount-namespace",
		.cgroup = "" };
	struct cln_trace_use use = { .exec = CLN_TRACE_NONE, .access = CLN_EXEC };
	struct cln_trace *trace = cln_trace_new();

	cln_trace_add_root(trace, &root);
	for (int i = 0; i < count; i++)
		cln_trace_add_file(trace, 0, program[i], NULL, &use);
	cln_trace_settle(trace);
	return trace;
}

static void print(const struct keep_input *in, const struct keep *keep)
{
	char path[4096], via[4096];

	for (uint32_t node = 0; node < keep->node_count; node++) {
		enum keep_why why = (enum keep_why)keep->why[node];
		bool by_node = why > WHY_TRACED && why < WHY_RULE_KEEP &&
			       keep->via[node] < keep->node_count;

		if (why_keeps(why))
			printf("%s %s %s\n", tree_path(in->tree, node, path), why_name(why),
				by_node ? tree_path(in->tree, keep->via[node], via) : "-");
	}
	for (size_t i = 0; i < keep->warning.count; i++)
		fprintf(stderr, "warning: %s\n", keep->warning.item[i]);
	for (size_t i = 0; i < keep->left_out.count; i++)
		fprintf(stderr, "left out: %s\n", keep->left_out.item[i]);
}

static int run(int argc, char **argv, struct cln_err *err)
{
	const struct read_options options = { .ref = argv[1] };
	struct keep_rules rules = { 0 };
	struct keep_input in = { .rules = &rules };
	bool manifest = argc > 3 && !strcmp(argv[2], "--manifest");
	cln_owned(image_drop) struct image *image = NULL;
	cln_owned(tree_drop) struct tree *tree = NULL;
	cln_owned(packages_drop) struct packages *packages = NULL;
	cln_owned(cln_trace_drop) struct cln_trace *trace = NULL;
	cln_owned(keep_drop) struct keep *keep = NULL;
	struct timespec from, to;
	int r;

	if ((r = image_open(&options, &image, &tree, err)) < 0 ||
		(r = packages_read(tree, &packages, err)) < 0)
		return r;
	if (!manifest)
		trace = trace_of_programs(argv + 2, argc - 2);
	else if ((r = cln_trace_read(argv[3], &trace, err)) < 0)
		return r;
	in.image = image;
	in.tree = tree;
	in.packages = packages;
	in.trace = trace;
	if (manifest && (r = keep_find_root(&in, false, &in.root, err)) < 0)
		return r;
	clock_gettime(CLOCK_MONOTONIC, &from);
	r = keep_compute(&in, &keep, err);
	if (r < 0)
		return r;
	clock_gettime(CLOCK_MONOTONIC, &to);
	fprintf(stderr, "%u of %u paths kept, decided in %.0f ms\n", keep->kept_count,
		keep->node_count,
		(double)(to.tv_sec - from.tv_sec) * 1e3 +
			(double)(to.tv_nsec - from.tv_nsec) / 1e6);
	if (!manifest || argc == 4)
		print(&in, keep);
	for (int i = 4; manifest && i < argc; i++) {
		cln_owned(cln_drop_mem) char *text = keep_explain_new(&in, keep, argv[i]);

		fputs(text, stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct cln_err err = { 0 };

	if (argc < 3) {
		fputs("usage: decide-image REF PROGRAM... | REF --manifest FILE [PATH...]\n",
			stderr);
		return 2;
	}
	return run(argc, argv, &err) < 0 ? cln_err_report(&err, "decide-image") : 0;
}
