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
#include <string.h>
#include <unistd.h>

int output_explain(const struct work *work, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text =
		keep_explain_new(&work->input, work->keep, work->options->explain);

	(void)err;
	cln_progress_end();
	printf("%s%s\n", work->label, text);
	return 0;
}

static void print_warnings(const struct work *work)
{
	for (size_t i = 0; i < work->keep->warning.count; i++)
		cln_warn("%s%s", work->label, work->keep->warning.item[i]);
	for (size_t i = 0; i < work->keep->left_out.count; i++)
		cln_info("%slisted only in part: %s", work->label, work->keep->left_out.item[i]);
}

int output_dry_run(const struct work *work, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *plan = plan_text_new(work->plan);
	cln_owned(cln_buf_release) struct cln_buf shown = { 0 };
	char path[4096];

	(void)err;
	cln_progress_end();
	print_warnings(work);
	if (*work->label)
		printf("platform %s\n", work->platform);
	printf("%s\n", plan);
	for (uint32_t id = 0; id < work->tree->node_count; id++) {
		if (!why_keeps(work->keep->why[id]))
			continue;
		shown.size = 0;
		cln_buf_add_shown(&shown, tree_path(work->tree, id, path));
		printf("keep %s (%s)\n", shown.data, why_name(work->keep->why[id]));
	}
	return 0;
}

static struct write_options write_options(const struct options *options)
{
	return (struct write_options){
		.ref = options->output.item,
		.ref_count = options->output.count,
		.compression = options_compression(options),
		.level = (unsigned)options->compression_level,
		.recompress = options->recompress,
		.by_package = options->layers && !strcmp(options->layers, "package"),
		.threads = (unsigned)options->threads,
		.progress = work_progress,
		.progress_context = (void *)"writing",
	};
}

/* Where the documents of each platform go: DIR, or DIR/linux-arm64 where there are several. */
static int begin_documents(struct pack *pack, struct cln_err *err)
{
	const char *dir = pack->options->emit;
	char name[PLATFORM_TEXT];
	struct platform is;

	if (!dir)
		return 0;
	pack->set = cln_alloc((pack->work_count + 1) * sizeof(*pack->set));
	if (pack->work_count == 1) {
		pack->work[0].emit = cln_strdup(dir);
		return cln_outset_begin(&pack->set[pack->set_count++], dir, err);
	}
	pack->made_emit = access(dir, F_OK) < 0;
	if (cln_make_dirs(dir, err) < 0)
		return -err->code;
	if (pack->made_emit) /* temporary until the documents are in it */
		cln_scratch_add(dir);
	for (size_t i = 0; i < pack->work_count; i++) {
		struct work *work = &pack->work[i];

		if (platform_parse(work->platform, &is, err) < 0)
			return -err->code;
		work->emit = cln_format("%s/%s", dir, platform_text(&is, '-', name));
		if (cln_outset_begin(&pack->set[pack->set_count++], work->emit, err) < 0)
			return -err->code;
	}
	return cln_outset_begin(&pack->set[pack->set_count++], dir, err);
}

/* What cannot be written to is told before the layers are compressed. */
int output_begin(struct pack *pack, struct cln_err *err)
{
	const struct options *options = pack->options;

	if (begin_documents(pack, err) < 0)
		return -err->code;
	pack->prod_options = pack->dev_options = write_options(options);
	write_encoder(pack->prod_options.compression, pack->prod_options.level, &pack->encoder);
	if (pack->encoder.apart)
		cln_warn(
			"gzip gives other bytes on this CPU than on x86-64 with SSE4.2: the same image, "
			"another digest (--compression zstd gives one everywhere)");
	if (image_job_new(&pack->prod_options, &pack->prod, err) < 0)
		return -err->code;
	if (!options->emit_dev)
		return 0;
	pack->dev_options.ref = &options->emit_dev;
	pack->dev_options.ref_count = 1;
	pack->dev_options.by_package = false;
	return image_job_new(&pack->dev_options, &pack->dev, err);
}

