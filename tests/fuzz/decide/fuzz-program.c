// SPDX-License-Identifier: Apache-2.0
/* Any bytes as the program of an image: deciding on it ends, and keeps it. */
#include "packager/decide/keep.h"
#include "tests/unit/tree_sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const none[] = { NULL };
	static const struct cln_trace_root root = { .kind = "container",
		.platform = "linux/amd64",
		.recognised = "mount-namespace",
		.cgroup = "" };
	const struct sample files[] = {
		{ "app", 0755, (const char *)data, .size = size },
		{ "usr/bin/env", 0755, "tool" },
		{ "usr/bin/python3", 0755, "tool" },
	};
	cln_owned(tree_drop) struct tree *tree = NULL;
	cln_owned(cln_trace_drop) struct cln_trace *trace = NULL;
	cln_owned(keep_drop) struct keep *keep = NULL;
	struct image image = {
		.env = none, .entrypoint = none, .cmd = none, .architecture = "amd64"
	};
	struct keep_rules rules = { 0 };
	struct cln_trace_use use = { .exec = CLN_TRACE_NONE, .access = CLN_EXEC };
	struct cln_err err = { 0 };

	if (!size || size > 65536)
		return 0;
	tree = sample_tree(files, CLN_COUNT(files));
	trace = cln_trace_new();
	cln_trace_add_root(trace, &root);
	cln_trace_add_file(trace, 0, "/app", NULL, &use);
	cln_trace_settle(trace);
	struct keep_input in = { .image = &image, .tree = tree, .trace = trace, .rules = &rules };
	if (keep_compute(&in, &keep, &err) < 0)
		abort();
	if (keep->why[tree_lookup(tree, "/app")] != WHY_TRACED &&
		keep->why[tree_lookup(tree, "/app")] != WHY_SHELL)
		abort();
	return 0;
}
