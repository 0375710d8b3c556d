// SPDX-License-Identifier: Apache-2.0
#include "packager/write/part.h"

#include "common/hash.h"
#include "common/mem.h"
#include "packager/write/config.h"
#include "packager/write/layers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void part_release(struct part *part)
{
	for (size_t i = 0; i < part->spool_count; i++)
		spool_free(part->spool[i].is);
	free(part->spool);
	free(part->layer);
	free(part->plain);
	free(part->config_text);
	free(part->manifest_text);
	json_decref(part->config_json);
	*part = (struct part){ 0 };
}

static int layer_spool(const struct part_how *how, struct spool **out, struct cln_err *err)
{
	struct cln_err ignored = { 0 };

	if (how->stage_dir && spool_new(how->stage_dir, 0, out, &ignored) == 0)
		return 0;
	return spool_new(how->options->tmp_dir, 0, out, err);
}

/* One layer on its way into a blob. */
struct layer_making {
	const struct image_source *source;
	const struct part_how *how;
	const struct layers *layers;
	struct part *part;
};

/* Where the layer is one of the source's, its blob as it is, which others have already. */
static int layer_take(const struct layer_making *is, enum write_compression kind, int fd,
	struct written_layer *made, struct cln_err *err)
{
	static const enum reuse_kind stored[] = {
		[WRITE_GZIP] = REUSE_GZIP, [WRITE_ZSTD] = REUSE_ZSTD
	};
	const struct write_options *options = is->how->options;
	const struct reuse *reuse = tree_reuse(is->source->tree);
	const struct reuse_layer *layer;

	if (!reuse || options->recompress || kind == WRITE_PLAIN ||
		(kind == WRITE_ZSTD && options->level)) /* asked for: another may be there */
		return 0;
	layer = reuse_layer_of(reuse, stored[kind], made->diff_id);
	if (!layer)
		return 0;
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return cln_fail(err, errno, "temporary file: %m");
	memcpy(made->digest, layer->digest, sizeof(made->digest));
	made->size_bytes = made->copied_bytes = layer->blob.size_bytes;
	made->copied_plain_bytes = made->plain_bytes;
	return reuse_copy(layer, fd, err);
}

static int layer_make(const struct layer_making *is, uint32_t which, enum write_compression kind,
	struct place_blob *blob, struct written_layer *made, struct cln_err *err)
{
	const struct write_options *options = is->how->options;
	cln_owned(squeeze_drop) struct squeeze *squeeze = NULL;
	struct squeeze_how how = { kind, kind == WRITE_PLAIN ? 0 : options->level,
		options->threads };
	struct part *part = is->part;
	struct spool *spool = NULL;

	if (layer_spool(is->how, &spool, err) < 0)
		return -err->code;
	CLN_PUSH(part->spool, part->spool_count, part->spool_room).is = spool;
	if (squeeze_new(&how, spool->fd, &squeeze, err) < 0 ||
		layer_stream(is->source, is->layers, which, options, squeeze, err) < 0 ||
		squeeze_finish(squeeze, made, err) < 0 ||
		layer_take(is, kind, spool->fd, made, err) < 0)
		return cln_within(err, "layer %u", which + 1);
	*blob = (struct place_blob){ .fd = spool->fd, .size_bytes = made->size_bytes };
	memcpy(blob->digest, made->digest, sizeof(blob->digest));
	return 0;
}

