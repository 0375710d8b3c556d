// SPDX-License-Identifier: Apache-2.0
/*
 * bare.c - what the init uses of a C library, for a program that links none.
 *
 * Signatures and meaning are those of POSIX and of the headers; calls.S has the system
 * calls. Compiled apart from the link-time optimisation, since compilers emit calls to
 * memcpy and its kind out of nothing, and must not find a call to itself in there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	char *out = to;
	const char *in = from;

	while (size--)
		*out++ = *in++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	char *out = to;
	const char *in = from;

	if (out <= in)
		return memcpy(to, from, size);
	while (size--)
		out[size] = in[size];
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	char *out = to;

	while (size--)
		*out++ = (char)byte;
	return to;
}

void explicit_bzero(void *to, size_t size)
{
	memset(to, 0, size);
	__asm__ volatile("" : : "r"(to) : "memory");
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (; size; size--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *data, int byte, size_t size)
{
	const unsigned char *at = data;

	for (; size; size--, at++)
		if (*at == (unsigned char)byte)
			return (void *)(uintptr_t)at;
	return NULL;
}

void *memrchr(const void *data, int byte, size_t size)
{
	const unsigned char *at = data;

	while (size--)
		if (at[size] == (unsigned char)byte)
			return (void *)(uintptr_t)(at + size);
	return NULL;
}

size_t strlen(const char *text)
{
	size_t size = 0;

	while (text[size])
		size++;
	return size;
}

int strncmp(const char *a, const char *b, size_t size)
{
	for (; size; size--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, (size_t)-1);
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c | 32 : (unsigned char)c;
}

int strcasecmp(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b))
		a++, b++;
	return lower(*a) - lower(*b);
}

char *strchr(const char *text, int byte)
{
	return memchr(text, byte, strlen(text) + 1);
}

char *strrchr(const char *text, int byte)
{
	return memrchr(text, byte, strlen(text) + 1);
}

/* How far the bytes are (not) among those of set. */
static size_t span(const char *text, const char *set, int among)
{
	size_t size = 0, sets = strlen(set);

	while (text[size] && (memchr(set, text[size], sets) != NULL) == among)
		size++;
	return size;
}

size_t strspn(const char *text, const char *set)
{
	return span(text, set, 1);
}

size_t strcspn(const char *text, const char *set)
{
	return span(text, set, 0);
}

#ifndef BARE_TEXT_ONLY /* the unit test takes what is above, under other names */
#undef htons	       /* a macro in some C libraries */
uint16_t htons(uint16_t number)
{
	return __builtin_bswap16(number);
}

#ifndef SYS_open /* architectures of asm-generic/unistd.h */
int stat(const char *restrict path, struct stat *restrict out)
{
	return (int)syscall(SYS_newfstatat, AT_FDCWD, path, out, 0);
}

int lstat(const char *restrict path, struct stat *restrict out)
{
	return (int)syscall(SYS_newfstatat, AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
}

int access(const char *path, int mode)
{
	return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

int rename(const char *from, const char *to)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int mkdir(const char *path, mode_t mode)
{
	return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int rmdir(const char *path)
{
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

int unlink(const char *path)
{
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int symlink(const char *target, const char *path)
{
	return (int)syscall(SYS_symlinkat, target, AT_FDCWD, path);
}

ssize_t readlink(const char *restrict path, char *restrict out, size_t room)
{
	return syscall(SYS_readlinkat, AT_FDCWD, path, out, room);
}

int chmod(const char *path, mode_t mode)
{
	return (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

int mknod(const char *path, mode_t mode, dev_t device)
{
	return (int)syscall(SYS_mknodat, AT_FDCWD, path, mode, device);
}

/* dup3(2) refuses two equal numbers, where dup2(2) only looks. */
int dup2(int from, int to)
{
	return from == to ? (int)syscall(SYS_fcntl, from, F_GETFD) < 0 ? -1 : to
			  : (int)syscall(SYS_dup3, from, to, 0);
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	struct timespec wait = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };

	return (int)syscall(SYS_ppoll, fds, count, timeout_ms < 0 ? NULL : &wait, NULL, 8);
}

pid_t getpgrp(void)
{
	return getpgid(0);
}
#endif

pid_t waitpid(pid_t pid, int *status, int flags)
{
	return wait4(pid, status, flags, NULL);
}

int mkfifo(const char *path, mode_t mode)
{
	return mknod(path, (mode & 07777) | S_IFIFO, 0);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
	return sendto(fd, data, size, flags, NULL, 0);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
	return recvfrom(fd, data, size, flags, NULL, NULL);
}

pid_t tcgetpgrp(int fd)
{
	int group;

	return ioctl(fd, TIOCGPGRP, &group) < 0 ? -1 : group;
}

int tcsetpgrp(int fd, pid_t group)
{
	return ioctl(fd, TIOCSPGRP, &group);
}
#endif
