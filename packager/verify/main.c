/* SPDX-License-Identifier: Apache-2.0 */
#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/scratch.h"
#include "packager/verify/compare.h"
#include "packager/verify/verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int tell(
	const struct verdict *verdict, const struct verify_options *options, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *json = report_json_new(verdict);
	cln_owned(cln_drop_mem) char *text = report_text_new(verdict);

	if (options->json)
		fputs(json, stdout);
	else if (!options->args.quiet || verdict->status)
		fputs(text, stdout);
	if (fflush(stdout) != 0)
		return cln_fail(err, EIO, "standard output: %m");
	return options->report ? cln_write_file(options->report, json, strlen(json), 0644, err) : 0;
}

static int compare(const struct verify_options *options, int *status, struct cln_err *err)
{
	const struct read_options how = { .platform = options->platform,
		.limits = options->limits };
	struct compare compare = { .how = &how, .json = options->json };
	cln_owned(cln_drop_mem) char *text = NULL;
	int r = compare_run(options->args.rest[0], options->args.rest[1], &compare, err);

	if (r < 0)
		return r;
	text = compare.text;
	*status = compare.count ? CLN_EXIT_FAILED : CLN_EXIT_DONE;
	if (!options->args.quiet && fputs(text, stdout) < 0)
		return cln_fail(err, EIO, "standard output: %m");
	return fflush(stdout) ? cln_fail(err, EIO, "standard output: %m") : 0;
}

int main(int argc, char **argv)
{
	struct verify_options options = {};
	struct events events = { .signal_fd = -1 };
	struct verify verify = {};
	struct cln_err err = {};
	int r, status = CLN_EXIT_DONE;

	r = verify_options_parse(argc, argv, &options, &err);
	if (r == 0 && !options.args.done)
		r = cln_scratch_guard(&err);
	if (r == 0 && !options.args.done && options.compare) {
		r = compare(&options, &status, &err);
	} else if (r == 0 && !options.args.done) {
		cln_log_init(verify_program.name, options.args.quiet	 ? CLN_QUIET
						  : options.args.verbose ? CLN_VERBOSE
									 : CLN_NORMAL);
		r = events_open(&events, &err);
		if (r == 0)
			r = verify_run(&verify, &events, &options, &err);
		if (r == 0)
			r = tell(&verify.verdict, &options, &err);
		status = verify.verdict.status;
		verify_release(&verify);
	}
	if (r < 0)
		status = cln_err_report(&err, verify_program.name);
	cln_list_release(&options.limit);
	run_options_release(&options.run);
	return r < 0 && events.caught ? events_end(&events) : status;
}
