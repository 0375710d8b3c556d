// SPDX-License-Identifier: Apache-2.0
#include "init/launch.h"

#include "init/loop.h"
#include "init/place.h"
#include "init/redirect.h"
#include "init/spawn.h"
#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Close what we inherited: a pipe or socket that the runtime handed down belongs to the
 * main program, and must end when it ends. 0 to 2 stay: /proc/1/fd/1 is where
 * programs log to.
 */
static void close_inherited(const struct watches *watches)
{
	for (int from = 3;;) {
		int next = -1; /* our lowest descriptor from there on */

		for (unsigned i = 0; i < watches->count; i++) {
			int fd = watches->slot[i].fd;

			if (fd >= from && (next < 0 || fd < next))
				next = fd;
		}
		if (next != from)
			sys_close_range((unsigned)from, next < 0 ? ~0U : (unsigned)next - 1);
		if (next < 0)
			return;
		from = next + 1;
	}
}

static void pidfile_write(struct init *in, pid_t pid)
{
	struct fail err;
	const char *text = DEC(pid);
	char line[32];
	size_t size = text_join(line, sizeof(line), text, "\n", END);

	if (!in->launch.pidfile)
		return;
	if (place_parents(in->launch.pidfile, &err) < 0 ||
		place_file(in->launch.pidfile, line, size, 0644, &err) < 0)
		SAY(2, "pidfile: ", err.text); /* too late to refuse: the program runs */
	else
		text_join(in->pidfile, sizeof(in->pidfile), in->launch.pidfile, END);
}

/* The two ends for the listener: child's and ours; -1 where nothing is redirected. */
static int redirect_prepare(struct init *in, int ends[2], struct fail *err)
{
	const struct owner owner = { (uid_t)-1, (gid_t)-1 };
	const char *dir = in->launch.redirect;

	ends[0] = ends[1] = -1;
	if (!dir)
		return 0;
	if (strlen(dir) >= sizeof(in->redirect))
		return FAIL(err, ENAMETOOLONG, "redirect ", dir);
	text_join(in->redirect, sizeof(in->redirect), dir, END);
	if (place_dir(dir, 0700, &owner, err) < 0)
		return -EINVAL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return FAIL(err, ERRNO, "redirect");
	return 0;
}

static int prepare(struct init *in, struct policy *policy, struct running *running, int ends[2])
{
	struct fail err;

	if (policy_prepare(&in->launch, policy, &err) < 0 ||
		logs_open(&running->logs, &in->launch, &running->watches, &err) < 0 ||
		redirect_prepare(in, ends, &err) < 0) {
		SAY(2, err.text);
		return -EINVAL;
	}
	return 0;
}

/* After the child has executed: nothing here may stop the container any more. */
static void settle(struct init *in, pid_t main, int redirect_end, struct watches *watches)
{
	struct fail err;

	pidfile_write(in, main);
	if (redirect_end >= 0 && redirect_start(redirect_end, in->redirect, watches, &err) < 0)
		SAY(2, err.text);
	if (in->launch.umask >= 0)
		umask((mode_t)in->launch.umask); /* redirected files are made by us */
	close_inherited(watches);
	if (chdir("/") < 0) /* a working directory would pin a mount */
		say_errno(errno, "chdir /", "");
}

/* On the stack only while it starts: what it needs lies in pages that are given back. */
__attribute__((noinline)) static pid_t launch_start(
	struct init *in, struct running *running, uint8_t *terminal, int *status)
{
	struct launch *launch = &in->launch;
	const pid_t foreground = tcgetpgrp(0);
	struct policy policy;
	struct spawn spawn = { .argv = launch->exec.count ? launch->exec.slot : in->args.slot,
		.envp = in->env.slot,
		.cwd = launch->cwd,
		.oom = launch->oom,
		.umask = launch->umask,
		.fd = { -1, -1, -1 },
		.policy = &policy,
		.group = 1,
		.no_new_privs = launch->has_config,
		.terminal = foreground == getpgrp() };
	int ends[2];
	pid_t main;

	*status = EXIT_INIT;
	if (!spawn.argv[0]) {
		SAY(2, "no program to run: neither exec nor arguments");
		return -EINVAL;
	}
	if (prepare(in, &policy, running, ends) < 0)
		return -EINVAL;
	spawn.redirect = ends[0];
	if (getpid() != 1)
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	main = spawn_start(in, &spawn);
	if (main < 0) {
		*status = spawn_complain(&spawn);
		return main;
	}
	policy_tell(launch, &policy);
	settle(in, main, ends[1], &running->watches);
	*terminal = foreground >= 0;
	return main;
}

int launch_main(struct init *in, struct running *running)
{
	uint8_t terminal = 0;
	int status;
	pid_t main = launch_start(in, running, &terminal, &status);

	if (main < 0)
		return status;
	status = loop_run(in, main, terminal, &running->watches);
	logs_drain(&running->logs);
	if (in->pidfile[0])
		unlink(in->pidfile);
	return status;
}
