/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/session.h"

#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define RECORDING_MS 60000
#define WRITING_MS 120000
#define STOP_MS 10000

char *session_program_new(const char *name)
{
	char self[4096];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (size > 0) {
		self[size] = '\0';
		slash = strrchr(self, '/');
		if (slash) {
			cln_owned(cln_drop_mem) char *beside = NULL;

			*slash = '\0';
			beside = cln_format("%s/%s", self, name);
			if (access(beside, X_OK) == 0)
				return cln_steal(&beside);
		}
	}
	return cln_strdup(name);
}

int session_workdir(char **out, struct cln_err *err)
{
	const char *parent = getenv("TMPDIR");
	cln_owned(cln_drop_mem) char *path =
		cln_format("%s/clnimg-XXXXXX", parent && *parent ? parent : "/var/tmp");

	if (!mkdtemp(path))
		return cln_fail(err, errno, "%s: %m", path);
	*out = cln_steal(&path);
	return 0;
}

void session_workdir_clear(const char *path)
{
	struct timespec pause = { .tv_nsec = 100000000 };
	struct cln_err ignored = {};

	for (int i = 0; i < 50 && access(path, F_OK) == 0; i++) {
		cln_remove_tree(path, &ignored);
		if (access(path, F_OK) == 0)
			nanosleep(&pause, NULL);
	}
}

/* Has the profiler said `recording`? Its stderr is a file in the workdir. */
static bool says_recording(const char *path)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err ignored = {};
	size_t size;

	return cln_read_file(path, 1 << 20, &text, &size, &ignored) == 0 &&
	       strstr(text, "recording");
}

/* What it said, as the cause of a failure. */
static int profiler_failed(const struct session *session, const char *what, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/profiler.log", session->workdir);
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err ignored = {};
	size_t size = 0;

	if (cln_read_file(path, 1 << 20, &text, &size, &ignored) < 0)
		size = 0;
	while (size && text[size - 1] == '\n')
		text[--size] = '\0';
	return cln_fail(err, EIO, "%s (status %d): %s", what, session->profiler.status,
		size ? text : "it said nothing");
}

static int start_profiler(struct session *session, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *program = session_program_new("clnimg-profile");
	cln_owned(cln_drop_mem) char *log = cln_format("%s/profiler.log", session->workdir);
	cln_owned(cln_drop_fd) int fd = open(log, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0644);
	const char *const argv[] = { program, "--cgroup", session->name, "--attach", "--output",
		session->plan->manifest, NULL };
	struct proc *procs[] = { &session->profiler };
	uint64_t deadline = proc_now() + RECORDING_MS;
	int r;

	if (fd < 0)
		return cln_fail(err, errno, "%s: %m", log);
	r = proc_start(&session->profiler,
		&(struct proc_spec){ .argv = argv, .out_fd = fd, .err_fd = fd }, err);
	while (r == 0 && !says_recording(log)) {
		r = proc_wait(session->events, procs, 1, proc_now() + 20, err);
		if (r == 0)
			return profiler_failed(session, "the profiler did not start", err);
		if (r == -ETIMEDOUT && proc_now() < deadline)
			r = 0;
		else if (r == -ETIMEDOUT)
			return profiler_failed(session, "the profiler does not record", err);
	}
	return r < 0 ? r : cgroup_locate(session->name, session->cgroup, err);
}

static int start_container(struct session *session, struct cln_err *err)
{
	const struct session_plan *plan = session->plan;

	session->spec = (struct container_spec){
		.engine = plan->engine ? plan->engine : engine_default(),
		.name = session->name,
		.source = &session->source,
		.workdir = session->workdir,
		.cgroup = session->cgroup[0] ? session->cgroup : NULL,
		.emit = plan->emit,
		.env = plan->env,
		.volume = plan->volume,
		.entrypoint = plan->entrypoint,
		.cmd = plan->cmd,
		.network_none = plan->network_none,
		.host_free_port = engine_host_free_port(),
	};
	if (!session->spec.engine)
		return cln_fail(err, ENOENT,
			"no container engine: install one of runc, crun, podman, docker");
	return container_start(
		session->events, &session->spec, &session->container, &session->pid, err);
}

static int container_died(struct session *session, const char *when, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *tail = container_log_tail_new(&session->container);

	session->died = true;
	return cln_fail(err, ECHILD, "the container ended %s with status %d; its last output:\n%s",
		when, session->container.proc.status, *tail ? tail : "(none)");
}

static int wait_ready(struct session *session, struct cln_err *err)
{
	struct proc *procs[] = { &session->container.proc };
	uint64_t deadline = proc_now() + session->plan->timeout_ms;

	while (session->plan->ready && !ready_now(session->plan->ready, session->container.log)) {
		int r = proc_wait(session->events, procs, 1, proc_now() + 50, err);

		if (r == 0)
			return container_died(session, "before it was ready", err);
		if (r != -ETIMEDOUT)
			return r;
		if (proc_now() >= deadline)
			return cln_fail(err, ETIMEDOUT,
				"the container was not ready after %llu s (--timeout)",
				(unsigned long long)session->plan->timeout_ms / 1000);
	}
	return 0;
}

static int test_failed(
	struct session *session, const char *program, int status, struct cln_err *err)
{
	session->test_status = status;
	if (proc_ended(&session->container.proc)) {
		container_died(session, "while the tests ran", err);
		return cln_within(err, "tests failed: %s: status %d", program, status);
	}
	return cln_fail(err, EIO, "tests failed: %s: status %d", program, status);
}

