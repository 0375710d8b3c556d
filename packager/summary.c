// SPDX-License-Identifier: Apache-2.0
#include "packager/pack.h"

#include "common/log.h"
#include "common/mem.h"

#include <stdio.h>
#include <string.h>

char *summary_new(const struct work *work, const struct docs_input *in)
{
	cln_owned(cln_drop_mem) char *table =
		docs_summary_new(in, *work->label ? work->platform : "");
	struct cln_buf out = { 0 };

	cln_buf_adds(&out, table);
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