/* docker archives hold plain layers; the manifest that names the image is OCI's all the same. */
static int layers_make(const struct layer_making *is, struct written *out, struct cln_err *err)
{
	enum write_compression kind = is->how->options->compression;
	bool docker = is->how->docker, both = docker && kind != WRITE_PLAIN;
	struct part *part = is->part;

	part->layer_count = is->layers->count;
	part->layer = cln_alloc(part->layer_count * sizeof(*part->layer));
	part->plain = docker ? cln_alloc(part->layer_count * sizeof(*part->plain)) : NULL;
	for (uint32_t i = 0; i < part->layer_count; i++) {
		struct written_layer *made =
			&CLN_PUSH(out->layer, out->layer_count, out->layer_room);
		struct written_layer plain;

		if (layer_make(is, i, kind, &part->layer[i], made, err) < 0)
			return -err->code;
		out->size_bytes += made->size_bytes;
		out->copied_bytes += made->copied_bytes;
		if (both && layer_make(is, i, WRITE_PLAIN, &part->plain[i], &plain, err) < 0)
			return -err->code;
		if (docker && !both)
			part->plain[i] = part->layer[i];
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

json_t *part_descriptor(const char *type, const struct place_blob *blob)
{
	json_t *json = json_object();

	cln_json_set_str(json, "mediaType", type);
	cln_json_set_str(json, "digest", blob->digest);
	json_object_set_new(json, "size", json_integer((json_int_t)blob->size_bytes));
	return json;
}

void part_platform(
	json_t *descriptor, const char *os, const char *architecture, const char *variant)
{
	json_t *platform;

	if (!os)
		return;
	platform = json_object();
	cln_json_set_str(platform, "architecture", architecture);
	cln_json_set_str(platform, "os", os);
	if (variant && *variant)
		cln_json_set_str(platform, "variant", variant);
	json_object_set_new(descriptor, "platform", platform);
}

void part_blob(struct place_blob *blob, const void *data, size_t size)
{
	char hex[CLN_SHA256_HEX];

	*blob = (struct place_blob){ .fd = -1, .data = data, .size_bytes = size };
	cln_sha256_of(data, size, hex);
	snprintf(blob->digest, sizeof(blob->digest), "sha256:%s", hex);
}

void part_text(struct place_blob *blob, const char *text)
{
	part_blob(blob, text, strlen(text));
}

static void config_make(const struct layer_making *is, const struct written *out, struct part *part)
{
	json_t *json = json_deep_copy(is->source->config);
	const char **diff_id = cln_alloc((out->layer_count + 1) * sizeof(*diff_id));

	for (size_t i = 0; i < out->layer_count; i++)
		diff_id[i] = out->layer[i].diff_id;
	config_set_layers(json, diff_id, (const char *const *)is->layers->comment, out->layer_count,
		is->source->epoch);
	free(diff_id);
	part->config_json = json;
	part->os = cln_json_str(json, "os", NULL);
	part->architecture = cln_json_str(json, "architecture", NULL);
	part->variant = cln_json_str(json, "variant", NULL);
	part->config_text = cln_json_compact_new(json);
	part_text(&part->config, part->config_text);
}

static void manifest_make(
	const struct layer_making *is, const struct written *out, struct part *part)
{
	cln_owned(cln_json_drop) json_t *json = json_object();
	const json_t *annotations = is->source->annotations;
	const char *type = layer_type(is->how->options->compression);
	json_t *layers = json_array();

	json_object_set_new(json, "schemaVersion", json_integer(2));
	cln_json_set_str(json, "mediaType", PLACE_MANIFEST_TYPE);
	json_object_set_new(json, "config",
		part_descriptor("application/vnd.oci.image.config.v1+json", &part->config));
	for (size_t i = 0; i < out->layer_count; i++)
		json_array_append_new(layers, part_descriptor(type, &part->layer[i]));
	json_object_set_new(json, "layers", layers);
	if (json_object_size(annotations))
		json_object_set_new(json, "annotations", json_deep_copy(annotations));
	part->manifest_text = cln_json_compact_new(json);
	part_text(&part->manifest, part->manifest_text);
}

int part_make(const struct image_source *source, const struct part_how *how, struct part *part,
	struct written *out, struct cln_err *err)
{
	cln_owned(layers_release) struct layers layers = { 0 };
	const struct layer_making is = { source, how, &layers, part };

	layers_plan(source, how->options->by_package, &layers);
	if (layers_make(&is, out, err) < 0)
		return -err->code;
	config_make(&is, out, part);
	manifest_make(&is, out, part);
	memcpy(out->digest, part->manifest.digest, sizeof(out->digest));
	out->manifest_size_bytes = part->manifest.size_bytes;
	memcpy(out->config_digest, part->config.digest, sizeof(out->config_digest));
	return 0;
}

char *part_index_new(const struct part *part, size_t count, const json_t *annotations)
{
	cln_owned(cln_json_drop) json_t *json = json_object();
	json_t *list = json_array();

	json_object_set_new(json, "schemaVersion", json_integer(2));
	cln_json_set_str(json, "mediaType", PLACE_INDEX_TYPE);
	for (size_t i = 0; i < count; i++) {
		json_t *descriptor = part_descriptor(PLACE_MANIFEST_TYPE, &part[i].manifest);

		part_platform(descriptor, part[i].os, part[i].architecture, part[i].variant);
		json_array_append_new(list, descriptor);
	}
	json_object_set_new(json, "manifests", list);
	if (json_object_size(annotations))
		json_object_set_new(json, "annotations", json_deep_copy(annotations));
	return cln_json_compact_new(json);
}
