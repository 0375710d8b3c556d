// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/cli/cli.h"

#include <stdio.h>

int cli_show(const struct cli *cli, struct cln_err *err)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = NULL;

	if (cli->args.rest_count != 1)
		return cln_usage(err, "show: one FILE expected");
	if (cln_trace_read(cli->args.rest[0], &trace, err) < 0)
		return -err->code;
	printf("%s\n", cln_trace_complete(trace) ? "complete" : "INCOMPLETE");
	for (size_t i = 0; i < trace->exec_count; i++)
		printf("%-9s %s\n", cln_role_name(trace->exec[i].role), trace->exec[i].path);
	for (size_t i = 0; i < trace->port_count; i++)
		printf("%s %s port %u\n", trace->port[i].protocol, trace->port[i].address,
			trace->port[i].port);
	printf("%zu paths\n", trace->file_count);
	return 0;
}
