// SPDX-License-Identifier: Apache-2.0
#include "packager/pack.h"

#include "common/log.h"
#include "common/mem.h"
#include "packager/model/origin.h"
#include "packager/packed.h"

void work_release(struct work *work)
{
	output_release(work);
	written_release(&work->written);
	docs_release(&work->beside);
	layout_free(work->layout);
	docs_release(&work->inside);
	plan_free(work->plan);
	keep_free(work->keep);
	lower_free(work->lower);
	cln_trace_free(work->trace);
	packages_free(work->packages);
	tree_free(work->tree);
	image_free(work->image);
	json_decref(work->scan);
	docs_sums_free(work->sums);
	free(work->init);
	free(work->name);
}

void work_progress(void *context, uint64_t done, uint64_t total)
{
	static const char full[] = "####################";
	const char *stage = context;
	int width = (int)sizeof(full) - 1;
	int part = total ? (int)((double)CLN_MIN(done, total) / (double)total * width) : width;
	char now[16], all[16];

	cln_progress("%s [%-*.*s] %s of %s", stage, width, part, full, cln_bytes_text(done, now),
		cln_bytes_text(CLN_MAX(done, total), all));
}

/* Which root of the trace is this image, and is the trace enough to decide on? */
static int match(struct work *work, bool any_image, struct cln_err *err)
{
	const struct options *options = work->options;

	if (keep_find_root(work->tree, work->trace, any_image, &work->root, err) < 0)
		return -err->code;
	work->input = (struct keep_input){
		.image = work->image,
		.tree = work->tree,
		.packages = work->packages,
		.trace = work->trace,
		.root = work->root,
		.rules = &options->rules,
	};
	return keep_check_trace(
		work->trace, work->root, options->allow_incomplete, options->allow_sparse, err);
}

/* What was decided, undone. */
static void undecide(struct work *work)
{
	plan_free(cln_steal(&work->plan));
	keep_free(cln_steal(&work->keep));
	lower_free(cln_steal(&work->lower));
	work->input.demand = NULL;
	work->input.demand_count = 0;
}

static int decide_with(struct work *work, const struct plan_options *plan, struct cln_err *err)
{
	if (lower_make(&work->input, plan, &work->lower, err) < 0)
		return -err->code;
	work->input.demand = lower_demands(work->lower, &work->input.demand_count);
	if (keep_compute(&work->input, &work->keep, err) < 0)
		return -err->code;
	return plan_make(&work->input, work->keep, work->lower, plan, &work->plan, err);
}

/* An image that is packed already: start-up stands in its init.conf, so nothing of it is lost. */
static bool decide_packed(struct work *work)
{
	struct plan_options plan = work->options->plan;
	static const char *all[] = { "all" };
	struct cln_err err = { 0 };

	if (!packed_claims(work))
		return false;
	plan.allow_startup_loss = (struct cln_list){ .item = all, .count = 1 };
	/* by content it differs from its source: the label names the manifest instead */
	if (match(work, true, &err) == 0 && decide_with(work, &plan, &err) == 0 &&
		packed_adopt(work, &err) == 0)
		return true;
	cln_warn("%s: says that it is packed with this manifest, but %s: packed anew",
		work->options->image, err.text);
	undecide(work);
	return false;
}

static int decide(struct work *work, struct cln_err *err)
{
	work->packed = decide_packed(work);
	if (!work->packed && (match(work, work->options->any_image, err) < 0 ||
				     decide_with(work, &work->options->plan, err) < 0))
		return -err->code;
	work->name = origin_name_new(
		work->image, work->plan->process.argv ? work->plan->process.argv[0] : NULL);
	return 0;
}

static struct docs_input docs_input(const struct work *work)
{
	return (struct docs_input){
		.image = work->image,
		.tree = work->tree,
		.packages = work->packages,
		.trace = work->trace,
		.root = work->root,
		.keep = work->keep,
		.plan = work->plan,
		.layout = work->layout,
		.epoch = work->epoch,
		.name = work->name,
		.source = origin_source(work->image, work->manifest_sha256),
		.manifest_sha256 = work->manifest_sha256,
		.options = (const char *const *)work->argv,
		.prod_digest = *work->written.digest ? work->written.digest : NULL,
		.prod_ref = work->options->output.count ? work->options->output.item[0] : NULL,
		.init_sha256 = work->init_sha256,
		.init = work->init,
		.init_size = work->init_size,
		.sums = work->sums,
		.scan = work->scan,
		.vex_unused = work->options->vex_unused,
		.sbom_files = work->options->sbom_files,
	};
}

/* Everything of the production image: the image's own, the plan's, documents, the init. */
static int lay_out(struct work *work, struct cln_err *err)
{
	struct docs_input in;
	struct layout_extra *extra;
	size_t count = 0;
	int r;

	work->sums = docs_sums_new(work->tree);
	in = docs_input(work);
	in.prod_ref = NULL; /* the digest must not depend on where the image is written */
	if (!work->packed && docs_inside(&in, &work->inside, err) < 0)
		return -err->code;
	extra = cln_alloc((work->inside.count + 1) * sizeof(*extra));
	for (; count < work->inside.count; count++)
		extra[count] = (struct layout_extra){
			.path = work->inside.doc[count].name,
			.mode = 0644,
			.data = work->inside.doc[count].data,
			.size = work->inside.doc[count].size,
			.origin = "document",
		};
	extra[count++] = (struct layout_extra){
		.path = "/clnimg-init",
		.mode = 0755,
		.data = work->init,
		.size = work->init_size,
		.origin = "init",
	};
	r = layout_make(
		work->tree, work->keep, work->plan, extra, count, work->epoch, &work->layout, err);
	free(extra);
	return r;
}

static int documents(struct work *work, struct cln_err *err)
{
	struct docs_input in = docs_input(work);

	return docs_beside(&in, &work->beside, err);
}

/* Reads, decides and lays out; nothing is written yet. */
static int prepare(struct work *work, struct cln_err *err)
{
	if (input_trace(work, err) < 0 || input_image(work, err) < 0)
		return -err->code;
	cln_progress("deciding");
	return decide(work, err);
}

int pack_run(struct work *work, struct cln_err *err)
{
	const struct options *options = work->options;
	int r;

	if (!options->explain && !options->dry_run && (r = input_init(work, err)) < 0)
		return r;
	if ((r = prepare(work, err)) < 0)
		return r;
	if (options->explain)
		return output_explain(work, err);
	if (options->dry_run)
		return output_dry_run(work, err);
	if ((r = input_scan(work, err)) < 0 || (r = lay_out(work, err)) < 0 ||
		(r = output_image(work, err)) < 0 || (r = output_dev(work, err)) < 0 ||
		(r = documents(work, err)) < 0 || (r = output_documents(work, err)) < 0 ||
		(r = output_publish(work, err)) < 0 || (r = output_referrers(work, err)) < 0)
		return r;
	cln_progress_end();
	output_report(work);
	return 0;
}
