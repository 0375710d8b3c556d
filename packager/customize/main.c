/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"
#include "packager/customize/phases.h"

int main(int argc, char **argv)
{
	struct cln_err err = {};
	struct options options = {};
	struct pipeline pipeline = {};
	struct events events = { .signal_fd = -1 };
	int r, status = CLN_EXIT_DONE;

	r = options_parse(argc, argv, &options, &err);
	if (r == 0 && !options.args.done) {
		cln_log_init(customize_program.name, options.args.quiet	    ? CLN_QUIET
						     : options.args.verbose ? CLN_VERBOSE
									    : CLN_NORMAL);
		r = events_open(&events, &err);
		if (r == 0) {
			r = pipeline_run(&pipeline, &events, &options, &err);
			pipeline_release(&pipeline);
		}
	}
	if (r < 0)
		status = cln_err_report(&err, customize_program.name);
	if (r < 0 && pipeline.status)
		status = pipeline.status;
	options_release(&options);
	return r < 0 && events.caught ? events_end(&events) : status;
}
