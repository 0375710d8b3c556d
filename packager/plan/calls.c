// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/calls.h"

#include <string.h>

#define FAMILY_MAX 12

/* man-pages' section 2: the calls that share a page or replace each other in libcs. */
static const char *const family[][FAMILY_MAX] = {
	{ "read", "readv", "pread64", "preadv", "preadv2" },
	{ "write", "writev", "pwrite64", "pwritev", "pwritev2" },
	{ "recvfrom", "recvmsg", "recvmmsg" },
	{ "sendto", "sendmsg", "sendmmsg" },
	{ "poll", "ppoll", "select", "pselect6" },
	{ "epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl" },
	{ "epoll_create", "epoll_create1" },
	{ "open", "openat", "openat2", "creat" },
	{ "stat", "lstat", "fstat", "newfstatat", "statx" },
	{ "statfs", "fstatfs" },
	{ "access", "faccessat", "faccessat2" },
	{ "readlink", "readlinkat" },
	{ "getdents", "getdents64" },
	{ "unlink", "unlinkat", "rmdir" },
	{ "rename", "renameat", "renameat2" },
	{ "mkdir", "mkdirat" },
	{ "link", "linkat" },
	{ "symlink", "symlinkat" },
	{ "chmod", "fchmod", "fchmodat", "fchmodat2" },
	{ "chown", "fchown", "lchown", "fchownat" },
	{ "truncate", "ftruncate", "fallocate" },
	{ "fsync", "fdatasync", "sync_file_range", "msync" },
	{ "utime", "utimes", "futimesat", "utimensat" },
	{ "dup", "dup2", "dup3" },
	{ "pipe", "pipe2" },
	{ "eventfd", "eventfd2" },
	{ "signalfd", "signalfd4" },
	{ "inotify_init", "inotify_init1" },
	{ "accept", "accept4" },
	{ "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown" },
	{ "fork", "vfork", "clone", "clone3" },
	{ "execve", "execveat" },
	{ "wait4", "waitid" },
	{ "exit", "exit_group" },
	{ "kill", "tkill", "tgkill", "pidfd_send_signal" },
	{ "nanosleep", "clock_nanosleep" },
	{ "time", "gettimeofday", "clock_gettime", "clock_getres" },
	{ "brk", "mmap", "munmap", "mremap", "mprotect", "madvise" },
	{ "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigpending",
		"rt_sigtimedwait", "sigaltstack", "pause" },
	{ "futex", "futex_wait", "futex_wake", "futex_waitv", "futex_requeue", "set_robust_list",
		"get_robust_list" },
	{ "getrlimit", "setrlimit", "prlimit64" },
	{ "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid" },
	{ "getpid", "getppid", "gettid", "getpgid", "getpgrp", "getsid" },
	{ "sendfile", "splice", "tee", "copy_file_range" },
	{ "mknod", "mknodat" },
	{ "fadvise64", "readahead" },
	{ "timer_create", "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete" },
	{ "timerfd_create", "timerfd_settime", "timerfd_gettime" },
	{ "semget", "semop", "semtimedop", "semctl" },
	{ "shmget", "shmat", "shmdt", "shmctl" },
	{ "sched_yield", "sched_getaffinity", "getcpu" },
	{ "getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr" },
};

struct names {
	const char **name;
	size_t count, room;
};

static void add(struct names *names, const char *name)
{
	CLN_PUSH(names->name, names->count, names->room) = name;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_once(struct names *names)
{
	size_t kept = 0;

	if (names->count)
		qsort(names->name, names->count, sizeof(char *), by_text);
	for (size_t i = 0; i < names->count; i++)
		if (!kept || strcmp(names->name[kept - 1], names->name[i]) != 0)
			names->name[kept++] = names->name[i];
	names->count = kept;
}

/* A program of start-up that a run step starts, or one below it. */
static bool is_helper(const struct scene *scene, const char *program)
{
	const struct cln_trace *trace = scene->in->trace;

	for (uint32_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];
		const char *binary = exec->interpreter ? exec->interpreter : exec->path;
		struct tree_walk walk;

		if (scene->side[i] != SIDE_HELPER)
			continue;
		if (!strcmp(binary, program) ||
			(tree_resolve(scene->in->tree, binary, true, &walk) != TREE_NONE &&
				!strcmp(walk.real, program)))
			return true;
	}
	return false;
}

static bool is_production(const struct scene *scene, const struct cln_trace_syscalls *calls)
{
	if (calls->root != scene->in->root)
		return false;
	if (calls->role == CLN_ROLE_MAIN || calls->role == CLN_ROLE_SERVICE)
		return true;
	return calls->role == CLN_ROLE_STARTUP && is_helper(scene, calls->program);
}

static bool has(const struct names *names, const char *name)
{
	return bsearch(&name, names->name, names->count, sizeof(char *), by_text);
}

static void add_siblings(struct names *names)
{
	size_t seen = names->count;

	for (size_t f = 0; f < CLN_COUNT(family); f++) {
		struct names sorted = { names->name, seen, 0 };
		bool any = false;

		for (size_t i = 0; !any && i < FAMILY_MAX && family[f][i]; i++)
			any = has(&sorted, family[f][i]);
		for (size_t i = 0; any && i < FAMILY_MAX && family[f][i]; i++)
			add(names, family[f][i]);
	}
}

const char *const *calls_of(const struct scene *scene, struct cln_arena *arena)
{
	const struct cln_trace *trace = scene->in->trace;
	struct names names = { 0 };
	const char **out;

	for (size_t i = 0; i < trace->syscalls_count; i++)
		for (size_t k = 0;
			is_production(scene, &trace->syscalls[i]) && trace->syscalls[i].name[k];
			k++)
			add(&names, trace->syscalls[i].name[k]);
	sort_once(&names);
	if (names.count)
		add_siblings(&names);
	sort_once(&names);
	out = cln_arena_alloc(arena, (names.count + 1) * sizeof(char *));
	for (size_t i = 0; i < names.count; i++)
		out[i] = names.name[i];
	free(names.name);
	return out;
}
