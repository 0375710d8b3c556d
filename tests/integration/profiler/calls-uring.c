// SPDX-License-Identifier: Apache-2.0
/*
 * calls-uring.c - io_uring on files.
 */
#include "calls.h"
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

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

CASE(do_uring_openat2)
{
	static struct open_how how = { .flags = O_WRONLY };
	struct io_uring_sqe s = { .opcode = IORING_OP_OPENAT2,
		.fd = dir_fd(),
		.addr = (uintptr_t)name,
		.len = sizeof(how),
		.off = (uintptr_t)&how };
	struct io_uring_sqe w = { .opcode = IORING_OP_WRITE,
		.fd = (int)uring(&s),
		.addr = (uintptr_t) "0123456789",
		.len = 10 };
	return w.fd < 0 ? -1 : uring(&w);
}

CASE(do_uring_create)
{
	struct io_uring_sqe s = { .opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.open_flags = O_WRONLY | O_CREAT,
		.len = 0600 };
	struct iovec v = { "123", 3 };
	struct io_uring_sqe w = {
		.opcode = IORING_OP_WRITEV, .fd = (int)uring(&s), .addr = (uintptr_t)&v, .len = 1
	};
	return w.fd < 0 ? -1 : uring(&w);
}

CASE(do_uring_open_link)
{
	struct io_uring_sqe s = { .opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.open_flags = O_RDONLY };
	return uring(&s);
}

/* Into the ring's own table: no descriptor comes out. */
CASE(do_uring_direct)
{
	int none[2] = { -1, -1 };
	struct io_uring_sqe s = { .opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.open_flags = O_RDONLY,
		.file_index = 2 };
	struct ring ring;
	long r;

	if (ring_open(&ring) < 0 ||
		syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, none, 2) < 0)
		return -1;
	r = ring_run(&ring, &s);
	ring_close(&ring);
	return r;
}

CASE(do_uring_fallocate)
{
	struct io_uring_sqe s = {
		.opcode = IORING_OP_FALLOCATE, .fd = open(name, O_WRONLY), .addr = 6000
	};
	return uring(&s);
}

CASE(do_uring_ftruncate)
{
	struct io_uring_sqe s = { .opcode = 55, .fd = open(name, O_WRONLY), .off = 7000 };
	return uring(&s);
}

CASE(do_uring_rmdir)
{
	struct io_uring_sqe s = { .opcode = IORING_OP_UNLINKAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.unlink_flags = AT_REMOVEDIR };
	return uring(&s);
}

CASE(do_uring_symlink)
{
	struct io_uring_sqe s = {
		.opcode = 38, .fd = AT_FDCWD, .addr = (uintptr_t)name, .off = (uintptr_t)other
	};
	return uring(&s);
}

CASE(do_uring_link)
{
	struct io_uring_sqe s = { .opcode = 39,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.len = (uint32_t)AT_FDCWD,
		.off = (uintptr_t)other };
	return uring(&s);
}

/* Success is not told (IOSQE_CQE_SKIP_SUCCESS). */
CASE(do_uring_silent)
{
	struct io_uring_sqe s = { .opcode = 37,
		.flags = IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_LINK,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.len = 0700 };
	struct io_uring_sqe nop = { .opcode = IORING_OP_NOP };
	struct ring ring;
	long r;

	if (ring_open(&ring) < 0)
		return -1;
	ring_put(&ring, &s);
	ring_put(&ring, &nop);
	r = ring_wait(&ring, 2, 1);
	ring_close(&ring);
	return r;
}

/* The kernel's own thread submits. */
CASE(do_uring_polled)
{
	struct io_uring_sqe s = { .opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.open_flags = O_RDONLY };
	struct ring ring;
	long r;

	if (ring_open_as(&ring, IORING_SETUP_SQPOLL) < 0)
		return -1;
	ring_put(&ring, &s);
	r = ring_wait(&ring, 0, 1);
	ring_close(&ring);
	return r;
}

/* A worker runs it, not the thread that submitted. */
CASE(do_uring_async)
{
	struct io_uring_sqe s = { .opcode = IORING_OP_OPENAT,
		.flags = IOSQE_ASYNC,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)name,
		.open_flags = O_RDONLY };
	return uring(&s);
}

static long attribute(int opcode, const char *name, int fd)
{
	struct io_uring_sqe s = { .opcode = (uint8_t)opcode,
		.fd = fd,
		.addr = (uintptr_t) "user.x",
		.addr2 = (uintptr_t) "1",
		.addr3 = (uintptr_t)name,
		.len = 1 };
	long r = uring(&s);

	return r < 0 && (errno == ENODATA || errno == EOPNOTSUPP) ? 0 : r;
}

CASE(do_uring_setxattr)
{
	return attribute(IORING_OP_SETXATTR, name, 0);
}

CASE(do_uring_getxattr)
{
	return attribute(IORING_OP_GETXATTR, name, 0);
}

CASE(do_uring_fsetxattr)
{
	return attribute(IORING_OP_FSETXATTR, NULL, open(name, O_RDONLY));
}

CASE(do_uring_fgetxattr)
{
	return attribute(IORING_OP_FGETXATTR, NULL, open(name, O_RDONLY));
}

const struct one calls_uring[] = {
	ONE(A_FILE, do_uring_open),
	ONE(NOTHING, do_uring_missing),
	ONE(A_FILE, do_uring_statx),
	ONE(A_FILE, do_uring_rename),
	ONE(A_FILE, do_uring_unlink),
	ONE(NOTHING, do_uring_mkdir),
	ONE(A_FILE, do_uring_openat2),
	ONE(NOTHING, do_uring_create),
	ONE(A_LINK, do_uring_open_link),
	ONE(A_FILE, do_uring_direct),
	ONE(A_FILE, do_uring_fallocate),
	ONE(A_FILE, do_uring_ftruncate),
	ONE(A_DIR, do_uring_rmdir),
	ONE(NOTHING, do_uring_symlink),
	ONE(A_FILE, do_uring_link),
	ONE(NOTHING, do_uring_silent),
	ONE(A_FILE, do_uring_polled),
	ONE(A_FILE, do_uring_async),
	ONE(A_FILE, do_uring_setxattr),
	ONE(A_FILE, do_uring_getxattr),
	ONE(A_FILE, do_uring_fsetxattr),
	ONE(A_FILE, do_uring_fgetxattr),
	{},
};
