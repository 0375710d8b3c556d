// SPDX-License-Identifier: Apache-2.0
/* The model: what folds, what stays apart, what a merge keeps. */
#include "tests/unit/manifest/generate.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <string.h>

#define DIGEST(c) c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c
#define ONES DIGEST("11")
#define TWOS DIGEST("22")

static uint32_t add_root(struct cln_trace *trace, const char *cgroup, const char *os_release)
{
	struct cln_trace_evidence fact = { "/etc/os-release", os_release, 10, false };

	return cln_trace_add_root(trace, &(struct cln_trace_root){
						 .kind = "container",
						 .platform = "linux/amd64",
						 .recognised = "mount-namespace",
						 .cgroup = cgroup,
						 .evidence = &fact,
						 .evidence_count = 1,
					 });
}

static uint32_t add_exec(struct cln_trace *trace, uint32_t root, const char *path, uint32_t parent)
{
	return cln_trace_add_exec(trace, &(struct cln_trace_exec){
						 .path = path,
						 .root = root,
						 .parent = parent,
						 .count = 1,
						 .role = CLN_ROLE_SERVICE,
					 });
}

Test(model, containers_of_one_image_fold_and_others_stay)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = cln_trace_new();
	struct cln_trace_use use = { CLN_TRACE_NONE, CLN_READ };
	uint32_t a = add_root(trace, "b", ONES), b = add_root(trace, "a", ONES);
	uint32_t c = add_root(trace, "c", TWOS);

	cln_trace_add_file(trace, a, "/x", NULL, &use);
	cln_trace_add_file(trace, b, "/x", NULL, &use);
	cln_trace_add_file(trace, c, "/x", NULL, &use);
	cln_trace_settle(trace);
	cr_expect(trace->root_count == 2);
	cr_expect(trace->file_count == 2);
	cr_expect_str_eq(trace->root[0].cgroup, "a");
}

Test(model, execs_that_became_equal_fold_with_their_children)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = cln_trace_new();
	uint32_t root = add_root(trace, "", ONES);
	uint32_t one = add_exec(trace, root, "/bin/sh", CLN_TRACE_NONE), other;

	cln_trace_set_role(trace, one, CLN_ROLE_STARTUP);
	other = add_exec(trace, root, "/bin/sh", CLN_TRACE_NONE);
	cr_assert(one != other);
	add_exec(trace, root, "/bin/ls", one);
	add_exec(trace, root, "/bin/ls", other);
	cln_trace_set_role(trace, other, CLN_ROLE_STARTUP);
	cln_trace_settle(trace);
	cr_expect(trace->exec_count == 2);
	cr_expect_str_eq(trace->exec[1].path, "/bin/ls");
	cr_expect(trace->exec[1].parent == 0);
}

/* Two runs of one container: the engine's own program differs in each. */
Test(model, containers_fold_whatever_started_them)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = cln_trace_new();
	uint32_t root = add_root(trace, "", ONES), host;
	uint32_t engine[2], entry[2];

	host = cln_trace_add_root(trace,
		&(struct cln_trace_root){
			.kind = "host", .platform = "linux/amd64", .recognised = "initial" });
	engine[0] = add_exec(trace, host, "/run/engine-1", CLN_TRACE_NONE);
	engine[1] = add_exec(trace, host, "/run/engine-2", CLN_TRACE_NONE);
	for (int i = 0; i < 2; i++) {
		entry[i] = add_exec(trace, root, "/entry", engine[i]);
		add_exec(trace, root, "/child", entry[i]);
	}
	cln_trace_settle(trace);
	cr_expect(trace->exec_count == 4, "two engines, one entry, one child");
}

Test(model, execs_know_their_runs)
{
	struct cln_trace_run run = { .id = "00000000000000000000000000000001", .complete = true };
	cln_owned(cln_trace_drop) struct cln_trace *one = cln_trace_new();
	cln_owned(cln_trace_drop) struct cln_trace *two = cln_trace_new();

	cln_trace_add_run(one, &run);
	run.id = "00000000000000000000000000000002";
	cln_trace_add_run(two, &run);
	add_exec(one, add_root(one, "", ONES), "/both", CLN_TRACE_NONE);
	add_exec(two, add_root(two, "", ONES), "/both", CLN_TRACE_NONE);
	add_exec(two, 0, "/second", CLN_TRACE_NONE);
	cln_trace_merge(one, two);
	cln_trace_settle(one);
	cr_assert(one->exec_count == 2 && one->run_count == 2);
	cr_expect(!one->exec[0].run, "all runs saw it");
	cr_expect(one->exec[1].run_count == 1 && one->exec[1].run[0] == 1);
}

Test(model, paths_are_made_normal_or_refused)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = cln_trace_new();
	struct cln_trace_use use = { CLN_TRACE_NONE, CLN_READ };
	uint32_t root = add_root(trace, "", ONES);

	cln_trace_add_file(trace, root, "/a//b/../c/", NULL, &use);
	cr_expect_str_eq(trace->file[0].path, "/a/c");
	cln_trace_add_file(trace, root, "/a/c", "/a/./c", &use);
	cr_expect(trace->file_count == 1, "a path that leads to itself has no target");
	cr_expect(cln_trace_add_file(trace, root, "relative", NULL, &use) == CLN_TRACE_NONE);
	cr_expect(add_exec(trace, root, "relative", CLN_TRACE_NONE) == CLN_TRACE_NONE);
}

