// SPDX-License-Identifier: Apache-2.0
/*
 * publish.c - staged images become visible.
 */
#include "common/mem.h"
#include "packager/write/job.h"
#include "packager/write/join.h"

#include <string.h>
#include <sys/stat.h>

struct image_commit {
	struct join *join; /* in the order of their folders: two runs never wait for each other */
	size_t join_count, join_room;
	struct archive {
		struct staged *staged;
		const char *name;
	} * archive;
	size_t archive_count, archive_room;
	const struct image_job *last;
};

int image_push(struct image_job *job, struct cln_err *err)
{
	for (size_t i = 0; job && i < job->place_count; i++)
		if (job->staged[i].copy.ref &&
			skopeo_push(job->staged[i].copy.ref, job->place[i].ref.text,
				!strcmp(job->image.type, PLACE_INDEX_TYPE), err) < 0)
			return cln_within(err, "write %s", job->place[i].ref.text);
	return 0;
}

int image_attach(struct image_job *job, size_t index, const struct referrer *referrer, size_t count,
	struct cln_err *err)
{
	struct placement *image = &job->image;

	referrers_add(&job->part[index].manifest, referrer, count, &job->referrers);
	image->extra = job->referrers.blob;
	image->extra_count = job->referrers.count;
	image->referrers = job->referrers.entries;
	for (size_t i = 0; i < job->place_count; i++)
		if (job->place[i].ref.kind == REF_OCI &&
			place_attach(image, &job->staged[i], err) < 0)
			return cln_within(err, "referrers of %s", job->place[i].ref.text);
	return 0;
}

static bool same_folder(const char *a, const char *b)
{
	struct stat x, y;

	return !strcmp(a, b) ||
	       (!stat(a, &x) && !stat(b, &y) && x.st_ino == y.st_ino && x.st_dev == y.st_dev);
}

static void add_member(struct image_commit *commit, struct image_job *job, size_t i)
{
	const char *dir = job->staged[i].dir;
	struct join *join = NULL;

	for (size_t k = 0; k < commit->join_count && !join; k++)
		if (same_folder(commit->join[k].dir, dir))
			join = &commit->join[k];
	if (!join) {
		join = &CLN_PUSH(commit->join, commit->join_count, commit->join_room);
		*join = (struct join){ .dir = dir, .lock = -1 };
	}
	CLN_PUSH(join->member, join->count, join->room) =
		(struct join_member){ &job->place[i], &job->image, &job->staged[i] };
}

static void add_job(struct image_commit *commit, struct image_job *job)
{
	for (size_t i = 0; i < job->place_count; i++) {
		if (job->staged[i].copy.ref)
			continue;
		if (job->place[i].ref.kind == REF_OCI)
			add_member(commit, job, i);
		else
			CLN_PUSH(commit->archive, commit->archive_count, commit->archive_room) =
				(struct archive){ &job->staged[i], job->place[i].ref.text };
	}
	commit->last = job;
}

static int by_folder(const void *a, const void *b)
{
	return strcmp(((const struct join *)a)->dir, ((const struct join *)b)->dir);
}

int images_prepare(
	struct image_job *const *job, size_t count, struct image_commit **out, struct cln_err *err)
{
	cln_owned(image_commit_drop) struct image_commit *commit = cln_alloc(sizeof(*commit));
	int r = 0;

	for (size_t i = 0; i < count; i++)
		if (job[i])
			add_job(commit, job[i]);
	if (commit->join_count)
		qsort(commit->join, commit->join_count, sizeof(*commit->join), by_folder);
	for (size_t i = 0; r == 0 && i < commit->join_count; i++)
		if ((r = join_prepare(&commit->join[i], err)) < 0)
			cln_within(err, "write oci:%s", commit->join[i].dir);
	if (r == 0)
		*out = cln_steal(&commit);
	return r;
}

static bool holds_last(const struct image_commit *commit, const struct join *join)
{
	for (size_t i = 0; i < join->count; i++)
		if (join->member[i].image == &commit->last->image)
			return true;
	return false;
}

static int commit_layouts(struct image_commit *commit, bool last, struct cln_err *err)
{
	for (size_t i = 0; i < commit->join_count; i++)
		if (holds_last(commit, &commit->join[i]) == last &&
			join_commit(&commit->join[i], err) < 0)
			return cln_within(err, "write oci:%s", commit->join[i].dir);
	return 0;
}

int images_commit(struct image_commit *commit, struct cln_err *err)
{
	if (!commit) /* nothing was prepared */
		return 0;
	if (commit_layouts(commit, false, err) < 0)
		return -err->code;
	for (size_t i = 0; i < commit->archive_count; i++)
		if (cln_out_commit(&commit->archive[i].staged->out, err) < 0)
			return cln_within(err, "write %s", commit->archive[i].name);
	return commit_layouts(commit, true, err);
}

void image_commit_free(struct image_commit *commit)
{
	if (!commit)
		return;
	for (size_t i = 0; i < commit->join_count; i++)
		join_release(&commit->join[i]);
	free(commit->join);
	free(commit->archive);
	free(commit);
}

void image_commit_drop(struct image_commit **commit)
{
	image_commit_free(*commit);
}

int image_write(const struct image_source *source, const struct write_options *options,
	struct written *out, struct cln_err *err)
{
	cln_owned(image_job_drop) struct image_job *job = NULL;
	cln_owned(image_commit_drop) struct image_commit *commit = NULL;
	char digest[72];

	if (image_job_new(options, &job, err) < 0 || !job ||
		image_job_add(job, source, out, err) < 0 ||
		image_job_stage(job, NULL, digest, err) < 0 || image_push(job, err) < 0 ||
		images_prepare(&job, 1, &commit, err) < 0)
		return -err->code;
	return images_commit(commit, err);
}
