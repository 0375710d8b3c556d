// SPDX-License-Identifier: Apache-2.0
/*
 * calls-lose.c - requests of io_uring that the kernel does not tell all of: each must
 * be a loss with a name (losses.py).
 */
#include "calls.h"
#include "ring.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SEND_FD 1 /* IORING_MSG_SEND_FD */
#define MSG_RING 40
#define SKIP_SUCCESS (1 << 6) /* IOSQE_CQE_SKIP_SUCCESS */

/* Without a look at any result. */
static long submit(const struct ring *ring, unsigned int count)
{
	return syscall(SYS_io_uring_enter, ring->fd, count, 0, 0, NULL, 0);
}

/* Whether it has grown the file, nobody is told. */
static long silent_write(void)
{
	struct io_uring_sqe s = { .opcode = IORING_OP_WRITE,
		.flags = SKIP_SUCCESS,
		.fd = open("silent", O_WRONLY | O_CREAT, 0644),
		.addr = (uintptr_t) "words",
		.len = 5 };
	struct ring ring;

	if (ring_open(&ring))
		return -1;
	ring_put(&ring, &s);
	return submit(&ring, 1);
}

/* Twelve results in a queue of eight. */
static long overflow(void)
{
	struct io_uring_sqe nop = { .opcode = IORING_OP_NOP };
	struct ring ring;

	if (ring_open(&ring))
		return -1;
	for (int i = 0; i < 3; i++) {
		for (unsigned int k = 0; k < ring.p.sq_entries; k++)
			ring_put(&ring, &nop);
		if (submit(&ring, ring.p.sq_entries) < 0)
			return -1;
	}
	return 0;
}

/* A ring of another process, with room for one file. */
static void other_ring(int tell)
{
	int none = -1;
	struct ring ring;

	if (ring_open(&ring) ||
		syscall(SYS_io_uring_register, ring.fd, 2 /* REGISTER_FILES */, &none, 1) ||
		write(tell, &ring.fd, sizeof(ring.fd)) < 0)
		_exit(1);
	pause();
}

static long pass_to(pid_t pid, int fd)
{
	int file = open("passed", O_RDONLY | O_CREAT, 0644);
	int pidfd = (int)CALL(434, pid, 0);
	struct io_uring_sqe s = { .opcode = MSG_RING, .addr = SEND_FD, .file_index = 1 };
	struct ring ring;

	s.fd = (int)CALL(438, pidfd, fd, 0);
	if (ring_open(&ring) || s.fd < 0 ||
		syscall(SYS_io_uring_register, ring.fd, 2 /* REGISTER_FILES */, &file, 1))
		return -1;
	return ring_run(&ring, &s);
}

static long passed(void)
{
	int ends[2], fd = -1;
	long r = -1;
	pid_t pid;

	if (pipe(ends))
		return -1;
	pid = fork();
	if (!pid)
		other_ring(ends[1]);
	if (read(ends[0], &fd, sizeof(fd)) == sizeof(fd))
		r = pass_to(pid, fd);
	kill(pid, SIGKILL);
	return r;
}

int lose(const char *what)
{
	static const struct {
		const char *name;
		long (*run)(void);
	} ways[] = { { "silent", silent_write }, { "overflow", overflow }, { "passed", passed } };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(what, ways[i].name) && ways[i].run() < 0) {
			perror(what);
			return errno == ENOSYS || errno == EINVAL || errno == EPERM ? 77 : 1;
		}
	return 0;
}