Test(model, the_unknown_user_keeps_only_what_no_known_one_did)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = cln_trace_new();
	uint32_t root = add_root(trace, "", ONES);
	uint32_t exec = add_exec(trace, root, "/bin/sh", CLN_TRACE_NONE);
	struct cln_trace_use unknown = { CLN_TRACE_NONE, CLN_READ | CLN_STAT };
	struct cln_trace_use known = { exec, CLN_READ };

	cln_trace_add_file(trace, root, "/a", NULL, &unknown);
	cln_trace_add_file(trace, root, "/a", NULL, &known);
	cln_trace_settle(trace);
	cr_assert(trace->file[0].use_count == 2);
	cr_expect(trace->file[0].use[1].access == CLN_STAT);
	cr_expect(trace->file[0].access == (CLN_READ | CLN_STAT));
}

Test(model, results_that_differ_say_so)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = cln_trace_new();
	struct cln_trace_use use = { CLN_TRACE_NONE, CLN_WRITE };
	uint32_t root = add_root(trace, "", ONES);
	uint32_t file = cln_trace_add_file(trace, root, "/a", NULL, &use);
	struct cln_trace_result result = {
		.type = 'f', .mode = 0644, .content = "b", .content_size = 1, .size_bytes = 1
	};

	cln_trace_set_result(trace, file, &result);
	cln_trace_set_result(trace, file, &result);
	cr_expect(!trace->file[file].result->varies);
	result.content = "a";
	cln_trace_set_result(trace, file, &result);
	cr_expect(trace->file[file].result->varies);
	cr_expect(!memcmp(trace->file[file].result->content, "a", 1), "the byte-smallest stays");
}

/* Two runs, in both orders: what one of them left out stays, what differs says so. */
Test(model, limits_unite)
{
	static const struct cln_trace_limit one[] = { { "core", 0, 0, false },
		{ "nofile", 4096, 8192, false } };
	static const struct cln_trace_limit two[] = { { "nofile", 1024, 8192, false },
		{ "nproc", 7, CLN_TRACE_UNLIMITED, false } };

	for (int turn = 0; turn < 2; turn++) {
		cln_owned(cln_trace_drop) struct cln_trace *a = cln_trace_new();
		cln_owned(cln_trace_drop) struct cln_trace *b = cln_trace_new();
		const struct cln_trace_exec *exec;

		add_exec(a, add_root(a, "", ONES), "/main", CLN_TRACE_NONE);
		add_exec(b, add_root(b, "", ONES), "/main", CLN_TRACE_NONE);
		cln_trace_set_limits(turn ? b : a, 0, one, 2);
		cln_trace_set_limits(turn ? a : b, 0, two, 2);
		cln_trace_merge(a, b);
		cln_trace_settle(a);
		cr_assert(a->exec_count == 1);
		exec = &a->exec[0];
		cr_assert(exec->limit_count == 3);
		cr_expect_str_eq(exec->limit[0].name, "core");
		cr_expect(!exec->limit[0].varies);
		cr_expect(exec->limit[1].soft == 1024 && exec->limit[1].varies);
		cr_expect(exec->limit[2].hard == CLN_TRACE_UNLIMITED && !exec->limit[2].varies);
	}
}

Test(model, losses_add_up_over_distinct_runs)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = cln_trace_new();
	struct cln_trace_loss loss = { "ring_full", 2 };
	struct cln_trace_run run = {
		.id = "00000000000000000000000000000001", .loss = &loss, .loss_count = 1
	};

	cr_expect(!cln_trace_complete(trace), "no run proves nothing");
	cln_trace_add_run(trace, &run);
	cln_trace_add_run(trace, &run);
	cr_expect(cln_trace_loss(trace, "ring_full") == 2);
	run.id = "00000000000000000000000000000002";
	cln_trace_add_run(trace, &run);
	cr_expect(cln_trace_loss(trace, "ring_full") == 4);
	cr_expect(cln_trace_loss(trace, "other") == 0);
	cr_expect(!cln_trace_complete(trace));
}

Test(model, same_image)
{
	struct cln_trace_evidence one[] = { { "/a", ONES, 1, false }, { "/b", ONES, 1, false } };
	struct cln_trace_evidence two[] = { { "/b", ONES, 1, false }, { "/c", TWOS, 1, false } };
	struct cln_trace_evidence other[] = { { "/b", TWOS, 1, false } };
	struct cln_trace_root a = {
		.platform = "linux/amd64", .evidence = one, .evidence_count = 2
	};
	struct cln_trace_root b = a, c = a, none = { .platform = "linux/amd64" };

	b.evidence = two;
	c.evidence = other;
	c.evidence_count = 1;
	cr_expect(cln_trace_same_image(&a, &b));
	cr_expect(!cln_trace_same_image(&a, &c));
	cr_expect(!cln_trace_same_image(&a, &none), "nothing in common proves nothing");
}

Test(model, names_go_both_ways)
{
	for (uint32_t bit = 0; bit < CLN_ACCESS_COUNT; bit++) {
		const char *name = cln_access_name(1u << bit);

		cr_expect(cln_access_bit(name, strlen(name)) == 1u << bit);
		cr_expect(!cln_access_bit(name, strlen(name) - 1));
	}
	cr_expect(!cln_access_name(0));
	cr_expect(!cln_access_name(3));
	cr_expect(!cln_access_name(1u << CLN_ACCESS_COUNT));
	cr_expect(!cln_role_name((enum cln_role)99));
}
