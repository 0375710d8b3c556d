// SPDX-License-Identifier: Apache-2.0
#include "packager/write/write.h"

#include "common/mem.h"
#include "packager/write/job.h"

#include <string.h>
#include <unistd.h>

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
	for (size_t i = 0; i < job->place_count; i++) {
		ref_release(&job->place[i].ref);
		free(job->place[i].tag);
	}
	free(job->place);
	for (size_t i = 0; i < job->part_count; i++)
		part_release(&job->part[i]);
	free(job->part);
	free(job->index);
	free(job->blob);
	referrers_release(&job->referrers);
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

int image_job_new(const struct write_options *options, struct image_job **job, struct cln_err *err)
{
	cln_owned(image_job_drop) struct image_job *is = cln_alloc(sizeof(*is));

	is->options = options;
	if (places_find(is, err) < 0)
		return -err->code;
	*job = cln_steal(&is);
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

static bool any_docker(const struct image_job *job)
{
	for (size_t i = 0; i < job->place_count; i++)
		if (job->place[i].ref.kind == REF_DOCKER_ARCHIVE)
			return true;
	return false;
}

int image_job_add(struct image_job *job, const struct image_source *source, struct written *out,
	struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *dir = stage_dir_new(job);
	const struct part_how how = { job->options, dir, any_docker(job) };
	struct part *part = &CLN_PUSH(job->part, job->part_count, job->part_room);

	return part_make(source, &how, part, out, err);
}

/* The names that one image only can have. */
static int several_check(const struct image_job *job, struct cln_err *err)
{
	for (size_t i = 0; i < job->place_count; i++) {
		const struct ref *ref = &job->place[i].ref;

		if (ref->kind == REF_DOCKER_ARCHIVE ||
			(ref->kind == REF_SKOPEO && strncmp(ref->text, "docker://", 9) != 0))
			return cln_usage(err,
				"%s: holds an image for one platform (--platform), not for %zu; "
				"oci:, oci-archive: and docker:// hold several",
				ref->text, job->part_count);
	}
	return 0;
}

/* All blobs in the order of archives: what names others first, layers last. */
static void blobs_list(struct image_job *job)
{
	struct placement *image = &job->image;
	size_t count = 1;

	for (size_t i = 0; job->part && i < job->part_count; i++)
		count += 2 + job->part[i].layer_count;
	image->blob = job->blob = cln_alloc(count * sizeof(*job->blob));
	if (job->index)
		part_text(&job->blob[image->blob_count++], job->index);
	for (size_t i = 0; job->part && i < job->part_count; i++) {
		const struct part *part = &job->part[i];

		job->blob[image->blob_count++] = part->manifest;
		job->blob[image->blob_count++] = part->config;
		for (uint32_t k = 0; k < part->layer_count; k++)
			job->blob[image->blob_count++] = part->layer[k];
	}
}

static void placement_make(struct image_job *job, const json_t *annotations)
{
	const struct part *only = job->part_count == 1 ? &job->part[0] : NULL;

	if (!only)
		job->index = part_index_new(job->part, job->part_count, annotations);
	job->image.type = only ? PLACE_MANIFEST_TYPE : PLACE_INDEX_TYPE;
	if (only) {
		job->image.os = only->os;
		job->image.architecture = only->architecture;
		job->image.variant = only->variant;
		job->image.config = &only->config;
		job->image.plain = only->plain;
		job->image.layer_count = only->layer_count;
	}
	blobs_list(job);
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

int image_job_stage(
	struct image_job *job, const json_t *annotations, char digest[72], struct cln_err *err)
{
	if (job->part_count > 1 && several_check(job, err) < 0)
		return -err->code;
	placement_make(job, annotations);
	memcpy(digest, job->blob[0].digest, sizeof(job->blob[0].digest));
	job->staged = cln_alloc(job->place_count * sizeof(*job->staged));
	for (size_t i = 0; i < job->place_count; i++)
		job->staged[i] = (struct staged)STAGED_NONE;
	for (size_t i = 0; i < job->place_count; i++)
		if (place_stage(job, &job->place[i], &job->staged[i], err) < 0)
			return cln_within(err, "write %s", job->place[i].ref.text);
	return 0;
}
