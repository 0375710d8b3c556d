// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/read_entries.h"

#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* What the top level says of itself, to be compared with what follows from the runs. */
struct top {
	bool complete;
	const struct cln_trace_loss *loss;
	size_t loss_count;
};

#define SCHEMA_NAME "clnimg.trace/"

static int read_schema(struct reader *rd, void *object)
{
	struct lex_span span;
	const char *text;
	int r = lex_string(&rd->lex, 64, &span);

	(void)object;
	if (r < 0)
		return r;
	text = cln_arena_strndup(rd->trace->inside->arena, span.data, span.size);
	if (!strcmp(text, CLN_TRACE_SCHEMA))
		return 0;
	if (!strncmp(text, SCHEMA_NAME, strlen(SCHEMA_NAME)))
		return lex_fail(&rd->lex, "%s was written by a newer program; this one reads %s",
			text, CLN_TRACE_SCHEMA);
	return lex_fail(&rd->lex, "no trace manifest (%s expected)", CLN_TRACE_SCHEMA);
}

static int read_top_losses(struct reader *rd, void *object)
{
	struct top *top = object;

	return read_losses(rd, &top->loss, &top->loss_count);
}

static int read_section(struct reader *rd, int (*read_one)(struct reader *rd))
{
	struct lex_where outer = rd->lex.where;
	bool first = true;
	int r;

	rd->lex.where.section = outer.field;
	rd->lex.where.field = NULL;
	for (rd->lex.where.index = 0; (r = lex_array_next(&rd->lex, &first)) > 0;
		rd->lex.where.index++) {
		r = read_one(rd);
		if (r < 0)
			return r;
	}
	if (!r)
		rd->lex.where = outer;
	return r;
}

#define SECTION(name, one)                                      \
	static int read_##name(struct reader *rd, void *object) \
	{                                                       \
		(void)object;                                   \
		return read_section(rd, one);                   \
	}

SECTION(runs, read_run)
SECTION(roots, read_root)
SECTION(execs, read_exec)
SECTION(files, read_file)
SECTION(ports, read_port)
SECTION(all_syscalls, read_syscalls)

static int bad_reference(struct lex *lex, const char *section, size_t index, const char *field)
{
	return cln_fail(
		lex->err, EINVAL, "%s[%zu].%s: there is no such entry", section, index, field);
}

static int check_execs(struct reader *rd)
{
	const struct cln_trace *trace = rd->trace;
	cln_owned(cln_drop_mem) uint32_t *depth =
		cln_realloc(NULL, trace->exec_count, sizeof(*depth));

	for (size_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];

		if (exec->root >= trace->root_count)
			return bad_reference(&rd->lex, "execs", i, "root");
		if (exec->parent != CLN_TRACE_NONE && exec->parent >= trace->exec_count)
			return bad_reference(&rd->lex, "execs", i, "parent");
		if (exec->run_count && exec->run[exec->run_count - 1] >= trace->run_count)
			return bad_reference(&rd->lex, "execs", i, "runs");
	}
	if (!trace_exec_depths(trace, depth))
		return cln_fail(rd->lex.err, EINVAL, "execs: an exec is its own ancestor");
	return 0;
}

static int check_files(struct reader *rd)
{
	const struct cln_trace *trace = rd->trace;

	for (size_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];

		if (file->root >= trace->root_count)
			return bad_reference(&rd->lex, "files", i, "root");
		for (size_t j = 0; j < file->use_count; j++)
			if (file->use[j].exec != CLN_TRACE_NONE &&
				file->use[j].exec >= trace->exec_count)
				return bad_reference(&rd->lex, "files", i, "by");
	}
	return 0;
}

