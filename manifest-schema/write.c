// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/emit.h"
#include "manifest-schema/inside.h"
#include "manifest-schema/write.h"

#include "common/file.h"

#include <string.h>

#define FLUSH_BYTES ((size_t)256 * 1024)

static void emit_list(struct cln_buf *out, const char *key, const char *const *list)
{
	if (!list)
		return;
	emit_open(out, key, '[');
	for (; *list; list++)
		emit_element(out, *list);
	cln_buf_addc(out, ']');
}

static void emit_extra(struct cln_buf *out, const char *extra)
{
	if (!extra || !*extra)
		return;
	emit_comma(out);
	cln_buf_adds(out, extra);
}

static void emit_losses(struct cln_buf *out, const struct cln_trace_loss *loss, size_t count)
{
	emit_open(out, "losses", '{');
	for (size_t i = 0; i < count; i++)
		emit_member_number(out, loss[i].name, loss[i].count);
	cln_buf_addc(out, '}');
}

void write_run(struct cln_buf *out, const struct cln_trace *trace, size_t i)
{
	const struct cln_trace_run *run = &trace->run[i];

	emit_member(out, "id", run->id);
	emit_member(out, "tool", run->tool);
	emit_member(out, "host", run->host);
	emit_member(out, "kernel", run->kernel);
	emit_member(out, "platform", run->platform);
	emit_member(out, "started", run->started);
	emit_member_number(out, "duration_ms", run->duration_ms);
	emit_list(out, "argv", run->argv);
	if (run->exit_status >= 0)
		emit_member_number(out, "exit_status", (uint64_t)run->exit_status);
	emit_key(out, "complete");
	cln_buf_adds(out, run->complete ? "true" : "false");
	emit_losses(out, run->loss, run->loss_count);
	emit_extra(out, run->extra);
}

static void emit_mounts(struct cln_buf *out, const struct cln_trace_root *root)
{
	emit_open(out, "mounts", '[');
	for (size_t i = 0; i < root->mount_count; i++) {
		emit_open(out, NULL, '{');
		emit_member(out, "point", root->mount[i].point);
		emit_member(out, "type", root->mount[i].type);
		emit_member(out, "source", root->mount[i].source);
		emit_member(out, "options", root->mount[i].options);
		cln_buf_addc(out, '}');
	}
	cln_buf_addc(out, ']');
}

void write_root(struct cln_buf *out, const struct cln_trace *trace, size_t i)
{
	const struct cln_trace_root *root = &trace->root[i];

	emit_member(out, "kind", root->kind);
	emit_member(out, "platform", root->platform);
	emit_member(out, "recognised", root->recognised);
	emit_member(out, "cgroup", root->cgroup);
	emit_member(out, "folder", root->folder);
	emit_open(out, "evidence", '[');
	for (size_t j = 0; j < root->evidence_count; j++) {
		const struct cln_trace_evidence *fact = &root->evidence[j];

		emit_open(out, NULL, '{');
		emit_member(out, "path", fact->path);
		emit_member(out, "sha256", fact->sha256);
		emit_member_number(out, "size_bytes", fact->size_bytes);
		emit_member_true(out, "identity", fact->identity);
		cln_buf_addc(out, '}');
	}
	cln_buf_addc(out, ']');
	emit_mounts(out, root);
	emit_extra(out, root->extra);
}

/* What happened to a variable is the list that it stands in. */
static const char *env_list(const struct cln_trace_env *env)
{
	return !env->value ? "unset" : env->inherited ? "inherited" : "set";
}

static void emit_env(struct cln_buf *out, const struct cln_trace_exec *exec)
{
	static const char *const lists[] = { "set", "unset", "inherited" };

	emit_open(out, "env", '{');
	for (size_t i = 0; i < CLN_COUNT(lists); i++) {
		emit_open(out, lists[i], '[');
		for (size_t j = 0; j < exec->env_count; j++) {
			const struct cln_trace_env *env = &exec->env[j];

			if (strcmp(env_list(env), lists[i]) != 0)
				continue;
			emit_open(out, NULL, '{');
			emit_member(out, "name", env->name);
			if (!env->redacted)
				emit_member(out, "value", env->value);
			emit_member_true(out, "redacted", env->redacted);
			emit_member_true(out, "varies", env->varies);
			cln_buf_addc(out, '}');
		}
		cln_buf_addc(out, ']');
	}
	cln_buf_addc(out, '}');
}

