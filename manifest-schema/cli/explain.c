// SPDX-License-Identifier: Apache-2.0
/* explain FILE PATH: who used the path, how, started by whom, in which runs. */
#include "manifest-schema/cli/cli.h"
#include "manifest-schema/cli/paint.h"
#include "manifest-schema/emit.h"
#include "manifest-schema/write.h"

#include "common/log.h"
#include "common/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ARGS_WIDTH 90
#define RUNS_SHOWN 5

static void add_access(struct cln_buf *out, uint32_t access)
{
	for (const char *between = ""; access; access &= access - 1, between = " ") {
		cln_buf_adds(out, between);
		cln_buf_adds(out, cln_access_name(access & -access));
	}
}

static void add_exec(struct cln_buf *out, const struct cln_trace_exec *exec)
{
	cln_buf_addf(out, "%s ", cln_role_name(exec->role));
	paint_text(out, exec->path, 0);
	if (exec->interpreter) {
		cln_buf_adds(out, " (run by ");
		paint_text(out, exec->interpreter, 0);
		cln_buf_addc(out, ')');
	}
	cln_buf_adds(out, ": ");
	paint_args(out, exec->argv, ARGS_WIDTH);
	cln_buf_addf(out, " (count %llu)\n", (unsigned long long)exec->count);
}

static void add_runs(
	struct cln_buf *out, const struct cln_trace *trace, const struct cln_trace_exec *exec)
{
	size_t count = exec->run ? exec->run_count : trace->run_count;

	if (!exec->run && trace->run_count > 1) {
		cln_buf_addf(out, "      in all %zu runs\n", count);
		return;
	}
	for (size_t i = 0; i < count && i < RUNS_SHOWN; i++) {
		const struct cln_trace_run *run = &trace->run[exec->run ? exec->run[i] : i];

		cln_buf_addf(out, "      in run %.12s of %s on ", run->id, run->started);
		paint_text(out, run->host, 40);
		cln_buf_addc(out, '\n');
	}
	if (count > RUNS_SHOWN)
		cln_buf_addf(out, "      and %zu more runs\n", count - RUNS_SHOWN);
}

static void explain_use(struct cln_buf *out, const struct cln_trace *trace,
	const struct cln_trace_use *use, const struct paint *paint)
{
	uint32_t exec = use->exec;

	cln_buf_addf(out, "  %s", paint->green);
	add_access(out, use->access);
	cln_buf_addf(out, "%s by ", paint->off);
	if (exec == CLN_TRACE_NONE) {
		cln_buf_adds(out, "a program that is not known\n");
		return;
	}
	add_exec(out, &trace->exec[exec]);
	add_runs(out, trace, &trace->exec[exec]);
	while ((exec = trace->exec[exec].parent) != CLN_TRACE_NONE) {
		cln_buf_adds(out, "      started by ");
		add_exec(out, &trace->exec[exec]);
	}
}

static void explain_file(struct cln_buf *out, const struct cln_trace *trace,
	const struct cln_trace_file *file, const struct paint *paint)
{
	const struct cln_trace_root *root = &trace->root[file->root];
	char bytes[16];

	cln_buf_adds(out, paint->bold);
	paint_text(out, file->path, 0);
	cln_buf_addf(out, "%s in the %s (%s)\n", paint->off, root->kind, root->platform);
	if (file->target) {
		cln_buf_adds(out, "  led to ");
		paint_text(out, file->target, 0);
		cln_buf_addc(out, '\n');
	}
	if (file->peak_bytes)
		cln_buf_addf(out, "  grew to %s\n", cln_bytes_text(file->peak_bytes, bytes));
	if (file->result)
		cln_buf_addf(out, "  when main began: %s%s\n",
			trace_result_name(file->result->type),
			file->result->varies ? ", not the same in every run" : "");
	for (size_t i = 0; i < file->use_count; i++)
		explain_use(out, trace, &file->use[i], paint);
}

/* The file with whole execs, from each user up to its topmost parent. */
static void explain_json(struct cln_buf *out, const struct cln_trace *trace, size_t i)
{
	const struct cln_trace_file *file = &trace->file[i];

	emit_comma(out);
	cln_buf_adds(out, "\n{\"file\":{");
	write_file(out, trace, i);
	cln_buf_adds(out, "},\"root\":{");
	write_root(out, trace, file->root);
	cln_buf_adds(out, "},\"users\":[");
	for (size_t j = 0; j < file->use_count; j++) {
		uint32_t exec = file->use[j].exec;

		if (exec == CLN_TRACE_NONE)
			continue;
		emit_comma(out);
		cln_buf_adds(out, "\n[");
		for (; exec != CLN_TRACE_NONE; exec = trace->exec[exec].parent) {
			emit_comma(out);
			cln_buf_adds(out, "\n{");
			write_exec(out, trace, exec);
			cln_buf_addc(out, '}');
		}
		cln_buf_addc(out, ']');
	}
	cln_buf_adds(out, "]}");
}

static bool about(const struct cln_trace_file *file, const char *path)
{
	return !strcmp(file->path, path) || (file->target && !strcmp(file->target, path));
}

int cli_explain(const struct cli *cli, struct cln_err *err)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = NULL;
	struct paint paint = paint_for(!cli->json && cln_colour(stdout));
	cln_owned(cln_buf_release) struct cln_buf out = { 0 };
	char path[CLN_PATH_MAX];
	size_t found = 0;

	if (cli->args.rest_count != 2)
		return cln_usage(err, "explain: one FILE and one PATH expected");
	if (cln_path_clean(cli->args.rest[1], path) < 0)
		return cln_usage(err, "explain: %s: no absolute path", cli->args.rest[1]);
	if (cln_trace_read(cli->args.rest[0], &trace, err) < 0)
		return -err->code;
	if (cli->json)
		cln_buf_addc(&out, '[');
	for (size_t i = 0; i < trace->file_count; i++) {
		if (!about(&trace->file[i], path))
			continue;
		if (cli->json)
			explain_json(&out, trace, i);
		else
			explain_file(&out, trace, &trace->file[i], &paint);
		found++;
	}
	if (cli->json)
		cln_buf_adds(&out, found ? "\n]\n" : "]\n");
	paint_flush(&out);
	return found ? 0
		     : cln_fail(err, ENOENT, "%s: %s: nothing used it", cli->args.rest[0], path);
}
