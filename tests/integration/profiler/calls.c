// SPDX-License-Identifier: Apache-2.0
/*
 * calls.c - makes every system call that names something, once, by its number.
 *
 * usage: calls setup | calls run [CASE]...
 *
 * Each case uses names of its own in the working directory, so that a trace
 * tells the cases apart; check-calls.py says what must be found. A case that the
 * kernel does not know (ENOSYS) prints "skip CASE".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#define PATH (const char *)name
#define OTHER (const char *)other
#define CALL(...) syscall(__VA_ARGS__)

enum before { NOTHING, A_FILE, A_DIR, A_LINK, A_PROGRAM };

struct one {
	const char *name;
	enum before before;
	long (*run)(const char *name, const char *other);
};

static int dir_fd(void)
{
	return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

#define CASE(case_name) static long case_name(const char *name, const char *other)
#define UNUSED ((void)name, (void)other)

/* opens */
CASE(do_open)
{
	UNUSED;
	return CALL(SYS_open, name, O_RDONLY);
}
CASE(do_open_write)
{
	UNUSED;
	int fd = CALL(SYS_open, name, O_WRONLY);
	return write(fd, "12345", 5);
}
CASE(do_open_create)
{
	UNUSED;
	int fd = CALL(SYS_open, name, O_RDWR | O_CREAT, 0600);
	return write(fd, "123", 3);
}
CASE(do_open_missing)
{
	UNUSED;
	return CALL(SYS_open, name, O_RDONLY) < 0 && errno == ENOENT ? 0 : -1;
}
CASE(do_open_link)
{
	UNUSED;
	return CALL(SYS_open, name, O_RDONLY);
}
CASE(do_open_nofollow)
{
	UNUSED;
	return CALL(SYS_open, name, O_RDONLY | O_NOFOLLOW) < 0 && errno == ELOOP ? 0 : -1;
}
CASE(do_open_path)
{
	UNUSED;
	return CALL(SYS_open, name, O_PATH);
}
CASE(do_open_trunc)
{
	UNUSED;
	return CALL(SYS_open, name, O_RDONLY | O_TRUNC);
}
CASE(do_openat)
{
	UNUSED;
	return CALL(SYS_openat, dir_fd(), name, O_RDONLY);
}
CASE(do_openat2)
{
	UNUSED;
	struct open_how how = { .flags = O_RDONLY };
	return CALL(SYS_openat2, dir_fd(), name, &how, sizeof(how));
}
CASE(do_creat)
{
	UNUSED;
	return CALL(SYS_creat, name, 0600);
}
CASE(do_tmpfile)
{
	UNUSED;
	return CALL(SYS_open, name, O_RDWR | O_TMPFILE, 0600);
}
CASE(do_open_dir)
{
	UNUSED;
	return CALL(SYS_open, name, O_RDONLY | O_DIRECTORY);
}
CASE(do_handle)
{
	UNUSED;
	struct {
		struct file_handle head;
		char room[128];
	} h = { .head.handle_bytes = 128 };
	int mount, fd;

	if (CALL(SYS_name_to_handle_at, AT_FDCWD, name, &h, &mount, 0) < 0)
		return -1;
	fd = CALL(SYS_open_by_handle_at, AT_FDCWD, &h, O_RDONLY);
	return fd;
}
/* looks */
CASE(do_stat)
{
	UNUSED;
	struct stat st;
	return CALL(SYS_stat, name, &st);
}
CASE(do_lstat)
{
	UNUSED;
	struct stat st;
	return CALL(SYS_lstat, name, &st);
}
CASE(do_fstatat)
{
	UNUSED;
	struct stat st;
	return CALL(SYS_newfstatat, dir_fd(), name, &st, 0);
}
CASE(do_statx)
{
	UNUSED;
	struct statx st;
	return CALL(SYS_statx, dir_fd(), name, 0, STATX_SIZE, &st);
}
CASE(do_stat_missing)
{
	UNUSED;
	struct stat st;
	return CALL(SYS_stat, name, &st) < 0 && errno == ENOENT ? 0 : -1;
}
CASE(do_stat_notdir)
{
	UNUSED;
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/below", name);
	return CALL(SYS_stat, path, &st) < 0 && errno == ENOTDIR ? 0 : -1;
}
CASE(do_access)
{
	UNUSED;
	return CALL(SYS_access, name, R_OK);
}
CASE(do_faccessat)
{
	UNUSED;
	return CALL(SYS_faccessat, dir_fd(), name, R_OK);
}
CASE(do_faccessat2)
{
	UNUSED;
	return CALL(439, dir_fd(), name, R_OK, 0);
}
CASE(do_statfs)
{
	UNUSED;
	char room[512];
	return CALL(SYS_statfs, name, room);
}
CASE(do_readlink)
{
	UNUSED;
	char room[512];
	return CALL(SYS_readlink, name, room, sizeof(room));
}
CASE(do_readlinkat)
{
	UNUSED;
	char room[512];
	return CALL(SYS_readlinkat, dir_fd(), name, room, sizeof(room));
}
CASE(do_getxattr)
{
	UNUSED;
	char room[64];
	CALL(SYS_getxattr, name, "user.none", room, sizeof(room));
	return 0;
}
CASE(do_lgetxattr)
{
	UNUSED;
	char room[64];
	CALL(SYS_lgetxattr, name, "user.none", room, sizeof(room));
	return 0;
}
CASE(do_listxattr)
{
	UNUSED;
	char room[64];
	CALL(SYS_listxattr, name, room, sizeof(room));
	return 0;
}
CASE(do_llistxattr)
{
	UNUSED;
	char room[64];
	CALL(SYS_llistxattr, name, room, sizeof(room));
	return 0;
}
CASE(do_inotify)
{
	UNUSED;
	return CALL(SYS_inotify_add_watch, inotify_init1(0), name, IN_MODIFY);
}
CASE(do_fanotify)
{
	UNUSED;
	int fd = fanotify_init(FAN_CLASS_NOTIF, 0);
	return fd < 0 ? -1 : CALL(SYS_fanotify_mark, fd, FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD, name);
}
/* directories */
CASE(do_chdir)
{
	UNUSED;
	int here = dir_fd();
	long r = CALL(SYS_chdir, name);
	struct stat st;
	stat("inner_of_chdir", &st);
	if (fchdir(here))
		return -1;
	return r;
}
CASE(do_chdir_link)
{
	UNUSED;
	int here = dir_fd();
	long r = CALL(SYS_chdir, name);
	if (fchdir(here))
		return -1;
	return r;
}
CASE(do_fchdir)
{
	UNUSED;
	int here = dir_fd();
	long r = CALL(SYS_fchdir, open(name, O_PATH));
	if (fchdir(here))
		return -1;
	return r;
}
CASE(do_chroot)
{
	UNUSED;
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct stat st;
		int r = CALL(SYS_chroot, name);

		stat("/inner_of_chroot", &st);
		_exit(r ? 1 : 0);
	}
	return waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}
