/* SPDX-License-Identifier: Apache-2.0 */
/* pack.h - clnimg-pack's pipeline: each step reads what the steps above made. */
#ifndef CLN_PACKAGER_PACK_H
#define CLN_PACKAGER_PACK_H

#include "common/file.h"
#include "common/json.h"
#include "packager/docs/docs.h"
#include "packager/options.h"
#include "packager/write/write.h"

/* An image on its way out: what it is made of lives until it is published. */
struct output {
	json_t *config, *annotations;
	struct layout *layout; /* of the development image; else work->layout */
	struct write_options options;
	struct written written;
	struct image_job *job;
};

struct work {
	const struct options *options;
	char *const *argv;
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
	struct docs inside, beside;
	struct layout *layout;
	json_t *scan; /* --vex-scan, or NULL */
	char *init;
	size_t init_size;
	char init_sha256[65];
	struct docs_sums *sums;
	int64_t epoch;
	bool clamp;
	bool packed; /* the image is production of this manifest already (packed.h) */
	char *name;  /* of the product */
	struct written written;
	struct output prod, dev;
	struct cln_out *document; /* staged: one a document beside the image */
	size_t document_count;
	bool made_emit; /* the folder was not there before */
};

/* "reading layers [#####     ] 12.0 MiB of 24.0 MiB"; context is the stage's name */
void work_progress(void *context, uint64_t done, uint64_t total);

int pack_run(struct work *work, struct cln_err *err);
void work_release(struct work *work);

/* input.c: what comes from outside */
int input_image(struct work *work, struct cln_err *err);
int input_trace(struct work *work, struct cln_err *err);
int input_init(struct work *work, struct cln_err *err);
int input_scan(struct work *work, struct cln_err *err);
int input_epoch(struct work *work, struct cln_err *err);

/* output.c: what goes out. Everything is staged beside its place, then published by
 * renames, documents first: a failure before the end leaves nothing. */
int output_dry_run(const struct work *work, struct cln_err *err);
int output_explain(const struct work *work, struct cln_err *err);
int output_image(struct work *work, struct cln_err *err);
int output_dev(struct work *work, struct cln_err *err);
int output_referrers(struct work *work, struct cln_err *err);
int output_documents(struct work *work, struct cln_err *err);
int output_publish(struct work *work, struct cln_err *err);
void output_release(struct work *work);
void output_report(const struct work *work);

#endif
