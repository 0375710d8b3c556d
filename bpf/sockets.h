/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sockets.h - shapes of calls on sockets: addresses, ports, passed descriptors.
 */
#ifndef CLN_BPF_SOCKETS_H
#define CLN_BPF_SOCKETS_H

#include "bpf/shapes.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define S_IFSOCK 0140000
#define UNIX_PATH_MAX 108
#define SCM_MESSAGES 4
#define SCM_FDS 32
#define MESSAGES 16

static __always_inline struct sock *file_sock(struct file *file)
{
	struct socket *socket;

	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

static __always_inline void shape_port_(struct work *w, struct sock *sk, bool bound)
{
	struct ev_port *ev = (void *)w->rec;
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	u16 port = BPF_CORE_READ(sk, __sk_common.skc_num);
	u16 type = BPF_CORE_READ(sk, sk_type);
	u64 key;

	if (!sk || (family != AF_INET && family != AF_INET6) || (bound && type == SOCK_STREAM))
		return;
	key = mix(mix(mix(0x9047, w->who.ident), w->who.epoch), (u64)sk);
	key = mix(key, (u64)family << 32 | (u64)type << 16 | port);
	if (seen_has(key))
		return;
	report_known(w);
	who_pids(&w->who);
	head_fill(&ev->head, &w->who, EV_PORT, 0);
	ev->family = family;
	ev->port = port;
	ev->type = type;
	ev->protocol = BPF_CORE_READ(sk, sk_protocol);
	__builtin_memset(ev->address, 0, sizeof(ev->address));
	if (family == AF_INET)
		bpf_core_read(ev->address, 4, &sk->__sk_common.skc_rcv_saddr);
	else if (bpf_core_field_exists(sk->__sk_common.skc_v6_rcv_saddr))
		bpf_core_read(ev->address, 16, &sk->__sk_common.skc_v6_rcv_saddr);
	if (emit(w, sizeof(*ev), false))
		seen_add(key);
}

GLOBAL int shape_port_file(u64 file, u32 bound)
{
	struct work *w = work_get();

	if (w)
		shape_port_(w, file_sock((void *)file), bound);
	return 0;
}

GLOBAL int shape_port(s32 fd, u32 bound)
{
	struct work *w = work_get();

	if (w)
		shape_port_(w, file_sock(task_file(&w->who, fd)), bound);
	return 0;
}

/* The name of an AF_UNIX address, into string 0; false where it names no file. */
static __always_inline bool sockaddr_name(struct work *w, u64 at, u32 len, bool kernel)
{
	const void *path = (void *)(at + sizeof(u16));
	u16 family = 0;
	long failed;

	if (len <= sizeof(family))
		return false;
	if (kernel)
		bpf_probe_read_kernel(&family, sizeof(family), (void *)at);
	else
		bpf_probe_read_user(&family, sizeof(family), (void *)at);
	if (family != AF_UNIX)
		return false;
	len -= sizeof(family);
	if (len > UNIX_PATH_MAX)
		len = UNIX_PATH_MAX;
	BOUND(len, 127);
	failed = kernel ? bpf_probe_read_kernel(w->str[0], len, path)
			: bpf_probe_read_user(w->str[0], len, path);
	if (failed) {
		w->flags |= EV_UNREAD;
		lose(EV_LOSS_UNREAD);
		return false;
	}
	if (!w->str[0][0])
		return false; /* abstract */
	w->str[0][len] = 0;
	/* Bytes behind the first NUL are not the name; the string ends there. */
	len = bpf_probe_read_kernel_str(&w->rec[8], UNIX_PATH_MAX + 1, w->str[0]);
	name_seal(w, 0, len);
	name_seal(w, 1, 0);
	names_base(w, &w->names, 0, false, 0);
	return true;
}

GLOBAL int shape_sockaddr(u64 user, u32 len)
{
	struct work *w = work_get();

	if (w && sockaddr_name(w, user, len, false))
		names_report(w, &w->names);
	return 0;
}

struct user_name {
	u64 at;
	u32 len;
};

/* Of a struct msghdr in user memory: a 64-bit or a 32-bit one. */
static __always_inline struct user_name message_name(u64 user, bool compat)
{
	struct user_name name = {};

	bpf_probe_read_user(&name.at, compat ? 4 : 8, (void *)user);
	bpf_probe_read_user(&name.len, sizeof(name.len), (void *)(user + (compat ? 4 : 8)));
	return name;
}

static __always_inline void shape_sendmsg(struct work *w, struct names *n, u64 user)
{
	struct user_name name = message_name(user, n->flags & EV_COMPAT);

	if (name.at && name.len)
		shape_sockaddr(name.at, name.len);
}

struct cmsg {
	u64 len;
	u32 level, type, header;
};

static __always_inline void cmsg_read(struct cmsg *msg, u64 at, bool compat)
{
	u32 word[4] = {};

	bpf_probe_read_user(word, sizeof(word), (void *)at);
	msg->len = word[0];
	msg->level = word[compat ? 1 : 2];
	msg->type = word[compat ? 2 : 3];
	msg->header = compat ? 12 : 16;
}

struct passing {
	u64 at;
	u32 count;
};

BODY received_fd_step(u32 index, void *context)
{
	struct passing *passed = context;
	struct work *w = work_get();
	s32 fd = -1;

	if (!w || index >= passed->count)
		return 1;
	bpf_probe_read_user(&fd, sizeof(fd), (void *)(passed->at + index * 4));
	if (fd >= 0)
		shape_fd_(w, &w->names, task_file(&w->who, fd)); /* frames are counted */
	return 0;
}

static __always_inline void received_fds(u64 at, u32 count)
{
	struct passing passed = { at, count };

	if (count > SCM_FDS)
		lose(EV_LOSS_FD);
	LOOP(SCM_FDS, received_fd_step, &passed);
}

static __always_inline void shape_recvmsg(struct work *w, struct names *n, u64 user)
{
	bool compat = n->flags & EV_COMPAT;
	u64 control = 0, size = 0, at = 0;
	u32 align = compat ? 3 : 7;
	struct cmsg msg;

	bpf_probe_read_user(&control, compat ? 4 : 8, (void *)(user + (compat ? 16 : 32)));
	bpf_probe_read_user(&size, compat ? 4 : 8, (void *)(user + (compat ? 20 : 40)));
	if (!control)
		return;
	for (int i = 0; i < SCM_MESSAGES; i++) {
		if (at + 16 > size)
			return;
		cmsg_read(&msg, control + at, compat);
		if (msg.len < msg.header)
			return;
		if (msg.level == SOL_SOCKET && msg.type == SCM_RIGHTS)
			received_fds(control + at + msg.header, (msg.len - msg.header) / 4);
		at += (msg.len + align) & ~(u64)align;
	}
	if (at + 16 <= size)
		lose(EV_LOSS_FD);
}

GLOBAL int shape_message(u64 user, u32 received)
{
	struct work *w = work_get();

	if (!w)
		return 0;
	if (received)
		shape_recvmsg(w, &w->names, user);
	else
		shape_sendmsg(w, &w->names, user);
	return 0;
}

/* Only AF_UNIX names files and carries descriptors. many: an array of struct
 * mmsghdr, of which the result tells how many count. */
static __always_inline void shape_messages(struct work *w, bool received, bool many)
{
	struct sock *sk = file_sock(task_file(&w->who, (s32)w->arg[1]));
	u32 count, step;

	if (BPF_CORE_READ(sk, __sk_common.skc_family) != AF_UNIX)
		return;
	count = many && w->names.ret > 1 ? w->names.ret : 1;
	step = w->names.flags & EV_COMPAT ? 32 : 64;
	if (count > MESSAGES)
		lose(EV_LOSS_FD);
	for (u32 i = 0; i < MESSAGES; i++) {
		if (i >= count)
			break;
		w->names.flags &= EV_COMPAT;
		w->names.base_dentry[0] = 0;
		shape_message(w->arg[2] + i * step, received);
	}
}

#endif