CASE(do_getdents64)
{
	UNUSED;
	char room[4096];
	return CALL(SYS_getdents64, open(name, O_RDONLY), room, sizeof(room));
}
CASE(do_getdents)
{
	UNUSED;
	char room[4096];
	return CALL(SYS_getdents, open(name, O_RDONLY), room, sizeof(room));
}
/* changes */
CASE(do_truncate)
{
	UNUSED;
	return CALL(SYS_truncate, name, 7);
}
CASE(do_ftruncate)
{
	UNUSED;
	return CALL(SYS_ftruncate, open(name, O_WRONLY), 4097);
}
CASE(do_fallocate)
{
	UNUSED;
	return CALL(SYS_fallocate, open(name, O_WRONLY), 0, 0, 5000);
}
CASE(do_mkdir)
{
	UNUSED;
	return CALL(SYS_mkdir, name, 0700);
}
CASE(do_mkdir_exists)
{
	UNUSED;
	return CALL(SYS_mkdir, name, 0700) < 0 && errno == EEXIST ? 0 : -1;
}
CASE(do_mkdirat)
{
	UNUSED;
	return CALL(SYS_mkdirat, dir_fd(), name, 0700);
}
CASE(do_mknod)
{
	UNUSED;
	return CALL(SYS_mknod, name, S_IFIFO | 0600, 0);
}
CASE(do_mknodat)
{
	UNUSED;
	return CALL(SYS_mknodat, dir_fd(), name, S_IFIFO | 0600, 0);
}
CASE(do_rename)
{
	return CALL(SYS_rename, name, other);
}
CASE(do_renameat)
{
	return CALL(SYS_renameat, dir_fd(), name, dir_fd(), other);
}
CASE(do_renameat2)
{
	return CALL(SYS_renameat2, dir_fd(), name, dir_fd(), other, 0);
}
CASE(do_unlink)
{
	UNUSED;
	return CALL(SYS_unlink, name);
}
CASE(do_unlinkat)
{
	UNUSED;
	return CALL(SYS_unlinkat, dir_fd(), name, 0);
}
CASE(do_unlink_missing)
{
	UNUSED;
	return CALL(SYS_unlink, name) < 0 && errno == ENOENT ? 0 : -1;
}
CASE(do_rmdir)
{
	UNUSED;
	return CALL(SYS_rmdir, name);
}
CASE(do_rmdirat)
{
	UNUSED;
	return CALL(SYS_unlinkat, dir_fd(), name, AT_REMOVEDIR);
}
CASE(do_link)
{
	return CALL(SYS_link, name, other);
}
CASE(do_linkat)
{
	return CALL(SYS_linkat, dir_fd(), name, dir_fd(), other, 0);
}
CASE(do_linkat_fd)
{
	return CALL(SYS_linkat, open(name, O_RDONLY), "", AT_FDCWD, other, AT_EMPTY_PATH);
}
CASE(do_symlink)
{
	return CALL(SYS_symlink, name, other);
}
CASE(do_symlinkat)
{
	return CALL(SYS_symlinkat, name, dir_fd(), other);
}
CASE(do_chmod)
{
	UNUSED;
	return CALL(SYS_chmod, name, 0640);
}
CASE(do_fchmod)
{
	UNUSED;
	return CALL(SYS_fchmod, open(name, O_RDONLY), 0640);
}
CASE(do_fchmodat)
{
	UNUSED;
	return CALL(SYS_fchmodat, dir_fd(), name, 0640);
}
CASE(do_fchmodat2)
{
	UNUSED;
	return CALL(452, dir_fd(), name, 0640, 0);
}
CASE(do_chown)
{
	UNUSED;
	return CALL(SYS_chown, name, 1, 1);
}
CASE(do_lchown)
{
	UNUSED;
	return CALL(SYS_lchown, name, 1, 1);
}
CASE(do_fchown)
{
	UNUSED;
	return CALL(SYS_fchown, open(name, O_RDONLY), 1, 1);
}
CASE(do_fchownat)
{
	UNUSED;
	return CALL(SYS_fchownat, dir_fd(), name, 1, 1, 0);
}
CASE(do_fchownat_self)
{
	UNUSED;
	return CALL(SYS_fchownat, open(name, O_PATH), "", 1, 1, AT_EMPTY_PATH);
}
CASE(do_utime)
{
	UNUSED;
	return CALL(SYS_utime, name, NULL);
}
CASE(do_utimes)
{
	UNUSED;
	return CALL(SYS_utimes, name, NULL);
}
CASE(do_futimesat)
{
	UNUSED;
	return CALL(SYS_futimesat, dir_fd(), name, NULL);
}
CASE(do_utimensat)
{
	UNUSED;
	return CALL(SYS_utimensat, dir_fd(), name, NULL, 0);
}
CASE(do_futimens)
{
	UNUSED;
	return CALL(SYS_utimensat, open(name, O_RDONLY), NULL, NULL, 0);
}
CASE(do_setxattr)
{
	UNUSED;
	CALL(SYS_setxattr, name, "user.x", "1", 1, 0);
	return 0;
}
CASE(do_lsetxattr)
{
	UNUSED;
	CALL(SYS_lsetxattr, name, "user.x", "1", 1, 0);
	return 0;
}
CASE(do_fsetxattr)
{
	UNUSED;
	CALL(SYS_fsetxattr, open(name, O_RDONLY), "user.x", "1", 1, 0);
	return 0;
}
CASE(do_removexattr)
{
	UNUSED;
	CALL(SYS_removexattr, name, "user.x");
	return 0;
}
CASE(do_lremovexattr)
{
	UNUSED;
	CALL(SYS_lremovexattr, name, "user.x");
	return 0;
}
/* writes that only descriptors see */
CASE(do_pwrite)
{
	UNUSED;
	return CALL(SYS_pwrite64, open(name, O_WRONLY), "x", 1, 99L);
}
CASE(do_writev)
{
	UNUSED;
	struct {
		const char *p;
		size_t n;
	} v = { "12345678", 8 };
	return CALL(SYS_writev, open(name, O_WRONLY), &v, 1L);
}
CASE(do_copy_range)
{
	int in = open(name, O_RDONLY), out = open(other, O_WRONLY | O_CREAT, 0600);
	return CALL(SYS_sendfile, out, in, NULL, 4);
}
/* sockets */
static long unix_call(int number, const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", name);
	return CALL(number, fd, &addr, sizeof(addr));
}
CASE(do_bind)
{
	UNUSED;
	return unix_call(SYS_bind, name);
}
CASE(do_connect)
{
	UNUSED;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", name);
	if (bind(fd, (void *)&a, sizeof(a)) || listen(fd, 1))
		return -1;
	return unix_call(SYS_connect, name);
}
CASE(do_connect_missing)
{
	UNUSED;
	return unix_call(SYS_connect, name) < 0 && errno == ENOENT ? 0 : -1;
}
static struct sockaddr_un dgram;
CASE(do_sendto)
{
	UNUSED;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), to = socket(AF_UNIX, SOCK_DGRAM, 0);
	dgram.sun_family = AF_UNIX;
	snprintf(dgram.sun_path, sizeof(dgram.sun_path), "%s", name);
	if (bind(to, (void *)&dgram, sizeof(dgram)))
		return -1;
	return CALL(SYS_sendto, fd, "x", 1L, 0, &dgram, sizeof(dgram));
}
CASE(do_sendmsg)
{
	UNUSED;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), to = socket(AF_UNIX, SOCK_DGRAM, 0);
	dgram.sun_family = AF_UNIX;
	snprintf(dgram.sun_path, sizeof(dgram.sun_path), "%s", name);
	if (bind(to, (void *)&dgram, sizeof(dgram)))
		return -1;
	struct msghdr m = { .msg_name = &dgram, .msg_namelen = sizeof(dgram) };
	return CALL(SYS_sendmsg, fd, &m, 0);
}
CASE(do_sendmmsg) /* the second message is addressed */
{
	UNUSED;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), to = socket(AF_UNIX, SOCK_DGRAM, 0);
	int hidden = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct sockaddr_un first = { .sun_family = AF_UNIX, .sun_path = "\0do_sendmmsg" };
	struct mmsghdr m[2] = {};

	dgram.sun_family = AF_UNIX;
	snprintf(dgram.sun_path, sizeof(dgram.sun_path), "%s", name);
	if (bind(to, (void *)&dgram, sizeof(dgram)) || bind(hidden, (void *)&first, sizeof(first)))
		return -1;
	m[0].msg_hdr.msg_name = &first;
	m[0].msg_hdr.msg_namelen = sizeof(first);
	m[1].msg_hdr.msg_name = &dgram;
	m[1].msg_hdr.msg_namelen = sizeof(dgram);
	return CALL(SYS_sendmmsg, fd, m, 2, 0) == 2 ? 0 : -1;
}
CASE(do_listen)
{
	UNUSED;
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(17171),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (void *)&a, sizeof(a)))
		return -1;
	return listen(fd, 1);
}
CASE(do_bind_udp6)
{
	UNUSED;
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
		.sin6_port = htons(17172),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	return bind(socket(AF_INET6, SOCK_DGRAM, 0), (void *)&a, sizeof(a));
}
/* descriptors from elsewhere: opened by a process outside is not possible here,
 * so a child passes one and the name is opened under another name only */
