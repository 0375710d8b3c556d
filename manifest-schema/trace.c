// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/find.h"

#include "common/path.h"

#include <string.h>

struct cln_trace *cln_trace_new(void)
{
	struct cln_trace *trace = cln_alloc(sizeof(*trace));

	trace->inside = cln_alloc(sizeof(*trace->inside));
	trace->inside->arena = cln_arena_new();
	return trace;
}

void cln_trace_free(struct cln_trace *trace)
{
	if (!trace)
		return;
	trace_tables_drop(trace);
	cln_arena_free(trace->inside->arena);
	free(trace->inside);
	free(trace->run);
	free(trace->root);
	free(trace->exec);
	free(trace->file);
	free(trace->port);
	free(trace->syscalls);
	free(trace);
}

void cln_trace_drop(struct cln_trace **trace)
{
	cln_trace_free(*trace);
}

/* path itself where it is normal, else its normal form in room; NULL: impossible. */
static const char *made_normal(const char *path, char room[CLN_PATH_MAX])
{
	if (cln_path_is_normal(path, strlen(path)))
		return path;
	return cln_path_clean(path, room) < 0 ? NULL : room;
}

static int loss_order(const void *a, const void *b)
{
	return strcmp(
		((const struct cln_trace_loss *)a)->name, ((const struct cln_trace_loss *)b)->name);
}

static void run_keep(struct cln_arena *arena, struct cln_trace_run *run)
{
	struct cln_trace_loss *loss = cln_arena_alloc(arena, run->loss_count * sizeof(*loss));
	size_t count = 0;

	for (size_t i = 0; i < run->loss_count; i++) {
		if (!run->loss[i].count)
			continue;
		loss[count].name = trace_keep_text(arena, run->loss[i].name);
		loss[count++].count = trace_clamp(run->loss[i].count);
	}
	qsort(loss, count, sizeof(*loss), loss_order);
	run->loss = loss;
	run->loss_count = count;
	run->id = trace_keep_text(arena, run->id);
	run->tool = cln_arena_strdup(arena, run->tool ? run->tool : "");
	run->host = cln_arena_strdup(arena, run->host ? run->host : "");
	run->kernel = cln_arena_strdup(arena, run->kernel ? run->kernel : "");
	run->platform = cln_arena_strdup(arena, run->platform ? run->platform : "");
	run->started = cln_arena_strdup(arena, run->started ? run->started : "");
	run->argv = trace_keep_list(arena, run->argv);
	run->duration_ms = trace_clamp(run->duration_ms);
	run->extra = trace_keep_text(arena, run->extra);
}

uint32_t cln_trace_add_run(struct cln_trace *trace, const struct cln_trace_run *run)
{
	struct cln_trace_inside *inside = trace->inside;
	struct cln_trace_run kept = *run;
	uint32_t hash, at = trace_find_run(trace, run, &hash);

	inside->settled = false;
	run_keep(inside->arena, &kept);
	if (at != CLN_TRACE_NONE) {
		trace_join_run(inside->arena, &trace->run[at], &kept);
		return at;
	}
	at = (uint32_t)trace->run_count;
	CLN_PUSH(trace->run, trace->run_count, inside->run_room) = kept;
	trace_table_put(&inside->run, hash, at);
	return at;
}

static int group_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void keep_groups(struct cln_arena *arena, struct cln_trace_exec *exec)
{
	uint32_t *group;
	size_t count = 0;

	if (!exec->group_count) {
		exec->group = NULL;
		return;
	}
	group = cln_arena_alloc(arena, exec->group_count * sizeof(*group));
	memcpy(group, exec->group, exec->group_count * sizeof(*group));
	qsort(group, exec->group_count, sizeof(*group), group_order);
	for (size_t i = 0; i < exec->group_count; i++)
		if (!count || group[count - 1] != group[i])
			group[count++] = group[i];
	exec->group = group;
	exec->group_count = count;
}

static void keep_runs(struct cln_arena *arena, struct cln_trace_exec *exec)
{
	const uint32_t *run = exec->run;
	size_t count = exec->run_count;

	if (!run)
		return;
	exec->run = cln_arena_alloc(arena, sizeof(*run)); /* room for one */
	exec->run_count = 0;
	for (size_t i = 0; i < count; i++)
		trace_exec_run(arena, exec, run[i]);
}

