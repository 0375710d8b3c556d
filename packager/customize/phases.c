/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/phases.h"

#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "packager/customize/output.h"
#include "packager/customize/session.h"
#include "packager/customize/table.h"
#include "packager/model/ref.h"
#include "packager/read/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define CHILD_MS ((uint64_t)24 * 3600 * 1000) /* verify bounds itself by --timeout */
#define CHILD_END_MS 30000		      /* it stops its container first */
#define VERIFY_CEILING ((size_t)16 << 20)

/* Runs a program of ours to its end, its output ours. *status is its exit status. */
static int run_program(
	struct pipeline *pipeline, const struct cln_list *argv, int *status, struct cln_err *err)
{
	struct proc proc = PROC_NONE, *procs[] = { &proc };
	int r = proc_start(&proc,
		&(struct proc_spec){ .argv = argv->item, .out_fd = STDERR_FILENO, .err_fd = -1 },
		err);

	if (r < 0)
		return r;
	r = proc_wait(pipeline->events, procs, 1, proc_now() + CHILD_MS, err);
	proc_end(&proc, CHILD_END_MS);
	*status = proc.status;
	return r == -ETIMEDOUT ? cln_fail(err, ETIMEDOUT, "%s does not end", argv->item[0]) : r;
}

/* The exit status of a step's program as an error of ours. */
static int step_failed(const char *step, int status, struct cln_err *err)
{
	int r = cln_fail(err, EIO, "%s failed (its message is above)", step);

	if (status == CLN_EXIT_POLICY)
		err->status = CLN_EXIT_POLICY;
	return r;
}

static int profile_start(struct pipeline *pipeline, const char *const *cmd, const char *manifest,
	struct cln_err *err)
{
	const struct options *options = pipeline->options;
	struct session session;
	const struct session_plan plan = {
		.phase = "profile",
		.ref = options->image,
		.engine = options->run.engine,
		.env = &options->run.env,
		.volume = &options->run.volume,
		.entrypoint = options->entrypoint.count ? options->entrypoint.item : NULL,
		.cmd = cmd,
		.network_none = options->run.network && strcmp(options->run.network, "none") == 0,
		.ready = &pipeline->ready,
		.timeout_ms = options->run.timeout_ms,
		.test = pipeline->tests.test,
		.manifest = manifest,
	};
	int r = session_run(&session, pipeline->events, &plan, err);

	if (r < 0 && session.test_status)
		pipeline->status = session.test_status;
	session_release(&session);
	return r < 0 ? cln_within(err, "profiling") : 0;
}

static int merge(struct pipeline *pipeline, size_t count, struct cln_err *err)
{
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	cln_owned(cln_list_release) struct cln_list argv = {};
	cln_owned(cln_drop_mem) char *program = session_program_new("clnimg-manifest");
	int status = 0, r;

	for (const char *const *word =
			(const char *[]){ program, "merge", "-o", pipeline->manifest, NULL };
		*word; word++)
		list_add(&argv, *word);
	for (size_t i = 0; i < count; i++)
		list_add(&argv, cln_arena_format(arena, "%s/trace-%zu.json", pipeline->workdir, i));
	list_add(&argv, NULL);
	r = run_program(pipeline, &argv, &status, err);
	if (r == 0 && status)
		r = step_failed("merging the manifests", status, err);
	return r;
}

/* One session for the image's own start (or --cmd), one for each --start. */
static int profile(struct pipeline *pipeline, struct cln_err *err)
{
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	const struct options *options = pipeline->options;
	size_t count = options->start.count + 1;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		uint64_t began = proc_now();
		const char *manifest = count == 1 ? pipeline->manifest
						  : cln_arena_format(arena, "%s/trace-%zu.json",
							    pipeline->workdir, i);
		const char *const *cmd = NULL;

		if (i > 0)
			cmd = options_words(options->start.item[i - 1], arena);
		else if (options->run.cmd.count)
			cmd = options->run.cmd.item;
		steps_begin(&pipeline->steps, 1, i ? options->start.item[i - 1] : NULL);
		r = profile_start(pipeline, cmd, manifest, err);
		if (r == 0 && !pipeline->steps.live)
			cln_info("  traced in %.1f s", (double)(proc_now() - began) / 1000);
	}
	return r == 0 && count > 1 ? merge(pipeline, count, err) : r;
}

static int copy_file(const char *from, const char *to, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *data = NULL;
	size_t size;
	int r = cln_read_file(from, (size_t)2 << 30, &data, &size, err);

	return r < 0 ? r : cln_write_file(to, data, size, 0644, err);
}

