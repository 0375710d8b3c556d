// SPDX-License-Identifier: Apache-2.0
/*
 * calls-uring-net.c - io_uring on sockets.
 */
#include "calls.h"
#include "ring.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#define OP_BIND 56
#define OP_LISTEN 57

static struct sockaddr_un unix_name(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", name);
	return a;
}

/* A datagram socket of that name, made by the call itself. */
static int unix_listener(const char *name, int type)
{
	struct sockaddr_un a = unix_name(name);
	int fd = socket(AF_UNIX, type, 0);

	if (bind(fd, (void *)&a, sizeof(a)) || (type == SOCK_STREAM && listen(fd, 1)))
		return -1;
	return fd;
}

static long uring_connect(const char *name)
{
	struct sockaddr_un a = unix_name(name);
	struct io_uring_sqe s = { .opcode = IORING_OP_CONNECT,
		.fd = socket(AF_UNIX, SOCK_STREAM, 0),
		.addr = (uintptr_t)&a,
		.off = sizeof(a) };
	return uring(&s);
}

CASE(do_uring_connect)
{
	return unix_listener(name, SOCK_STREAM) < 0 ? -1 : uring_connect(name);
}

CASE(do_uring_connect_missing)
{
	return uring_connect(name) < 0 && errno == ENOENT ? 0 : -1;
}

CASE(do_uring_bind)
{
	struct sockaddr_un a = unix_name(name);
	struct io_uring_sqe s = { .opcode = OP_BIND,
		.fd = socket(AF_UNIX, SOCK_STREAM, 0),
		.addr = (uintptr_t)&a,
		.off = sizeof(a) };
	return uring(&s);
}

CASE(do_uring_sendmsg)
{
	struct sockaddr_un a = unix_name(name);
	struct iovec v = { "x", 1 };
	struct msghdr m = {
		.msg_name = &a, .msg_namelen = sizeof(a), .msg_iov = &v, .msg_iovlen = 1
	};
	struct io_uring_sqe s = { .opcode = IORING_OP_SENDMSG,
		.fd = socket(AF_UNIX, SOCK_DGRAM, 0),
		.addr = (uintptr_t)&m,
		.len = 1 };
	return unix_listener(name, SOCK_DGRAM) < 0 ? -1 : uring(&s);
}

CASE(do_uring_send)
{
	struct sockaddr_un a = unix_name(name);
	struct io_uring_sqe s = { .opcode = IORING_OP_SEND,
		.fd = socket(AF_UNIX, SOCK_DGRAM, 0),
		.addr = (uintptr_t) "x",
		.len = 1,
		.addr2 = (uintptr_t)&a,
		.addr_len = sizeof(a) };
	return unix_listener(name, SOCK_DGRAM) < 0 ? -1 : uring(&s);
}

/* An inet socket that io_uring alone makes a listener. */
CASE(do_uring_listen)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(17173),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	struct io_uring_sqe s = {
		.opcode = OP_BIND, .fd = fd, .addr = (uintptr_t)&a, .off = sizeof(a)
	};
	struct io_uring_sqe l = { .opcode = OP_LISTEN, .fd = fd, .len = 1 };

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return uring(&s) < 0 ? -1 : uring(&l);
}

CASE(do_uring_bind_udp)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(17174),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct io_uring_sqe s = { .opcode = OP_BIND,
		.fd = socket(AF_INET, SOCK_DGRAM, 0),
		.addr = (uintptr_t)&a,
		.off = sizeof(a) };
	return uring(&s);
}

const struct one calls_uring_net[] = {
	ONE(NOTHING, do_uring_connect),
	ONE(NOTHING, do_uring_connect_missing),
	ONE(NOTHING, do_uring_bind),
	ONE(NOTHING, do_uring_sendmsg),
	ONE(NOTHING, do_uring_send),
	ONE(NOTHING, do_uring_listen),
	ONE(NOTHING, do_uring_bind_udp),
	{},
};
