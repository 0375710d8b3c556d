/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"
#include "packager/customize/phases.h"

#include <errno.h>
#include <signal.h>

/* Ends as the signal would have ended us, now that everything is cleaned up. */
static int end_by_signal(int signo)
{
	sigset_t set;

	signal(signo, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signo);
	raise(signo);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 128 + signo;
}

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
	return r < 0 && events.caught ? end_by_signal(events.caught) : status;
}
