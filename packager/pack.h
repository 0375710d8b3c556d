/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.h - clnimg-pack's pipeline: each step reads what the steps above made.
 *
 * A pack is one run; a work is one platform of it, done from its layers to its
 * documents before the next begins. Nothing is shown before all are done.
 */
#ifndef CLN_PACKAGER_PACK_H
#define CLN_PACKAGER_PACK_H

#include "common/buf.h"
#include "common/file.h"
#include "common/json.h"
#include "common/outset.h"
#include "packager/docs/docs.h"
#include "packager/model/platform.h"
#include "packager/options.h"
#include "packager/write/write.h"

struct manifest { /* a file of --manifest */
	struct cln_trace *trace;
	char sha256[65];
};

struct work {
	const struct pack *pack;
	const struct options *options;
	char *platform; /* "linux/arm64"; NULL: the only one there is */
	char *label; /* in front of messages: "linux/arm64: ", or "" where there is one platform */
	struct image *image;
	struct tree *tree;
	struct packages *packages;
	struct cln_trace *trace;
	char manifest_sha256[65];
	uint32_t root;
	struct keep_input input;
	struct lower *lower;
	struct keep *keep;
	struct plan *plan;
	struct docs inside;
	struct docs referred; /* bills of materials that --referrer attaches */
	struct layout *layout, *dev_layout;
	json_t *scan; /* --vex-scan, or NULL */
	char *init;
	size_t init_size;
	char init_sha256[65];
	struct docs_sums *sums;
	int64_t epoch;
	bool clamp;
	bool packed;		 /* the image is production of this manifest already (packed.h) */
	const char *idle_option; /* then: the first option without effect, as a message, or NULL */
	char *name;		 /* of the product */
	struct written written, dev_written;
	char *emit;   /* where its documents go, or NULL */
	char *report; /* the summary for standard output */
};

struct pack {
	const struct options *options;
	char *const *argv;
	struct manifest *manifest;
	size_t manifest_count, manifest_room;
	struct work *work; /* by platform, sorted */
	size_t work_count, work_room;
	char **left_out; /* platforms of the image that no manifest is for */
	size_t left_out_count, left_out_room;
	struct write_options prod_options, dev_options;
	struct write_encoder encoder;
	struct image_job *prod, *dev;
	char digest[72];	/* of what the tags name */
	struct cln_outset *set; /* the documents: of each work; then what is of all */
	size_t set_count;
	bool made_emit; /* of several platforms: the folder was not there before */
};

/* "reading layers [#####     ] 12.0 MiB of 24.0 MiB"; context is the stage's name */
void work_progress(void *context, uint64_t done, uint64_t total);

int pack_run(struct pack *pack, struct cln_err *err);
void pack_release(struct pack *pack);

/* platforms.c: which platforms are packed, each from which manifests */
int platforms_choose(struct pack *pack, struct cln_err *err);
/* What the image has and nothing was traced for: told, with --strict an error. */
int platforms_left_out(struct pack *pack, struct cln_err *err);

/* input.c: what comes from outside */
int input_manifests(struct pack *pack, struct cln_err *err);
int input_image(struct work *work, struct cln_err *err);
int input_init(struct work *work, struct cln_err *err);
int input_scan(struct work *work, struct cln_err *err);
int input_epoch(struct work *work, struct cln_err *err);

/* output.c: what goes out. Everything is staged beside its place, then published by
 * one rename a place, documents first: a failure before the end leaves nothing. */
int output_dry_run(const struct work *work, struct cln_err *err);
int output_explain(const struct work *work, struct cln_err *err);
int output_begin(struct pack *pack, struct cln_err *err);
int output_image(struct pack *pack, struct work *work, struct cln_err *err);
int output_dev(struct pack *pack, struct work *work, struct cln_err *err);
int output_documents(
	struct pack *pack, struct work *work, const struct docs_input *in, struct cln_err *err);
int output_stage(struct pack *pack, struct cln_err *err);
int output_publish(struct pack *pack, struct cln_err *err);
int output_referrers(struct pack *pack, struct cln_err *err);
void output_release(struct pack *pack);

/* summary.c: the table for standard output */
char *summary_new(const struct work *work, const struct docs_input *in);
void summary_print(const struct pack *pack);

#endif