static int obtain_manifest(struct pipeline *pipeline, struct cln_err *err)
{
	const struct options *options = pipeline->options;
	int r;

	if (options->manifest) {
		pipeline->manifest = cln_strdup(options->manifest);
		if (access(options->manifest, R_OK) < 0)
			return cln_fail(err, errno, "--manifest %s: %m", options->manifest);
		cln_info("step 1 of %u: taking the trace from %s", STEPS_COUNT, options->manifest);
		return 0;
	}
	pipeline->manifest = cln_format("%s/trace.json", pipeline->workdir);
	r = profile(pipeline, err);
	if (r == 0 && options->save_manifest)
		r = copy_file(pipeline->manifest, options->save_manifest, err);
	return r;
}

static int pack(
	struct pipeline *pipeline, const char *output, const char *emit, struct cln_err *err)
{
	const struct options *options = pipeline->options;
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	cln_owned(cln_list_release) struct cln_list argv = {};
	cln_owned(cln_drop_mem) char *program = session_program_new("clnimg-pack");
	int status = 0, fd = output == options->output ? -1 : steps_listen(&pipeline->steps), r;

	for (const char *const *word = (const char *[]){ program, "--image", options->image,
		     "--manifest", pipeline->manifest, "--output", output, "--emit", emit,
		     "--quiet", NULL };
		*word; word++)
		list_add(&argv, *word);
	if (options->emit_dev && output == options->output) {
		list_add(&argv, "--emit-dev");
		list_add(&argv, options->emit_dev);
	}
	/* How little was used is judged by the proof that follows. */
	list_add(&argv, "--allow-sparse");
	options_forward(options, arena, &argv);
	for (size_t i = 0; i < pipeline->add.count; i++) {
		list_add(&argv, "--keep");
		list_add(&argv, pipeline->add.item[i]);
	}
	if (fd >= 0)
		list_add(&argv, cln_arena_format(arena, "--steps=%d", fd));
	list_add(&argv, NULL);
	r = run_program(pipeline, &argv, &status, err);
	steps_listened(&pipeline->steps);
	steps_end(&pipeline->steps, r == 0 && !status);
	return r == 0 && status ? step_failed("packing", status, err) : r;
}

static void verify_arguments(struct pipeline *pipeline, const char *report, const char *start,
	struct cln_arena *arena, struct cln_list *argv)
{
	const struct options *options = pipeline->options;
	const char *const *word;

	for (word = (const char *[]){ session_program_new("clnimg-verify"), "--image",
		     pipeline->staged, "--emit", pipeline->emit, "--source", options->image,
		     "--manifest", pipeline->manifest, "--report", report, NULL };
		*word; word++)
		list_add(argv, cln_arena_strdup(arena, *word));
	run_options_forward(&options->run, arena, argv);
	for (size_t i = 0; i < options->packing.limit.count; i++)
		list_add(argv,
			cln_arena_format(arena, "--limit=%s", options->packing.limit.item[i]));
	for (word = start ? options_words(start, arena) : NULL; word && *word; word++)
		list_add(argv, cln_arena_format(arena, "--cmd=%s", *word));
	if (pipeline->options->args.rest_count)
		list_add(argv, "--");
	for (int i = 0; i < options->args.rest_count; i++)
		list_add(argv, options->args.rest[i]);
	list_add(argv, NULL);
}

/* *status: 0 verified, 1 tests failed, 3 policy. */
static int verify(struct pipeline *pipeline, const char *report, int *status, struct cln_err *err)
{
	const struct options *options = pipeline->options;
	int r = 0;

	*status = 0;
	for (size_t i = 0; r == 0 && *status == 0 && i <= options->start.count; i++) {
		cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
		cln_owned(cln_list_release) struct cln_list argv = {};

		verify_arguments(
			pipeline, report, i ? options->start.item[i - 1] : NULL, arena, &argv);
		r = run_program(pipeline, &argv, status, err);
	}
	return r;
}

static bool already_added(const struct pipeline *pipeline, const char *path)
{
	for (size_t i = 0; i < pipeline->add.count; i++)
		if (strcmp(pipeline->add.item[i], path) == 0)
			return true;
	return false;
}

/* What verify's report says the prod image lacks; gives how many are new. */
static size_t learn(struct pipeline *pipeline, const char *report)
{
	cln_owned(cln_json_drop) json_t *json = NULL;
	struct cln_err ignored = {};
	json_t *finding;
	size_t index, before = pipeline->add.count;

	if (cln_json_read(report, VERIFY_CEILING, &json, &ignored) < 0)
		return 0;
	json_array_foreach (json_object_get(json, "findings"), index, finding) {
		const char *path = cln_json_str(finding, "include", NULL);

		if (!path || already_added(pipeline, path))
			continue;
		list_add(&pipeline->add, cln_strdup(path));
		cln_info("  adding %s", path);
	}
	return pipeline->add.count - before;
}

