// SPDX-License-Identifier: Apache-2.0
#include "packager/write/write.h"

#include "common/hash.h"
#include "common/mem.h"
#include "packager/write/config.h"
#include "packager/write/layers.h"
#include "packager/write/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Everything on its way out. */
struct image_job {
	const struct tree *tree;
	const struct layout *layout;
	const struct write_options *options;
	struct layers layers;
	struct place *place;
	size_t place_count, place_room;
	struct {
		struct spool *is;
	} * spool; /* temporary files of the layers, as stored and plain */
	size_t spool_count, spool_room;
	struct place_blob *blob, *plain;
	char *config, *manifest;
	struct placement image;
	struct staged *staged; /* by place */
};

void written_release(struct written *written)
{
	free(written->layer);
	*written = (struct written){ 0 };
}

void image_job_free(struct image_job *job)
{
	if (!job)
		return;
	for (size_t i = 0; job->staged && i < job->place_count; i++)
		staged_release(&job->staged[i]);
	free(job->staged);
	layers_release(&job->layers);
	for (size_t i = 0; i < job->place_count; i++) {
		ref_release(&job->place[i].ref);
		free(job->place[i].tag);
	}
	free(job->place);
	for (size_t i = 0; i < job->spool_count; i++)
		spool_free(job->spool[i].is);
	free(job->spool);
	free(job->blob);
	free(job->plain);
	free(job->config);
	free(job->manifest);
	free(job);
}

void image_job_drop(struct image_job **job)
{
	image_job_free(*job);
}

/* Outputs that share a folder or a file are one place with several tags. */
static int places_find(struct image_job *job, struct cln_err *err)
{
	for (size_t i = 0; i < job->options->ref_count; i++) {
		struct ref ref = { 0 };
		struct place *place = NULL;

		if (ref_parse(job->options->ref[i], &ref, err) < 0)
			return -err->code;
		for (size_t j = 0; j < job->place_count && ref.path; j++)
			if (job->place[j].ref.path && !strcmp(job->place[j].ref.path, ref.path))
				place = &job->place[j];
		if (place && place->ref.kind != ref.kind) {
			ref_release(&ref);
			return cln_usage(err, "%s: also written as %s", job->options->ref[i],
				place->ref.text);
		}
		if (!place) {
			place = &CLN_PUSH(job->place, job->place_count, job->place_room);
			place->ref = ref;
		} else {
			free(cln_steal(&ref.path));
		}
		CLN_PUSH(place->tag, place->tag_count, place->tag_room) = ref.tag;
	}
	return 0;
}

/* Where temporary files of layers may become blobs without a copy: beside the first layout. */
static char *stage_dir_new(const struct image_job *job)
{
	for (size_t i = 0; i < job->place_count; i++) {
		const char *path = job->place[i].ref.path;
		const char *slash;

		if (job->place[i].ref.kind != REF_OCI)
			continue;
		if (access(path, W_OK) == 0)
			return cln_strdup(path);
		slash = strrchr(path, '/');
		return slash ? cln_format("%.*s", (int)CLN_MAX(slash - path, 1), path)
			     : cln_strdup(".");
	}
	return NULL;
}

static int layer_spool(const struct image_job *job, struct spool **out, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *stage = stage_dir_new(job);
	struct cln_err ignored = { 0 };

	if (stage && spool_new(stage, 0, out, &ignored) == 0)
		return 0;
	return spool_new(job->options->tmp_dir, 0, out, err);
}

static int layer_make(struct image_job *job, uint32_t which, enum write_compression kind,
	struct place_blob *blob, struct written_layer *made, struct cln_err *err)
{
	cln_owned(squeeze_drop) struct squeeze *squeeze = NULL;
	struct spool *spool = NULL;

