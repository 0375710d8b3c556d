// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/calls.h"
#include "tests/unit/tree_sample.h"

#include <criterion/criterion.h>
#include <string.h>

static bool among(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static const char *const main_calls[] = { "pwrite64", "bpf", NULL };
static const char *const helper_calls[] = { "symlinkat", NULL };
static const char *const startup_calls[] = { "mount", NULL };

Test(calls, siblings_and_helpers)
{
	static const struct cln_trace_exec exec[] = {
		{ .path = "/bin/app", .role = CLN_ROLE_MAIN },
		{ .path = "/bin/initdb", .role = CLN_ROLE_STARTUP },
		{ .path = "/bin/sh", .role = CLN_ROLE_STARTUP },
	};
	static const struct cln_trace_syscalls syscalls[] = {
		{ .role = CLN_ROLE_MAIN, .program = "/bin/app", .name = main_calls },
		{ .role = CLN_ROLE_STARTUP, .program = "/bin/initdb", .name = helper_calls },
		{ .role = CLN_ROLE_STARTUP, .program = "/bin/sh", .name = startup_calls },
		{ .root = 1, .role = CLN_ROLE_MAIN, .program = "/bin/x", .name = startup_calls },
	};
	uint8_t side[] = { SIDE_SERVICE, SIDE_HELPER, SIDE_STARTUP };
	struct cln_trace trace = {
		.exec = (struct cln_trace_exec *)exec,
		.exec_count = CLN_COUNT(exec),
		.syscalls = (struct cln_trace_syscalls *)syscalls,
		.syscalls_count = CLN_COUNT(syscalls),
	};
	static const struct sample files[] = { { "bin/initdb", 0755, "x" } };
	struct tree *tree = sample_tree(files, CLN_COUNT(files));
	struct keep_input in = { .trace = &trace, .tree = tree };
	struct scene scene = { .in = &in, .side = side, .arena = cln_arena_new() };
	const char *const *names = calls_of(&scene, scene.arena);

	cr_expect(among(names, "pwrite64"));
	cr_expect(among(names, "pwritev"), "a split buffer is written by the sibling");
	cr_expect(among(names, "symlink"), "a run step's calls count, with siblings");
	cr_expect(among(names, "bpf"));
	cr_expect_not(among(names, "read"), "no sibling of anything seen");
	cr_expect_not(among(names, "mount"), "the entry script's and other roots' do not count");
	for (size_t i = 1; names[i]; i++)
		cr_expect_lt(strcmp(names[i - 1], names[i]), 0, "sorted, each once");
	cln_arena_free(scene.arena);
	tree_free(tree);
}