CASE(do_scm_rights)
{
	UNUSED;
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte = 'x';
	struct {
		void *p;
		size_t n;
	} io = { &byte, 1 };
	struct msghdr m = { .msg_iov = (void *)&io,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	int ends[2], fd;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return -1;
	if (!fork()) {
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		fd = open(name, O_RDWR);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
		_exit(sendmsg(ends[0], &m, 0) < 0);
	}
	return CALL(SYS_recvmsg, ends[1], &m, 0);
}
/* programs */
static long run_child(const char *path, int how)
{
	const char *argv[] = { path, "word", NULL };
	pid_t pid = fork();
	int status;

	if (!pid) {
		int fd = how ? open(path, O_RDONLY) : -1;

		if (how == 0)
			CALL(SYS_execve, path, argv, (char *[]){ NULL });
		else if (how == 1)
			CALL(SYS_execveat, fd, "", argv, (char *[]){ NULL }, AT_EMPTY_PATH);
		else
			CALL(SYS_execveat, AT_FDCWD, path, argv, (char *[]){ NULL }, 0);
		_exit(errno == ENOENT ? 44 : errno == EACCES ? 45 : errno == ENOEXEC ? 46 : 47);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	if (WEXITSTATUS(status) > 47 || WEXITSTATUS(status) == 1)
		printf("%s ended with %d\n", path, WEXITSTATUS(status));
	return WEXITSTATUS(status);
}
CASE(do_execve)
{
	UNUSED;
	return -run_child(name, 0);
}
CASE(do_execve_missing)
{
	UNUSED;
	return run_child(name, 0) == 44 ? 0 : -1;
}
CASE(do_execve_denied)
{
	UNUSED;
	return run_child(name, 0) == 45 ? 0 : -1;
}
CASE(do_execveat)
{
	UNUSED;
	return -run_child(name, 2);
}
CASE(do_execveat_fd)
{
	UNUSED;
	return -run_child(name, 1);
}
CASE(do_exec_memfd)
{
	UNUSED;
	int in = open("/bin/true", O_RDONLY), fd = CALL(SYS_memfd_create, "clnmem", 1);
	const char *argv[] = { "true", NULL };
	char room[65536];
	ssize_t got;
	pid_t pid;
	int status;

	while ((got = read(in, room, sizeof(room))) > 0)
		if (write(fd, room, (size_t)got) != got)
			return -1;
	pid = fork();
	if (!pid) {
		CALL(SYS_execveat, fd, "", argv, (char *[]){ NULL }, AT_EMPTY_PATH);
		_exit(47);
	}
	return waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}
CASE(do_mmap_exec)
{
	UNUSED;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, open(name, O_RDONLY), 0) ==
			       MAP_FAILED
		       ? -1
		       : 0;
}
/* refused: as another user */
static long as_nobody(long (*what)(const char *), const char *name)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (CALL(SYS_setresuid, 65534, 65534, 65534))
			_exit(1);
		_exit(what(name) < 0 && (errno == EACCES || errno == EPERM) ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}
static long try_write(const char *name)
{
	return CALL(SYS_open, name, O_WRONLY);
}
static long try_mkdir(const char *name)
{
	return CALL(SYS_mkdir, name, 0700);
}
CASE(do_open_denied)
{
	UNUSED;
	return as_nobody(try_write, name);
}
CASE(do_mkdir_denied)
{
	UNUSED;
	return as_nobody(try_mkdir, name);
}
/* 32-bit: int 0x80 with strings below 4 GiB */
static long call_32(long nr, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	return r < 0 && r > -4096 ? (errno = (int)-r, -1) : r;
}
static long low(const char *text)
{
	char *at = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	snprintf(at, 4096, "%s", text);
	return (long)at;
}
CASE(do_open_32)
{
	UNUSED;
	return call_32(5, low(name), O_RDONLY, 0);
}
CASE(do_mkdir_32)
{
	UNUSED;
	return call_32(39, low(name), 0700, 0);
}
CASE(do_stat64_32)
{
	UNUSED;
	return call_32(195, low(name), low(""), 0);
}
CASE(do_unlink_32)
{
	UNUSED;
	return call_32(10, low(name), 0, 0);
}
CASE(do_rename_32)
{
	return call_32(38, low(name), low(other), 0);
}
CASE(do_openat_32)
{
	UNUSED;
	return call_32(295, dir_fd(), low(name), O_RDONLY);
}
CASE(do_connect_32)
{
	UNUSED;
	struct sockaddr_un *a = (void *)low("");
	uint32_t *args = (void *)low("");

	a->sun_family = AF_UNIX;
	snprintf(a->sun_path, sizeof(a->sun_path), "%s", name);
	args[0] = (uint32_t)socket(AF_UNIX, SOCK_STREAM, 0);
	args[1] = (uint32_t)(long)a;
	args[2] = sizeof(*a);
	return call_32(102, 2, (long)args, 0); /* socketcall: bind */
}
/* io_uring, without liburing */
static long uring(struct io_uring_sqe *sqe)
{
	struct io_uring_params p = {};
	int fd = (int)syscall(SYS_io_uring_setup, 4, &p);
	struct io_uring_sqe *sqes;
	char *sq, *cq;

	if (fd < 0)
		return -1;
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
	sqes = mmap(NULL, p.sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqes == MAP_FAILED)
		return -1;
	sqes[0] = *sqe;
	*(unsigned int *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((unsigned int *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -1;
	errno = -((struct io_uring_cqe *)(cq + p.cq_off.cqes))->res;
	close(fd);
	return errno > 0 ? -1 : 0;
}
CASE(do_uring_open)
{
	UNUSED;
	struct io_uring_sqe s = { .opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.open_flags = O_RDONLY };
	return uring(&s);
}
CASE(do_uring_missing)
{
	UNUSED;
	struct io_uring_sqe s = { .opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.open_flags = O_RDONLY };
	return uring(&s) < 0 && errno == ENOENT ? 0 : -1;
}
CASE(do_uring_statx)
{
	UNUSED;
	static struct statx st;
	struct io_uring_sqe s = { .opcode = IORING_OP_STATX,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.len = STATX_SIZE,
		.off = (uintptr_t)&st };
	return uring(&s);
}
CASE(do_uring_rename)
{
	struct io_uring_sqe s = { .opcode = IORING_OP_RENAMEAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.len = (uint32_t)AT_FDCWD,
		.off = (uintptr_t)other };
	return uring(&s);
}
CASE(do_uring_unlink)
{
	UNUSED;
	struct io_uring_sqe s = {
		.opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (uintptr_t)name
	};
	return uring(&s);
}
CASE(do_uring_mkdir)
{
	UNUSED;
	struct io_uring_sqe s = {
		.opcode = 37, .fd = AT_FDCWD, .addr = (uintptr_t)name, .len = 0700
	};
	return uring(&s);
}
/* threads */
CASE(do_thread_exec)
{
	UNUSED;
	return run_child(name, 0);
}
CASE(do_dotdot)
{
	UNUSED;
	struct stat st;
	if (stat("dotdot_dir/../dotdot_file", &st))
		return -1;
	return stat("dotdot_link/../dotdot_inner", &st); /* in dotdot_dir */
}

#define ONE(before, function)               \
	{                                   \
#function, before, function \
	}
static const struct one ones[] = {
	ONE(A_FILE, do_open),
	ONE(A_FILE, do_open_write),
	ONE(NOTHING, do_open_create),
	ONE(NOTHING, do_open_missing),
	ONE(A_LINK, do_open_link),
	ONE(A_LINK, do_open_nofollow),
	ONE(A_FILE, do_open_path),
	ONE(A_FILE, do_open_trunc),
	ONE(A_FILE, do_openat),
	ONE(A_FILE, do_openat2),
	ONE(NOTHING, do_creat),
	ONE(A_DIR, do_tmpfile),
	ONE(A_DIR, do_open_dir),
	ONE(A_FILE, do_handle),
	ONE(A_FILE, do_stat),
	ONE(A_LINK, do_lstat),
	ONE(A_FILE, do_fstatat),
	ONE(A_FILE, do_statx),
	ONE(NOTHING, do_stat_missing),
	ONE(A_FILE, do_stat_notdir),
	ONE(A_FILE, do_access),
	ONE(A_FILE, do_faccessat),
	ONE(A_FILE, do_faccessat2),
	ONE(A_FILE, do_statfs),
	ONE(A_LINK, do_readlink),
	ONE(A_LINK, do_readlinkat),
	ONE(A_FILE, do_getxattr),
	ONE(A_FILE, do_lgetxattr),
	ONE(A_FILE, do_listxattr),
	ONE(A_FILE, do_llistxattr),
	ONE(A_FILE, do_inotify),
	ONE(A_FILE, do_fanotify),
	ONE(A_DIR, do_chdir),
	ONE(A_LINK, do_chdir_link),
	ONE(A_DIR, do_fchdir),
	ONE(A_DIR, do_chroot),
	ONE(A_DIR, do_getdents64),
	ONE(A_DIR, do_getdents),
	ONE(A_FILE, do_truncate),
	ONE(A_FILE, do_ftruncate),
	ONE(A_FILE, do_fallocate),
	ONE(NOTHING, do_mkdir),
	ONE(A_DIR, do_mkdir_exists),
	ONE(NOTHING, do_mkdirat),
	ONE(NOTHING, do_mknod),
	ONE(NOTHING, do_mknodat),
	ONE(A_FILE, do_rename),
	ONE(A_FILE, do_renameat),
	ONE(A_FILE, do_renameat2),
	ONE(A_FILE, do_unlink),
	ONE(A_FILE, do_unlinkat),
	ONE(NOTHING, do_unlink_missing),
	ONE(A_DIR, do_rmdir),
	ONE(A_DIR, do_rmdirat),
	ONE(A_FILE, do_link),
	ONE(A_FILE, do_linkat),
	ONE(A_FILE, do_linkat_fd),
	ONE(NOTHING, do_symlink),
	ONE(NOTHING, do_symlinkat),
	ONE(A_FILE, do_chmod),
	ONE(A_FILE, do_fchmod),
	ONE(A_FILE, do_fchmodat),
	ONE(A_FILE, do_fchmodat2),
	ONE(A_FILE, do_chown),
	ONE(A_LINK, do_lchown),
	ONE(A_FILE, do_fchown),
	ONE(A_FILE, do_fchownat),
	ONE(A_FILE, do_fchownat_self),
	ONE(A_FILE, do_utime),
	ONE(A_FILE, do_utimes),
	ONE(A_FILE, do_futimesat),
	ONE(A_FILE, do_utimensat),
	ONE(A_FILE, do_futimens),
	ONE(A_FILE, do_setxattr),
	ONE(A_FILE, do_lsetxattr),
	ONE(A_FILE, do_fsetxattr),
	ONE(A_FILE, do_removexattr),
	ONE(A_FILE, do_lremovexattr),
	ONE(A_FILE, do_pwrite),
	ONE(A_FILE, do_writev),
	ONE(A_FILE, do_copy_range),
	ONE(NOTHING, do_bind),
	ONE(NOTHING, do_connect),
	ONE(NOTHING, do_connect_missing),
	ONE(NOTHING, do_sendto),
	ONE(NOTHING, do_sendmsg),
	ONE(NOTHING, do_sendmmsg),
	ONE(NOTHING, do_listen),
	ONE(NOTHING, do_bind_udp6),
	ONE(A_FILE, do_scm_rights),
	ONE(A_PROGRAM, do_execve),
	ONE(NOTHING, do_execve_missing),
	ONE(A_FILE, do_execve_denied),
	ONE(A_PROGRAM, do_execveat),
	ONE(A_PROGRAM, do_execveat_fd),
	ONE(NOTHING, do_exec_memfd),
	ONE(A_PROGRAM, do_mmap_exec),
	ONE(A_FILE, do_open_denied),
	ONE(NOTHING, do_mkdir_denied),
	ONE(A_FILE, do_open_32),
	ONE(NOTHING, do_mkdir_32),
	ONE(A_FILE, do_stat64_32),
	ONE(A_FILE, do_unlink_32),
	ONE(A_FILE, do_rename_32),
	ONE(A_FILE, do_openat_32),
	ONE(NOTHING, do_connect_32),
	ONE(A_FILE, do_uring_open),
	ONE(NOTHING, do_uring_missing),
	ONE(A_FILE, do_uring_statx),
	ONE(A_FILE, do_uring_rename),
	ONE(A_FILE, do_uring_unlink),
	ONE(NOTHING, do_uring_mkdir),
	ONE(A_PROGRAM, do_thread_exec),
	ONE(NOTHING, do_dotdot),
};

static void make_file(const char *name, mode_t mode, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd))
		_exit(1);
}

static int setup(void)
{
	for (size_t i = 0; i < sizeof(ones) / sizeof(ones[0]); i++) {
		const char *name = ones[i].name;
		char target[128];

		snprintf(target, sizeof(target), "%s_target", name);
		switch (ones[i].before) {
		case NOTHING:
			break;
		case A_FILE:
			make_file(name, 0644, "content\n");
			break;
		case A_DIR:
			mkdir(name, 0755);
			break;
		case A_LINK:
			if (strstr(name, "chdir"))
				mkdir(target, 0755);
			else
				make_file(target, 0644, "content\n");
			if (symlink(target, name))
				return 1;
			break;
		case A_PROGRAM:
			make_file(name, 0755, "#!/bin/true\n");
			break;
		}
	}
	mkdir("dotdot_dir", 0755);
	make_file("dotdot_file", 0644, "");
	make_file("dotdot_dir/dotdot_inner", 0644, "");
	mkdir("dotdot_dir/below", 0755);
	if (symlink("dotdot_dir/below", "dotdot_link"))
		_exit(1);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc > 1 && !strcmp(argv[1], "setup"))
		return setup();
	for (size_t i = 0; i < sizeof(ones) / sizeof(ones[0]); i++) {
		char other[128];
		long r;

		snprintf(other, sizeof(other), "%s_other", ones[i].name);
		errno = 0;
		r = ones[i].run(ones[i].name, other);
		if (r >= 0)
			continue;
		if (errno == ENOSYS || errno == EOPNOTSUPP || errno == EAFNOSUPPORT ||
			(strstr(ones[i].name, "uring") && (errno == EPERM || errno == EINVAL)) ||
			(strstr(ones[i].name, "fanotify") && errno == EPERM) ||
			(strstr(ones[i].name, "handle") && errno == EPERM)) {
			printf("skip %s\n", ones[i].name);
			continue;
		}
		printf("fail %s %s\n", ones[i].name, strerror(errno));
		failed = 1;
	}
	return failed;
}