static void exec_keep(struct cln_arena *arena, struct cln_trace_exec *exec)
{
	exec->path = trace_keep_text(arena, exec->path);
	exec->interpreter = trace_keep_text(arena, exec->interpreter);
	exec->argv = trace_keep_list(arena, exec->argv);
	exec->cwd = trace_keep_text(arena, exec->cwd);
	exec->env = trace_keep_env(arena, exec->env, &exec->env_count);
	exec->limit = trace_keep_limits(arena, exec->limit, &exec->limit_count);
	exec->became = trace_keep_users(arena, exec->became, exec->became_count);
	trace_settle_became(exec);
	keep_runs(arena, exec);
	exec->extra = trace_keep_text(arena, exec->extra);
}

uint32_t cln_trace_add_exec(struct cln_trace *trace, const struct cln_trace_exec *exec)
{
	static const char *const nothing[] = { NULL };
	struct cln_trace_inside *inside = trace->inside;
	char path[CLN_PATH_MAX], interpreter[CLN_PATH_MAX], cwd[CLN_PATH_MAX];
	struct cln_trace_exec probe = *exec;
	uint32_t hash, at;

	probe.path = made_normal(exec->path, path);
	probe.interpreter = exec->interpreter ? made_normal(exec->interpreter, interpreter) : NULL;
	probe.cwd = exec->cwd ? made_normal(exec->cwd, cwd) : "/";
	if (!probe.path || !probe.cwd || (exec->interpreter && !probe.interpreter))
		return CLN_TRACE_NONE;
	probe.argv = exec->argv ? exec->argv : nothing;
	probe.count = trace_clamp(exec->count);
	probe.umask &= 07777;
	keep_groups(inside->arena, &probe);
	inside->settled = false;
	at = trace_find_exec(trace, &probe, &hash);
	if (at != CLN_TRACE_NONE) {
		trace_join_exec(inside->arena, &trace->exec[at], &probe);
		return at;
	}
	exec_keep(inside->arena, &probe);
	at = (uint32_t)trace->exec_count;
	CLN_PUSH(trace->exec, trace->exec_count, inside->exec_room) = probe;
	trace_table_put(&inside->exec, hash, at);
	return at;
}

uint32_t cln_trace_add_file(struct cln_trace *trace, uint32_t root, const char *path,
	const char *target, const struct cln_trace_use *use)
{
	struct cln_trace_inside *inside = trace->inside;
	char room[CLN_PATH_MAX], target_room[CLN_PATH_MAX];
	struct cln_trace_file file = { .root = root, .path = made_normal(path, room) };
	uint32_t hash, at;

	file.target = target ? made_normal(target, target_room) : NULL;
	if (!file.path || (target && !file.target))
		return CLN_TRACE_NONE;
	if (file.target && !strcmp(file.target, file.path))
		file.target = NULL;
	inside->settled = false;
	at = trace_find_file(trace, &file, &hash);
	if (at == CLN_TRACE_NONE) {
		file.path = trace_keep_text(inside->arena, file.path);
		file.target = trace_keep_text(inside->arena, file.target);
		at = (uint32_t)trace->file_count;
		CLN_PUSH(trace->file, trace->file_count, inside->file_room) = file;
		trace_table_put(&inside->file, hash, at);
	}
	trace_file_use(trace, &trace->file[at], *use);
	return at;
}

void cln_trace_set_peak(struct cln_trace *trace, uint32_t file, uint64_t bytes)
{
	struct cln_trace_file *entry = &trace->file[file];

	entry->peak_bytes = CLN_MAX(entry->peak_bytes, trace_clamp(bytes));
}

void cln_trace_set_result(
	struct cln_trace *trace, uint32_t file, const struct cln_trace_result *result)
{
	trace_join_result(trace->inside->arena, &trace->file[file].result, result);
}