static void emit_limits(struct cln_buf *out, const struct cln_trace_exec *exec)
{
	char room[TRACE_LIMIT_TEXT];

	emit_open(out, "limits", '[');
	for (size_t i = 0; i < exec->limit_count; i++) {
		const struct cln_trace_limit *limit = &exec->limit[i];

		emit_open(out, NULL, '{');
		emit_member(out, "name", limit->name);
		emit_member(out, "soft", trace_limit_text(limit->soft, room));
		emit_member(out, "hard", trace_limit_text(limit->hard, room));
		emit_member_true(out, "varies", limit->varies);
		cln_buf_addc(out, '}');
	}
	cln_buf_addc(out, ']');
}

static void emit_numbers(struct cln_buf *out, const uint32_t *number, size_t count)
{
	cln_buf_addc(out, '[');
	for (size_t i = 0; i < count; i++) {
		emit_comma(out);
		emit_number(out, number[i]);
	}
	cln_buf_addc(out, ']');
}

static void emit_became(struct cln_buf *out, const struct cln_trace_exec *exec)
{
	emit_key(out, "became");
	cln_buf_addc(out, '[');
	for (size_t i = 0; i < exec->became_count; i++) {
		emit_comma(out);
		cln_buf_addc(out, '{');
		emit_member_number(out, "uid", exec->became[i].uid);
		emit_member_number(out, "gid", exec->became[i].gid);
		cln_buf_addc(out, '}');
	}
	cln_buf_addc(out, ']');
}

void write_exec(struct cln_buf *out, const struct cln_trace *trace, size_t i)
{
	const struct cln_trace_exec *exec = &trace->exec[i];

	emit_member(out, "path", exec->path);
	emit_member_number(out, "root", exec->root);
	emit_member(out, "role", cln_role_name(exec->role));
	emit_member(out, "interpreter", exec->interpreter);
	emit_list(out, "argv", exec->argv);
	emit_member_true(out, "argv_cut", exec->argv_cut);
	emit_member(out, "cwd", exec->cwd);
	emit_member_number(out, "uid", exec->uid);
	emit_member_number(out, "gid", exec->gid);
	emit_key(out, "groups");
	emit_numbers(out, exec->group, exec->group_count);
	emit_member_octal(out, "umask", exec->umask);
	if (exec->parent != CLN_TRACE_NONE)
		emit_member_number(out, "parent", exec->parent);
	emit_member_number(out, "count", exec->count);
	if (exec->run) {
		emit_key(out, "runs");
		emit_numbers(out, exec->run, exec->run_count);
	}
	if (exec->env_count)
		emit_env(out, exec);
	if (exec->limit_count)
		emit_limits(out, exec);
	if (exec->became_count)
		emit_became(out, exec);
	emit_extra(out, exec->extra);
}

static void emit_access(struct cln_buf *out, uint32_t access)
{
	cln_buf_addc(out, '[');
	for (const char *comma = ""; access; access &= access - 1, comma = ",") {
		cln_buf_adds(out, comma);
		cln_buf_addc(out, '"');
		cln_buf_adds(out, cln_access_name(access & -access));
		cln_buf_addc(out, '"');
	}
	cln_buf_addc(out, ']');
}

static void emit_uses(struct cln_buf *out, const struct cln_trace_file *file)
{
	bool differ = false;

	emit_open(out, "by", '[');
	for (size_t i = 0; i < file->use_count; i++) {
		if (file->use[i].exec == CLN_TRACE_NONE)
			continue;
		differ |= file->use[i].access != file->access;
		emit_comma(out);
		emit_number(out, file->use[i].exec);
	}
	cln_buf_addc(out, ']');
	if (!differ)
		return;
	emit_open(out, "how", '[');
	for (size_t i = 0; i < file->use_count; i++) {
		if (file->use[i].exec == CLN_TRACE_NONE)
			continue;
		emit_comma(out);
		emit_access(out, file->use[i].access);
	}
	cln_buf_addc(out, ']');
}

static void emit_result(struct cln_buf *out, const struct cln_trace_result *result)
{
	emit_open(out, "result", '{');
	emit_member(out, "type", trace_result_name(result->type));
	if (result->type) {
		emit_member_octal(out, "mode", result->mode);
		emit_member_number(out, "uid", result->uid);
		emit_member_number(out, "gid", result->gid);
		emit_member_number(out, "size_bytes", result->size_bytes);
	}
	if (result->content) {
		emit_key(out, "content_b64");
		emit_base64(out, result->content, result->content_size);
	}
	emit_member(out, "link_target", result->link_target);
	emit_member_true(out, "varies", result->varies);
	cln_buf_addc(out, '}');
}

