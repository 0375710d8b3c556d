// SPDX-License-Identifier: Apache-2.0
#include "packager/pack.h"

#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/scratch.h"
#include "packager/packed.h"
#include "packager/write/config.h"
#include "packager/write/referrer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

int output_explain(const struct work *work, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text =
		keep_explain_new(&work->input, work->keep, work->options->explain);

	(void)err;
	cln_progress_end();
	printf("%s\n", text);
	return 0;
}

static void print_warnings(const struct work *work)
{
	for (size_t i = 0; i < work->keep->warning.count; i++)
		cln_warn("%s", work->keep->warning.item[i]);
	for (size_t i = 0; i < work->keep->left_out.count; i++)
		cln_info("listed only in part: %s", work->keep->left_out.item[i]);
}

int output_dry_run(const struct work *work, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *plan = plan_text_new(work->plan);
	char path[4096];

	(void)err;
	cln_progress_end();
	print_warnings(work);
	printf("%s\n", plan);
	for (uint32_t id = 0; id < work->tree->node_count; id++)
		if (why_keeps(work->keep->why[id]))
			printf("keep %s (%s)\n", tree_path(work->tree, id, path),
				why_name(work->keep->why[id]));
	return 0;
}

static struct write_options write_options(const struct work *work)
{
	const struct options *options = work->options;
	const char *compression = options->compression ? options->compression : "gzip";

	struct write_options out = {
		.ref = options->output.item,
		.ref_count = options->output.count,
		.compression = !strcmp(compression, "gzip")   ? WRITE_GZIP
			       : !strcmp(compression, "zstd") ? WRITE_ZSTD
							      : WRITE_PLAIN,
		.by_package = options->layers && !strcmp(options->layers, "package"),
		.packages = work->packages,
		.clamp_mtime = work->clamp,
		.epoch = work->epoch,
		.threads = (unsigned)options->threads,
		.progress = work_progress,
		.progress_context = (void *)"writing",
	};

	if (work->packed)
		out.layer_comment = packed_layers(work, &out.layer_count);
	return out;
}

static int stage(const struct work *work, const struct plan *plan, const struct layout *layout,
	struct output *out, struct cln_err *err)
{
	const struct config_facts facts = { work->image, plan, work->manifest_sha256, work->name,
		work->epoch };
	struct image_source source = { work->tree, layout, NULL, NULL };

	source.config = out->config = config_new(&facts);
	source.annotations = out->annotations = annotations_new(&facts);
	return image_stage(&source, &out->options, &out->job, &out->written, err);
}

/* A folder that was not there is temporary until the documents are in it. */
static int make_emit(struct work *work, struct cln_err *err)
{
	const char *dir = work->options->emit;

	if (!dir)
		return 0;
	work->made_emit = access(dir, F_OK) < 0;
	if (cln_make_dirs(dir, err) < 0)
		return -err->code;
	if (work->made_emit)
		cln_scratch_add(dir);
	return 0;
}

int output_image(struct work *work, struct cln_err *err)
{
	struct output *out = &work->prod;
	int r;

	print_warnings(work);
	/* a folder that cannot be made is told before the layers are compressed */
	if (make_emit(work, err) < 0)
		return -err->code;
	out->options = write_options(work);
	r = stage(work, work->plan, work->layout, out, err);
	work->written = out->written;
	out->written = (struct written){ 0 };
	return r;
}

/* The development image: all of the source, from the same bytes, labelled as one of the pair. */
int output_dev(struct work *work, struct cln_err *err)
{
	struct output *out = &work->dev;
	struct keep keep = { .node_count = work->tree->node_count };
	const struct plan nothing = { 0 };
	int r;

	if (!work->options->emit_dev)
		return 0;
	out->options = write_options(work);
	out->options.ref = &work->options->emit_dev;
	out->options.ref_count = 1;
	out->options.by_package = false;
	keep.why = cln_alloc(keep.node_count);
	memset(keep.why, WHY_RULE_KEEP, keep.node_count);
	r = layout_make(work->tree, &keep, &nothing, NULL, 0, work->epoch, &out->layout, err);
	free(keep.why);
	return r < 0 ? r : stage(work, NULL, out->layout, out, err);
}

int output_documents(struct work *work, struct cln_err *err)
{
	const char *dir = work->options->emit;

	if (!dir)
		return 0;
	work->document = cln_alloc(work->beside.count * sizeof(*work->document));
	for (size_t i = 0; i < work->beside.count; i++) {
		const struct doc *doc = &work->beside.doc[i];
		cln_owned(cln_drop_mem) char *path = cln_format("%s/%s", dir, doc->name);
		struct cln_out *out = &work->document[i];

		if (cln_out_begin(out, path, 0644, err) < 0)
			return -err->code;
		work->document_count++;
		if (cln_write_all(out->fd, doc->data, doc->size, err) < 0)
			return cln_within(err, "%s", path);
		if (cln_out_settle(out, err) < 0)
			return -err->code;
	}
	return 0;
}

