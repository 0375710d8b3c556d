// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/inside.h"

#include <string.h>

static bool text_less(const char *a, const char *b)
{
	return trace_order_text(a, b) < 0;
}

void trace_join_run(
	struct cln_arena *arena, struct cln_trace_run *into, const struct cln_trace_run *from)
{
	const char *extra = trace_extra_join(arena, into->extra, from->extra);
	struct cln_trace_loss *loss;

	if (trace_order_run(from, into) < 0) {
		*into = *from;
		into->id = trace_keep_text(arena, from->id);
		into->tool = trace_keep_text(arena, from->tool);
		into->host = trace_keep_text(arena, from->host);
		into->kernel = trace_keep_text(arena, from->kernel);
		into->platform = trace_keep_text(arena, from->platform);
		into->started = trace_keep_text(arena, from->started);
		into->argv = trace_keep_list(arena, from->argv);
		loss = cln_arena_alloc(arena, from->loss_count * sizeof(*loss));
		for (size_t i = 0; i < from->loss_count; i++) {
			loss[i] = from->loss[i];
			loss[i].name = trace_keep_text(arena, from->loss[i].name);
		}
		into->loss = loss;
	}
	into->extra = extra;
}

/* One mount for each (point, type): sources and options name things of one host. */
static void join_mounts(
	struct cln_arena *arena, struct cln_trace_root *into, const struct cln_trace_root *from)
{
	struct cln_trace_mount *all =
		cln_arena_alloc(arena, (into->mount_count + from->mount_count) * sizeof(*all));
	size_t i = 0, j = 0, count = 0;

	while (i < into->mount_count || j < from->mount_count) {
		bool first = j == from->mount_count ||
			     (i < into->mount_count &&
				     trace_order_mount(&into->mount[i], &from->mount[j]) <= 0);
		struct cln_trace_mount mount = first ? into->mount[i] : from->mount[j];

		i += first;
		j += !first;
		if (count && !strcmp(all[count - 1].point, mount.point) &&
			!strcmp(all[count - 1].type, mount.type))
			continue;
		if (!first)
			mount = (struct cln_trace_mount){
				trace_keep_text(arena, mount.point),
				trace_keep_text(arena, mount.type),
				trace_keep_text(arena, mount.source),
				trace_keep_text(arena, mount.options),
			};
		all[count++] = mount;
	}
	into->mount = all;
	into->mount_count = count;
}

/* The identity facts of both are the same, so the ceiling never takes one: they
 * come first when what is over is dropped from the end of the others. */
static void evidence_ceiling(struct cln_trace_root *root, struct cln_trace_evidence *all)
{
	size_t identity = 0, others, kept = 0;

	if (root->evidence_count <= CLN_TRACE_EVIDENCE_MAX)
		return;
	for (size_t i = 0; i < root->evidence_count; i++)
		identity += all[i].identity;
	others = identity < CLN_TRACE_EVIDENCE_MAX ? CLN_TRACE_EVIDENCE_MAX - identity : 0;
	for (size_t i = 0; i < root->evidence_count; i++) {
		if (!all[i].identity && !others)
			continue;
		others -= !all[i].identity;
		all[kept++] = all[i];
	}
	root->evidence_count = kept;
}

static void join_evidence(
	struct cln_arena *arena, struct cln_trace_root *into, const struct cln_trace_root *from)
{
	struct cln_trace_evidence *all = cln_arena_alloc(
		arena, (into->evidence_count + from->evidence_count) * sizeof(*all));
	size_t i = 0, j = 0, count = 0;

	while (i < into->evidence_count || j < from->evidence_count) {
		int order = j == from->evidence_count ? -1
			    : i == into->evidence_count
				    ? 1
				    : trace_order_evidence(&into->evidence[i], &from->evidence[j]);
		struct cln_trace_evidence fact = order <= 0 ? into->evidence[i] : from->evidence[j];

		if (!order)
			fact.identity |= from->evidence[j].identity;
		i += order <= 0;
		j += order >= 0;
		if (order > 0) {
			fact.path = trace_keep_text(arena, fact.path);
			fact.sha256 = trace_keep_text(arena, fact.sha256);
		}
		all[count++] = fact;
	}
	into->evidence = all;
	into->evidence_count = count;
	evidence_ceiling(into, all);
}

void trace_join_root(
	struct cln_arena *arena, struct cln_trace_root *into, const struct cln_trace_root *from)
{
	if (text_less(from->cgroup, into->cgroup))
		into->cgroup = trace_keep_text(arena, from->cgroup);
	if (from->mount_count)
		join_mounts(arena, into, from);
	if (from->evidence_count)
		join_evidence(arena, into, from);
	into->extra = trace_extra_join(arena, into->extra, from->extra);
}

