// SPDX-License-Identifier: Apache-2.0
/*
 * calls-cwd.c - working directories that are shared, or not, otherwise than by
 * processes and threads; tasks that come into the profiled cgroup or leave it.
 *
 * "below" is a link, so that the name asked for and where it led differ: only who
 * knows the directory before can tell that name.
 */
#include "calls.h"

#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *top; /* of the case that runs */

static int make(const char *name)
{
	char path[256 + sizeof("/below")];

	mkdir(name, 0755);
	snprintf(path, sizeof(path), "%s/deep", name);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/below", name);
	return symlink("deep", path);
}

static long ended(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}

/* The rest of the program stays where it is. */
static long apart(int (*work)(void *), const char *name)
{
	pid_t pid;

	top = name;
	if (make(name))
		return -1;
	pid = fork();
	if (!pid)
		_exit(work(NULL) != 0);
	return ended(pid);
}

static int into_top(void *unused)
{
	(void)unused;
	return chdir(top);
}

static int into_below(void *unused)
{
	(void)unused;
	return chdir("below");
}

/* As fork, with these flags. */
static pid_t cloned(long flags)
{
	return (pid_t)CALL(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static int shared(void *unused)
{
	pid_t pid = cloned(CLONE_FS);

	if (!pid)
		_exit(into_top(unused));
	return ended(pid) || into_below(unused);
}

CASE(do_cwd_shared)
{
	return apart(shared, name);
}

int move_to(const char *directory)
{
	return chdir(directory);
}

static int over_exec(void *unused)
{
	pid_t pid = cloned(CLONE_FS);

	if (!pid) {
		execl("/proc/self/exe", "calls", "chdir", top, NULL);
		_exit(1);
	}
	return ended(pid) || into_below(unused);
}

CASE(do_cwd_exec)
{
	return apart(over_exec, name);
}

/* Its siblings stay; its children begin where it stands. */
static void *unshared(void *unused)
{
	pid_t pid;

	if (unshare(CLONE_FS) || into_top(unused))
		return "";
	pid = fork();
	if (!pid)
		_exit(into_below(unused));
	return ended(pid) ? "" : NULL;
}

static int threads(void *unused)
{
	pthread_t thread;
	void *failed;
	char path[256];

	if (pthread_create(&thread, NULL, unshared, NULL) || pthread_join(thread, &failed))
		return 1;
	snprintf(path, sizeof(path), "%s_beside", top);
	return failed || make(path) || chdir(path) || into_below(unused);
}

CASE(do_cwd_unshared)
{
	return apart(threads, name);
}

static int own_thread(void *unused)
{
	(void)unused;
	CALL(SYS_chdir, top);
	CALL(SYS_chdir, "below");
	CALL(SYS_exit, 0);
	return 0;
}

/* A thread that never shared its directory. */
static int born_apart(void *unused)
{
	static char stack[65536] __attribute__((aligned(16)));
	static volatile pid_t running = 1;
	char path[256];

	if (clone(own_thread, stack + sizeof(stack),
		    CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_CHILD_CLEARTID, NULL, NULL,
		    NULL, &running) < 0)
		return 1;
	while (running)
		usleep(1000);
	snprintf(path, sizeof(path), "%s_beside", top);
	return make(path) || chdir(path) || into_below(unused);
}

CASE(do_cwd_thread)
{
	return apart(born_apart, name);
}

/* What was the directory's name outside is not its name inside. */
static int jailed(void *unused)
{
	return rename("do_cwd_chroot/below", "do_cwd_chroot/below_of_chroot") || into_top(unused) ||
	       chroot(".") || chdir("below_of_chroot");
}

CASE(do_cwd_chroot)
{
	return apart(jailed, name);
}

static pid_t clone_into(const char *cgroup)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };

	return (pid_t)CALL(SYS_clone3, &args, sizeof(args));
}

/* `calls into CGROUP DIR`: a child is born in it, where its parent never was. */
int come_in(const char *cgroup, const char *directory)
{
	pid_t pid;
	char byte;
	int fd;

	if (chdir(directory) || (fd = open("brought", O_RDONLY)) < 0)
		return 1;
	pid = clone_into(cgroup);
	if (!pid)
		_exit(read(fd, &byte, 1) < 0 || into_below(NULL));
	return ended(pid) != 0;
}

/* `calls out CGROUP` */
int go_out(const char *cgroup)
{
	pid_t pid = clone_into(cgroup);

	if (!pid)
		_exit(access("/seen-by-nobody", F_OK) == 0);
	return ended(pid) != 0;
}

const struct one calls_cwd[] = {
	ONE(NOTHING, do_cwd_shared),
	ONE(NOTHING, do_cwd_exec),
	ONE(NOTHING, do_cwd_unshared),
	ONE(NOTHING, do_cwd_thread),
	ONE(NOTHING, do_cwd_chroot),
	{},
};