void write_file(struct cln_buf *out, const struct cln_trace *trace, size_t i)
{
	const struct cln_trace_file *file = &trace->file[i];

	emit_member(out, "path", file->path);
	emit_member_number(out, "root", file->root);
	emit_key(out, "access");
	emit_access(out, file->access);
	emit_uses(out, file);
	emit_member(out, "target", file->target);
	if (file->peak_bytes)
		emit_member_number(out, "peak_bytes", file->peak_bytes);
	if (file->result)
		emit_result(out, file->result);
	emit_extra(out, file->extra);
}

void write_port(struct cln_buf *out, const struct cln_trace *trace, size_t i)
{
	const struct cln_trace_port *port = &trace->port[i];

	emit_member_number(out, "root", port->root);
	emit_member(out, "protocol", port->protocol);
	emit_member(out, "family", port->family);
	emit_member(out, "address", port->address);
	emit_member_number(out, "port", port->port);
	if (port->exec != CLN_TRACE_NONE)
		emit_member_number(out, "exec", port->exec);
	emit_extra(out, port->extra);
}

void write_syscalls(struct cln_buf *out, const struct cln_trace *trace, size_t i)
{
	const struct cln_trace_syscalls *syscalls = &trace->syscalls[i];

	emit_member_number(out, "root", syscalls->root);
	emit_member(out, "role", cln_role_name(syscalls->role));
	emit_member(out, "program", syscalls->program);
	emit_list(out, "names", syscalls->name);
	emit_extra(out, syscalls->extra);
}

struct sink {
	struct cln_buf *out;
	int fd; /* -1: all stays in out */
	struct cln_err *err;
};

static int sink_flush(struct sink *sink, size_t least)
{
	int r = 0;

	if (sink->fd < 0 || sink->out->size < least)
		return 0;
	r = cln_write_all(sink->fd, sink->out->data, sink->out->size, sink->err);
	sink->out->size = 0;
	return r;
}

typedef void write_fn(struct cln_buf *out, const struct cln_trace *trace, size_t i);

/* `"key": [` and one entry a line. */
static int write_section(struct sink *sink, const struct cln_trace *trace, const char *key,
	size_t count, write_fn *write_one)
{
	cln_buf_addf(sink->out, ",\n\"%s\":[", key);
	for (size_t i = 0; i < count; i++) {
		cln_buf_adds(sink->out, i ? ",\n{" : "\n{");
		write_one(sink->out, trace, i);
		cln_buf_addc(sink->out, '}');
		if (sink_flush(sink, FLUSH_BYTES) < 0)
			return -sink->err->code;
	}
	cln_buf_adds(sink->out, count ? "\n]" : "]");
	return 0;
}

/* Every loss name of every run once, with its sum. */
static void write_top(struct cln_buf *out, const struct cln_trace *trace)
{
	struct cln_trace_loss *sum = NULL;
	size_t count;

	cln_buf_addf(out, "{\n\"schema\":\"%s\",\n\"complete\":%s", CLN_TRACE_SCHEMA,
		cln_trace_complete(trace) ? "true" : "false");
	sum = trace_losses_new(trace, &count);
	emit_losses(out, sum, count);
	free(sum);
}

static int write_all(struct sink *sink, struct cln_trace *trace)
{
	const char *extra;

	cln_trace_settle(trace);
	extra = trace->inside->extra;
	write_top(sink->out, trace);
	if (write_section(sink, trace, "runs", trace->run_count, write_run) < 0 ||
		write_section(sink, trace, "roots", trace->root_count, write_root) < 0 ||
		write_section(sink, trace, "execs", trace->exec_count, write_exec) < 0 ||
		write_section(sink, trace, "files", trace->file_count, write_file) < 0 ||
		write_section(sink, trace, "ports", trace->port_count, write_port) < 0 ||
		write_section(sink, trace, "syscalls", trace->syscalls_count, write_syscalls) < 0)
		return -sink->err->code;
	if (extra && *extra) {
		cln_buf_adds(sink->out, ",\n");
		cln_buf_adds(sink->out, extra);
	}
	cln_buf_adds(sink->out, "\n}\n");
	return sink_flush(sink, 0);
}

void cln_trace_text(struct cln_trace *trace, struct cln_buf *out)
{
	struct sink sink = { out, -1, NULL };

	write_all(&sink, trace);
}

int cln_trace_write(struct cln_trace *trace, const char *path, struct cln_err *err)
{
	cln_owned(cln_out_release) struct cln_out out = CLN_OUT_NONE;
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };
	struct sink sink = { &buf, -1, err };

	if (cln_out_begin(&out, path, 0644, err) < 0)
		return -err->code;
	sink.fd = out.fd;
	if (write_all(&sink, trace) < 0)
		return cln_within(err, "%s", path);
	return cln_out_commit(&out, err);
}
