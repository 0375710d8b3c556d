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

static const struct cln_opt diff_opts[] = {
	{ "json", 0, NULL, "print JSON", CLN_OPT_FLAG, AT(json) },
	{ "ignore", 'i', "GLOB",
		"leave out paths and programs that match; may be repeated (** crosses slashes)",
		CLN_OPT_LIST, AT(ignore) },
};

static const struct cln_opt show_opts[] = {
	{ "json", 0, NULL, "print JSON", CLN_OPT_FLAG, AT(json) },
	{ "limit", 'n', "LINES", "lines in each section, 0 for all (default 20)", CLN_OPT_NUMBER,
		AT(limit) },
};

static const struct cln_opt explain_opts[] = {
	{ "json", 0, NULL, "print JSON", CLN_OPT_FLAG, AT(json) },
};

static const struct cln_command commands[] = {
	{ "merge", "-o OUT FILE...", "fold many manifests into one", merge_opts,
		CLN_COUNT(merge_opts) },
	{ "diff", "[--json] [--ignore GLOB] OLD NEW",
		"say what a change added or removed; exit 1 where there is a difference", diff_opts,
		CLN_COUNT(diff_opts) },
	{ "check", "FILE...", "check schema and meaning", NULL, 0 },
	{ "show", "[--json] FILE", "summarise a manifest for a reviewer", show_opts,
		CLN_COUNT(show_opts) },
	{ "explain", "[--json] FILE PATH", "say who used a path, how, and in which runs",
		explain_opts, CLN_COUNT(explain_opts) },
};

static int (*const runs[])(const struct cli *cli, struct cln_err *err) = {
	cli_merge,
	cli_diff,
	cli_check,
	cli_show,
	cli_explain,
};

static const struct cln_program program = {
	.name = "clnimg-manifest",
	.summary = "merge, compare and read trace manifests",
	.synopsis = "COMMAND [OPTION...] FILE...",
	.description =
		"A trace manifest says what a test run used: files, programs, ports and system "
		"calls. Manifests are sets: merging is commutative, associative and idempotent, "
		"so shards may be folded in any order, in any number of steps. FILE may be - for "
		"standard input.\n\nMerging refuses manifests of different images; different "
		"architectures may be merged and stay apart. Counters keep the largest, runs "
		"that stand in several manifests count once, and the result is complete only if "
		"every run was.",
	.commands = commands,
	.command_count = CLN_COUNT(commands),
	.exits = "0  done; diff: the same\n1  failed; diff: different\n"
		 "2  the command line is wrong; diff: trouble of any kind\n"
		 "3  refused by policy; the message names the option that would allow it\n",
	.examples = "clnimg-manifest merge -o all.json shard-*.json\n"
		    "clnimg-manifest diff --ignore '/tmp/**' main.json branch.json\n"
		    "clnimg-manifest show all.json\n"
		    "clnimg-manifest explain all.json /usr/bin/curl\n",
	.see_also = "clnimg-manifest(5), clnimg-profile(1), clnimg-pack(1)",
};

int main(int argc, char **argv)
{
	struct cli cli = { .limit = 20 };
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
