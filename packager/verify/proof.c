/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/verify/proof.h"

#include "common/file.h"
#include "common/mem.h"

#include <errno.h>
#include <string.h>

/* A failed test's manifest may be missing; that leaves fewer words, no error. */
static void read_trace(const char *manifest, struct proof *proof)
{
	struct cln_err ignored = {};

	if (cln_trace_read(manifest, &proof->trace, &ignored) < 0)
		proof->trace = NULL;
}

/* The container ended or never was ready: the image's fault as much as a failed test. */
static bool image_at_fault(const struct session *session)
{
	return session->test_status || session->died || session->container.proc.pid > 0;
}

int proof_run(struct events *events, const struct verify_options *options, struct proof *proof,
	struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *directory = NULL, *manifest = NULL;
	struct cln_err cause = {}, ignored = {};
	struct run_tests tests;
	struct session session = {};
	struct ready ready;
	int r = session_workdir(&directory, err);

	*proof = (struct proof){};
	if (r < 0)
		return r;
	manifest = cln_format("%s/verify.json", directory);
	run_tests_make(&options->run, &options->args, &tests);
	r = ready_parse(options->run.readiness, &ready, &cause);
	const struct session_plan plan = {
		.phase = "verify",
		.ref = options->image,
		.emit = options->emit,
		.engine = options->run.engine,
		.env = &options->run.env,
		.volume = &options->run.volume,
		.cmd = options->run.cmd.count ? options->run.cmd.item : NULL,
		.network_none = options->run.network && strcmp(options->run.network, "none") == 0,
		.ready = &ready,
		.timeout_ms = options->run.timeout_ms,
		.test = tests.test,
		.manifest = manifest,
	};
	if (r == 0)
		r = session_run(&session, events, &plan, &cause);
	if (r < 0 && r != -EINTR && image_at_fault(&session)) {
		proof->test_status = session.test_status;
		proof->why = cln_strdup(cause.text);
		r = 0;
	} else if (r < 0) {
		*err = cause;
	} else {
		proof->passed = true;
	}
	session_release(&session);
	read_trace(manifest, proof);
	ready_release(&ready);
	run_tests_release(&tests);
	cln_remove_tree(directory, &ignored);
	return r;
}

void proof_release(struct proof *proof)
{
	cln_trace_free(proof->trace);
	free(proof->why);
	*proof = (struct proof){};
}
