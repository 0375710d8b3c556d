// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/cli/tally.h"
#include "manifest-schema/emit.h"
#include "manifest-schema/write.h"

static void add_tally(struct cln_buf *out, const char *key, const struct tally *tally)
{
	cln_buf_addf(out, ",\n\"%s\":[", key);
	for (size_t i = 0; i < tally->count; i++) {
		emit_comma(out);
		cln_buf_adds(out, "\n{");
		emit_member(out, "path", tally->row[i].name);
		emit_member_number(out, "files", tally->row[i].files);
		if (tally->row[i].bytes)
			emit_member_number(out, "peak_bytes", tally->row[i].bytes);
		cln_buf_addc(out, '}');
	}
	cln_buf_addc(out, ']');
}

static void add_entries(struct cln_buf *out, const struct cln_trace *trace, const char *key,
	size_t count,
	void (*write_one)(struct cln_buf *out, const struct cln_trace *trace, size_t i))
{
	cln_buf_addf(out, ",\n\"%s\":[", key);
	for (size_t i = 0; i < count; i++) {
		emit_comma(out);
		cln_buf_adds(out, "\n{");
		write_one(out, trace, i);
		cln_buf_addc(out, '}');
	}
	cln_buf_addc(out, ']');
}

void show_json(struct cln_buf *out, const struct cln_trace *trace)
{
	cln_owned(tally_release) struct tally written = { 0 }, programs = { 0 }, folders = { 0 };

	tally_written(&written, trace);
	tally_programs(&programs, trace);
	tally_folders(&folders, trace);
	cln_buf_addf(out, "{\"schema\":\"clnimg.show/1\",\"complete\":%s,\"files\":%zu",
		cln_trace_complete(trace) ? "true" : "false", trace->file_count);
	add_entries(out, trace, "runs", trace->run_count, write_run);
	add_entries(out, trace, "roots", trace->root_count, write_root);
	add_entries(out, trace, "execs", trace->exec_count, write_exec);
	add_entries(out, trace, "ports", trace->port_count, write_port);
	add_tally(out, "written", &written);
	add_tally(out, "programs", &programs);
	add_tally(out, "directories", &folders);
	cln_buf_adds(out, "\n}\n");
}
