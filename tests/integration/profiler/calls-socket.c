// SPDX-License-Identifier: Apache-2.0
/*
 * calls-socket.c - sockets: addresses, ports, passed descriptors.
 */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static long unix_call(int number, const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", name);
	return CALL(number, fd, &addr, sizeof(addr));
}

CASE(do_bind)
{
	return unix_call(SYS_bind, name);
}

CASE(do_connect)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", name);
	if (bind(fd, (void *)&a, sizeof(a)) || listen(fd, 1))
		return -1;
	return unix_call(SYS_connect, name);
}

CASE(do_connect_missing)
{
	return unix_call(SYS_connect, name) < 0 && errno == ENOENT ? 0 : -1;
}

static struct sockaddr_un dgram;
CASE(do_sendto)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), to = socket(AF_UNIX, SOCK_DGRAM, 0);
	dgram.sun_family = AF_UNIX;
	snprintf(dgram.sun_path, sizeof(dgram.sun_path), "%s", name);
	if (bind(to, (void *)&dgram, sizeof(dgram)))
		return -1;
	return CALL(SYS_sendto, fd, "x", 1L, 0, &dgram, sizeof(dgram));
}

CASE(do_sendmsg)
{
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
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
		.sin6_port = htons(17172),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	return bind(socket(AF_INET6, SOCK_DGRAM, 0), (void *)&a, sizeof(a));
}

/* descriptors from elsewhere: opened by a process outside is not possible here,
 * so a child passes one and the name is opened under another name only */
CASE(do_scm_rights)
{
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

const struct one calls_socket[] = {
	ONE(NOTHING, do_bind),
	ONE(NOTHING, do_connect),
	ONE(NOTHING, do_connect_missing),
	ONE(NOTHING, do_sendto),
	ONE(NOTHING, do_sendmsg),
	ONE(NOTHING, do_sendmmsg),
	ONE(NOTHING, do_listen),
	ONE(NOTHING, do_bind_udp6),
	ONE(A_FILE, do_scm_rights),
	{},
};
