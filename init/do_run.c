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

enum { UNLESS_EXISTS, IF_EXISTS, IF_ENV, STDIN, INPUT, IGNORE, TIMEOUT, PROGRAM };

struct run {
	const char *option[PROGRAM]; /* what stands behind '='; NULL: not given */
	uint32_t timeout_ms;
	unsigned program; /* index of the first word behind "--" */
};

static int run_parse(const struct call *call, struct run *run, struct fail *err)
{
	static const char words[] = "unless-exists=\0if-exists=\0if-env=\0stdin=\0input=\0"
				    "ignore-failure\0timeout=\0--\0";

	for (unsigned i = 0; i < call->count; i++) {
		const char *value;
		int word, r;

		if (!call->text[i])
			continue;
		word = call_option(call, i, words, &value, err);
		if (word < 0)
			return word;
		if (word == PROGRAM) {
			run->program = i + 1;
			break;
		}
		run->option[word] = value;
		if (word == TIMEOUT &&
			(r = call_duration(call, i, value, &run->timeout_ms, err)) < 0)
			return r;
	}
	if (!run->program || run->program == call->count)
		return BAD(err, -1, "-- PROGRAM is missing");
	if (run->option[INPUT] &&
		(run->option[STDIN] || strlen(run->option[INPUT]) > INIT_INPUT_MAX))
		return BAD(err, 0, "input= is too long, or stands with stdin=");
	return 0;
}

/* Descriptor 0 of the helper: the file, the text through a pipe that holds it all, or nothing. */
static int run_stdin(const struct run *run, struct fail *err)
{
	const char *path = run->option[STDIN] ?: "/dev/null";
	int ends[2], fd;

	if (!run->option[INPUT]) {
		fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
		return fd < 0 ? FAIL(err, ERRNO, path) : fd;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return FAIL(err, ERRNO, "pipe");
	fd_write(ends[1], run->option[INPUT], strlen(run->option[INPUT]));
	close(ends[1]);
	return ends[0];
}

static int run_result(
	const struct run *run, const char *program, int waited, int status, struct fail *err)
{
	if (waited > 0)
		return FAIL(err, EINTR, program, ": told to end while it ran");
	if (run->option[IGNORE])
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
		return run->option[IGNORE] ? 0 : FAIL(err, spawn.eno, spawn.stage);
	r = spawn_wait(in, pid, run->timeout_ms, &status);
	return run_result(run, spawn.argv[0], r, status, err);
}

int do_run(struct init *in, struct call *call, struct fail *err)
{
	struct run run = { 0 };
	const char *const *option = run.option, *value;
	int r = run_parse(call, &run, err);

	if (r < 0 || in->mode == MODE_CHECK)
		return r;
	value = option[IF_ENV] ? env_get(&in->env, option[IF_ENV], strlen(option[IF_ENV])) : "!";
	if ((option[UNLESS_EXISTS] && access(option[UNLESS_EXISTS], F_OK) == 0) ||
		(option[IF_EXISTS] && access(option[IF_EXISTS], F_OK) < 0) || !value || !*value) {
		call->note = "does not apply";
		return 0;
	}
	return in->mode == MODE_APPLY ? run_helper(in, call, &run, err) : 0;
}

static int wait_run(const struct init *in, const struct call *call, int kind, uint32_t limit_ms,
	struct fail *err)
{
	int64_t deadline = sys_clock_ms() + limit_ms;
	uint32_t pause_ms = 20;

	for (;;) {
		int r = net_reach((enum net_kind)kind, call->text[1], 1000), signal;
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
	int kind = call_pick(call, 0, NET_KINDS, err), r;
	uint32_t limit_ms = 0;

	if (kind < 0)
		return kind;
	if (kind != NET_TCP)
		r = call_path(call, 1, err);
	else
		r = call->text[1] && !net_port(call->text[1])
			    ? call_bad(call, 1, "is not HOST:PORT", err)
			    : 0;
	if (r < 0)
		return r;
	r = call_duration(call, 2, call->text[2], &limit_ms, err);
	return r < 0 || in->mode != MODE_APPLY ? r : wait_run(in, call, kind, limit_ms, err);
}
