/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one container, under the profiler, with tests run against it.
 *
 * Both halves of the product are a session: the dev image is profiled by one,
 * the prod image is verified by one. Order: profiler records, container
 * starts, readiness, tests, container stops, profiler writes the manifest.
 * session_release undoes all of it at any point, in reverse order.
 */
#ifndef CLN_CUSTOMIZE_SESSION_H
#define CLN_CUSTOMIZE_SESSION_H

#include "packager/customize/cgroup.h"
#include "packager/customize/engine.h"
#include "packager/customize/guard.h"
#include "packager/customize/ready.h"

struct session_plan {
	const char *phase;  /* "profile" or "verify": CLNIMG_PHASE */
	const char *ref;    /* image */
	const char *emit;   /* runtime files of a prod image, or NULL */
	const char *engine; /* NULL: engine_default */
	const struct cln_list *env, *volume;
	const char *const *entrypoint, *const *cmd;
	bool network_none;
	const struct ready *ready;
	uint64_t timeout_ms;		/* of readiness and of each test command */
	const char *const *const *test; /* argv lists, NULL-terminated */
	const char *manifest;		/* where the profiler writes, or NULL: no profiler */
};

struct session {
	struct events *events;
	const struct session_plan *plan;
	char *workdir;
	char cgroup[CGROUP_PATH_MAX]; /* "" while there is none */
	char name[64];		      /* of container and cgroup */
	struct proc profiler;
	struct guard guard; /* in case we are killed */
	struct source source;
	struct container_spec spec;
	struct container container;
	pid_t pid;
	int test_status; /* of the first test that failed, or 0 */
	bool died;	 /* the container ended before it was stopped */
};

/*
 * 0: ran, and every test passed. -EIO with test_status set: a test failed. Any
 * other error: the session could not be held. Always release afterwards.
 */
int session_run(struct session *session, struct events *events, const struct session_plan *plan,
	struct cln_err *err);
void session_release(struct session *session);

/* The path of a program of ours: beside this one, else found by PATH. The
 * caller's to free. */
char *session_program_new(const char *name);

/* A new directory for one run, on disk rather than in memory; the caller's. */
int session_workdir(char **out, struct cln_err *err);

/* Removes it while those that still end may write into it; for guards. */
void session_workdir_clear(const char *path);

#endif
