// SPDX-License-Identifier: Apache-2.0
#include "packager/pack.h"

#include "common/log.h"
#include "common/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const json_t *find_report(const struct work *work, json_t **json)
{
	struct cln_err ignored = { 0 };

	for (size_t i = 0; i < work->beside.count; i++)
		if (!strcmp(work->beside.doc[i].name, "report.json") &&
			cln_json_parse(work->beside.doc[i].data, work->beside.doc[i].size, json,
				&ignored) == 0)
			return *json;
	return NULL;
}

static void add_row(struct cln_buf *out, const json_t *before, const json_t *after, const char *key,
	const char *name)
{
	int64_t was = cln_json_int(before, key, 0), is = cln_json_int(after, key, 0);
	char was_text[24], is_text[24], less[16] = "";

	if (!strcmp(key, "bytes")) {
		cln_bytes_text((uint64_t)was, was_text);
		cln_bytes_text((uint64_t)is, is_text);
	} else {
		snprintf(was_text, sizeof(was_text), "%" PRId64, was);
		snprintf(is_text, sizeof(is_text), "%" PRId64, is);
	}
	if (was > 0)
		snprintf(less, sizeof(less), "%+.0f %%", 100.0 * (double)(is - was) / (double)was);
	cln_buf_addf(out, "%-18s %12s %12s %8s\n", name, was_text, is_text, less);
}

char *summary_new(const struct work *work)
{
	static const struct {
		const char *key, *name;
	} rows[] = { { "bytes", "size" }, { "files", "files" }, { "executables", "executables" },
		{ "setuid", "setuid files" }, { "packages", "packages" }, { "shells", "shells" },
		{ "package_managers", "package managers" } };
	cln_owned(cln_json_drop) json_t *json = NULL;
	const json_t *report = find_report(work, &json);
	struct cln_buf out = { 0 };

	cln_buf_addf(&out, "%-18s %12s %12s\n", *work->label ? work->platform : "", "development",
		"production");
	for (size_t i = 0; report && i < CLN_COUNT(rows); i++)
		add_row(&out, json_object_get(report, "before"), json_object_get(report, "after"),
			rows[i].key, rows[i].name);
	cln_buf_addf(&out, "%-18s %s\n", "runs as", work->plan->process.user);
	for (size_t i = 0; i < work->plan->mount_count; i++)
		cln_buf_addf(
			&out, "%-18s %s\n", i ? "" : "writes only to", work->plan->mount[i].path);
	if (*work->label)
		cln_buf_addf(&out, "%-18s %s\n\n", "digest", work->written.digest);
	return cln_buf_steal(&out);
}

void summary_print(const struct pack *pack)
{
	const struct options *options = pack->options;

	if (cln_log_quiet() || (options->report && !strcmp(options->report, "none")))
		return;
	for (size_t i = 0; i < pack->work_count; i++)
		fputs(pack->work[i].report, stdout);
	for (size_t i = 0; i < options->output.count; i++)
		printf("%-18s %s\n", i ? "" : "written", options->output.item[i]);
	printf("%-18s %s\n", "digest", pack->digest);
}
