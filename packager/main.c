// SPDX-License-Identifier: Apache-2.0
#include "common/log.h"
#include "common/mem.h"
#include "common/scratch.h"
#include "packager/pack.h"

int main(int argc, char **argv)
{
	struct cln_err err = { 0 };
	struct options options = { 0 };
	struct pack pack = { .options = &options, .argv = argv };
	int r;

	cln_mem_give_back();
	r = options_parse(argc, argv, &options, &err);
	if (r == 0 && !options.args.done) {
		cln_log_init(pack_program.name, options.args.quiet     ? CLN_QUIET
						: options.args.verbose ? CLN_VERBOSE
								       : CLN_NORMAL);
		r = cln_scratch_guard(&err);
		if (r == 0)
			r = pack_run(&pack, &err);
		cln_progress_end();
		pack_release(&pack);
	}
	options_release(&options);
	return r < 0 ? cln_err_report(&err, pack_program.name) : CLN_EXIT_DONE;
}