/* plan NULL: the development image */
static int add(const struct work *work, const struct plan *plan, struct image_job *job,
	struct written *written, struct cln_err *err)
{
	const struct config_facts facts = { work->image, plan, work->manifest_sha256, work->name,
		work->epoch };
	cln_owned(cln_json_drop) json_t *config = config_new(&facts);
	cln_owned(cln_json_drop) json_t *annotations = annotations_new(&facts);
	struct image_source source = { .tree = work->tree,
		.layout = plan ? work->layout : work->dev_layout,
		.packages = work->packages,
		.config = config,
		.annotations = annotations,
		.epoch = work->epoch };

	if (plan && work->packed)
		source.layer_comment = packed_layers(work, &source.layer_count);

	return image_job_add(job, &source, written, err);
}

int output_image(struct pack *pack, struct work *work, struct cln_err *err)
{
	print_warnings(work);
	pack->prod_options.clamp_mtime = pack->dev_options.clamp_mtime = work->clamp;
	if (add(work, work->plan, pack->prod, &work->written, err) < 0)
		return -err->code;
	cln_debug("%slayers: %llu bytes, %llu of them as they were in the source's", work->label,
		(unsigned long long)work->written.size_bytes,
		(unsigned long long)work->written.copied_bytes);
	return 0;
}

/* The development image: all of the source, from the same bytes, labelled as one of the pair. */
int output_dev(struct pack *pack, struct work *work, struct cln_err *err)
{
	struct keep keep = { .node_count = work->tree->node_count };
	const struct plan nothing = { 0 };
	int r;

	if (!pack->dev)
		return 0;
	keep.why = cln_alloc(keep.node_count);
	memset(keep.why, WHY_RULE_KEEP, keep.node_count);
	r = layout_make(work->tree, &keep, &nothing, NULL, 0, work->epoch, &work->dev_layout, err);
	free(keep.why);
	return r < 0 ? r : add(work, NULL, pack->dev, &work->dev_written, err);
}

static const struct {
	const char *name, *type;
} sboms[] = { { "sbom.spdx.json", "application/spdx+json" },
	{ "sbom.cdx.json", "application/vnd.cyclonedx+json" } };

struct taking {
	struct pack *pack;
	struct work *work;
};

static int put(void *context, const void *data, size_t size, struct cln_err *err)
{
	return cln_write_all(*(const int *)context, data, size, err);
}

static int stage_document(struct cln_outset *set, const struct doc *doc, struct cln_err *err)
{
	int fd = -1;

	if (cln_outset_open(set, doc->name, &fd, err) < 0)
		return -err->code;
	if (doc_write(doc, put, &fd, err) < 0)
		return cln_within(err, "%s/%s", set->dir, doc->name);
	return cln_outset_close(set, err);
}

static int take_document(void *context, struct doc *doc, struct cln_err *err)
{
	const struct taking *is = context;

	if (is->work->emit &&
		stage_document(&is->pack->set[is->work - is->pack->work], doc, err) < 0)
		return -err->code;
	for (size_t i = 0; i < CLN_COUNT(sboms) && is->pack->options->referrer; i++)
		if (doc->data && !strcmp(doc->name, sboms[i].name))
			docs_add(&is->work->referred, doc->name, cln_steal(&doc->data), doc->size);
	return 0;
}

int output_documents(
	struct pack *pack, struct work *work, const struct docs_input *in, struct cln_err *err)
{
	struct taking taking = { pack, work };

	if (!work->emit && !pack->options->referrer)
		return 0;
	if (docs_each(in, take_document, &taking, err) < 0)
		return -err->code;
	return work->emit ? cln_outset_prepare(&pack->set[work - pack->work], err) : 0;
}

/* DIR/platforms.json: what the index names, where each one's documents are, what it lacks. */
static int stage_platforms(struct pack *pack, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *json = json_object();
	json_t *list = json_array(), *left_out = json_array();
	cln_owned(cln_drop_mem) char *text = NULL;

	cln_json_set_str(json, "schema", "clnimg.platforms/1");
	cln_json_set_str(json, "image", pack->options->output.item[0]);
	cln_json_set_str(json, "digest", pack->digest);
	for (size_t i = 0; i < pack->work_count; i++) {
		const struct work *work = &pack->work[i];
		json_t *is = json_object();

		cln_json_set_str(is, "platform", work->platform);
		cln_json_set_str(is, "digest", work->written.digest);
		cln_json_set_str(is, "documents", strrchr(work->emit, '/') + 1);
		json_array_append_new(list, is);
	}
	for (size_t i = 0; i < pack->left_out_count; i++)
		json_array_append_new(left_out, cln_json_text(pack->left_out[i]));
	json_object_set_new(json, "platforms", list);
	json_object_set_new(json, "left_out", left_out);
	text = cln_json_text_new(json);
	return cln_outset_add(
		&pack->set[pack->work_count], "platforms.json", text, strlen(text), err);
}

