/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys.h - system calls whose wrappers in the C library are too large for this program.
 *
 * The library's setuid synchronises threads, its fork runs handlers, its clock maps the
 * vDSO, its strerror holds every text: together a quarter of the program. It has one
 * thread and needs none of it. All return -1 with errno, as the library's do.
 */
#ifndef CLN_INIT_SYS_H
#define CLN_INIT_SYS_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct timespec;
struct rlimit;

int sys_setuid(uid_t uid);
int sys_setgid(gid_t gid);
int sys_setgroups(size_t count, const gid_t *groups);
/* prlimit(2) on this process; either may be NULL. */
int sys_limit(int resource, const struct rlimit *set, struct rlimit *get);
pid_t sys_fork(void);
/* open(2); the C library adds an fcntl for kernels that do not know O_CLOEXEC. */
int sys_open(const char *path, int flags, mode_t mode);
int sys_set_times(int fd, const struct timespec times[2]);
/* 1 where path is on a filesystem that is mounted read-only. */
int sys_is_readonly(const char *path);
/* CLOCK_MONOTONIC in milliseconds. */
int64_t sys_clock_ms(void);
/* Set a signal to SIG_DFL or SIG_IGN; the handler it had, SIG_ERR on error. */
void (*sys_signal(int signal, void (*handler)(int)))(int);
/* A short English text for an errno value; its number where it is a rare one. */
const char *sys_error(int eno);

/* The kernel's struct linux_dirent64 (getdents64(2)); opendir(3) would need a heap. */
struct kernel_dirent {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

/* Reading a directory; fd is the caller's, everything else begins as zero. */
struct entries {
	int fd;
	long size, at;
	_Alignas(struct kernel_dirent) char block[2048];
};

/* The next name but "." and "..", or NULL at the end; errno is 0 where that is no error. */
const char *sys_entry(struct entries *entries);
/* Close the descriptors from..to, those of them that are open. */
void sys_close_range(unsigned from, unsigned to);
/* The same for kernels before 5.9: what /proc/self/fd lists; without a /proc nothing. */
void sys_close_listed(unsigned from, unsigned to);

#endif