static int run_test(struct session *session, const char *const *argv, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *phase = cln_format("CLNIMG_PHASE=%s", session->plan->phase);
	cln_owned(cln_drop_mem) char *pid = cln_format("CLNIMG_CONTAINER_PID=%d", session->pid);
	cln_owned(cln_drop_mem) char *log =
		cln_format("CLNIMG_CONTAINER_LOG=%s", session->container.log);
	const char *const env[] = { phase, pid, log, NULL };
	struct proc test = PROC_NONE, *procs[] = { &test };
	int r;

	r = proc_start(&test,
		&(struct proc_spec){
			.argv = argv, .env = env, .out_fd = STDERR_FILENO, .err_fd = -1 },
		err);
	if (r < 0) {
		session->test_status = r == -ENOENT ? 127 : 126;
		return cln_within(err, "tests failed");
	}
	guard_tell(&session->guard, test.pid);
	session->events->hold = true; /* what it prints is not to stand in a line of ours */
	cln_progress_end();
	r = proc_wait(session->events, procs, 1, proc_now() + session->plan->timeout_ms, err);
	proc_end(&test, 3000);
	session->events->hold = false;
	guard_tell(&session->guard, 0);
	if (r == -ETIMEDOUT) {
		session->test_status = 124; /* as timeout(1) does */
		return cln_fail(err, ETIMEDOUT,
			"tests failed: %s still ran after %llu s (--timeout)", argv[0],
			(unsigned long long)session->plan->timeout_ms / 1000);
	}
	if (r < 0)
		return r;
	return test.status ? test_failed(session, argv[0], test.status, err) : 0;
}

static int end_profiler(struct session *session, struct cln_err *err)
{
	struct proc *procs[] = { &session->profiler };
	int r;

	if (session->profiler.pid <= 0)
		return 0;
	if (!proc_ended(&session->profiler))
		kill(session->profiler.pid, SIGTERM);
	r = proc_wait(session->events, procs, 1, proc_now() + WRITING_MS, err);
	if (r == -ETIMEDOUT)
		return profiler_failed(session, "the profiler does not end", err);
	if (r < 0)
		return r;
	if (session->profiler.status)
		return profiler_failed(session, "the trace is not complete", err);
	return 0;
}

/* In the guard, once we are gone: nothing else knows these names. */
static void clean_after(const void *data)
{
	const struct session *session = data;
	const char *engine = session->plan->engine ? session->plan->engine : engine_default();
	char cgroup[CGROUP_PATH_MAX];
	struct cln_err ignored = {};

	if (engine)
		container_remove_name(engine, session->name);
	if (cgroup_locate(session->name, cgroup, &ignored) == 0)
		cgroup_remove(cgroup);
	session_workdir_clear(session->workdir);
}

static int prepare(struct session *session, struct cln_err *err)
{
	int r;

	snprintf(session->name, sizeof(session->name), "clnimg-%d-%llu", getpid(),
		(unsigned long long)proc_now());
	if (geteuid() != 0)
		return cln_fail(
			err, EPERM, "must be root: tracing and starting containers need it");
	r = session_workdir(&session->workdir, err);
	return r < 0 ? r : guard_start(&session->guard, clean_after, session, err);
}

/* Readiness and every test; the container runs. */
static int hold(struct session *session, struct cln_err *err)
{
	const struct session_plan *plan = session->plan;
	int r;

	cln_progress("%s: waiting until it is ready", plan->phase);
	r = wait_ready(session, err);
	cln_progress_end();
	for (size_t i = 0; r == 0 && plan->test && plan->test[i]; i++)
		r = run_test(session, plan->test[i], err);
	/* A job may end before its tests do, but not in failure. */
	if (r == 0 && proc_ended(&session->container.proc) && session->container.proc.status)
		r = container_died(session, "by itself", err);
	return r;
}

int session_run(struct session *session, struct events *events, const struct session_plan *plan,
	struct cln_err *err)
{
	struct cln_err later = {};
	int r, ended;

	*session = (struct session){ .events = events,
		.plan = plan,
		.profiler = PROC_NONE,
		.guard = GUARD_NONE,
		.container.proc = PROC_NONE };
	cln_progress("%s: reading the image", plan->phase);
	if ((r = prepare(session, err)) < 0 ||
		(r = source_open(events, plan->ref, session->workdir, &session->source, err)) < 0 ||
		(plan->manifest && (r = start_profiler(session, err)) < 0))
		return r;
	cln_progress("%s: starting the container", plan->phase);
	r = start_container(session, err);
	if (r == 0)
		r = hold(session, err);
	cln_progress_end();
	if (r == -EINTR)
		return r;
	cln_progress("%s: stopping the container, writing the trace", plan->phase);
	container_stop(&session->container, STOP_MS);
	/* Also after a failure: what was tried is in the manifest. */
	ended = end_profiler(session, r < 0 ? &later : err);
	cln_progress_end();
	return r < 0 ? r : ended;
}

void session_release(struct session *session)
{
	struct cln_err ignored = {};
	bool closing;

	if (!session->events)
		return;
	closing = session->events->closing;
	session->events->closing = true;
	container_release(&session->container);
	proc_end(&session->profiler, 5000);
	if (session->name[0] && !session->cgroup[0])
		cgroup_locate(session->name, session->cgroup, &ignored);
	if (session->cgroup[0])
		cgroup_remove(session->cgroup);
	source_release(&session->source);
	if (session->workdir)
		cln_remove_tree(session->workdir, &ignored);
	guard_dismiss(&session->guard);
	free(session->workdir);
	session->events->closing = closing;
	*session = (struct session){};
}