static int pack_and_verify(struct pipeline *pipeline, struct cln_err *err)
{
	const struct options *options = pipeline->options;
	cln_owned(cln_drop_mem) char *report = cln_format("%s/verify.json", pipeline->workdir);
	int status = 0, r;

	for (uint64_t round = 0;; round++) {
		r = pack(pipeline, pipeline->staged, pipeline->emit, err);
		if (r < 0)
			return r;
		steps_begin(&pipeline->steps, STEP_PROOF, NULL);
		unlink(report);
		pipeline->events->hold = true; /* it has the terminal */
		cln_progress_end();
		r = verify(pipeline, report, &status, err);
		pipeline->events->hold = false;
		steps_end(&pipeline->steps, r == 0 && status == 0);
		if (r < 0 || status == 0)
			return r;
		if (round >= options->augment)
			break;
		cln_info("round %llu of --augment:", (unsigned long long)round + 1);
		if (!learn(pipeline, report))
			break;
	}
	if (options->publish_unverified)
		cln_warn(
			"the image does not pass its tests; published because of --publish-unverified");
	else
		return step_failed("verifying", status, err);
	return 0;
}

static int digest_of(
	const struct options *options, const char *ref, char digest[72], struct cln_err *err)
{
	const struct read_options how = { .ref = ref, .limits = options->limits };
	struct image *image = NULL;
	int r = image_open(&how, &image, NULL, err);

	if (r == 0)
		snprintf(digest, 72, "%s", image->digest);
	image_free(image);
	return r;
}

/* What was proved and what was published must be one image. */
static int same_image(const struct pipeline *pipeline, struct cln_err *err)
{
	char proved[72], published[72];
	int r;

	if (strncmp(pipeline->options->output, "oci", 3) != 0)
		return 0; /* archives and stores of docker's have digests of their own */
	if ((r = digest_of(pipeline->options, pipeline->staged, proved, err)) < 0 ||
		(r = digest_of(pipeline->options, pipeline->options->output, published, err)) < 0)
		return r;
	if (strcmp(proved, published) != 0)
		return cln_fail(err, EIO,
			"%s was proved, but %s was written: packing is not reproducible", proved,
			published);
	return 0;
}

static void clean_after(const void *data)
{
	session_workdir_clear(((const struct pipeline *)data)->workdir);
}

static int prepare(struct pipeline *pipeline, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *name = NULL;
	struct ref ref = {};
	int r = session_workdir(&pipeline->workdir, err);

	if (r < 0 || (r = guard_start(&pipeline->guard, clean_after, pipeline, err)) < 0)
		return r;
	r = ref_parse(pipeline->options->output, &ref, err);
	if (r < 0)
		return r;
	/* Documents beside the image name the reference: stage under the same name. */
	name = ref_name_new(&ref);
	ref_release(&ref);
	pipeline->staged = cln_format("oci:%s/staged/%s:prod", pipeline->workdir, name);
	pipeline->emit = cln_format("%s/emit", pipeline->workdir);
	return ready_parse(pipeline->options->run.readiness, &pipeline->ready, err);
}

int pipeline_run(struct pipeline *pipeline, struct events *events, const struct options *options,
	struct cln_err *err)
{
	int r;

	*pipeline = (struct pipeline){ .events = events, .options = options, .guard = GUARD_NONE };
	run_tests_make(&options->run, &options->args, &pipeline->tests);
	steps_init(&pipeline->steps, events);
	if ((r = prepare(pipeline, err)) < 0 ||
		(r = output_check(options->output, options->emit, err)) < 0 ||
		(r = obtain_manifest(pipeline, err)) < 0 ||
		(r = pack_and_verify(pipeline, err)) < 0)
		return r;
	cln_info("publishing %s", options->output);
	/* Packing is reproducible: the second time gives the bytes that passed. */
	r = pack(pipeline, options->output, options->emit, err);
	if (r == 0)
		r = same_image(pipeline, err);
	return r < 0 ? r : table_print(options, err);
}

void pipeline_release(struct pipeline *pipeline)
{
	struct cln_err ignored = {};

	steps_release(&pipeline->steps);
	pipeline->events->closing = true;
	if (pipeline->workdir)
		cln_remove_tree(pipeline->workdir, &ignored);
	guard_dismiss(&pipeline->guard);
	for (size_t i = 0; i < pipeline->add.count; i++)
		free((void *)pipeline->add.item[i]);
	cln_list_release(&pipeline->add);
	ready_release(&pipeline->ready);
	run_tests_release(&pipeline->tests);
	free(pipeline->workdir);
	free(pipeline->manifest);
	free(pipeline->staged);
	free(pipeline->emit);
}
