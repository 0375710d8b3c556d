/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.h - what the commands of clnimg-manifest share.
 */
#ifndef CLN_MANIFEST_CLI_H
#define CLN_MANIFEST_CLI_H

#include "common/opt.h"
#include "manifest-schema/trace.h"

struct cli {
	const char *output;	/* merge */
	bool force;		/* merge */
	bool json;		/* diff, show, explain */
	struct cln_list ignore; /* diff */
	uint64_t limit;		/* show: lines a section */
	struct cln_args args;
};

/* Each does its command over cli->args.rest: the exit status, or negative with err. */
int cli_check(const struct cli *cli, struct cln_err *err);
int cli_merge(const struct cli *cli, struct cln_err *err);
int cli_diff(const struct cli *cli, struct cln_err *err);
int cli_explain(const struct cli *cli, struct cln_err *err);
int cli_show(const struct cli *cli, struct cln_err *err);

#endif
