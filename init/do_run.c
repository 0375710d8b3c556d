// SPDX-License-Identifier: Apache-2.0
/*
 * do_run.c - the directives that wait for somebody else: run, wait.
 */
#include "init/env.h"
#include "init/net.h"
#include "init/spawn.h"
#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct run {
	const char *unless_exists, *if_exists, *if_env, *stdin_path, *input;
	uint32_t timeout_ms;
	uint8_t ignore;
	unsigned program; /* index of the first word behind "--" */
};

static int run_option(struct run *run, const char *text, unsigned i, struct fail *err)
{
	const char *value;

	if ((value = text_after(text, "unless-exists=")))
		run->unless_exists = value;
	else if ((value = text_after(text, "if-exists=")))
		run->if_exists = value;
	else if ((value = text_after(text, "if-env=")))
		run->if_env = value;
	else if ((value = text_after(text, "stdin=")))
		run->stdin_path = value;
	else if ((value = text_after(text, "input=")))
		run->input = value;
	else if ((value = text_after(text, "timeout=")))
		return call_duration(value, i, &run->timeout_ms, err);
	else if (text_same(text, "ignore-failure"))
		run->ignore = 1;
	else
		return BAD(err, i, "unknown option \"", text, "\"");
	return 0;
}

static int run_parse(const struct call *call, struct run *run, struct fail *err)
{
	for (unsigned i = 0; i < call->count; i++) {
		const char *text = call->text[i];
		int r;

		if (text_same(text, "--")) {
			if (i + 1 == call->count)
				return BAD(err, i, "no program behind --");
			run->program = i + 1;
			if (run->input && (run->stdin_path || strlen(run->input) > INIT_INPUT_MAX))
				return BAD(err, 0, "input= is too long, or stands with stdin=");
			return 0;
		}
		r = text ? run_option(run, text, i, err) : 0;
		if (r < 0)
			return r;
	}
	return BAD(err, -1, "-- PROGRAM is missing");
}

/* Descriptor 0 of the helper: the file, the text through a pipe that holds it all, or nothing. */
static int run_stdin(const struct run *run, struct fail *err)
{
	const char *path = run->stdin_path ?: "/dev/null";
	int ends[2], fd;

	if (!run->input) {
		fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
		return fd < 0 ? FAIL(err, errno, path) : fd;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return FAIL(err, errno, "pipe");
	fd_write(ends[1], run->input, strlen(run->input));
	close(ends[1]);
	return ends[0];
}

static int run_result(
	const struct run *run, const char *program, int waited, int status, struct fail *err)
{
	if (waited > 0)
		return FAIL(err, EINTR, program, ": told to end while it ran");
	if (run->ignore)
		return 0;
	if (waited < 0)
		return FAIL(err, -waited, program);
	status = spawn_status(status);
	return status ? FAIL(err, 0, program, ": ended with status ", DEC(status)) : 0;
}

static int run_helper(struct init *in, struct call *call, const struct run *run, struct fail *err)
{
	struct spawn spawn = { .argv = &call->text[run->program],
		.envp = in->env.slot,
		.cwd = in->launch.cwd,
		.umask = in->launch.umask,
		.redirect = -1,
		.fd = { -1, -1, -1 },
		.no_new_privs = 1,
		.group = 1 };
	int status = 0, r;
	pid_t pid;

	spawn.fd[0] = run_stdin(run, err);
	if (spawn.fd[0] < 0)
		return spawn.fd[0];
	pid = spawn_start(in, &spawn);
	close(spawn.fd[0]);
	if (pid < 0)
		return run->ignore ? 0 : FAIL(err, spawn.eno, spawn.stage);
	r = spawn_wait(in, pid, run->timeout_ms, &status);
	return run_result(run, spawn.argv[0], r, status, err);
}

int do_run(struct init *in, struct call *call, struct fail *err)
{
	struct run run = { 0 };
	const char *value;
	int r = run_parse(call, &run, err);

	if (r < 0 || in->mode == MODE_CHECK)
		return r;
	value = run.if_env ? env_get(&in->env, run.if_env, strlen(run.if_env)) : "";
	if ((run.unless_exists && access(run.unless_exists, F_OK) == 0) ||
		(run.if_exists && access(run.if_exists, F_OK) < 0) ||
		(run.if_env && !(value && *value))) {
		call->note = "does not apply";
		return 0;
	}
	return in->mode == MODE_APPLY ? run_helper(in, call, &run, err) : 0;
}

/* The peer's answer now: 0, or -errno. */
static int wait_once(const char *kind, const char *what)
{
	struct stat st;

	if (!what)
		return -EINVAL;
	if (text_same(kind, "file"))
		return stat(what, &st) < 0 ? -errno : 0;
	int fd = text_same(kind, "unix") ? net_unix(what) : net_tcp(what, 1000);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static int wait_run(
	const struct init *in, const struct call *call, uint32_t limit_ms, struct fail *err)
{
	int64_t deadline = sys_clock_ms() + limit_ms;
	uint32_t pause_ms = 20;

	for (;;) {
		int r = wait_once(call->text[0], call->text[1]), signal;
		int64_t left = deadline - sys_clock_ms();

		if (r == 0)
			return 0;
		if (left <= 0)
			return FAIL(err, -r, "wait ", call->text[0], " ", call->text[1],
				": not there in ", call->text[2]);
		signal = signals_next(left < pause_ms ? left : pause_ms);
		if (signal_ends(signal) && in->signal_map[signal])
			return FAIL(err, EINTR, "wait ", call->text[1], ": told to end");
		pause_ms = pause_ms < 250 ? pause_ms * 2 : 500;
	}
}

int do_wait(struct init *in, struct call *call, struct fail *err)
{
	const char *kind = call->text[0], *what = call->text[1];
	uint32_t limit_ms = 0;
	int r;

	if (kind && !text_same(kind, "tcp") && !text_same(kind, "unix") && !text_same(kind, "file"))
		return BAD(err, 0, "tcp, unix or file must stand here");
	if (text_same(kind, "tcp") && what && !net_port(what))
		return BAD(err, 1, "\"", what, "\" is not HOST:PORT");
	if (kind && !text_same(kind, "tcp") && (r = call_path(call, 1, err)) < 0)
		return r;
	r = call_duration(call->text[2], 2, &limit_ms, err);
	return r < 0 || in->mode != MODE_APPLY ? r : wait_run(in, call, limit_ms, err);
}
