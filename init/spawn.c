// SPDX-License-Identifier: Apache-2.0
#include "init/spawn.h"

#include "init/env.h"
#include "init/redirect.h"
#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void signals_block(uint64_t *old_mask)
{
	uint64_t all = SIGNALS_ALL;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, old_mask, sizeof(all));
}

void signals_restore(const struct init *in)
{
	if (in->chld_ignored)
		sys_signal(SIGCHLD, SIG_IGN);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &in->old_mask, NULL, sizeof(in->old_mask));
}

int signals_next(int64_t timeout_ms)
{
	struct timespec wait = { timeout_ms / 1000, timeout_ms % 1000 * 1000000 };
	uint64_t all = SIGNALS_ALL;
	siginfo_t info;
	long r;

	r = syscall(SYS_rt_sigtimedwait, &all, &info, timeout_ms < 0 ? NULL : &wait, sizeof(all));
	if (r == SIGPIPE && info.si_pid == getpid())
		return SIGCHLD; /* a harmless look at the children */
	return r < 0 ? 0 : (int)r;
}

int signal_ends(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT || signal == SIGHUP;
}

int spawn_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

const char *path_next(const char *path, const char *name, char *file)
{
	size_t size = strcspn(path, ":");

	*file = '\0'; /* too long: no such file */
	if (size + strlen(name) + 2 <= INIT_PATH_MAX + 1) {
		memcpy(file, path, size);
		text_join(file + size, INIT_PATH_MAX + 1 - size, size ? "/" : "./", name, END);
	}
	return path[size] ? path + size + 1 : NULL;
}

/* As execvp(3) searches, without its fallback to a shell. Returns errno. */
static int exec_search(const struct spawn *s)
{
	const char *name = s->argv[0], *path = NULL;
	int worst = ENOENT;

	if (!*name)
		return ENOENT;
	if (strchr(name, '/')) {
		execve(name, s->argv, s->envp);
		return errno;
	}
	for (char *const *e = s->envp; *e && !path; e++)
		path = text_after(*e, "PATH=");
	for (path = path ?: PATH_DEFAULT; path;) {
		char file[INIT_PATH_MAX + 1];

		path = path_next(path, name, file);
		execve(file, s->argv, s->envp);
		if (errno != ENOENT && errno != ENOTDIR)
			worst = errno;
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			break;
	}
	return worst;
}

static int oom_write(const char *score)
{
	int fd = sys_open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	r = fd_write(fd, score, strlen(score));
	close(fd);
	return r;
}

static int descriptors(const struct spawn *s)
{
	for (int i = 0; i < 3; i++)
		if (s->fd[i] >= 0 && dup2(s->fd[i], i) < 0)
			return -errno;
	return 0;
}

/* Everything between birth and execve; the stage that failed, or NULL. Does not return on success. */
static const char *become(const struct init *in, struct spawn *s)
{
	if (s->group)
		setpgid(0, 0);
	if (s->terminal) /* TTOU is blocked, so this works from the background */
		tcsetpgrp(0, getpid());
	if (s->oom && (s->eno = -oom_write(s->oom)))
		return "oom";
	if ((s->eno = -descriptors(s)))
		return "descriptors";
	if (s->cwd && chdir(s->cwd) < 0)
		return s->eno = errno, s->cwd;
	if (s->umask >= 0)
		umask((mode_t)s->umask);
	if (s->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return s->eno = errno, "no_new_privs";
	if (s->policy && (s->eno = -policy_enter(s->policy)))
		return "policy";
	if (s->redirect >= 0 && (s->eno = -redirect_enter(s->redirect)))
		return "redirect";
	signals_restore(in);
	s->eno = exec_search(s);
	return s->argv[0];
}

int spawn_complain(const struct spawn *s)
{
	int is_exec = s->stage == s->argv[0];
	const char *hint = "";

	if (is_exec && s->eno == ENOENT && strchr(s->stage, '/') && access(s->stage, F_OK) == 0)
		hint = " (the file is there: its interpreter or loader is not)";
	if (is_exec && s->eno == ENOEXEC)
		hint = " (a script needs a #! line: no shell is tried)";
	say_errno(s->eno, s->stage, hint);
	if (!is_exec)
		return EXIT_INIT;
	return s->eno == ENOENT || s->eno == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXEC;
}

int spawn_replace(const struct init *in, struct spawn *s)
{
	s->stage = become(in, s);
	return spawn_complain(s);
}

/*
 * With a terminal a ^Z may stop the child before it executes, and a parent that sleeps in
 * vfork until then would never see that. So it is a fork, and the child itself tells what
 * fails: the status is the same. The redirection's listener needs vfork's order.
 */
static pid_t spawn_watched(const struct init *in, struct spawn *s)
{
	pid_t pid = sys_fork();

	if (pid == 0)
		_exit(spawn_replace(in, s));
	if (pid > 0)
		setpgid(pid, pid);
	return pid;
}

/*
 * The checkers fear vfork where the child changes the parent's state unawares: here it
 * writes two fields on purpose, and everything it calls is a bare call.
 */
static pid_t spawn_shared(const struct init *in, struct spawn *s)
{
	pid_t pid = vfork(); // NOLINT(clang-analyzer-security.insecureAPI.vfork)

	if (pid == 0) { // NOLINTBEGIN(clang-analyzer-unix.Vfork)
		s->stage = become(in, s);
		_exit(EXIT_NOT_FOUND);
	} // NOLINTEND(clang-analyzer-unix.Vfork)
	return pid;
}

pid_t spawn_start(const struct init *in, struct spawn *s)
{
	pid_t pid;

	s->eno = 0;
	pid = s->terminal && s->redirect < 0 ? spawn_watched(in, s) : spawn_shared(in, s);
	if (pid < 0) {
		s->eno = errno;
		s->stage = "fork";
		return -s->eno;
	}
	if (s->eno) { /* it is gone already: leave no zombie */
		waitpid(pid, NULL, 0);
		return -s->eno;
	}
	return pid;
}

int spawn_wait(const struct init *in, pid_t pid, uint32_t timeout_ms, int *status)
{
	int64_t deadline = timeout_ms ? sys_clock_ms() + timeout_ms : -1;
	int ended_by = 0, late = 0, done = 0;

	while (!done) {
		int64_t left = deadline < 0 ? -1 : deadline - sys_clock_ms();
		int signal = signals_next(deadline >= 0 && left < 0 ? 0 : left), one, one_status;

		if (signal == 0 && deadline >= 0 && sys_clock_ms() >= deadline) {
			kill(-pid, SIGKILL);
			late = 1;
			deadline = -1;
		}
		if (signal && signal != SIGCHLD && in->signal_map[signal])
			kill(-pid, in->signal_map[signal]);
		if (signal_ends(signal))
			ended_by = signal;
		while ((one = waitpid(-1, &one_status, WNOHANG)) > 0)
			if (one == pid) {
				*status = one_status;
				done = 1;
			}
	}
	return late ? -ETIMEDOUT : ended_by;
}
