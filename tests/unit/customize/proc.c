/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/proc.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct proc start(const char *script)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	struct proc proc = PROC_NONE;
	struct cln_err err = {};

	cr_assert_eq(proc_start(&proc,
			     &(struct proc_spec){ .argv = argv, .out_fd = -1, .err_fd = -1 }, &err),
		0, "%s", err.text);
	return proc;
}

Test(proc, statuses)
{
	static const struct {
		const char *script;
		int status;
	} cases[] = { { "exit 0", 0 }, { "exit 7", 7 }, { "kill -KILL $$", 137 },
		{ "kill -TERM $$", 143 } };
	struct events events;
	struct cln_err err = {};

	cr_assert_eq(events_open(&events, &err), 0);
	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct proc proc = start(cases[i].script), *procs[] = { NULL, &proc };

		cr_expect_eq(proc_wait(&events, procs, 2, proc_now() + 10000, &err), 0);
		cr_expect_eq(proc.status, cases[i].status, "%s: %d", cases[i].script, proc.status);
	}
}

Test(proc, deadlines_and_groups)
{
	struct events events;
	struct cln_err err = {};
	struct proc proc, *procs[] = { &proc };
	uint64_t begin = proc_now();

	cr_assert_eq(events_open(&events, &err), 0);
	/* TERM is ignored and a grandchild sleeps: both must be gone. */
	proc = start("trap '' TERM; sleep 300 & wait; sleep 300");
	cr_expect_eq(proc_wait(&events, procs, 1, proc_now() + 200, &err), -ETIMEDOUT);
	proc_end(&proc, 200);
	cr_expect_eq(proc.status, 137);
	cr_expect_lt(proc_now() - begin, 5000);
	/* Whoever adopts the killed grandchild reaps it in its own time. */
	for (int i = 0; i < 50 && kill(-proc.pid, 0) == 0; i++)
		usleep(100000);
	cr_expect_eq(kill(-proc.pid, 0), -1, "nothing of its group is left");
}

Test(proc, signals_wake_waits_once)
{
	struct events events;
	struct cln_err err = {};
	struct proc proc, *procs[] = { &proc };

	cr_assert_eq(events_open(&events, &err), 0);
	proc = start("sleep 60");
	raise(SIGTERM);
	cr_expect_eq(proc_wait(&events, procs, 1, proc_now() + 10000, &err), -EINTR);
	cr_expect_eq(events.caught, SIGTERM);
	cr_expect_not_null(strstr(err.text, "SIGTERM"));
	events.closing = true;
	cr_expect_eq(
		proc_wait(&events, procs, 1, proc_now() + 50, &err), -ETIMEDOUT, "cleaning up");
	proc_end(&proc, 1000);
}

Test(proc, run_tells_the_last_line)
{
	static const char *const failing[] = { "/bin/sh", "-c",
		"echo one; echo the cause >&2; exit 3", NULL };
	static const char *const missing[] = { "/no/such/program", NULL };
	static const char *const talking[] = { "/bin/sh", "-c", "printf out; printf err >&2",
		NULL };
	struct events events;
	struct cln_err err = {};
	struct cln_buf output = {};

	cr_assert_eq(events_open(&events, &err), 0);
	cr_expect_lt(proc_run(&events, failing, 10000, NULL, &err), 0);
	cr_expect_str_eq(err.text, "/bin/sh: status 3: the cause");
	cr_expect_eq(proc_run(&events, missing, 10000, NULL, &err), -ENOENT);
	cr_expect_eq(proc_run(&events, talking, 10000, &output, &err), 0);
	cr_expect_str_eq(output.data, "outerr");
	cln_buf_release(&output);
}
