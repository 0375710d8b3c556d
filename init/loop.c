// SPDX-License-Identifier: Apache-2.0
#include "init/loop.h"

#include "init/descend.h"
#include "init/spawn.h"
#include "init/sys.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE_DEFAULT_MS 10000
#define FRAME_MAX 512 /* bytes that forget_cold and what it calls use */
#if defined(__x86_64__)
#define PAGE 4096UL
#else
#define PAGE 65536UL /* the largest that arm64 can have: fewer are given back with smaller ones */
#endif

struct life {
	struct init *in;
	struct watches *watches;
	int64_t deadline; /* clock_ms, -1: none */
	pid_t main;	  /* 0 once it has ended */
	int status;	  /* what main ended with */
	int signal_fd;	  /* -1 until there is something to watch */
	uint8_t terminal, killing, alone;
};

int watch_add(struct watches *watches, struct watch watch)
{
	for (unsigned i = 0; i < LOOP_WATCH_MAX; i++) {
		if (i == watches->count)
			watches->count++;
		else if (watches->slot[i].fd >= 0)
			continue;
		watches->slot[i] = watch;
		return 0;
	}
	return -ENFILE;
}

void watch_drop(struct watches *watches, int fd)
{
	for (unsigned i = 0; i < watches->count; i++)
		if (watches->slot[i].fd == fd)
			watches->slot[i].fd = -1;
}

/* The signal read from the descriptor, or 0. */
static int signal_read(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return info.ssi_signo == SIGPIPE && (pid_t)info.ssi_pid == getpid() ? SIGCHLD
									    : (int)info.ssi_signo;
}

/* Serve the watches until a signal comes or the time is up. */
static int watched_signal(struct life *life, int64_t timeout_ms)
{
	struct pollfd poll_fd[LOOP_WATCH_MAX + 1];
	struct watches *watches = life->watches;
	unsigned count = watches->count;
	int n;

	poll_fd[0] = (struct pollfd){ .fd = life->signal_fd, .events = POLLIN };
	for (unsigned i = 0; i < count; i++)
		poll_fd[i + 1] = (struct pollfd){ watches->slot[i].fd, watches->slot[i].events, 0 };
	n = poll(poll_fd, count + 1, timeout_ms < 0 ? -1 : (int)timeout_ms);
	if (n < 0 && errno != EINTR) /* never spin: serve signals alone */
		return signals_next(timeout_ms);
	for (unsigned i = 0; n > 0 && i < count; i++) {
		const struct watch watch = watches->slot[i];

		if (watch.fd < 0 || watch.fd != poll_fd[i + 1].fd)
			continue;
		if (poll_fd[i + 1].revents & (POLLIN | POLLOUT))
			watch.ready(watch.of, watch.fd);
		else if (poll_fd[i + 1].revents) /* hung up: it would wake us for ever */
			watch_drop(watches, watch.fd);
	}
	if (n > 0 && poll_fd[0].revents)
		return signal_read(life->signal_fd);
	return n == 0 ? 0 : SIGCHLD; /* look at the children: costs one call */
}

static int next_signal(struct life *life)
{
	int64_t left = -1;
	uint64_t all = SIGNALS_ALL;

	if (life->deadline >= 0) {
		left = life->deadline - sys_clock_ms();
		if (left <= 0)
			return 0;
	}
	if (life->watches && life->watches->count && life->signal_fd < 0)
		life->signal_fd = (int)syscall(
			SYS_signalfd4, -1, &all, sizeof(all), SFD_CLOEXEC | SFD_NONBLOCK);
	return life->signal_fd >= 0 ? watched_signal(life, left) : signals_next(left);
}

static void forward(struct life *life, int signal)
{
	const struct init *in = life->in;
	int to = in->signal_map[signal];

	if (to == 0)
		return;
	if (life->main)
		kill(in->stop.group ? -life->main : life->main, to);
	else
		descend_kill(to);
	if ((signal == in->stop.signal || to == in->stop.signal) && in->stop.grace_ms &&
		life->deadline < 0 && !life->killing)
		life->deadline = sys_clock_ms() + in->stop.grace_ms;
	if (signal == SIGCONT && life->terminal && life->main) {
		if (tcgetpgrp(0) == getpgrp()) /* continued in the foreground */
			tcsetpgrp(0, life->main);
		kill(-life->main, SIGCONT);
	}
}

