// SPDX-License-Identifier: Apache-2.0
#include "profiler/signals.h"

#include "common/file.h"
#include "common/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

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
	return signals->fd < 0 ? cln_fail(err, errno, "signalfd: %m") : 0;
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

/* What the terminal sends goes to the whole group, the command has it already. */
static bool concerns(const struct signalfd_siginfo *info, pid_t command)
{
	if (info->ssi_signo == SIGCHLD || info->ssi_signo == SIGPIPE || info->ssi_signo == SIGALRM)
		return false;
	if (info->ssi_signo == SIGCONT)
		return needs_continuing(command);
	return info->ssi_code != SI_KERNEL;
}

bool signals_handle(struct signals *signals, pid_t command)
{
	struct signalfd_siginfo info;
	bool ends = false;

	while (read(signals->fd, &info, sizeof(info)) == sizeof(info)) {
		ends |= info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM ||
			info.ssi_signo == SIGHUP || info.ssi_signo == SIGQUIT;
		if (command > 0 && concerns(&info, command))
			kill(command, (int)info.ssi_signo);
	}
	return ends;
}

void signals_release(struct signals *signals)
{
	cln_drop_fd(&signals->fd);
	signals->fd = -1;
}
