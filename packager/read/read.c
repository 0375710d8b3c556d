// SPDX-License-Identifier: Apache-2.0
#include "packager/read/read.h"

#include "packager/read/find.h"
#include "packager/read/layer.h"
#include "packager/model/skopeo.h"

#include <errno.h>
#include <string.h>

/* Where the reference really lies: itself, or skopeo's copy of it. */
struct place {
	struct ref ref;
	struct skopeo_copy copy;
	struct store *store;
};

static void place_release(struct place *place)
{
	store_free(place->store);
	skopeo_copy_release(&place->copy);
	ref_release(&place->ref);
}

static int place_open(const struct read_options *options, struct place *place, struct cln_err *err)
{
	struct store_how how;

	if (ref_parse(options->ref, &place->ref, err) < 0)
		return -err->code;
	if (place->ref.kind == REF_SKOPEO) {
		if (skopeo_pull(&place->ref, options->spool_dir, options->platform, &place->copy,
			    err) < 0)
			return -err->code;
		ref_release(&place->ref);
		if (ref_parse(place->copy.ref, &place->ref, err) < 0)
			return -err->code;
	}
	how = (struct store_how){ options->spool_dir, &options->limits };
	return store_open(place->ref.path, place->ref.kind != REF_OCI, &how, &place->store, err);
}

/* A docker archive may be an OCI layout too, and that one hold other platforms. */
static const char *hint(struct place *place)
{
	cln_owned(blob_close) struct blob blob = { .fd = -1 };
	struct cln_err ignored = { 0 };
	bool both = place->ref.kind == REF_DOCKER_ARCHIVE &&
		    store_file(place->store, "index.json", &blob, &ignored) == 0;

	return both ? "; the archive is an OCI layout too: oci-archive: reads its other platforms"
		    : "";
}

static int check_platform(const struct read_options *options, struct place *place,
	const struct platform *want, const struct image *image, struct cln_err *err)
{
	if (!options->platform ||
		platform_fits(want, image->os, image->architecture, image->variant))
		return 0;
	return cln_fail(err, ENOENT, "the image is for %s/%s, not %s (--platform)%s", image->os,
		image->architecture, options->platform, hint(place));
}

static int make_image(const struct read_options *options, struct found *found, struct image **out,
	struct cln_err *err)
{
	cln_owned(image_drop) struct image *image = cln_alloc(sizeof(*image));

	image->arena = cln_arena_new();
	image->ref = cln_arena_strdup(image->arena, options->ref);
	memcpy(image->digest, found->digest, sizeof(image->digest));
	memcpy(image->config_digest, found->config_digest, sizeof(image->config_digest));
	if (oci_config(image, found->config, err) < 0)
		return cln_within(err, "config %s", found->config_digest);
	image->annotations = json_incref(json_object_get(found->manifest, "annotations"));
	if (image->layer_count != found->layer_count)
		return cln_fail(err, EINVAL, "%u layers, but the configuration has %u diff_ids",
			found->layer_count, image->layer_count);
	for (uint32_t i = 0; i < found->layer_count; i++)
		image->compressed_bytes += found->layer_bytes[i];
	*out = cln_steal(&image);
	return 0;
}

/* What is done before the layer at hand, for its own progress. */
struct step {
	const struct read_options *options;
	const struct image *image;
	uint64_t done;
};

static void on_progress(void *context, uint64_t taken_bytes)
{
	const struct step *step = context;

	step->options->progress(step->options->progress_context, step->done + taken_bytes,
		step->image->compressed_bytes);
}

static int apply_layer(struct store *store, const struct found *found, uint32_t i,
	struct step *step, struct tree *tree, struct cln_err *err)
{
	cln_owned(blob_close) struct blob blob = { .fd = -1 };
	struct layer layer = { .digest = found->layer_digest[i],
		.diff_id = step->image->diff_id[i],
		.progress = step->options->progress ? on_progress : NULL,
		.progress_context = step };

	if (store_file(store, found->layer[i], &blob, err) < 0)
		return -err->code;
	if (found->layer_digest[i] && blob.size_bytes != found->layer_bytes[i])
		return cln_fail(err, EBADMSG, "%llu bytes, described as %llu",
			(unsigned long long)blob.size_bytes,
			(unsigned long long)found->layer_bytes[i]);
	layer.blob = blob;
	if (layer_apply(tree, &layer, err) < 0)
		return -err->code;
	step->done += blob.size_bytes;
	return 0;
}