static struct cln_trace_env env_kept(struct cln_arena *arena, const struct cln_trace_env *env)
{
	struct cln_trace_env copy = *env;

	copy.name = trace_keep_text(arena, env->name);
	copy.value = trace_keep_text(arena, env->value);
	return copy;
}

static bool env_equal(const struct cln_trace_exec *a, const struct cln_trace_exec *b)
{
	if (a->env_count != b->env_count)
		return false;
	for (size_t i = 0; i < a->env_count; i++)
		if (trace_order_env(&a->env[i], &b->env[i]) || a->env[i].varies != b->env[i].varies)
			return false;
	return true;
}

/* A variable that only one of two recorded environments has varies too. */
static void join_env(
	struct cln_arena *arena, struct cln_trace_exec *into, const struct cln_trace_exec *from)
{
	size_t i = 0, j = 0, count = 0;
	struct cln_trace_env *all;

	if (!from->env_count || env_equal(into, from))
		return;
	if (!into->env_count) {
		into->env_count = from->env_count;
		into->env = trace_keep_env(arena, from->env, &into->env_count);
		return;
	}
	all = cln_arena_alloc(arena, (into->env_count + from->env_count) * sizeof(*all));
	while (i < into->env_count || j < from->env_count) {
		int names = j == from->env_count   ? -1
			    : i == into->env_count ? 1
						   : strcmp(into->env[i].name, from->env[j].name);
		int order = names ? names : trace_order_env(&into->env[i], &from->env[j]);
		struct cln_trace_env *env = &all[count++];

		*env = order <= 0 ? into->env[i] : env_kept(arena, &from->env[j]);
		env->varies = order || into->env[i].varies || from->env[j].varies;
		i += names <= 0;
		j += names >= 0;
	}
	into->env = all;
	into->env_count = count;
}

static void join_runs(
	struct cln_arena *arena, struct cln_trace_exec *into, const struct cln_trace_exec *from)
{
	if (!from->run) {
		into->run = NULL;
		into->run_count = 0;
	}
	if (!into->run)
		return;
	for (size_t i = 0; i < from->run_count; i++)
		trace_exec_run(arena, into, from->run[i]);
}

void trace_join_exec(
	struct cln_arena *arena, struct cln_trace_exec *into, const struct cln_trace_exec *from)
{
	into->count = CLN_MAX(into->count, from->count);
	join_env(arena, into, from);
	trace_join_limits(arena, into, from);
	trace_join_became(arena, into, from);
	join_runs(arena, into, from);
	into->extra = trace_extra_join(arena, into->extra, from->extra);
}

void trace_join_result(struct cln_arena *arena, const struct cln_trace_result **into,
	const struct cln_trace_result *from)
{
	struct cln_trace_result *kept;
	bool varies;
	int order;

	if (!from)
		return;
	if (!*into) {
		*into = trace_keep_result(arena, from);
		return;
	}
	order = trace_order_result(*into, from);
	varies = order || (*into)->varies || from->varies;
	if (order <= 0 && varies == (*into)->varies)
		return;
	kept = (struct cln_trace_result *)trace_keep_result(arena, order <= 0 ? *into : from);
	kept->varies = varies;
	*into = kept;
}

/* How many names the union has; both sorted. */
static size_t names_united(const char *const *a, const char *const *b)
{
	size_t count = 0;

	for (; *a || *b; count++) {
		int order = !*a ? 1 : !*b ? -1 : strcmp(*a, *b);

		a += order <= 0;
		b += order >= 0;
	}
	return count;
}

void trace_join_syscalls(struct cln_arena *arena, struct cln_trace_syscalls *into,
	const struct cln_trace_syscalls *from)
{
	static const char *const none[] = { NULL };
	const char *const *a = into->name, *const *b = from->name;
	size_t united = names_united(a, b), count = 0;
	const char **all;

	into->extra = trace_extra_join(arena, into->extra, from->extra);
	if (united == names_united(a, none)) /* the usual: nothing new */
		return;
	all = cln_arena_alloc(arena, (united + 1) * sizeof(*all));
	while (*a || *b) {
		int order = !*a ? 1 : !*b ? -1 : strcmp(*a, *b);

		all[count++] = order <= 0 ? *a : trace_keep_text(arena, *b);
		a += order <= 0;
		b += order >= 0;
	}
	into->name = all;
}
