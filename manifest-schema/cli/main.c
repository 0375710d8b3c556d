// SPDX-License-Identifier: Apache-2.0
/* main.c - clnimg-manifest: merge, diff, check, show and explain trace manifests. */
#include "manifest-schema/cli/cli.h"

#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct cli, field)

static const struct cln_opt merge_opts[] = {
	{ "output", 'o', "FILE", "write the merged manifest here (- is standard output)",
		CLN_OPT_TEXT, AT(output) },
	{ "force", 'f', NULL, "merge although the manifests are of different images", CLN_OPT_FLAG,
		AT(force) },
};

static const struct cln_opt show_opts[] = {
	{ "json", 0, NULL, "print JSON", CLN_OPT_FLAG, AT(json) },
};

static const struct cln_command commands[] = {
	{ "merge", "-o OUT FILE...", "fold many manifests into one", merge_opts,
		CLN_COUNT(merge_opts) },
	{ "check", "FILE...", "check schema and meaning", NULL, 0 },
	{ "show", "FILE", "summarise a manifest", show_opts, CLN_COUNT(show_opts) },
};

static int (*const runs[])(const struct cli *cli, struct cln_err *err) = {
	cli_merge,
	cli_check,
	cli_show,
};

static const struct cln_program program = {
	.name = "clnimg-manifest",
	.summary = "merge, compare and read trace manifests",
	.synopsis = "COMMAND [OPTION...] FILE...",
	.commands = commands,
	.command_count = CLN_COUNT(commands),
	.see_also = "clnimg-manifest(5), clnimg-profile(1), clnimg-pack(1)",
};

int main(int argc, char **argv)
{
	struct cli cli = { 0 };
	struct cln_err err = { 0 };
	int r = cln_opt_parse(&program, argc, argv, false, &cli, &cli.args, &err);

	if (!r && cli.args.done)
		return CLN_EXIT_DONE;
	cln_log_init(program.name, cli.args.quiet     ? CLN_QUIET
				   : cli.args.verbose ? CLN_VERBOSE
						      : CLN_NORMAL);
	if (!r)
		r = runs[cli.args.command - commands](&cli, &err);
	cln_progress_end();
	if (r >= 0 && (fflush(stdout) || ferror(stdout)))
		r = cln_fail(&err, EIO, "write standard output: %m");
	cln_list_release(&cli.ignore);
	return r < 0 ? cln_err_report(&err, program.name) : r;
}