static int check_rest(struct reader *rd)
{
	const struct cln_trace *trace = rd->trace;

	for (size_t i = 0; i < trace->port_count; i++) {
		const struct cln_trace_port *port = &trace->port[i];

		if (port->root >= trace->root_count)
			return bad_reference(&rd->lex, "ports", i, "root");
		if (port->exec != CLN_TRACE_NONE && port->exec >= trace->exec_count)
			return bad_reference(&rd->lex, "ports", i, "exec");
	}
	for (size_t i = 0; i < trace->syscalls_count; i++)
		if (trace->syscalls[i].root >= trace->root_count)
			return bad_reference(&rd->lex, "syscalls", i, "root");
	return 0;
}

/* The sums must agree: a manifest that was edited by hand shows. */
static int check_top(struct reader *rd, const struct top *top)
{
	size_t count;
	cln_owned(cln_drop_mem) struct cln_trace_loss *sum = trace_losses_new(rd->trace, &count);

	if (top->complete != cln_trace_complete(rd->trace))
		return cln_fail(rd->lex.err, EINVAL, "complete: is %s, but the runs say otherwise",
			top->complete ? "true" : "false");
	for (size_t i = 0; i < count || i < top->loss_count; i++) {
		if (i >= count || i >= top->loss_count ||
			strcmp(sum[i].name, top->loss[i].name) != 0 ||
			sum[i].count != top->loss[i].count)
			return cln_fail(rd->lex.err, EINVAL,
				"losses: not the sum of what the runs lost (%s)",
				i < count ? sum[i].name : top->loss[i].name);
	}
	return 0;
}

static int read_manifest(struct reader *rd)
{
	static const struct field fields[] = {
		{ "schema", FIELD_CUSTOM, true, 0, read_schema, NULL },
		{ "complete", FIELD_BOOL, true, offsetof(struct top, complete), NULL, NULL },
		{ "losses", FIELD_CUSTOM, true, 0, read_top_losses, NULL },
		{ "runs", FIELD_CUSTOM, true, 0, read_runs, NULL },
		{ "roots", FIELD_CUSTOM, true, 0, read_roots, NULL },
		{ "execs", FIELD_CUSTOM, true, 0, read_execs, NULL },
		{ "files", FIELD_CUSTOM, true, 0, read_files, NULL },
		{ "ports", FIELD_CUSTOM, true, 0, read_ports, NULL },
		{ "syscalls", FIELD_CUSTOM, true, 0, read_all_syscalls, NULL },
	};
	struct top top = { 0 };
	int r;

	rd->trace = cln_trace_new();
	r = object_read(rd, fields, CLN_COUNT(fields), &top, &rd->trace->inside->extra);
	if (r < 0 || (r = lex_end(&rd->lex)) < 0 || (r = check_execs(rd)) < 0 ||
		(r = check_files(rd)) < 0 || (r = check_rest(rd)) < 0)
		return r;
	/* runs that stand twice count once */
	cln_trace_settle(rd->trace);
	return check_top(rd, &top);
}

static int read_all(struct reader *rd, struct cln_trace **out)
{
	int r = read_manifest(rd);

	if (!r)
		*out = cln_steal(&rd->trace);
	cln_trace_free(rd->trace);
	lex_release(&rd->lex);
	cln_buf_release(&rd->text);
	free(rd->list);
	free(rd->by);
	free(rd->how);
	return r;
}

int cln_trace_parse(const char *text, size_t size, struct cln_trace **out, struct cln_err *err)
{
	struct reader rd = { 0 };

	if (size > LIMIT_FILE_BYTES)
		return cln_fail(err, EFBIG, "larger than the limit");
	lex_init_text(&rd.lex, text, size, err);
	return read_all(&rd, out);
}

int cln_trace_read(const char *path, struct cln_trace **out, struct cln_err *err)
{
	cln_owned(cln_drop_fd) int fd = -1;
	bool input = !strcmp(path, "-");
	struct reader rd = { 0 };

	if (!input)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!input && fd < 0)
		return cln_fail(err, errno, "open %s: %m", path);
	lex_init_fd(&rd.lex, input ? STDIN_FILENO : fd, LIMIT_FILE_BYTES, err);
	if (read_all(&rd, out) < 0)
		return cln_within(err, "%s", input ? "standard input" : path);
	return 0;
}
