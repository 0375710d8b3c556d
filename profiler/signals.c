// SPDX-License-Identifier: Apache-2.0
#include "profiler/signals.h"

#include "common/file.h"
#include "common/mem.h"
#include "profiler/spawn.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WITNESS_MS 200 /* it answers at once; longer means that it is gone or stopped */

/* Answers each question with the signals that came since the last one. */
static void witness_run(int asked, int signals)
{
	struct signalfd_siginfo info;
	uint64_t got;
	char byte;

	spawn_helper();
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* the guard holds a copy of the socket, too */
	while (read(asked, &byte, 1) == 1) {
		got = 0;
		while (read(signals, &info, sizeof(info)) == sizeof(info))
			got |= 1ULL << (info.ssi_signo & 63);
		if (write(asked, &got, sizeof(got)) < 0)
			break;
	}
	_exit(0);
}

static int witness_start(struct signals *signals, struct cln_err *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return cln_fail(err, errno, "socketpair: %m");
	signals->witness = fork();
	if (signals->witness == 0) {
		close(ends[0]);
		witness_run(ends[1], signals->fd);
	}
	close(ends[1]);
	signals->ask = ends[0];
	if (signals->witness < 0) {
		signals->witness = 0;
		return cln_fail(err, errno, "fork: %m");
	}
	return 0;
}

/* Did the whole group get the signal that has just reached us? */
static bool group_got(struct signals *signals, uint32_t number)
{
	struct pollfd answer = { .fd = signals->ask, .events = POLLIN };
	uint64_t got = 0, bit = 1ULL << (number & 63);
	bool has;

	if (send(signals->ask, "?", 1, MSG_NOSIGNAL) == 1 && poll(&answer, 1, WITNESS_MS) == 1 &&
		read(signals->ask, &got, sizeof(got)) == sizeof(got))
		signals->group |= got;
	has = signals->group & bit;
	signals->group &= ~bit;
	return has;
}

int signals_catch(struct signals *signals, struct cln_err *err)
{
	static const int caught[] = { SIGCHLD, SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2,
		SIGWINCH, SIGALRM, SIGCONT, SIGPIPE };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < CLN_COUNT(caught); i++)
		sigaddset(&set, caught[i]);
	signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	/* The command may have taken the foreground: our status line must not stop us. */
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, &signals->before);
	if (signals->fd < 0)
		return cln_fail(err, errno, "signalfd: %m");
	return witness_start(signals, err);
}

/* A shell's `fg` continues the whole group, the command with us. */
static bool needs_continuing(pid_t command)
{
	cln_owned(cln_drop_mem) char *path = cln_format("/proc/%d/stat", (int)command);
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err ignored = {};
	const char *name_end;
	size_t size;

	if (cln_read_file(path, 4096, &text, &size, &ignored) < 0)
		return false;
	name_end = strrchr(text, ')'); /* proc(5): pid (name) state */
	return name_end && !strncmp(name_end, ") T", 3);
}

/* What the terminal or somebody else sends to the whole group, the command has already. */
static bool concerns(struct signals *signals, const struct signalfd_siginfo *info, pid_t command)
{
	bool shared;

	if (info->ssi_signo == SIGCHLD || info->ssi_signo == SIGPIPE || info->ssi_signo == SIGALRM)
		return false;
	shared = group_got(signals, info->ssi_signo) && getpgid(command) == getpgrp();
	if (info->ssi_signo == SIGCONT)
		return needs_continuing(command);
	return info->ssi_code != SI_KERNEL && !shared;
}

bool signals_handle(struct signals *signals, pid_t command)
{
	struct signalfd_siginfo info;
	bool ends = false;

	while (read(signals->fd, &info, sizeof(info)) == sizeof(info)) {
		ends |= info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM ||
			info.ssi_signo == SIGHUP || info.ssi_signo == SIGQUIT;
		if (command > 0 && concerns(signals, &info, command))
			kill(command, (int)info.ssi_signo);
	}
	return ends;
}

void signals_release(struct signals *signals)
{
	cln_drop_fd(&signals->fd);
	cln_drop_fd(&signals->ask);
	signals->fd = signals->ask = -1;
	while (signals->witness > 0 && waitpid(signals->witness, NULL, 0) < 0 && errno == EINTR)
		;
	signals->witness = 0;
}
