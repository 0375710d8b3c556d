/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/verify/options.h"

static const struct cln_opt opts[] = {
	{ "image", 0, "REF", "the production image", CLN_OPT_TEXT,
		offsetof(struct verify_options, image) },
	{ "emit", 0, "DIR", "its runtime files, as clnimg-pack --emit wrote them", CLN_OPT_TEXT,
		offsetof(struct verify_options, emit) },
	{ "source", 0, "REF", "the dev image: tells what production lacks from what nobody has",
		CLN_OPT_TEXT, offsetof(struct verify_options, source) },
	{ "manifest", 'm', "FILE", "the trace manifest it was packed with", CLN_OPT_TEXT,
		offsetof(struct verify_options, manifest) },
	{ "report", 0, "FILE", "write the findings as JSON", CLN_OPT_TEXT,
		offsetof(struct verify_options, report) },
	{ "json", 0, NULL, "print the findings, or what --compare shows, as JSON", CLN_OPT_FLAG,
		offsetof(struct verify_options, json) },
	{ "compare", 0, NULL, "show what changed between two images or two report.json: OLD NEW",
		CLN_OPT_FLAG, offsetof(struct verify_options, compare) },
	{ "platform", 0, "OS/ARCH", "of an image for several (default: this host's)", CLN_OPT_TEXT,
		offsetof(struct verify_options, platform) },
	{ "limit", 0, "NAME=VALUE",
		"a limit of what an image may hold, as for clnimg-pack; may be repeated",
		CLN_OPT_LIST, offsetof(struct verify_options, limit) },
	RUN_OPTIONS(struct verify_options),
};

const struct cln_program verify_program = {
	.name = "clnimg-verify",
	.summary = "check a production image against its policy, documents and tests",
	.synopsis = "--image REF --emit DIR [OPTION]... [-- TEST [ARG]...] | --compare OLD NEW",
	.description =
		"Reads the image as it was written and checks what it promises: no shell, package manager, "
		"setuid file or device, a numeric non-root user, a start-up file that parses and names only "
		"what is there, the interpreter of every script, an SBOM that agrees with the content. With "
		"--source also that every program finds its libraries; that no symlink dangles that did not "
		"before it tells from --source or from the report.json of --emit. Without them such are "
		"notes.\n\n"
		"With TEST it also runs the image as production would and TEST against it, under the "
		"profiler, and names what the application missed: a file that only the dev image has, a "
		"write that was denied, a program that was blocked. TEST sees CLNIMG_PHASE=verify, "
		"CLNIMG_CONTAINER_PID and CLNIMG_CONTAINER_LOG.\n\n"
		"With --compare it shows the drift between two production images (files, executables, "
		"packages, configuration, start-up) or two report.json (mounts, ports and system calls "
		"too), one line each: + came, - went, ~ changed; with --json as compare.schema.json says.",
	.opts = opts,
	.opt_count = CLN_COUNT(opts),
	.list_title = "Limits",
	.list = limits_help,
	.exits =
		"0  verified\n1  the tests failed, or the image could not be read or run\n2  usage\n"
		"3  the image breaks its policy or contradicts its documents\n"
		"With --compare: 0 the same, 1 they differ or could not be read, 2 usage",
	.examples = "clnimg-verify --image oci:nginx:prod --emit out/ -- ./run-tests.sh",
	.see_also = "clnimg-pack(1), cleanimage-customize(1)",
};

int verify_options_parse(int argc, char **argv, struct verify_options *options, struct cln_err *err)
{
	int r;

	*options = (struct verify_options){ .run.timeout_ms = RUN_OPTIONS_TIMEOUT_MS };
	r = cln_opt_parse(&verify_program, argc, argv, true, options, &options->args, err);
	if (r < 0 || options->args.done)
		return r;
	for (size_t i = 0; i < options->limit.count; i++)
		if (limit_set(&options->limits, options->limit.item[i], err) < 0)
			return -err->code;
	if (options->compare)
		return options->args.rest_count == 2
			       ? 0
			       : cln_usage(
					 err, "--compare takes two images or two reports: OLD NEW");
	if (!options->image)
		return cln_usage(err, "--image is missing");
	if ((options->args.rest_count || options->run.test.count) && !options->emit)
		return cln_usage(err, "--emit is missing: tests need the image's runtime files");
	return run_options_check(&options->run, err);
}
