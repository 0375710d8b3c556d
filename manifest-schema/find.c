// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/find.h"

#include "common/hash.h"

#include <string.h>

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15u;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
	return mix(hash, text ? cln_hash(text, strlen(text)) : 1);
}

static uint32_t fold(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

static uint32_t run_hash(const void *run)
{
	return fold(mix_text(0, ((const struct cln_trace_run *)run)->id));
}

static uint32_t exec_hash(const void *probe)
{
	const struct cln_trace_exec *exec = probe;
	uint64_t hash = mix(exec->root, exec->parent);

	/* not the role: it is set late */
	hash = mix_text(mix_text(hash, exec->path), exec->cwd);
	for (const char *const *arg = exec->argv; arg && *arg; arg++)
		hash = mix_text(hash, *arg);
	return fold(mix(hash, (uint64_t)exec->uid << 32 | exec->gid));
}

static uint32_t file_hash(const void *probe)
{
	const struct cln_trace_file *file = probe;
	uint64_t hash = mix_text(file->root, file->path);

	return fold(file->target ? mix_text(hash, file->target) : hash);
}

static uint32_t port_hash(const void *probe)
{
	const struct cln_trace_port *port = probe;
	uint64_t hash = mix((uint64_t)port->root << 32 | port->exec, port->port);

	return fold(mix_text(mix_text(hash, port->address), port->protocol));
}

static uint32_t syscalls_hash(const void *probe)
{
	const struct cln_trace_syscalls *syscalls = probe;

	return fold(mix_text((uint64_t)syscalls->root << 8 | syscalls->role, syscalls->program));
}

static bool run_same(const struct cln_trace *trace, uint32_t index, const void *probe)
{
	return !strcmp(trace->run[index].id, ((const struct cln_trace_run *)probe)->id);
}

static bool exec_same(const struct cln_trace *trace, uint32_t index, const void *probe)
{
	const struct cln_trace_exec *exec = &trace->exec[index], *wanted = probe;

	return exec->parent == wanted->parent && !trace_order_exec(exec, wanted);
}

static bool file_same(const struct cln_trace *trace, uint32_t index, const void *probe)
{
	return !trace_order_file(&trace->file[index], probe);
}

static bool port_same(const struct cln_trace *trace, uint32_t index, const void *probe)
{
	return !trace_order_port(&trace->port[index], probe);
}

static bool syscalls_same(const struct cln_trace *trace, uint32_t index, const void *probe)
{
	return !trace_order_syscalls(&trace->syscalls[index], probe);
}

struct entries {
	const void *items;
	size_t count, size;
};

static void table_build(
	struct trace_table *table, struct entries in, uint32_t (*hash)(const void *item))
{
	if (table->built)
		return;
	trace_table_release(table);
	for (size_t i = 0; i < in.count; i++)
		trace_table_put(table, hash((const char *)in.items + i * in.size), (uint32_t)i);
	table->built = true;
}

#define FIND(kind)                                                                        \
	do {                                                                              \
		struct trace_table *table = &trace->inside->kind;                         \
		table_build(table,                                                        \
			(struct entries){                                                 \
				trace->kind, trace->kind##_count, sizeof(*trace->kind) }, \
			kind##_hash);                                                     \
		*hash = kind##_hash(kind);                                                \
		return trace_table_find(trace, table, *hash, kind##_same, kind);          \
	} while (0)

uint32_t trace_find_run(struct cln_trace *trace, const struct cln_trace_run *run, uint32_t *hash)
{
	FIND(run);
}

uint32_t trace_find_exec(struct cln_trace *trace, const struct cln_trace_exec *exec, uint32_t *hash)
{
	FIND(exec);
}

uint32_t trace_find_file(struct cln_trace *trace, const struct cln_trace_file *file, uint32_t *hash)
{
	FIND(file);
}

void trace_files_ready(struct cln_trace *trace)
{
	table_build(&trace->inside->file,
		(struct entries){ trace->file, trace->file_count, sizeof(*trace->file) },
		file_hash);
}

uint32_t trace_file_hash(const struct cln_trace_file *file)
{
	return file_hash(file);
}

uint32_t trace_find_file_hashed(
	const struct cln_trace *trace, const struct cln_trace_file *file, uint32_t hash)
{
	return trace_table_find(trace, &trace->inside->file, hash, file_same, file);
}

uint32_t trace_find_port(struct cln_trace *trace, const struct cln_trace_port *port, uint32_t *hash)
{
	FIND(port);
}

uint32_t trace_find_syscalls(
	struct cln_trace *trace, const struct cln_trace_syscalls *syscalls, uint32_t *hash)
{
	FIND(syscalls);
}

void trace_tables_drop(struct cln_trace *trace)
{
	trace_table_release(&trace->inside->run);
	trace_table_release(&trace->inside->exec);
	trace_table_release(&trace->inside->file);
	trace_table_release(&trace->inside->port);
	trace_table_release(&trace->inside->syscalls);
}