void cln_trace_add_port(struct cln_trace *trace, const struct cln_trace_port *port)
{
	struct cln_trace_inside *inside = trace->inside;
	struct cln_trace_port kept = *port;
	uint32_t hash, at = trace_find_port(trace, port, &hash);

	inside->settled = false;
	if (at != CLN_TRACE_NONE) {
		trace->port[at].extra =
			trace_extra_join(inside->arena, trace->port[at].extra, port->extra);
		return;
	}
	kept.protocol = trace_keep_text(inside->arena, port->protocol);
	kept.family = trace_keep_text(inside->arena, port->family);
	kept.address = trace_keep_text(inside->arena, port->address);
	kept.extra = trace_keep_text(inside->arena, port->extra);
	at = (uint32_t)trace->port_count;
	CLN_PUSH(trace->port, trace->port_count, inside->port_room) = kept;
	trace_table_put(&inside->port, hash, at);
}

void cln_trace_add_syscalls(struct cln_trace *trace, const struct cln_trace_syscalls *syscalls)
{
	struct cln_trace_inside *inside = trace->inside;
	char room[CLN_PATH_MAX];
	struct cln_trace_syscalls kept = *syscalls;
	uint32_t hash, at;

	kept.program = made_normal(syscalls->program, room);
	if (!kept.program)
		return;
	inside->settled = false;
	trace_keep_syscalls(inside->arena, &kept);
	at = trace_find_syscalls(trace, &kept, &hash);
	if (at != CLN_TRACE_NONE) {
		trace_join_syscalls(inside->arena, &trace->syscalls[at], &kept);
		return;
	}
	at = (uint32_t)trace->syscalls_count;
	CLN_PUSH(trace->syscalls, trace->syscalls_count, inside->syscalls_room) = kept;
	trace_table_put(&inside->syscalls, hash, at);
}

void cln_trace_set_role(struct cln_trace *trace, uint32_t exec, enum cln_role role)
{
	trace->exec[exec].role = role;
	trace->inside->settled = false;
}

void cln_trace_set_count(struct cln_trace *trace, uint32_t exec, uint64_t count)
{
	trace->exec[exec].count = CLN_MIN(count, CLN_TRACE_COUNT_MAX);
}

void cln_trace_set_env(
	struct cln_trace *trace, uint32_t exec, const struct cln_trace_env *env, size_t count)
{
	trace->exec[exec].env = trace_keep_env(trace->inside->arena, env, &count);
	trace->exec[exec].env_count = count;
}

void cln_trace_add_became(struct cln_trace *trace, uint32_t exec, struct cln_trace_user user)
{
	struct cln_trace_exec more = { .became = &user, .became_count = 1 };

	trace_join_became(trace->inside->arena, &trace->exec[exec], &more);
}

void cln_trace_set_limits(
	struct cln_trace *trace, uint32_t exec, const struct cln_trace_limit *limit, size_t count)
{
	struct cln_arena *arena = trace->inside->arena;
	struct cln_trace_exec more = { .limit_count = count };

	more.limit = trace_keep_limits(arena, limit, &more.limit_count);
	trace_join_limits(arena, &trace->exec[exec], &more);
}

bool cln_trace_complete(const struct cln_trace *trace)
{
	for (size_t i = 0; i < trace->run_count; i++)
		if (!trace->run[i].complete)
			return false;
	return trace->run_count > 0;
}

uint64_t cln_trace_loss(const struct cln_trace *trace, const char *name)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < trace->run_count; i++)
		for (size_t j = 0; j < trace->run[i].loss_count; j++)
			if (!strcmp(trace->run[i].loss[j].name, name))
				sum = trace_clamp(sum + trace->run[i].loss[j].count);
	return sum;
}

struct cln_trace_loss *trace_losses_new(const struct cln_trace *trace, size_t *count)
{
	struct cln_trace_loss *sum = NULL;
	size_t room = 0, kept = 0;

	*count = 0;
	for (size_t i = 0; i < trace->run_count; i++)
		for (size_t j = 0; j < trace->run[i].loss_count; j++)
			CLN_PUSH(sum, *count, room) = trace->run[i].loss[j];
	if (*count)
		qsort(sum, *count, sizeof(*sum), loss_order);
	for (size_t i = 0; i < *count; i++) {
		if (kept && !strcmp(sum[kept - 1].name, sum[i].name))
			sum[kept - 1].count = trace_clamp(sum[kept - 1].count + sum[i].count);
		else
			sum[kept++] = sum[i];
	}
	*count = kept;
	return sum;
}
