/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - does a production image hold what it promises? Read, never run.
 *
 * Each check reads the image as it was written, not what the packager meant to
 * write, so that a fault anywhere before shows here. Pure.
 */
#ifndef CLN_VERIFY_CHECK_H
#define CLN_VERIFY_CHECK_H

#include "manifest-schema/trace.h"
#include "packager/model/image.h"
#include "packager/model/package.h"
#include "packager/model/tree.h"
#include "common/pathset.h"
#include "packager/verify/facts.h"
#include "packager/verify/findings.h"

struct check_input {
	const struct image *image; /* the production image */
	const struct tree *tree;
	const struct packages *packages;
	const struct tree *source;		/* the dev image, or NULL */
	const struct cln_pathset *source_path;	/* else its paths, from report.json, or NULL */
	const struct packages *source_packages; /* its packages, or NULL */
	const struct cln_trace *trace;		/* the manifest it was packed with, or NULL */
	const json_t *runtime;			/* config.json, or NULL */
	const json_t *sbom;			/* sbom.spdx.json, or NULL */
	const struct facts *facts;		/* of tree, or NULL: counted here */
};

/* -errno only where the image cannot be read. */
int check_policy(const struct check_input *in, struct findings *findings, struct cln_err *err);
int check_scripts(const struct check_input *in, struct findings *findings, struct cln_err *err);
int check_init(const struct check_input *in, struct findings *findings, struct cln_err *err);
int check_elf(const struct check_input *in, struct findings *findings, struct cln_err *err);
int check_links(const struct check_input *in, struct findings *findings, struct cln_err *err);
int check_runtime(const struct check_input *in, struct findings *findings, struct cln_err *err);
int check_sbom(const struct check_input *in, struct findings *findings, struct cln_err *err);
int check_belongs(const struct check_input *in, struct findings *findings, struct cln_err *err);
int check_traced(const struct check_input *in, struct findings *findings, struct cln_err *err);

/* All of them. */
int check_all(const struct check_input *in, struct findings *findings, struct cln_err *err);

/* What the dev image had at path, or at real, which is path without symlinks. */
enum check_had { HAD_NOT, HAD, HAD_UNKNOWN };
enum check_had check_source_had(const struct check_input *in, const char *path, const char *real);

/* Does a mount of config.json cover this path? Then the image need not have it. */
bool check_mounted(const struct check_input *in, const char *path);

#endif
