// SPDX-License-Identifier: Apache-2.0
/*
 * seccomp.json: the calls that main and its services made, and those that must
 * work before main runs: the engine's (runc applies the filter, then still
 * closes descriptors, changes user and executes; crun and youki alike) and
 * clnimg-init's own. What the engine does after loading a filter is read from
 * runc's finalizeNamespace and setns code, and held by a test that starts a
 * container under the profile.
 */
#include "packager/docs/runtime.h"

#include <stdlib.h>
#include <string.h>

/* The engine, between loading the filter and execve. */
static const char *const engine_calls[] = { "capget", "capset", "chdir", "close", "close_range",
	"execve", "execveat", "exit", "exit_group", "fchdir", "fchown", "fcntl", "fstat", "fstatfs",
	"futex", "getdents64", "getpid", "getppid", "gettid", "getuid", "geteuid", "keyctl",
	"lseek", "mmap", "mprotect", "munmap", "nanosleep", "newfstatat", "openat", "openat2",
	"prctl", "read", "readlinkat", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
	"sched_getaffinity", "sched_yield", "setgid", "setgroups", "setsid", "setuid",
	"sigaltstack", "statfs", "statx", "tgkill", "umask", "write", "epoll_ctl", "epoll_pwait",
	"epoll_create1", "eventfd2", "pipe2", "clone", "clone3", "set_robust_list", "rseq",
	"prlimit64", "madvise", "getrandom", "clock_gettime", "faccessat", "faccessat2",
	"restart_syscall", NULL };

/* clnimg-init: directories, seeds, templates, children, signals, policy, probes. */
static const char *const init_calls[] = { "access", "arch_prctl", "bind", "brk", "chmod", "chown",
	"clock_nanosleep", "clone", "connect", "copy_file_range", "dup2", "dup3", "execve",
	"fallocate", "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch",
	"process_vm_readv", "process_vm_writev", "socketpair", "splice", "fchmod", "fchmodat",
	"fchown", "fchownat", "fork", "ftruncate", "fsync", "getcwd", "getdents64", "getegid",
	"geteuid", "getgid", "getgroups", "getpgid", "getpgrp", "getpid", "getppid", "getrlimit",
	"getsid", "getsockopt", "getuid", "ioctl", "kill", "landlock_add_rule",
	"landlock_create_ruleset", "landlock_restrict_self", "lchown", "link", "linkat", "lstat",
	"mkdir", "mkdirat", "mknod", "mknodat", "mremap", "open", "openat", "pause", "pidfd_open",
	"pidfd_send_signal", "pipe", "poll", "ppoll", "pread64", "pwrite64", "readlink", "readv",
	"recvfrom", "recvmsg", "rename", "renameat", "renameat2", "rmdir", "rt_sigpending",
	"rt_sigqueueinfo", "rt_sigsuspend", "rt_sigtimedwait", "seccomp", "select", "pselect6",
	"sendfile", "sendmsg", "sendto", "set_tid_address", "setgid", "setgroups", "setpgid",
	"setresgid", "setresuid", "setrlimit", "setsid", "setsockopt", "setuid", "signalfd4",
	"socket", "stat", "symlink", "symlinkat", "sysinfo", "time", "timerfd_create",
	"timerfd_settime", "tkill", "truncate", "umask", "uname", "unlink", "unlinkat", "utimensat",
	"vfork", "wait4", "waitid", "writev", NULL };

/*
 * Calls that reach nothing but the process itself, its own descriptors and its
 * clocks. Error paths and shutdown use them, which a test run seldom sees
 * (nginx arms a timer only while it stops); denying them protects from nothing.
 */
static const char *const harmless_calls[] = { "alarm", "clock_getres", "dup", "fadvise64",
	"fdatasync", "flock", "getcpu", "getitimer", "getpeername", "getpriority", "getrusage",
	"getsockname", "gettimeofday", "membarrier", "mincore", "msync", "sched_get_priority_max",
	"sched_get_priority_min", "sched_getparam", "sched_getscheduler", "setitimer", "shutdown",
	"timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_settime",
	"times", NULL };

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void add_list(const char **all, size_t *count, const char *const *list)
{
	for (; list && *list; list++)
		all[(*count)++] = *list;
}

static size_t length_of(const char *const *list)
{
	size_t count = 0;

	while (list && list[count])
		count++;
	return count;
}

/* The union, sorted; all architectures name calls alike here. */
static json_t *names(const struct facts *facts)
{
	const char *const *traced = facts->in->plan->syscall;
	size_t count = 0, room = length_of(traced) + CLN_COUNT(engine_calls) +
				 CLN_COUNT(init_calls) + CLN_COUNT(harmless_calls);
	cln_owned(cln_drop_mem) const char **all = cln_alloc(room * sizeof(*all));
	json_t *array = json_array();

	add_list(all, &count, traced);
	add_list(all, &count, engine_calls);
	add_list(all, &count, init_calls);
	add_list(all, &count, harmless_calls);
	qsort(all, count, sizeof(*all), by_text);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(all[i], all[i - 1]) != 0)
			json_array_append_new(array, cln_json_text(all[i]));
	return array;
}

static json_t *architectures(const struct facts *facts)
{
	static const struct {
		const char *oci, *seccomp[4];
	} table[] = {
		{ "amd64", { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" } },
		{ "arm64", { "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM" } },
		{ "386", { "SCMP_ARCH_X86" } },
		{ "arm", { "SCMP_ARCH_ARM" } },
		{ "s390x", { "SCMP_ARCH_S390X", "SCMP_ARCH_S390" } },
		{ "ppc64le", { "SCMP_ARCH_PPC64LE" } },
		{ "riscv64", { "SCMP_ARCH_RISCV64" } },
	};
	const char *architecture = facts->in->image->architecture;

	for (size_t i = 0; architecture && i < CLN_COUNT(table); i++)
		if (strcmp(table[i].oci, architecture) == 0)
			return runtime_texts(table[i].seccomp);
	return json_array();
}

/* No calls seen: a profile of only the engine's would stop every program. */
static bool is_known(const struct facts *facts)
{
	return facts->in->plan->syscall && facts->in->plan->syscall[0];
}

json_t *seccomp_linux(const struct facts *facts)
{
	json_t *profile = json_object(), *rules = json_array(), *rule = json_object();

	if (!is_known(facts)) {
		json_decref(rules);
		json_decref(rule);
		json_decref(profile);
		return NULL;
	}
	cln_json_set_str(profile, "defaultAction", "SCMP_ACT_ERRNO");
	json_object_set_new(
		profile, "defaultErrnoRet", json_integer(38)); /* ENOSYS: libc falls back */
	json_object_set_new(profile, "architectures", architectures(facts));
	json_object_set_new(rule, "names", names(facts));
	cln_json_set_str(rule, "action", "SCMP_ACT_ALLOW");
	json_array_append_new(rules, rule);
	json_object_set_new(profile, "syscalls", rules);
	return profile;
}

json_t *seccomp_profile(const struct facts *facts)
{
	json_t *profile = seccomp_linux(facts);

	if (profile)
		return profile;
	/* The trace holds no calls: allow all and say so, rather than pretend. */
	profile = json_object();
	cln_json_set_str(profile, "defaultAction", "SCMP_ACT_ALLOW");
	return profile;
}

void seccomp_add(const struct facts *facts, struct docs *docs)
{
	cln_owned(cln_json_drop) json_t *profile = seccomp_profile(facts);

	facts_add_json(docs, "seccomp.json", profile);
}