static json_t *index_annotations(const struct pack *pack, bool prod)
{
	json_t *json = json_object();
	int64_t newest = 0;
	char created[40];

	for (size_t i = 0; i < pack->work_count; i++)
		newest = CLN_MAX(newest, pack->work[i].epoch);
	rfc3339(newest, created);
	cln_json_set_str(json, "org.opencontainers.image.created", created);
	cln_json_set_str(json, LABEL_ROLE, prod ? "production" : "development");
	cln_json_set_str(json, LABEL_COUNTERPART, prod ? "development" : "production");
	return json;
}

int output_stage(struct pack *pack, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *prod = index_annotations(pack, true);
	cln_owned(cln_json_drop) json_t *dev = index_annotations(pack, false);
	char ignored[72];

	if (image_job_stage(pack->prod, prod, pack->digest, err) < 0 ||
		(pack->dev && image_job_stage(pack->dev, dev, ignored, err) < 0))
		return -err->code;
	return pack->options->emit && pack->work_count > 1 ? stage_platforms(pack, err) : 0;
}

/* --referrer: the bills of materials beside each platform's image, in its own layout. */
int output_referrers(struct pack *pack, struct cln_err *err)
{
	for (size_t n = 0; pack->options->referrer && n < pack->work_count; n++) {
		const struct docs *docs = &pack->work[n].referred;
		struct referrer referrer[CLN_COUNT(sboms)];
		size_t count = 0;

		for (size_t i = 0; i < docs->count; i++)
			for (size_t k = 0; k < CLN_COUNT(sboms); k++)
				if (!strcmp(docs->doc[i].name, sboms[k].name))
					referrer[count++] =
						(struct referrer){ sboms[k].type, sboms[k].name,
							docs->doc[i].data, docs->doc[i].size };
		if (image_attach(pack->prod, n, referrer, count, err) < 0)
			return -err->code;
	}
	return 0;
}

/* The sets of documents, then the images: no signal comes between. */
static int commit_all(struct pack *pack, struct image_commit *commit, struct cln_err *err)
{
	int r = 0;

	cln_scratch_commit_begin();
	if (pack->made_emit)
		cln_scratch_forget(pack->options->emit);
	for (size_t i = 0; r == 0 && i < pack->set_count; i++)
		r = cln_outset_commit(&pack->set[i], err);
	if (r == 0)
		r = images_commit(commit, err);
	cln_scratch_commit_end();
	return r;
}

/*
 * What may fail for many reasons first. Then one rename a place: the documents, and the
 * image that they describe. A reader who finds the image finds its documents; only a power
 * cut, or SIGKILL, between the two leaves documents that are ahead of the image. That is the
 * safe side: they name its digest, so what is started by them does not find it, where a new
 * image under old documents would run with another's mounts and policy; and clnimg-verify
 * tells whose they are.
 */
int output_publish(struct pack *pack, struct cln_err *err)
{
	struct image_job *const job[] = { pack->dev, pack->prod };
	cln_owned(image_commit_drop) struct image_commit *commit = NULL;

	for (size_t i = 0; i < CLN_COUNT(job); i++)
		if (image_push(job[i], err) < 0)
			return -err->code;
	if (images_prepare(job, CLN_COUNT(job), &commit, err) < 0)
		return -err->code;
	return commit_all(pack, commit, err);
}

void output_release(struct pack *pack)
{
	for (size_t i = 0; i < pack->set_count; i++)
		cln_outset_release(&pack->set[i]);
	free(pack->set);
	if (pack->made_emit)
		rmdir(pack->options->emit); /* where nothing came into it */
	image_job_free(pack->prod);
	image_job_free(pack->dev);
}