	if (layer_spool(job, &spool, err) < 0)
		return -err->code;
	CLN_PUSH(job->spool, job->spool_count, job->spool_room).is = spool;
	if (squeeze_new(kind, spool->fd, job->options->threads, &squeeze, err) < 0 ||
		layer_stream(job->tree, job->layout, &job->layers, which, job->options, squeeze,
			err) < 0 ||
		squeeze_finish(squeeze, made, err) < 0)
		return cln_within(err, "layer %u", which + 1);
	*blob = (struct place_blob){ .fd = spool->fd, .size_bytes = made->size_bytes };
	memcpy(blob->digest, made->digest, sizeof(blob->digest));
	return 0;
}

static bool any_place(const struct image_job *job, bool docker)
{
	for (size_t i = 0; i < job->place_count; i++)
		if ((job->place[i].ref.kind == REF_DOCKER_ARCHIVE) == docker)
			return true;
	return false;
}

/* docker archives hold plain layers; the manifest that names the image is OCI's all the same. */
static int layers_make(struct image_job *job, struct written *out, struct cln_err *err)
{
	uint32_t count = job->layers.count;
	bool docker = any_place(job, true);
	bool both = docker && job->options->compression != WRITE_PLAIN;

	job->blob = cln_alloc(count * sizeof(*job->blob));
	job->plain = docker ? cln_alloc(count * sizeof(*job->plain)) : NULL;
	for (uint32_t i = 0; i < count; i++) {
		struct written_layer *made =
			&CLN_PUSH(out->layer, out->layer_count, out->layer_room);
		struct written_layer plain;

		if (layer_make(job, i, job->options->compression, &job->blob[i], made, err) < 0)
			return -err->code;
		out->size_bytes += made->size_bytes;
		if (both && layer_make(job, i, WRITE_PLAIN, &job->plain[i], &plain, err) < 0)
			return -err->code;
		if (docker && !both)
			job->plain[i] = job->blob[i];
	}
	return 0;
}

static const char *layer_type(enum write_compression kind)
{
	static const char *const type[] = {
		[WRITE_GZIP] = "application/vnd.oci.image.layer.v1.tar+gzip",
		[WRITE_ZSTD] = "application/vnd.oci.image.layer.v1.tar+zstd",
		[WRITE_PLAIN] = "application/vnd.oci.image.layer.v1.tar",
	};

	return type[kind];
}

static json_t *descriptor(const char *type, const char *digest, uint64_t size)
{
	json_t *json = json_object();

	cln_json_set_str(json, "mediaType", type);
	cln_json_set_str(json, "digest", digest);
	json_object_set_new(json, "size", json_integer((json_int_t)size));
	return json;
}

static void blob_of_text(struct place_blob *blob, const char *text)
{
	char hex[CLN_SHA256_HEX];

	*blob = (struct place_blob){ .fd = -1, .data = text, .size_bytes = strlen(text) };
	cln_sha256_of(text, blob->size_bytes, hex);
	snprintf(blob->digest, sizeof(blob->digest), "sha256:%s", hex);
}

static void config_make(struct image_job *job, const json_t *config, const struct written *out,
	struct placement *image)
{
	cln_owned(cln_json_drop) json_t *json = json_deep_copy(config);
	const char **diff_id = cln_alloc((out->layer_count + 1) * sizeof(*diff_id));

	for (size_t i = 0; i < out->layer_count; i++)
		diff_id[i] = out->layer[i].diff_id;
	config_set_layers(json, diff_id, (const char *const *)job->layers.comment, out->layer_count,
		job->options->epoch);
	free(diff_id);
	job->config = cln_json_compact_new(json);
	blob_of_text(&image->config, job->config);
}