static int make_tree(const struct read_options *options, struct store *store,
	const struct found *found, struct image *image, struct tree **out, struct cln_err *err)
{
	cln_owned(tree_drop) struct tree *tree = NULL;
	struct spool *spool = NULL;
	struct reuse *reuse = NULL;
	uint64_t bytes = limit_of(&options->limits, LIMIT_BYTES);
	struct step step = { options, image, 0 };

	if (spool_new(options->spool_dir, bytes, &spool, err) < 0)
		return -err->code;
	tree = tree_new(spool);
	if (options->reuse && reuse_new(options->spool_dir, options->reuse_blocks, &reuse, err) < 0)
		return -err->code;
	tree_set_reuse(tree, reuse);
	tree_set_ceiling(tree, (uint32_t)limit_of(&options->limits, LIMIT_ENTRIES));
	for (uint32_t i = 0; i < found->layer_count; i++) {
		if (apply_layer(store, found, i, &step, tree, err) < 0)
			return cln_within(err, "layer %s",
				found->layer_digest[i] ? found->layer_digest[i] : found->layer[i]);
	}
	if (!found->manifest)
		image->compressed_bytes = step.done;
	if (tree_seal(tree, err) < 0)
		return -err->code;
	*out = cln_steal(&tree);
	return 0;
}

static int open_found(const struct read_options *options, struct place *place, struct found *found,
	struct image **image, struct tree **tree, struct cln_err *err)
{
	struct platform want = { 0 };
	int r;

	if (platform_parse(options->platform, &want, err) < 0)
		return -err->code;
	r = place->ref.kind == REF_DOCKER_ARCHIVE
		    ? find_docker(place->store, &place->ref, &want, found, err)
		    : find_oci(place->store, &place->ref, &want, found, err);
	if (r < 0)
		return r;
	r = make_image(options, found, image, err);
	if (r < 0 || !*image)
		return r;
	if (check_platform(options, place, &want, *image, err) < 0)
		return -err->code;
	return tree ? make_tree(options, place->store, found, *image, tree, err) : 0;
}

int image_open(const struct read_options *options, struct image **image, struct tree **tree,
	struct cln_err *err)
{
	cln_owned(place_release) struct place place = { .copy = SKOPEO_NO_COPY };
	cln_owned(found_release) struct found found = { 0 };
	cln_owned(image_drop) struct image *made = NULL;

	if (place_open(options, &place, err) < 0)
		return -err->code;
	if (open_found(options, &place, &found, &made, tree, err) < 0)
		return cln_within(err, "%s", options->ref);
	*image = cln_steal(&made);
	return 0;
}

/* What a registry's index offers: its manifest is asked for, no layer. */
static int registry_platforms(
	const struct read_options *options, struct platforms *out, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	cln_owned(cln_json_drop) json_t *json = NULL;
	size_t size = 0;

	if (skopeo_manifest(options->ref, limit_of(&options->limits, LIMIT_JSON_BYTES), &text,
		    &size, err) < 0)
		return -err->code;
	if (oci_parse(text, size, &options->limits, &json, err) < 0)
		return cln_within(err, "%s", options->ref);
	return json_object_get(json, "manifests") ? find_platforms_in(NULL, json, out, err) : 0;
}

static int local_platforms(
	const struct read_options *options, struct platforms *out, struct cln_err *err)
{
	cln_owned(place_release) struct place place = { .copy = SKOPEO_NO_COPY };
	int r;

	if (place_open(options, &place, err) < 0)
		return -err->code;
	r = place.ref.kind == REF_DOCKER_ARCHIVE
		    ? find_docker_platforms(place.store, &place.ref, out, err)
		    : find_platforms(place.store, &place.ref, out, err);
	return r < 0 ? cln_within(err, "%s", options->ref) : 0;
}

int image_platforms(const struct read_options *options, struct cln_arena *arena,
	const char *const **out, struct cln_err *err)
{
	cln_owned(platforms_release) struct platforms offered = { .arena = arena };
	struct ref ref = { 0 };
	const char **list;
	int r;

	if (ref_parse(options->ref, &ref, err) < 0)
		return -err->code;
	/* a daemon and a store give an image of one platform */
	r = ref_is_registry(&ref)    ? registry_platforms(options, &offered, err)
	    : ref.kind != REF_SKOPEO ? local_platforms(options, &offered, err)
				     : 0;
	ref_release(&ref);
	if (r < 0)
		return r;
	list = cln_arena_alloc(arena, (offered.count + 1) * sizeof(*list));
	if (offered.count)
		memcpy(list, offered.seen, offered.count * sizeof(*list));
	*out = list;
	return 0;
}