/* The grace period is over. */
static void finish_off(struct life *life)
{
	life->deadline = -1;
	life->killing = 1;
	if (life->main)
		kill(life->in->stop.group ? -life->main : life->main, SIGKILL);
	else
		descend_kill(SIGKILL);
}

/* Take the terminal back, if the main program has it: in the background it is a shell's. */
static void reclaim(const struct life *life)
{
	if (life->terminal && tcgetpgrp(0) == life->main)
		tcsetpgrp(0, getpgrp());
}

static void main_ended(struct life *life, int status)
{
	reclaim(life);
	life->status = spawn_status(status);
	life->main = 0;
	if (!life->in->stop.wait_all)
		return;
	if (life->killing) {
		descend_kill(SIGKILL);
		return;
	}
	descend_kill(life->in->stop.signal);
	if (life->deadline < 0)
		life->deadline = sys_clock_ms() + (life->in->stop.grace_ms ?: GRACE_DEFAULT_MS);
}

/*
 * The main program was stopped, from the keyboard or by using it unasked. Where a job-control shell started us,
 * stop with it so that the shell gets its terminal; SIGCONT comes back through forward.
 * PID 1 has nobody who could continue it and just waits.
 */
static void main_stopped(struct life *life)
{
	if (!life->terminal || getpid() == 1 || getsid(0) == getpid())
		return;
	reclaim(life);
	kill(getpid(), SIGSTOP);
}

static void reap(struct life *life)
{
	int flags = WNOHANG | (life->terminal ? WUNTRACED : 0), status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, flags)) > 0) {
		if (WIFSTOPPED(status)) {
			if (pid == life->main)
				main_stopped(life);
			continue;
		}
		if (pid == life->main)
			main_ended(life, status);
		else if (life->killing && !life->main)
			descend_kill(SIGKILL); /* its children are ours now */
	}
	life->alone = pid < 0 && errno == ECHILD;
}

int loop_exit(const struct init *in, int status)
{
	for (unsigned i = 0; i < in->exit_count; i++)
		if (in->exits[i].from == status)
			return in->exits[i].to;
	return status;
}

/*
 * init.ld: the code that sleeps stands alone in the pages before init_text_hot_end; the
 * stack is ours. Built otherwise, as the tests are, there are none of these.
 */
extern char init_text[] __attribute__((weak)), init_text_hot_end[] __attribute__((weak)),
	init_text_end[] __attribute__((weak)), init_stack[] __attribute__((weak));

/* Give back the whole pages in between; what is read there from now on is zero. */
static void forget(uintptr_t from, uintptr_t to)
{
	from = (from + PAGE - 1) & -PAGE;
	to &= -PAGE;
	if (from < to)
		madvise((void *)from, to - from, MADV_DONTNEED); // NOLINT
}

/*
 * Give back the pages that only the start needed: tables, stack, code. Of the stack that
 * the kernel made, the words of the command line and the environment stay, for /proc shows
 * them. The kernel maps sixteen pages of a file around each one that is touched, but not
 * beyond its mapping: marking the sleeping code's pages makes them a mapping of their own.
 */
static void forget_cold(struct init *in)
{
	uintptr_t here = (uintptr_t)&in, text = (uintptr_t)init_text_hot_end;

	forget((uintptr_t)(in->pidfile + strlen(in->pidfile) + 1), (uintptr_t)(in + 1));
	if (!init_stack)
		return;
	forget((uintptr_t)init_stack, here - FRAME_MAX);
	forget((uintptr_t)in->given & -PAGE, (uintptr_t)in->given[0]);
	madvise(init_text, text - (uintptr_t)init_text, MADV_RANDOM);
	forget(text, (uintptr_t)init_text_end);
}

__attribute__((noinline)) int loop_run(
	struct init *in, pid_t main, int terminal, struct watches *watches)
{
	struct life life = { .in = in,
		.watches = watches,
		.deadline = -1,
		.main = main,
		.signal_fd = -1,
		.terminal = (uint8_t)terminal };

	forget_cold(in);
	for (;;) {
		int signal = next_signal(&life);

		if (signal == 0) {
			if (life.deadline >= 0 && sys_clock_ms() >= life.deadline)
				finish_off(&life);
			continue;
		}
		if (signal != SIGCHLD) {
			forward(&life, signal);
			continue;
		}
		reap(&life);
		if (!life.main && (!in->stop.wait_all || life.alone))
			return loop_exit(in, life.status);
	}
}
