// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/work.h"

#include <string.h>

static const char *const names[WHY_COUNT] = {
	[WHY_UNUSED] = "unused",
	[WHY_STARTUP_ONLY] = "startup-only",
	[WHY_RULE_DROP] = "rule-drop",
	[WHY_SHELL] = "shell",
	[WHY_PACKAGE_MANAGER] = "package-manager",
	[WHY_DEVICE] = "device",
	[WHY_LISTED_OUT] = "listed-out",
	[WHY_UNDER_MOUNT] = "under-mount",
	[WHY_TRACED] = "traced",
	[WHY_PARENT] = "parent",
	[WHY_SYMLINK] = "symlink",
	[WHY_HARD_LINK] = "hard-link",
	[WHY_INTERP] = "interpreter",
	[WHY_NEEDED] = "needed",
	[WHY_SHEBANG] = "shebang",
	[WHY_LOADER] = "loader",
	[WHY_NAME_SERVICE] = "name-service",
	[WHY_CERTIFICATES] = "certificates",
	[WHY_TIME_ZONE] = "time-zone",
	[WHY_LOCALE] = "locale",
	[WHY_GCONV] = "gconv",
	[WHY_BYTE_CODE] = "byte-code",
	[WHY_METADATA] = "metadata",
	[WHY_RECORD] = "record",
	[WHY_LICENCE] = "licence",
	[WHY_IDENTITY] = "identity",
	[WHY_LISTED] = "listed",
	[WHY_RULE_KEEP] = "rule-keep",
	[WHY_RULE_PACKAGE] = "rule-package",
	[WHY_DEMAND] = "demand",
	[WHY_PACKED] = "packed",
};

const char *why_name(enum keep_why why)
{
	return (unsigned int)why < WHY_COUNT ? names[why] : "unknown";
}

void keep_free(struct keep *keep)
{
	if (!keep)
		return;
	free(keep->why);
	free(keep->via);
	cln_list_release(&keep->warning);
	cln_list_release(&keep->left_out);
	cln_arena_free(keep->arena);
	free(keep);
}

void keep_drop(struct keep **keep)
{
	keep_free(*keep);
}

static struct keep *keep_new(uint32_t nodes)
{
	struct keep *keep = cln_alloc(sizeof(*keep));

	keep->node_count = nodes;
	keep->why = cln_alloc(nodes);
	keep->via = cln_alloc(nodes * sizeof(*keep->via));
	memset(keep->via, 0xff, nodes * sizeof(*keep->via));
	keep->arena = cln_arena_new();
	return keep;
}

static void work_release(struct work *work)
{
	free(work->mark);
	free(work->bar);
	free(work->bar_via);
	free(work->startup);
	free(work->queue);
	free(work->pull);
	free(work->seed);
	free(work->elf);
	free(work->package_used);
	free(work->package_first);
	free(work->package_file);
	free(work->shell);
	cln_arena_free(work->arena);
}

static void work_init(
	struct work *work, const struct keep_input *in, struct keep *keep, struct cln_err *err)
{
	uint32_t nodes = in->tree->node_count;

	*work = (struct work){ .in = in, .tree = in->tree, .keep = keep, .err = err };
	work->arena = cln_arena_new();
	work->mark = cln_alloc(nodes);
	work->bar = cln_alloc(nodes);
	work->bar_via = cln_alloc(nodes * sizeof(*work->bar_via));
	work->startup = cln_alloc(nodes * sizeof(*work->startup));
	memset(work->startup, 0xff, nodes * sizeof(*work->startup));
	work->elf = cln_alloc(nodes * sizeof(struct elf_state *));
	work->package_used = cln_alloc(in->packages ? in->packages->count + 1 : 1);
}

static int decide(struct work *work)
{
	int r;

	if ((r = policy_bar(work)) < 0 || (r = rules_bar(work)) < 0)
		return r;
	trace_bar(work);
	closure_package_index(work);
	work_seed(work, TREE_ROOT, WHY_PARENT, TREE_ROOT);
	trace_seed(work);
	rules_seed(work);
	closure_system(work);
	r = work_run(work);
	if (r < 0)
		return r;
	reason_assign(work);
	closure_elf_warn(work);
	private_keys_warn(work);
	return work->failed;
}

int keep_compute(const struct keep_input *in, struct keep **out, struct cln_err *err)
{
	cln_owned(keep_drop) struct keep *keep = keep_new(in->tree->node_count);
	cln_owned(work_release) struct work work;

	work_init(&work, in, keep, err);
	int r = decide(&work);
	if (r < 0)
		return cln_within(err, "deciding what to keep");
	*out = cln_steal(&keep);
	return 0;
}
