/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - the command line of cleanimage-customize.
 */
#ifndef CLN_CUSTOMIZE_OPTIONS_H
#define CLN_CUSTOMIZE_OPTIONS_H

#include "packager/customize/run_options.h"
#include "packager/model/limits.h"

/* Options of clnimg-pack, taken here under the same names and handed on. */
struct pack_options {
	const char *main, *user, *commands, *redirect_unknown, *tmpfs_size;
	const char *granularity, *listed, *compression, *compression_level, *layers, *threads,
		*vex_scan;
	struct cln_list allow_startup_loss, init_conf, keep, drop, keep_package, keep_from, init,
		limit;
	bool allow_shell, allow_package_manager, allow_writable_root, seccomp, strict,
		reduce_accounts, allow_incomplete, any_image, referrer, sbom_files, vex_unused,
		recompress;
};

struct options {
	struct run_options run;
	struct pack_options packing;
	const char *image, *output, *emit, *emit_dev;
	const char *manifest, *save_manifest;
	struct cln_list entrypoint, start, pack;
	struct limits limits; /* of packing.limit, for what we read ourselves */
	uint64_t augment;
	bool publish_unverified, incomplete;
	struct cln_args args;
};

extern const struct cln_program customize_program;

/* Parses and checks; options are released in any case. */
int options_parse(int argc, char **argv, struct options *options, struct cln_err *err);
void options_release(struct options *options);

/* Appends what was given of `packing` to an argv. */
void options_forward(const struct options *options, struct cln_arena *arena, struct cln_list *argv);

/* Splits "nginx -g 'daemon off;'" into words as a shell would split plain and
 * quoted words; no expansion. NULL-terminated, in the arena; NULL where a quote
 * is not closed. */
const char *const *options_words(const char *text, struct cln_arena *arena);

#endif
