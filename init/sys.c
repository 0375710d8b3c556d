// SPDX-License-Identifier: Apache-2.0
#include "init/sys.h"

#include "init/abi.h"
#include "init/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define KERNEL_ST_RDONLY 1 /* linux/statfs.h; f_flags is valid since Linux 2.6.36 */

int sys_setuid(uid_t uid)
{
	return (int)syscall(SYS_setuid, uid);
}

int sys_setgid(gid_t gid)
{
	return (int)syscall(SYS_setgid, gid);
}

int sys_setgroups(size_t count, const gid_t *groups)
{
	return (int)syscall(SYS_setgroups, count, groups);
}

int sys_limit(int resource, const struct rlimit *set, struct rlimit *get)
{
	return (int)syscall(SYS_prlimit64, 0, resource, set, get);
}

pid_t sys_fork(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

int sys_open(const char *path, int flags, mode_t mode)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int sys_set_times(int fd, const struct timespec times[2])
{
	return (int)syscall(SYS_utimensat, fd, NULL, times, 0);
}

int sys_is_readonly(const char *path)
{
	struct statfs fs;

	if (syscall(SYS_statfs, path, &fs) < 0)
		return -1;
	return (fs.f_flags & KERNEL_ST_RDONLY) != 0;
}

int64_t sys_clock_ms(void)
{
	struct timespec now = { 0, 0 };

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The kernel's sigaction begins with the handler on every architecture; all else is 0. */
void (*sys_signal(int signal, void (*handler)(int)))(int)
{
	struct {
		void (*handler)(int);
		uint64_t rest[5];
	} set = { .handler = handler }, old = { .handler = SIG_ERR };

	syscall(SYS_rt_sigaction, signal, &set, &old, sizeof(uint64_t));
	return old.handler;
}

void sys_close_range(unsigned from, unsigned to)
{
	if (syscall(SYS_close_range, from, to, 0) < 0)
		sys_close_listed(from, to);
}

const char *sys_entry(struct entries *e)
{
	for (;;) {
		const struct kernel_dirent *d = (const void *)(e->block + e->at);

		if (e->at >= e->size) {
			e->at = 0;
			e->size = syscall(SYS_getdents64, e->fd, e->block, sizeof(e->block));
			if (e->size == 0)
				errno = 0;
			if (e->size <= 0)
				return NULL;
			continue;
		}
		e->at += d->reclen;
		if (!text_same(d->name, ".") && !text_same(d->name, ".."))
			return d->name;
	}
}

void sys_close_listed(unsigned from, unsigned to)
{
	struct entries dir = { .fd = sys_open(
				       "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) };
	const char *name;
	uint64_t fd;

	while ((name = sys_entry(&dir)))
		if (text_number(name, to, &fd) == 0 && fd >= from && (int)fd != dir.fd)
			close((int)fd);
	close(dir.fd);
}

const char *sys_error(int eno)
{
	static const uint8_t numbers[] = { EPERM, ENOENT, EINTR, EIO, E2BIG, ENOEXEC, EAGAIN,
		ENOMEM, EACCES, EBUSY, EEXIST, ENOTDIR, EISDIR, EINVAL, EMFILE, ETXTBSY, EFBIG,
		ENOSPC, EROFS, EPIPE, ENAMETOOLONG, ENOSYS, ELOOP, EBADMSG, ENETUNREACH, ECONNRESET,
		ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH };
	static const char texts[] = "Operation not permitted\0"
				    "No such file or directory\0"
				    "Interrupted\0"
				    "Input/output error\0"
				    "Too many or too long\0"
				    "Exec format error\0"
				    "Temporarily unavailable\0"
				    "Out of memory\0"
				    "Permission denied\0"
				    "Device or resource busy\0"
				    "File exists\0"
				    "Not a directory\0"
				    "Is a directory\0"
				    "Invalid argument\0"
				    "Too many open files\0"
				    "Text file busy\0"
				    "File too large\0"
				    "No space left on device\0"
				    "Read-only file system\0"
				    "Broken pipe\0"
				    "File name too long\0"
				    "Not implemented by the kernel\0"
				    "Too many symbolic links\0"
				    "Bad message\0"
				    "Network is unreachable\0"
				    "Connection reset by peer\0"
				    "Timed out\0"
				    "Connection refused\0"
				    "No route to host\0";
	const char *at = texts;

	for (unsigned i = 0; i < sizeof(numbers); i++, at += strlen(at) + 1)
		if (numbers[i] == eno)
			return at;
	return NULL;
}
