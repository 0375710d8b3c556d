// SPDX-License-Identifier: Apache-2.0
/* show FILE: what a reviewer has to know, in a minute. */
#include "manifest-schema/cli/cli.h"
#include "manifest-schema/cli/paint.h"
#include "manifest-schema/cli/tally.h"

#include "common/log.h"
#include "common/mem.h"

#include <stdio.h>
#include <string.h>

struct view {
	const struct cln_trace *trace;
	struct cln_buf *out;
	struct paint paint;
	size_t limit; /* lines a section */
};

static void heading(const struct view *view, const char *text, size_t count)
{
	cln_buf_addf(view->out, "\n%s%s%s (%zu)\n", view->paint.bold, text, view->paint.off, count);
}

/* Says what the limit left out. */
static void more(const struct view *view, size_t count)
{
	if (count > view->limit)
		cln_buf_addf(view->out, "  %s... and %zu more (--limit 0 shows all)%s\n",
			view->paint.dim, count - view->limit, view->paint.off);
}

static void show_verdict(const struct view *view)
{
	const struct cln_trace *trace = view->trace;
	bool complete = cln_trace_complete(trace);

	cln_buf_addf(view->out, "%s%s%s: %zu runs, %zu roots, %zu execs, %zu files\n",
		complete ? view->paint.green : view->paint.red,
		complete ? "complete" : "INCOMPLETE", view->paint.off, trace->run_count,
		trace->root_count, trace->exec_count, trace->file_count);
	for (size_t i = 0; i < trace->run_count; i++)
		for (size_t j = 0; j < trace->run[i].loss_count; j++)
			cln_buf_addf(view->out, "  %.12s lost %s: %llu\n", trace->run[i].id,
				trace->run[i].loss[j].name,
				(unsigned long long)trace->run[i].loss[j].count);
}

static void show_runs(const struct view *view)
{
	heading(view, "Runs", view->trace->run_count);
	for (size_t i = 0; i < view->trace->run_count && i < view->limit; i++) {
		const struct cln_trace_run *run = &view->trace->run[i];

		cln_buf_addf(view->out, "  %.12s  %s  %6.1f s  %s%s%s  ", run->id, run->started,
			(double)run->duration_ms / 1000,
			run->complete ? view->paint.green : view->paint.red,
			run->complete ? "complete" : "INCOMPLETE", view->paint.off);
		if (run->exit_status >= 0)
			cln_buf_addf(view->out, "exit %d  ", run->exit_status);
		paint_text(view->out, run->host, 24);
		cln_buf_adds(view->out, "  ");
		if (run->argv)
			paint_args(view->out, run->argv, 60);
		else
			cln_buf_adds(view->out, "(attached)");
		cln_buf_addc(view->out, '\n');
	}
	more(view, view->trace->run_count);
}

static void show_roots(const struct view *view)
{
	heading(view, "Roots", view->trace->root_count);
	for (size_t i = 0; i < view->trace->root_count && i < view->limit; i++) {
		const struct cln_trace_root *root = &view->trace->root[i];

		cln_buf_addf(view->out, "  %zu  %s %s by %s, %zu mounts, evidence of %zu files  ",
			i, root->kind, root->platform, root->recognised, root->mount_count,
			root->evidence_count);
		paint_text(view->out, root->cgroup, 60);
		if (root->folder) {
			cln_buf_adds(view->out, "  at ");
			paint_text(view->out, root->folder, 60);
		}
		cln_buf_addc(view->out, '\n');
	}
	more(view, view->trace->root_count);
}

static const char *role_colour(const struct view *view, enum cln_role role)
{
	if (role == CLN_ROLE_MAIN)
		return view->paint.bold;
	return role == CLN_ROLE_HOST ? view->paint.dim : "";
}

static void show_exec(
	const struct view *view, const struct cln_trace_exec *exec, unsigned int depth)
{
	cln_buf_addf(view->out, "  %-8s %*s%s", cln_role_name(exec->role), (int)(2 * depth), "",
		role_colour(view, exec->role));
	paint_text(view->out, exec->path, 0);
	cln_buf_adds(view->out, view->paint.off);
	if (exec->argv[0] && exec->argv[1]) {
		cln_buf_addc(view->out, ' ');
		paint_args(view->out, exec->argv + 1, 70);
	}
	if (exec->uid)
		cln_buf_addf(view->out, "  uid %u", exec->uid);
	if (exec->count > 1)
		cln_buf_addf(view->out, "  %sx%llu%s", view->paint.dim,
			(unsigned long long)exec->count, view->paint.off);
	cln_buf_addc(view->out, '\n');
}

