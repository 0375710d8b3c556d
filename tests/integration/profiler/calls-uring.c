// SPDX-License-Identifier: Apache-2.0
/*
 * calls-uring.c - io_uring, without liburing.
 */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
	struct io_uring_sqe s = { .opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.open_flags = O_RDONLY };
	return uring(&s);
}

CASE(do_uring_missing)
{
	struct io_uring_sqe s = { .opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.open_flags = O_RDONLY };
	return uring(&s) < 0 && errno == ENOENT ? 0 : -1;
}

CASE(do_uring_statx)
{
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
	struct io_uring_sqe s = {
		.opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (uintptr_t)name
	};
	return uring(&s);
}

CASE(do_uring_mkdir)
{
	struct io_uring_sqe s = {
		.opcode = 37, .fd = AT_FDCWD, .addr = (uintptr_t)name, .len = 0700
	};
	return uring(&s);
}

const struct one calls_uring[] = {
	ONE(A_FILE, do_uring_open),
	ONE(NOTHING, do_uring_missing),
	ONE(A_FILE, do_uring_statx),
	ONE(A_FILE, do_uring_rename),
	ONE(A_FILE, do_uring_unlink),
	ONE(NOTHING, do_uring_mkdir),
	{},
};
