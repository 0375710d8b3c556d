// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/cli/cli.h"

#include "common/log.h"

#include <stdio.h>

/* Every file is looked at; all that is wrong is said. */
int cli_check(const struct cli *cli, struct cln_err *err)
{
	int bad = 0;

	if (!cli->args.rest_count)
		return cln_usage(err, "check: which FILE?");
	for (int i = 0; i < cli->args.rest_count; i++) {
		cln_owned(cln_trace_drop) struct cln_trace *trace = NULL;
		struct cln_err one = { 0 };

		if (cln_trace_read(cli->args.rest[i], &trace, &one) < 0) {
			cln_err_report(&one, "clnimg-manifest");
			bad++;
			continue;
		}
		if (cln_log_quiet())
			continue;
		printf("%s: valid, %s: %zu runs, %zu roots, %zu execs, %zu files\n",
			cli->args.rest[i], cln_trace_complete(trace) ? "complete" : "incomplete",
			trace->run_count, trace->root_count, trace->exec_count, trace->file_count);
	}
	return bad ? CLN_EXIT_FAILED : CLN_EXIT_DONE;
}
