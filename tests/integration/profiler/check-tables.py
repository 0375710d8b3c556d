#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check-tables.py BPF - the tables of calls against the kernel that runs here.

Every kind of io_uring request that the kernel's BTF names stands in
bpf/uring_calls.h under its number and name; every system call that asm/unistd.h
names stands in bpf/calls.h with its numbers, or in the list of those that name
no file. So what a new kernel or header adds is met here, not in somebody's image.
"""
import os
import re
import subprocess
import sys

# Calls without a path and without a descriptor of a file that they list, map or
# change.
PLAIN = set("""
read close fstat poll lseek mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64
readv pipe select sched_yield mremap msync mincore madvise shmget shmat shmctl dup dup2 pause
nanosleep getitimer alarm setitimer getpid socket recvfrom shutdown getsockname getpeername
socketpair setsockopt getsockopt clone fork vfork exit wait4 kill uname semget semop semctl shmdt
msgget msgsnd msgrcv msgctl fcntl flock fsync fdatasync getcwd umask gettimeofday getrlimit
getrusage sysinfo times ptrace getuid syslog getgid setuid setgid geteuid getegid setpgid getppid
getpgrp setsid setreuid setregid getgroups setgroups setresuid getresuid setresgid getresgid
getpgid setfsuid setfsgid getsid capget capset rt_sigpending rt_sigtimedwait rt_sigqueueinfo
rt_sigsuspend sigaltstack personality ustat fstatfs sysfs getpriority setpriority sched_setparam
sched_getparam sched_setscheduler sched_getscheduler sched_get_priority_max sched_get_priority_min
sched_rr_get_interval mlock munlock mlockall munlockall vhangup modify_ldt _sysctl prctl
arch_prctl adjtimex setrlimit sync settimeofday reboot sethostname setdomainname iopl ioperm
create_module init_module delete_module get_kernel_syms query_module nfsservctl getpmsg putpmsg
afs_syscall tuxcall security gettid readahead tkill time futex sched_setaffinity sched_getaffinity
set_thread_area io_setup io_destroy io_getevents io_cancel get_thread_area lookup_dcookie
epoll_create epoll_ctl_old epoll_wait_old remap_file_pages set_tid_address restart_syscall
semtimedop fadvise64 timer_create timer_settime timer_gettime timer_getoverrun timer_delete
clock_settime clock_gettime clock_getres clock_nanosleep exit_group epoll_wait epoll_ctl tgkill
vserver mbind set_mempolicy get_mempolicy mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify
mq_getsetattr kexec_load waitid add_key request_key keyctl ioprio_set ioprio_get inotify_init
inotify_rm_watch migrate_pages pselect6 ppoll set_robust_list get_robust_list tee sync_file_range
vmsplice move_pages epoll_pwait signalfd timerfd_create eventfd timerfd_settime timerfd_gettime
signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv rt_tgsigqueueinfo perf_event_open
fanotify_init prlimit64 clock_adjtime syncfs getcpu process_vm_readv process_vm_writev kcmp
finit_module sched_setattr sched_getattr seccomp getrandom memfd_create kexec_file_load
userfaultfd membarrier mlock2 preadv2 pkey_mprotect pkey_alloc pkey_free io_pgetevents rseq
pidfd_send_signal io_uring_setup io_uring_enter io_uring_register fsopen fsmount pidfd_open clone3
close_range epoll_pwait2 process_madvise quotactl_fd landlock_create_ruleset landlock_add_rule
landlock_restrict_self memfd_secret process_mrelease futex_waitv set_mempolicy_home_node cachestat
map_shadow_stack futex_wake futex_wait futex_requeue statmount listmount lsm_get_self_attr
lsm_set_self_attr lsm_list_modules mseal listns
""".split())
# ... of 32-bit programs only
PLAIN_32 = set("""
waitpid break stime oldfstat stty gtty nice ftime prof signal lock mpx ulimit oldolduname
sigaction sgetmask ssetmask sigsuspend sigpending profil olduname idle vm86old ipc sigreturn
sigprocmask bdflush _llseek _newselect vm86 ugetrlimit fstat64 getuid32 getgid32 geteuid32
getegid32 setreuid32 setregid32 getgroups32 setgroups32 setresuid32 getresuid32 setresgid32
getresgid32 setuid32 setgid32 setfsuid32 setfsgid32 fcntl64 fstatfs64 fadvise64_64 clock_gettime64
clock_settime64 clock_adjtime64 clock_getres_time64 clock_nanosleep_time64 timer_gettime64
timer_settime64 timerfd_gettime64 timerfd_settime64 pselect6_time64 ppoll_time64
io_pgetevents_time64 mq_timedsend_time64 mq_timedreceive_time64 semtimedop_time64
rt_sigtimedwait_time64 futex_time64 sched_rr_get_interval_time64
""".split())
# i386: the calls with 16-bit ids have the plain names.
SIXTEEN = {"chown16": "chown", "fchown16": "fchown", "lchown16": "lchown"}


def table(text, kind):
	"""name -> number of the 64-bit (0) or 32-bit (1) calls"""
	found = {}
	for how, name, numbers in re.findall(
			r"^\t(BOTH|ONLY_64|ONLY_32)\((\w+), ((?:\d+, )+)", text, re.M):
		numbers = [int(n) for n in numbers.split(", ")[:-1]]
		if how == "BOTH":
			found[name] = numbers[kind]
		elif how == ("ONLY_64", "ONLY_32")[kind]:
			found[name] = numbers[0]
	return found


def header(bits):
	for folder in ("/usr/include/x86_64-linux-gnu/asm", "/usr/include/asm"):
		path = "%s/unistd_%d.h" % (folder, bits)
		if os.path.exists(path):
			return {n: int(v) for n, v in
				re.findall(r"#define __NR_(\w+) (\d+)", open(path).read())}
	return {}


def check_calls(text, failed):
	known = int(re.search(r"#define CALLS_UNKNOWN (\d+)", text).group(1))
	for kind, bits in ((0, 64), (1, 32)):
		ours, theirs = table(text, kind), header(bits)
		if len(ours) < 100:
			failed.append("%d-bit: only %d rows were understood" % (bits, len(ours)))
		for name, number in theirs.items():
			plain = name in PLAIN or (bits == 32 and name in PLAIN_32)
			row = next((o for o, n in ours.items() if n == number), None)
			if number >= known:
				failed.append("%d-bit: %s (%d) is a loss: give it a row" % (bits, name, number))
			elif plain and row:
				failed.append("%d-bit: %s has a row and is called plain" % (bits, name))
			elif not plain and not row:
				failed.append("%d-bit: %s (%d) has no row" % (bits, name, number))
			elif row and row != name and SIXTEEN.get(row) != name:
				failed.append("%d-bit: %d is %s, not %s" % (bits, number, name, row))
	return len(table(text, 0)) + len(table(text, 1))


def check_uring(text, failed):
	"""The enum of the running kernel, and the names beside the numbers."""
	rows = {int(n): w for n, w in re.findall(r"\[(\d+)\] = .*?/\* (\w+)", text)}
	try:
		dump = subprocess.run(["bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux",
			"format", "c"], stdout=subprocess.PIPE, text=True, check=True).stdout
	except (OSError, subprocess.CalledProcessError):
		print("no bpftool or no BTF: the kinds of io_uring requests are not compared")
		return len(rows)
	for name, number in re.findall(r"\tIORING_OP_(\w+) = (\d+),", dump):
		if name != "LAST" and rows.get(int(number)) != name:
			failed.append("io_uring: %s is %s, here %s" % (number, name, rows.get(int(number))))
	return len(rows)


def main():
	failed = []
	calls = check_calls(open(sys.argv[1] + "/calls.h").read(), failed)
	kinds = check_uring(open(sys.argv[1] + "/uring_calls.h").read(), failed)
	for line in failed:
		print("FAIL", line)
	print("%d rows of calls, %d kinds of requests, %d wrong" % (calls, kinds, len(failed)))
	return 1 if failed else 0


if __name__ == "__main__":
	sys.exit(main())
