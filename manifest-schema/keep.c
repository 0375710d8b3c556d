// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/inside.h"

#include <string.h>

const char *trace_keep_text(struct cln_arena *arena, const char *text)
{
	return text ? cln_arena_strdup(arena, text) : NULL;
}

const char *const *trace_keep_list(struct cln_arena *arena, const char *const *list)
{
	const char **copy;
	size_t count = 0;

	if (!list)
		return NULL;
	while (list[count])
		count++;
	copy = cln_arena_alloc(arena, (count + 1) * sizeof(*copy));
	for (size_t i = 0; i < count; i++)
		copy[i] = cln_arena_strdup(arena, list[i]);
	return copy;
}

static int env_order(const void *a, const void *b)
{
	return trace_order_env(a, b);
}

const struct cln_trace_env *trace_keep_env(
	struct cln_arena *arena, const struct cln_trace_env *env, size_t *count)
{
	struct cln_trace_env *copy;
	size_t kept = 0;

	if (!*count)
		return NULL;
	copy = cln_arena_alloc(arena, *count * sizeof(*copy));
	for (size_t i = 0; i < *count; i++) {
		copy[i] = env[i];
		copy[i].name = trace_keep_text(arena, env[i].name);
		copy[i].value = trace_keep_text(arena, env[i].redacted ? "" : env[i].value);
		if (env[i].inherited && !copy[i].value)
			copy[i].value = "";
	}
	qsort(copy, *count, sizeof(*copy), env_order);
	for (size_t i = 0; i < *count; i++) { /* execve allows a name twice: the first wins */
		if (!kept || strcmp(copy[kept - 1].name, copy[i].name) != 0)
			copy[kept++] = copy[i];
	}
	*count = kept;
	return copy;
}

const struct cln_trace_result *trace_keep_result(
	struct cln_arena *arena, const struct cln_trace_result *result)
{
	struct cln_trace_result *copy = cln_arena_alloc(arena, sizeof(*copy));

	*copy = *result;
	copy->size_bytes = trace_clamp(result->size_bytes);
	copy->mode = result->mode & 07777;
	copy->link_target = trace_keep_text(arena, result->link_target);
	if (result->content) {
		void *content = cln_arena_alloc(arena, result->content_size + 1);

		if (result->content_size)
			memcpy(content, result->content, result->content_size);
		copy->content = content;
	}
	return copy;
}

uint64_t trace_clamp(uint64_t count)
{
	return CLN_MIN(count, CLN_TRACE_COUNT_MAX);
}

static size_t use_room(size_t count)
{
	size_t room = 1;

	while (room < count)
		room *= 2;
	return room;
}

struct cln_trace_use *trace_use_alloc(struct cln_arena *arena, size_t count)
{
	return cln_arena_alloc(arena, use_room(count) * sizeof(struct cln_trace_use));
}

void trace_exec_run(struct cln_arena *arena, struct cln_trace_exec *exec, uint32_t run)
{
	uint32_t *list = (uint32_t *)exec->run;
	size_t at = exec->run_count;

	while (at && list[at - 1] > run)
		at--;
	if (at && list[at - 1] == run)
		return;
	if (exec->run_count == use_room(exec->run_count)) {
		list = cln_arena_alloc(arena, use_room(exec->run_count + 1) * sizeof(*list));
		if (exec->run_count)
			memcpy(list, exec->run, exec->run_count * sizeof(*list));
		exec->run = list;
	}
	memmove(list + at + 1, list + at, (exec->run_count - at) * sizeof(*list));
	list[at] = run;
	exec->run_count++;
}

/* Where exec stands in the sorted uses, or belongs. */
static size_t use_place(const struct cln_trace_file *file, uint32_t exec)
{
	size_t low = 0, high = file->use_count;

	if (high && file->use[high - 1].exec < exec)
		return high;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (file->use[middle].exec < exec)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void trace_file_use(struct cln_trace *trace, struct cln_trace_file *file, struct cln_trace_use use)
{
	struct cln_trace_use *list = (struct cln_trace_use *)file->use;
	size_t count = file->use_count;
	size_t at = use_place(file, use.exec);

	file->access |= use.access;
	if (at < count && list[at].exec == use.exec) {
		list[at].access |= use.access;
		return;
	}
	if (!list || count == use_room(count)) {
		list = trace_use_alloc(trace->inside->arena, count + 1);
		if (file->use)
			memcpy(list, file->use, count * sizeof(*list));
		file->use = list;
	}
	memmove(list + at + 1, list + at, (count - at) * sizeof(*list));
	list[at] = use;
	file->use_count++;
}
