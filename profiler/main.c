// SPDX-License-Identifier: Apache-2.0
/*
 * main.c - clnimg-profile.
 */
#include "common/log.h"
#include "profiler/host.h"
#include "profiler/run.h"

int main(int argc, char **argv)
{
	struct profile_options opt = {};
	struct cln_err err = {};
	int status;
	int r = profile_options_parse(argc, argv, &opt, &err);

	if (r < 0)
		return cln_err_report(&err, profile_program.name);
	if (r > 0)
		return CLN_EXIT_DONE;
	cln_log_init(profile_program.name, opt.quiet	 ? CLN_QUIET
					   : opt.verbose ? CLN_VERBOSE
							 : CLN_NORMAL);
	if (opt.check_host)
		return host_check() ? CLN_EXIT_DONE : CLN_EXIT_FAILED;
	if (run_profile(&opt, &status, &err) == 0)
		return status;
	r = cln_err_report(&err, profile_program.name);
	return err.status == CLN_EXIT_USAGE ? r : status;
}