/* Children hang behind their parents: first[] and next[] are lists by number. */
struct family {
	uint32_t *first, *next, top;
};

static void family_make(struct family *family, const struct cln_trace *trace)
{
	size_t count = trace->exec_count;

	family->first = cln_realloc(NULL, count, sizeof(*family->first));
	family->next = cln_realloc(NULL, count, sizeof(*family->next));
	family->top = CLN_TRACE_NONE;
	memset(family->first, 0xff, count * sizeof(*family->first));
	for (size_t i = count; i-- > 0;) {
		uint32_t parent = trace->exec[i].parent;
		uint32_t *list = parent == CLN_TRACE_NONE ? &family->top : &family->first[parent];

		family->next[i] = *list;
		*list = (uint32_t)i;
	}
}

static void show_execs(const struct view *view)
{
	const struct cln_trace *trace = view->trace;
	struct family family;
	uint32_t at;
	unsigned int depth = 0;

	heading(view, "Programs", trace->exec_count);
	family_make(&family, trace);
	at = family.top;
	for (size_t shown = 0; at != CLN_TRACE_NONE && shown < view->limit; shown++) {
		show_exec(view, &trace->exec[at], CLN_MIN(depth, 30u));
		if (family.first[at] != CLN_TRACE_NONE) {
			at = family.first[at];
			depth++;
			continue;
		}
		while (at != CLN_TRACE_NONE && family.next[at] == CLN_TRACE_NONE) {
			at = trace->exec[at].parent;
			depth -= at != CLN_TRACE_NONE;
		}
		if (at != CLN_TRACE_NONE)
			at = family.next[at];
	}
	free(family.first);
	free(family.next);
	more(view, trace->exec_count);
}

static void show_tally(const struct view *view, const char *title, const struct tally *tally)
{
	char bytes[16];

	heading(view, title, tally->count);
	for (size_t i = 0; i < tally->count && i < view->limit; i++) {
		const struct tally_row *row = &tally->row[i];

		cln_buf_addf(view->out, "  %7llu", (unsigned long long)row->files);
		if (row->bytes)
			cln_buf_addf(view->out, "  %10s", cln_bytes_text(row->bytes, bytes));
		cln_buf_adds(view->out, "  ");
		paint_text(view->out, row->name, 0);
		cln_buf_addc(view->out, '\n');
	}
	more(view, tally->count);
}

static void show_ports(const struct view *view)
{
	heading(view, "Ports", view->trace->port_count);
	for (size_t i = 0; i < view->trace->port_count && i < view->limit; i++) {
		const struct cln_trace_port *port = &view->trace->port[i];

		cln_buf_addf(view->out, "  %s %s ", port->protocol, port->family);
		paint_text(view->out, port->address, 0);
		cln_buf_addf(view->out, " port %u", port->port);
		if (port->exec != CLN_TRACE_NONE) {
			cln_buf_adds(view->out, "  ");
			paint_text(view->out, view->trace->exec[port->exec].path, 0);
		}
		cln_buf_addc(view->out, '\n');
	}
	more(view, view->trace->port_count);
}

static void show_all(const struct view *view)
{
	cln_owned(tally_release) struct tally written = { 0 }, programs = { 0 }, folders = { 0 };

	tally_written(&written, view->trace);
	tally_programs(&programs, view->trace);
	tally_folders(&folders, view->trace);
	show_verdict(view);
	show_runs(view);
	show_roots(view);
	show_execs(view);
	show_tally(view, "Written directories: paths, peak size", &written);
	show_ports(view);
	show_tally(view, "Programs by paths used", &programs);
	show_tally(view, "Directories by paths used", &folders);
}

int cli_show(const struct cli *cli, struct cln_err *err)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = NULL;
	cln_owned(cln_buf_release) struct cln_buf out = { 0 };
	struct view view = { .out = &out, .limit = cli->limit ? cli->limit : SIZE_MAX };

	if (cli->args.rest_count != 1)
		return cln_usage(err, "show: one FILE expected");
	if (cln_trace_read(cli->args.rest[0], &trace, err) < 0)
		return -err->code;
	view.trace = trace;
	view.paint = paint_for(cln_colour(stdout));
	if (cli->json)
		show_json(&out, trace);
	else
		show_all(&view);
	paint_flush(&out);
	return 0;
}
