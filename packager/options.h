/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - what clnimg-pack's command line says. */
#ifndef CLN_PACKAGER_OPTIONS_H
#define CLN_PACKAGER_OPTIONS_H

#include "common/opt.h"
#include "packager/model/limits.h"
#include "packager/plan/plan.h"
#include "packager/write/write.h"

struct options {
	const char *image;
	struct cln_list platform, init, manifest, output, keep_from, keep, drop, keep_package,
		init_conf;
	const char *emit, *emit_dev, *explain;
	bool dry_run;
	const char *granularity;
	struct keep_rules rules;
	struct plan_options plan;
	bool allow_incomplete, allow_sparse, any_image;
	const char *compression, *layers, *report, *vex_scan;
	bool vex_unused, sbom_files, referrer, recompress;
	uint64_t compression_level;
	uint64_t max_bytes, max_entries, threads, steps;
	struct cln_list limit;
	struct limits limits; /* of all three */
	struct cln_args args;
	struct cln_arena *arena; /* lines of rule and init.conf files */
};

extern const struct cln_program pack_program;

/* Parses, reads the files that options name, checks what goes together. */
int options_parse(int argc, char **argv, struct options *options, struct cln_err *err);
void options_release(struct options *options);

enum write_compression options_compression(const struct options *options);

#endif
