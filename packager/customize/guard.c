/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/guard.h"

#include "common/file.h"
#include "common/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const pid_t dismissed = -1;

/* Pipes and files of our caller must end with us, not with the guard. */
static void let_go(int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
		dup2(null, fd);
	for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
		if (fd != keep)
			close(fd);
}

static _Noreturn void watch(int pipe, void (*clean)(const void *data), const void *data)
{
	pid_t group = 0, said;
	sigset_t all;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	let_go(pipe);
	while (read(pipe, &said, sizeof(said)) == sizeof(said)) {
		if (said == dismissed)
			_exit(0);
		group = said;
	}
	if (group > 1)
		kill(-group, SIGKILL);
	clean(data);
	_exit(0);
}

int guard_start(
	struct guard *guard, void (*clean)(const void *data), const void *data, struct cln_err *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cln_fail(err, errno, "pipe: %m");
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		watch(ends[0], clean, data);
	}
	close(ends[0]);
	if (pid < 0) {
		int error = errno;

		close(ends[1]);
		return cln_fail(err, error, "fork: %m");
	}
	*guard = (struct guard){ .pipe = ends[1], .pid = pid };
	return 0;
}

void guard_tell(const struct guard *guard, pid_t group)
{
	/* A guard that is gone cannot be told; the rest goes on without it. */
	if (guard->pid > 0 && write(guard->pipe, &group, sizeof(group)) < 0)
		return;
}

void guard_dismiss(struct guard *guard)
{
	if (guard->pid <= 0)
		return;
	guard_tell(guard, dismissed);
	close(guard->pipe);
	while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*guard = (struct guard)GUARD_NONE;
}
