/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/proc.h"

#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define OUTPUT_CEILING ((size_t)1 << 20)

static void ending_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

int events_open(struct events *events, struct cln_err *err)
{
	sigset_t set;

	*events = (struct events){ .signal_fd = -1 };
	ending_signals(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return cln_fail(err, errno, "sigprocmask: %m");
	events->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (events->signal_fd < 0)
		return cln_fail(err, errno, "signalfd: %m");
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

int events_end(const struct events *events)
{
	sigset_t set;

	signal(events->caught, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, events->caught);
	raise(events->caught);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 128 + events->caught;
}

uint64_t proc_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void child_environment(const char *const *env)
{
	for (; env && *env; env++) {
		const char *equals = strchr(*env, '=');

		if (equals)
			setenv(strndup(*env, (size_t)(equals - *env)), equals + 1, 1);
	}
}

/* In the child: never returns. The parent learns of a failed exec by status_fd. */
static _Noreturn void child_exec(const struct proc_spec *spec, pid_t parent, int status_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;
	int error;

	setpgid(0, 0);
	/* Told to end when we are killed; it may be that we are gone already. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	if (spec->out_fd >= 0)
		dup2(spec->out_fd, STDOUT_FILENO);
	if (spec->err_fd >= 0)
		dup2(spec->err_fd, STDERR_FILENO);
	child_environment(spec->env);
	if (!spec->cwd || chdir(spec->cwd) == 0)
		execvp(spec->argv[0], (char *const *)spec->argv);
	error = errno;
	if (write(status_fd, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

int proc_start(struct proc *proc, const struct proc_spec *spec, struct cln_err *err)
{
	int status[2], error = 0;
	pid_t pid, self = getpid();

	if (pipe2(status, O_CLOEXEC) < 0)
		return cln_fail(err, errno, "pipe: %m");
	pid = fork();
	if (pid == 0)
		child_exec(spec, self, status[1]);
	if (pid < 0)
		error = errno;
	close(status[1]);
	if (pid > 0) {
		setpgid(pid, pid);
		if (read(status[0], &error, sizeof(error)) != sizeof(error))
			error = 0;
	}
	close(status[0]);
	if (error) {
		if (pid > 0)
			waitpid(pid, NULL, 0);
		return cln_fail(err, error, "%s: %m", spec->argv[0]);
	}
	*proc = (struct proc){ .pid = pid, .pidfd = (int)syscall(SYS_pidfd_open, pid, 0) };
	return 0;
}

bool proc_ended(struct proc *proc)
{
	int status;

	if (proc->ended || proc->pid <= 0)
		return true;
	if (waitpid(proc->pid, &status, WNOHANG) != proc->pid)
		return false;
	proc->ended = true;
	proc->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	cln_drop_fd(&proc->pidfd);
	proc->pidfd = -1;
	return true;
}

static int interrupted(struct events *events, struct cln_err *err)
{
	struct signalfd_siginfo info;

	if (events->closing)
		return 0;
	if (read(events->signal_fd, &info, sizeof(info)) == sizeof(info))
		events->caught = (int)info.ssi_signo;
	if (!events->caught)
		return 0;
	return cln_fail(err, EINTR, "ended by SIG%s", sigabbrev_np(events->caught));
}

#define WAIT_MAX 8
#define TICK_MS 200

int proc_wait(struct events *events, struct proc *const *procs, size_t count, uint64_t deadline,
	struct cln_err *err)
{
	for (;;) {
		struct pollfd poll_fd[WAIT_MAX + 1] = { { events->signal_fd, POLLIN, 0 } };
		nfds_t used = events->closing ? 0 : 1;
		uint64_t now = proc_now();
		int r = interrupted(events, err);

		if (r < 0)
			return r;
		for (size_t i = 0; i < count && i < WAIT_MAX; i++) {
			if (!procs[i] || procs[i]->pid <= 0)
				continue;
			if (proc_ended(procs[i]))
				return 0;
			poll_fd[used++] = (struct pollfd){ procs[i]->pidfd, POLLIN, 0 };
		}
		if (now >= deadline)
			return -ETIMEDOUT;
		/* One second at most: a kernel without pidfd_open is slow, not stuck. */
		uint64_t most = events->tick ? TICK_MS : 1000;

		poll(poll_fd, used, (int)CLN_MIN(deadline - now, most));
		if (events->tick && !events->hold)
			events->tick(events->tick_data);
	}
}

void proc_end(struct proc *proc, uint64_t grace_ms)
{
	uint64_t deadline = proc_now() + grace_ms;
	struct timespec pause = { .tv_nsec = 10000000 };

	if (proc->pid <= 0 || proc->ended)
		return;
	kill(-proc->pid, SIGTERM);
	while (!proc_ended(proc) && proc_now() < deadline)
		nanosleep(&pause, NULL);
	/* What it left in its group goes too. */
	kill(-proc->pid, SIGKILL);
	while (!proc_ended(proc))
		nanosleep(&pause, NULL);
}

/* The last line that says something, without its newline. */
static const char *last_line(struct cln_buf *output)
{
	char *text = output->data, *line;
	size_t size = output->size;

	while (size && (text[size - 1] == '\n' || text[size - 1] == ' '))
		text[--size] = '\0';
	if (!size)
		return "it said nothing";
	line = memrchr(text, '\n', size);
	return line ? line + 1 : text;
}

int proc_run(struct events *events, const char *const *argv, uint64_t timeout_ms,
	struct cln_buf *output, struct cln_err *err)
{
	cln_owned(cln_drop_fd) int fd = memfd_create("output", MFD_CLOEXEC);
	cln_owned(cln_buf_release) struct cln_buf said = { .ceiling = OUTPUT_CEILING };
	struct proc proc = PROC_NONE, *procs[] = { &proc };
	char part[65536];
	ssize_t got;
	int r;

	if (fd < 0)
		return cln_fail(err, errno, "memfd_create: %m");
	r = proc_start(&proc, &(struct proc_spec){ .argv = argv, .out_fd = fd, .err_fd = fd }, err);
	if (r < 0)
		return r;
	r = proc_wait(events, procs, 1, proc_now() + timeout_ms, err);
	proc_end(&proc, 2000);
	if (r == -ETIMEDOUT)
		return cln_fail(err, ETIMEDOUT, "%s: still running after %llu s", argv[0],
			(unsigned long long)timeout_ms / 1000);
	if (r < 0)
		return r;
	for (off_t at = 0; (got = pread(fd, part, sizeof(part), at)) > 0; at += got)
		cln_buf_add(&said, part, (size_t)got);
	if (proc.status)
		return cln_fail(
			err, EIO, "%s: status %d: %s", argv[0], proc.status, last_line(&said));
	if (output && said.size)
		cln_buf_add(output, said.data, said.size);
	return 0;
}
