// SPDX-License-Identifier: Apache-2.0
#include "packager/pack.h"

#include "common/log.h"
#include "common/mem.h"
#include "packager/model/origin.h"
#include "packager/packed.h"

#include <errno.h>

/* Trees and all that was decided on them: not needed once image and documents are made. */
static void work_forget(struct work *work)
{
	layout_free(cln_steal(&work->layout));
	layout_free(cln_steal(&work->dev_layout));
	docs_release(&work->inside);
	plan_free(cln_steal(&work->plan));
	keep_free(cln_steal(&work->keep));
	lower_free(cln_steal(&work->lower));
	cln_trace_free(cln_steal(&work->trace));
	packages_free(cln_steal(&work->packages));
	tree_free(cln_steal(&work->tree));
	image_free(cln_steal(&work->image));
	docs_sums_free(cln_steal(&work->sums));
	free(cln_steal(&work->init));
}

static void work_release(struct work *work)
{
	work_forget(work);
	docs_release(&work->referred);
	written_release(&work->written);
	written_release(&work->dev_written);
	json_decref(work->scan);
	free(work->name);
	free(work->platform);
	free(work->label);
	free(work->emit);
	free(work->report);
}

void pack_release(struct pack *pack)
{
	output_release(pack);
	for (size_t i = 0; i < pack->work_count; i++)
		work_release(&pack->work[i]);
	free(pack->work);
	for (size_t i = 0; i < pack->manifest_count; i++)
		cln_trace_free(pack->manifest[i].trace);
	free(pack->manifest);
	for (size_t i = 0; i < pack->left_out_count; i++)
		free(pack->left_out[i]);
	free(pack->left_out);
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

	work->input = (struct keep_input){
		.image = work->image,
		.tree = work->tree,
		.packages = work->packages,
		.trace = work->trace,
		.rules = &options->rules,
	};
	if (keep_match_root(&work->input, work->trace, any_image, err) < 0)
		return -err->code;
	work->root = work->input.root;
	return keep_check_trace(
		&work->input, options->allow_incomplete, options->allow_sparse, err);
}

/* For whoever shows the steps; one that has gone need not be told. */
static void announce(const struct work *work, char step)
{
	int fd = (int)work->options->steps;

	if (fd > STDERR_FILENO && write(fd, &step, 1) < 0)
		return;
}

/* What was decided, undone. */
static void undecide(struct work *work)
{
	plan_free(cln_steal(&work->plan));
	keep_free(cln_steal(&work->keep));
	lower_free(cln_steal(&work->lower));
	work->idle_option = NULL;
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
	announce(work, '3');
	if (plan_make(&work->input, work->keep, work->lower, plan, &work->plan, err) < 0)
		return -err->code;
	lower_settle(work->lower);
	return 0;
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
	if (work->packed && work->idle_option && work->options->rules.strict)
		return cln_fail(err, EINVAL, "%s", work->idle_option);
	if (!work->packed && (match(work, work->options->any_image, err) < 0 ||
				     decide_with(work, &work->options->plan, err) < 0))
		return -err->code;
	work->name = origin_name_new(work->image,
		work->plan && work->plan->process.argv ? work->plan->process.argv[0] : NULL);
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
		.options = (const char *const *)work->pack->argv,
		.prod_digest = *work->written.digest ? work->written.digest : NULL,
		.prod_ref = work->options->output.count ? work->options->output.item[0] : NULL,
		.init_sha256 = work->init_sha256,
		.init = work->init,
		.init_size = work->init_size,
		.encoder = work->pack->encoder.name,
		.encoder_version = work->pack->encoder.version,
		.encoder_level = work->pack->encoder.level,
		.layer_bytes = work->written.size_bytes,
		.copied_bytes = work->written.copied_bytes,
		.sums = work->sums,
		.scan = work->scan,
		.one_of_several = work->pack->work_count > 1,
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

	announce(work, '4');
	work->sums = docs_sums_new(work->tree, work->options->sbom_files);
	announce(work, '5');
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
			.origin = ORIGIN_DOCUMENT,
		};
	extra[count++] = (struct layout_extra){
		.path = "/clnimg-init",
		.mode = 0755,
		.data = work->init,
		.size = work->init_size,
		.origin = ORIGIN_INIT,
	};
	r = layout_make(
		work->tree, work->keep, work->plan, extra, count, work->epoch, &work->layout, err);
	free(extra);
	return r;
}

static int documents(struct pack *pack, struct work *work, struct cln_err *err)
{
	const struct docs_input in = docs_input(work);

	announce(work, '6');
	work->report = summary_new(work, &in);
	return output_documents(pack, work, &in, err);
}

/* Reads, decides and lays out; nothing is written yet. */
static int prepare(struct work *work, bool writes, struct cln_err *err)
{
	announce(work, '2');
	if (input_image(work, err) < 0 || (writes && input_init(work, err) < 0))
		return -err->code;
	cln_progress("deciding");
	return decide(work, err);
}

/* One platform, from its layers to compressed blobs and staged documents. */
static int work_run(struct pack *pack, struct work *work, struct cln_err *err)
{
	const struct options *options = pack->options;

	if (prepare(work, !options->explain && !options->dry_run, err) < 0)
		return -err->code;
	if (options->explain)
		return output_explain(work, err);
	if (options->dry_run)
		return output_dry_run(work, err);
	if (input_scan(work, err) < 0 || lay_out(work, err) < 0 ||
		output_image(pack, work, err) < 0 || output_dev(pack, work, err) < 0 ||
		documents(pack, work, err) < 0)
		return -err->code;
	work_forget(work);
	return 0;
}

int pack_run(struct pack *pack, struct cln_err *err)
{
	const struct options *options = pack->options;
	bool writes = !options->explain && !options->dry_run;

	if (input_manifests(pack, err) < 0 || platforms_choose(pack, err) < 0 ||
		platforms_left_out(pack, err) < 0 || (writes && output_begin(pack, err) < 0))
		return -err->code;
	for (size_t i = 0; i < pack->work_count; i++)
		if (work_run(pack, &pack->work[i], err) < 0)
			return pack->work_count > 1 ? cln_within(err, "%s", pack->work[i].platform)
						    : -err->code;
	if (!writes)
		return 0;
	if (output_stage(pack, err) < 0 || output_referrers(pack, err) < 0 ||
		output_publish(pack, err) < 0)
		return -err->code;
	cln_progress_end();
	summary_print(pack);
	return 0;
}
