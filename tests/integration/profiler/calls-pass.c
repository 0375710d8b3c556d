// SPDX-License-Identifier: Apache-2.0
/*
 * calls-pass.c - descriptors that somebody outside the profiled cgroup opened.
 *
 * `calls serve` stands outside: for each connection to the socket "outside" it
 * opens the file that was named there and passes the descriptor. So the file is
 * in the trace only if its arrival was seen.
 */
#include "calls.h"
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define TWICE 2 /* descriptors a message */

struct parcel {
	char control[CMSG_SPACE(TWICE * sizeof(int))] __attribute__((aligned(8)));
	char text[64];
	struct iovec io;
	struct msghdr message;
};

static struct msghdr *parcel_init(struct parcel *parcel)
{
	memset(parcel, 0, sizeof(*parcel));
	parcel->io = (struct iovec){ parcel->text, sizeof(parcel->text) };
	parcel->message.msg_iov = &parcel->io;
	parcel->message.msg_iovlen = 1;
	parcel->message.msg_control = parcel->control;
	parcel->message.msg_controllen = sizeof(parcel->control);
	return &parcel->message;
}

/* The same open file twice: the second one follows the first in the message. */
static void hand_out(int to)
{
	char name[128] = "", other[160];
	int fd[TWICE];
	struct parcel parcel;
	struct msghdr *m = parcel_init(&parcel);
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (read(to, name, sizeof(name) - 1) <= 0)
		_exit(1);
	snprintf(other, sizeof(other), "%s_other", name);
	fd[0] = open(name, O_RDWR);
	fd[1] = open(other, O_WRONLY | O_CREAT, 0644);
	if (fd[0] < 0 || fd[1] < 0)
		_exit(1);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), fd, sizeof(fd));
	snprintf(parcel.text, sizeof(parcel.text), "%d %d", getpid(), fd[0]);
	if (sendmsg(to, m, 0) < 0)
		_exit(1);
	_exit(read(to, name, 1) < 0); /* keeps the files open for pidfd_getfd */
}

static struct sockaddr_un outside = { .sun_family = AF_UNIX, .sun_path = "outside" };

int serve_outside(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (void *)&outside, sizeof(outside)) || listen(fd, 16))
		return 1;
	puts("serving"); /* the reader waits for it */
	fflush(stdout);
	for (;;) {
		int to = accept(fd, NULL, NULL);

		if (to < 0)
			return 1;
		if (!fork())
			hand_out(to);
		close(to);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

static int ask_outside(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (connect(fd, (void *)&outside, sizeof(outside)) || write(fd, name, strlen(name)) < 0)
		return -1;
	return fd;
}

CASE(do_pass_recvmsg)
{
	struct parcel parcel;

	return CALL(SYS_recvmsg, ask_outside(name), parcel_init(&parcel), 0);
}

CASE(do_pass_recvmmsg)
{
	struct parcel parcel;
	struct mmsghdr m = { .msg_hdr = *parcel_init(&parcel) };

	return CALL(SYS_recvmmsg, ask_outside(name), &m, 1, 0, NULL);
}

CASE(do_pass_getfd)
{
	struct parcel parcel;
	int from = ask_outside(name), pid, fd, pidfd;

	/* Read without room for descriptors: they are dropped. */
	parcel_init(&parcel);
	if (read(from, parcel.text, sizeof(parcel.text)) <= 0 ||
		sscanf(parcel.text, "%d %d", &pid, &fd) != 2)
		return -1;
	pidfd = (int)CALL(434, pid, 0);
	return pidfd < 0 ? -1 : CALL(438, pidfd, fd, 0);
}

CASE(do_pass_uring)
{
	static struct parcel parcel;
	struct io_uring_sqe s = { .opcode = IORING_OP_RECVMSG,
		.fd = ask_outside(name),
		.addr = (uintptr_t)parcel_init(&parcel),
		.len = 1 };
	return uring(&s);
}

/* recvmsg of 32 bits: int 0x80 (socketcall), a 32-bit msghdr below 4 GiB */
CASE(do_pass_32)
{
	struct {
		uint32_t name, name_len, iov, iov_count, control, control_len, flags;
		uint32_t iov_base, iov_len;
		uint32_t args[3];
		char room[64], text[64];
	} *m = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	m->iov = (uint32_t)(uintptr_t)&m->iov_base;
	m->iov_count = 1;
	m->iov_base = (uint32_t)(uintptr_t)m->text;
	m->iov_len = sizeof(m->text);
	m->control = (uint32_t)(uintptr_t)m->room;
	m->control_len = sizeof(m->room);
	m->args[0] = (uint32_t)ask_outside(name);
	m->args[1] = (uint32_t)(uintptr_t)m;
	return call_32(102, 17, (long)m->args, 0);
}

/* Into a root that does not hold the file. */
CASE(do_pass_chroot)
{
	struct parcel parcel;
	pid_t pid;
	int status, from = ask_outside(name);

	mkdir("do_pass_chroot_jail", 0755);
	pid = fork();
	if (!pid)
		_exit(CALL(SYS_chroot, "do_pass_chroot_jail") ||
			CALL(SYS_recvmsg, from, parcel_init(&parcel), 0) < 0);
	return waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}

/* Into a mount namespace that is not the sender's: a program of its own there. */
CASE(do_pass_mntns)
{
	int status, from = ask_outside(name);
	char number[16];
	pid_t pid = fork();

	snprintf(number, sizeof(number), "%d", from);
	if (!pid) {
		if (unshare(CLONE_NEWNS) == 0)
			execl("/proc/self/exe", "calls", "receive", number, NULL);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}

int receive(int from)
{
	struct parcel parcel;

	return CALL(SYS_recvmsg, from, parcel_init(&parcel), 0) < 0;
}

const struct one calls_pass[] = {
	ONE(A_FILE, do_pass_recvmsg),
	ONE(A_FILE, do_pass_recvmmsg),
	ONE(A_FILE, do_pass_getfd),
	ONE(A_FILE, do_pass_uring),
	ONE(A_FILE, do_pass_32),
	ONE(A_FILE, do_pass_chroot),
	ONE(A_FILE, do_pass_mntns),
	{},
};
