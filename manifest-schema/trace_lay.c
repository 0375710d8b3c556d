// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/inside.h"

#include "common/path.h"

#include <string.h>

/* Path below folder, in the arena; path itself where that does not fit or is none. */
static const char *below(struct cln_trace *trace, const char *folder, const char *path)
{
	char out[CLN_PATH_MAX];

	if (!path || !strcmp(folder, "/") || *path != '/' ||
		cln_path_join(folder, path[1] ? path + 1 : ".", out) < 0)
		return path;
	return cln_arena_strdup(trace->inside->arena, out);
}

static void lay_files(struct cln_trace *trace, uint32_t from, uint32_t into, const char *folder)
{
	size_t count = trace->file_count;

	for (size_t i = 0; i < count; i++) {
		/* A copy: adding moves the array. What it points to stays. */
		struct cln_trace_file file = trace->file[i];
		uint32_t at = CLN_TRACE_NONE;

		if (file.root != from)
			continue;
		file.path = below(trace, folder, file.path);
		file.target = below(trace, folder, file.target);
		for (size_t k = 0; k < file.use_count; k++)
			at = cln_trace_add_file(trace, into, file.path, file.target, &file.use[k]);
		if (at == CLN_TRACE_NONE)
			continue;
		cln_trace_set_peak(trace, at, file.peak_bytes);
		if (file.result)
			cln_trace_set_result(trace, at, file.result);
		trace->file[i].use_count = 0; /* settling drops what nobody used */
	}
}

static void lay_execs(struct cln_trace *trace, uint32_t from, uint32_t into, const char *folder)
{
	for (size_t i = 0; i < trace->exec_count; i++) {
		struct cln_trace_exec *exec = &trace->exec[i];

		if (exec->root != from)
			continue;
		exec->root = into;
		exec->path = below(trace, folder, exec->path);
		exec->interpreter = below(trace, folder, exec->interpreter);
		exec->cwd = below(trace, folder, exec->cwd);
	}
}

void cln_trace_lay(struct cln_trace *trace, uint32_t from, uint32_t into, const char *folder)
{
	trace->inside->settled = false;
	lay_files(trace, from, into, folder);
	lay_execs(trace, from, into, folder);
	for (size_t i = 0; i < trace->port_count; i++)
		if (trace->port[i].root == from)
			trace->port[i].root = into;
	for (size_t i = 0; i < trace->syscalls_count; i++) {
		if (trace->syscalls[i].root != from)
			continue;
		trace->syscalls[i].root = into;
		trace->syscalls[i].program = below(trace, folder, trace->syscalls[i].program);
	}
	if (strcmp(folder, "/") != 0)
		return;
	trace_join_root(trace->inside->arena, &trace->root[into], &trace->root[from]);
	trace->root[from] = trace->root[into]; /* equal ones fold */
}

uint32_t cln_trace_settle_root(struct cln_trace *trace, uint32_t root)
{
	struct cln_trace_root is = trace->root[root];

	cln_trace_settle(trace);
	for (uint32_t i = 0; i < trace->root_count; i++)
		if (!trace_order_root(&trace->root[i], &is))
			return i;
	return CLN_TRACE_NONE;
}
