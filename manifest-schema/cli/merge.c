// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/cli/cli.h"
#include "manifest-schema/cli/images.h"

#include "common/log.h"
#include "common/mem.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#define WORKERS_MAX 4 /* each holds a merged trace of its own: memory, not speed, bounds it */

/* What the workers share, under the lock. */
struct job {
	char **names;
	int count, next, failed; /* failed: the first input that did, or count */
	struct images images;
	struct cln_err err;
	pthread_mutex_t lock;
};

struct worker {
	struct job *job;
	pthread_t thread;
	struct cln_trace *merged;
	bool talks; /* the main thread's shows progress */
};

/* One path with two digests in one root: two images were mixed. */
static int refuse_conflict(const struct cln_trace *all, struct cln_err *err)
{
	for (size_t i = 0; i < all->root_count; i++) {
		const struct cln_trace_root *root = &all->root[i];

		if (!strcmp(root->kind, "host"))
			continue;
		for (size_t j = 1; j < root->evidence_count; j++) {
			const struct cln_trace_evidence *fact = &root->evidence[j];

			if (!strcmp(fact[-1].path, fact->path) &&
				strcmp(fact[-1].sha256, fact->sha256) != 0)
				return cln_refuse(err,
					"%s differs between the manifests: they are of "
					"different images (--force merges them all the same)",
					fact->path);
		}
	}
	return 0;
}

static int job_take(struct job *job)
{
	int input;

	pthread_mutex_lock(&job->lock);
	input = job->failed < job->count ? job->count : job->next++;
	pthread_mutex_unlock(&job->lock);
	return input;
}

/* Inputs are taken in order, so the first that fails is always found: the
 * message does not depend on who was faster. */
static void job_fail(struct job *job, int input, const struct cln_err *err)
{
	pthread_mutex_lock(&job->lock);
	if (input < job->failed) {
		job->failed = input;
		job->err = *err;
	}
	pthread_mutex_unlock(&job->lock);
}

static void *work(void *data)
{
	struct worker *worker = data;
	struct job *job = worker->job;
	int input;

	while ((input = job_take(job)) < job->count) {
		cln_owned(cln_trace_drop) struct cln_trace *one = NULL;
		struct cln_err err = { 0 };

		if (worker->talks)
			cln_progress("merging %d of %d", input + 1, job->count);
		if (cln_trace_read(job->names[input], &one, &err) < 0) {
			job_fail(job, input, &err);
			break;
		}
		pthread_mutex_lock(&job->lock);
		images_add(&job->images, one, input);
		pthread_mutex_unlock(&job->lock);
		cln_trace_merge(worker->merged, one);
	}
	return NULL;
}

static int worker_count(int inputs)
{
	cpu_set_t cpus;
	int count = sched_getaffinity(0, sizeof(cpus), &cpus) ? 1 : CPU_COUNT(&cpus);

	return CLN_MAX(CLN_MIN(CLN_MIN(count, WORKERS_MAX), inputs), 1);
}

/* Everything that the workers merged, in the first one's trace. */
static void work_all(struct job *job, struct worker *worker, int workers)
{
	int started = 1;

	for (int i = 0; i < workers; i++) {
		worker[i].job = job;
		worker[i].merged = cln_trace_new();
	}
	worker[0].job = job;
	worker[0].talks = true;
	for (; started < workers; started++)
		if (pthread_create(&worker[started].thread, NULL, work, &worker[started]))
			break; /* fewer do it too */
	work(&worker[0]);
	for (int i = 1; i < started; i++)
		pthread_join(worker[i].thread, NULL);
	for (int i = 1; i < workers; i++) {
		if (job->failed == job->count)
			cln_trace_merge(worker[0].merged, worker[i].merged);
		cln_trace_drop(&worker[i].merged);
	}
}

int cli_merge(const struct cli *cli, struct cln_err *err)
{
	struct job job = { .names = cli->args.rest,
		.count = cli->args.rest_count,
		.failed = cli->args.rest_count,
		.lock = PTHREAD_MUTEX_INITIALIZER };
	struct worker worker[WORKERS_MAX] = { 0 };
	int r = 0;

	if (!job.count)
		return cln_usage(err, "merge: which FILE?");
	if (!cli->output)
		return cln_usage(err, "merge: -o OUT is missing (- is standard output)");
	work_all(&job, worker, worker_count(job.count));
	if (job.failed < job.count) {
		*err = job.err;
		r = -err->code;
	}
	cln_trace_settle(worker[0].merged);
	if (!r && !cli->force)
		r = refuse_conflict(worker[0].merged, err);
	if (!r && !cli->force)
		r = images_check(&job.images, job.names, err);
	if (!r)
		r = cln_trace_write(worker[0].merged, cli->output, err);
	images_release(&job.images);
	cln_trace_drop(&worker[0].merged);
	return r;
}