static void manifest_make(struct image_job *job, const json_t *annotations,
	const struct written *out, struct placement *image)
{
	cln_owned(cln_json_drop) json_t *json = json_object();
	json_t *layers = json_array();

	json_object_set_new(json, "schemaVersion", json_integer(2));
	cln_json_set_str(json, "mediaType", "application/vnd.oci.image.manifest.v1+json");
	json_object_set_new(json, "config",
		descriptor("application/vnd.oci.image.config.v1+json", image->config.digest,
			image->config.size_bytes));
	for (size_t i = 0; i < out->layer_count; i++)
		json_array_append_new(
			layers, descriptor(layer_type(job->options->compression),
					out->layer[i].digest, out->layer[i].size_bytes));
	json_object_set_new(json, "layers", layers);
	if (json_object_size(annotations))
		json_object_set_new(json, "annotations", json_deep_copy(annotations));
	job->manifest = cln_json_compact_new(json);
	blob_of_text(&image->manifest, job->manifest);
}

static int place_stage(const struct image_job *job, const struct place *place,
	struct staged *staged, struct cln_err *err)
{
	switch (place->ref.kind) {
	case REF_OCI:
		return place_oci_stage(place, &job->image, staged, err);
	case REF_OCI_ARCHIVE:
		return place_oci_archive_stage(place, &job->image, staged, err);
	case REF_DOCKER_ARCHIVE:
		return place_docker_archive_stage(place, &job->image, staged, err);
	default:
		return place_push_stage(&job->image, job->options->tmp_dir, staged, err);
	}
}

static int places_stage(struct image_job *job, struct cln_err *err)
{
	job->staged = cln_alloc(job->place_count * sizeof(*job->staged));
	for (size_t i = 0; i < job->place_count; i++)
		job->staged[i] = (struct staged)STAGED_NONE;
	for (size_t i = 0; i < job->place_count; i++)
		if (place_stage(job, &job->place[i], &job->staged[i], err) < 0)
			return cln_within(err, "write %s", job->place[i].ref.text);
	return 0;
}

int image_publish(struct image_job *job, enum image_places which, struct cln_err *err)
{
	for (size_t i = 0; job && i < job->place_count; i++) {
		const struct place *place = &job->place[i];

		if ((place->ref.kind == REF_SKOPEO) == (which == IMAGE_PUSHED) &&
			place_publish(place, &job->image, &job->staged[i], err) < 0)
			return cln_within(err, "write %s", place->ref.text);
	}
	return 0;
}

static int stage(struct image_job *job, const json_t *config, const json_t *annotations,
	struct written *out, struct cln_err *err)
{
	struct placement *image = &job->image;

	if (places_find(job, err) < 0)
		return -err->code;
	layers_plan(job->tree, job->layout, job->options, &job->layers);
	if (layers_make(job, out, err) < 0)
		return -err->code;
	config_make(job, config, out, image);
	manifest_make(job, annotations, out, image);
	image->os = cln_json_str(config, "os", NULL);
	image->architecture = cln_json_str(config, "architecture", NULL);
	image->variant = cln_json_str(config, "variant", NULL);
	image->layer = job->blob;
	image->plain = job->plain;
	image->layer_count = job->layers.count;
	memcpy(out->digest, image->manifest.digest, sizeof(out->digest));
	out->manifest_size_bytes = image->manifest.size_bytes;
	memcpy(out->config_digest, image->config.digest, sizeof(out->config_digest));
	return places_stage(job, err);
}

int image_stage(const struct image_source *source, const struct write_options *options,
	struct image_job **job, struct written *out, struct cln_err *err)
{
	cln_owned(image_job_drop) struct image_job *is = cln_alloc(sizeof(*is));

	is->tree = source->tree;
	is->layout = source->layout;
	is->options = options;
	if (stage(is, source->config, source->annotations, out, err) < 0)
		return -err->code;
	*job = cln_steal(&is);
	return 0;
}

int image_write(const struct tree *tree, const struct layout *layout, const json_t *config,
	const json_t *annotations, const struct write_options *options, struct written *out,
	struct cln_err *err)
{
	const struct image_source source = { tree, layout, config, annotations };
	cln_owned(image_job_drop) struct image_job *job = NULL;

	if (image_stage(&source, options, &job, out, err) < 0 ||
		image_publish(job, IMAGE_PUSHED, err) < 0)
		return -err->code;
	return image_publish(job, IMAGE_LOCAL, err);
}