/* --referrer: the bills of materials beside the image, in its own layout. */
int output_referrers(struct work *work, struct cln_err *err)
{
	static const struct {
		const char *name, *type;
	} sboms[] = { { "sbom.spdx.json", "application/spdx+json" },
		{ "sbom.cdx.json", "application/vnd.cyclonedx+json" } };
	struct referrer referrer[CLN_COUNT(sboms)];
	size_t count = 0;

	if (!work->options->referrer)
		return 0;
	for (size_t i = 0; i < work->beside.count; i++)
		for (size_t k = 0; k < CLN_COUNT(sboms); k++)
			if (!strcmp(work->beside.doc[i].name, sboms[k].name))
				referrer[count++] = (struct referrer){ sboms[k].type, sboms[k].name,
					work->beside.doc[i].data, work->beside.doc[i].size };
	return referrers_write(work->options->output.item, work->options->output.count,
		&work->written, referrer, count, err);
}

/* What may fail for many reasons first, the production image last. */
int output_publish(struct work *work, struct cln_err *err)
{
	struct image_job *const job[] = { work->dev.job, work->prod.job };

	for (size_t i = 0; i < CLN_COUNT(job); i++)
		if (job[i] && image_publish(job[i], IMAGE_PUSHED, err) < 0)
			return -err->code;
	if (work->made_emit)
		cln_scratch_forget(work->options->emit);
	for (size_t i = 0; i < work->document_count; i++)
		if (cln_out_commit(&work->document[i], err) < 0)
			return -err->code;
	for (size_t i = 0; i < CLN_COUNT(job); i++)
		if (job[i] && image_publish(job[i], IMAGE_LOCAL, err) < 0)
			return -err->code;
	return 0;
}

static void one_release(struct output *out)
{
	image_job_free(out->job);
	layout_free(out->layout);
	json_decref(out->config);
	json_decref(out->annotations);
	written_release(&out->written);
}

void output_release(struct work *work)
{
	for (size_t i = 0; i < work->document_count; i++)
		cln_out_release(&work->document[i]);
	free(work->document);
	if (work->made_emit)
		rmdir(work->options->emit); /* where nothing came into it */
	one_release(&work->prod);
	one_release(&work->dev);
}

static const json_t *find_report(const struct work *work, json_t **json)
{
	struct cln_err ignored = { 0 };

	for (size_t i = 0; i < work->beside.count; i++)
		if (!strcmp(work->beside.doc[i].name, "report.json") &&
			cln_json_parse(work->beside.doc[i].data, work->beside.doc[i].size, json,
				&ignored) == 0)
			return *json;
	return NULL;
}

static void print_row(const json_t *before, const json_t *after, const char *key, const char *name)
{
	int64_t was = cln_json_int(before, key, 0), is = cln_json_int(after, key, 0);
	char was_text[24], is_text[24], less[16] = "";

	if (!strcmp(key, "bytes")) {
		cln_bytes_text((uint64_t)was, was_text);
		cln_bytes_text((uint64_t)is, is_text);
	} else {
		snprintf(was_text, sizeof(was_text), "%" PRId64, was);
		snprintf(is_text, sizeof(is_text), "%" PRId64, is);
	}
	if (was > 0)
		snprintf(less, sizeof(less), "%+.0f %%", 100.0 * (double)(is - was) / (double)was);
	printf("%-18s %12s %12s %8s\n", name, was_text, is_text, less);
}

void output_report(const struct work *work)
{
	static const struct {
		const char *key, *name;
	} rows[] = { { "bytes", "size" }, { "files", "files" }, { "executables", "executables" },
		{ "setuid", "setuid files" }, { "packages", "packages" }, { "shells", "shells" },
		{ "package_managers", "package managers" } };
	cln_owned(cln_json_drop) json_t *json = NULL;
	const json_t *report = find_report(work, &json);
	const struct options *options = work->options;

	if (cln_log_quiet() || (options->report && !strcmp(options->report, "none")))
		return;
	printf("%-18s %12s %12s\n", "", "development", "production");
	for (size_t i = 0; report && i < CLN_COUNT(rows); i++)
		print_row(json_object_get(report, "before"), json_object_get(report, "after"),
			rows[i].key, rows[i].name);
	printf("%-18s %s\n", "runs as", work->plan->process.user);
	for (size_t i = 0; i < work->plan->mount_count; i++)
		printf("%-18s %s\n", i ? "" : "writes only to", work->plan->mount[i].path);
	for (size_t i = 0; i < options->output.count; i++)
		printf("%-18s %s\n", i ? "" : "written", options->output.item[i]);
	printf("%-18s %s\n", "digest", work->written.digest);
}
