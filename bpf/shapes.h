/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * shapes.h - one function for each shape of call (calls.h).
 */
#ifndef CLN_BPF_SHAPES_H
#define CLN_BPF_SHAPES_H

#include "bpf/names.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define PROT_EXEC 4
#define MAP_ANONYMOUS 0x20
#define S_IFMT 0170000
#define S_IFREG 0100000
#define S_IFSOCK 0140000
#define UNIX_PATH_MAX 108
#define SCM_MESSAGES 4
#define SCM_FDS 32
#define MESSAGES 16

static __always_inline u64 arg_at(struct work *w, u32 position)
{
	return w->arg[position & (ARGS_MAX - 1)];
}

static __always_inline u32 call_flags(struct work *w, const struct call *c)
{
	u64 how = 0;

	if (c->rule == FLAGS_HOW) {
		bpf_probe_read_user(&how, sizeof(how), (void *)arg_at(w, c->arg));
		return how;
	}
	return arg_at(w, c->rule == FLAGS_OPEN ? c->arg : c->flags);
}

static __always_inline bool call_nofollow(const struct call *c, u32 flags)
{
	switch (c->rule) {
	case FLAGS_AT:
		return flags & AT_SYMLINK_NOFOLLOW;
	case FLAGS_LINK:
		return !(flags & AT_SYMLINK_FOLLOW);
	case FLAGS_OPEN:
	case FLAGS_HOW:
		return flags & O_NOFOLLOW;
	case FLAGS_NOFOLLOW:
		return true;
	}
	return false;
}

static __always_inline bool reads_only(u16 op)
{
	return op == EV_OP_STAT || op == EV_OP_ACCESS || op == EV_OP_GETXATTR ||
	       op == EV_OP_READLINK;
}

/* The call works on the descriptor (or the working directory) itself. */
static __always_inline void shape_self(struct work *w, const struct call *c, struct names *n)
{
	s32 fd = arg_at(w, c->dirfd);
	struct file *file;

	if (fd == AT_FDCWD) {
		names_cwd(w, n);
	} else {
		file = task_file(&w->who, fd);
		if (!file)
			return;
		names_file(n, file);
	}
	names_none(w);
	names_report(w, n);
}

static __always_inline void shape_path_(struct work *w, const struct call *c, struct names *n)
{
	u32 flags = call_flags(w, c);

	if (call_nofollow(c, flags))
		n->flags |= EV_NOFOLLOW;
	if (n->op == EV_OP_UNLINK && c->rule == FLAGS_AT && (flags & AT_REMOVEDIR))
		n->op = EV_OP_RMDIR;
	name_read(w, 0, arg_at(w, c->path));
	name_seal(w, 1, 0);
	n->flags |= w->flags;
	if (w->str_len[0] <= 1 && c->dirfd) {
		/* fstat in disguise: who opened the file has reported it. */
		if (!reads_only(n->op))
			shape_self(w, c, n);
		return;
	}
	names_base(w, n, 0, c->dirfd, arg_at(w, c->dirfd));
	names_report_key(n, names_key(w, n));
}

GLOBAL int shape_path(u32 slot)
{
	struct work *w = work_at(slot);

	if (w)
		shape_path_(w, &w->call, &w->names);
	return 0;
}

static __always_inline void shape_paths_(struct work *w, const struct call *c, struct names *n)
{
	u32 flags = call_flags(w, c);
	s32 fd = arg_at(w, c->dirfd);
	struct file *file;

	if (call_nofollow(c, flags))
		n->flags |= EV_NOFOLLOW;
	name_read(w, 0, arg_at(w, c->path));
	name_read(w, 1, arg_at(w, c->path2));
	n->flags |= w->flags;
	if (c->rule == FLAGS_LINK && w->str_len[0] <= 1) {
		file = task_file(&w->who, fd); /* linkat(fd, "", ..., AT_EMPTY_PATH) */
		if (file)
			names_file(n, file);
	} else if (n->op != EV_OP_SYMLINK) {
		names_base(w, n, 0, c->dirfd, fd);
	}
	names_base(w, n, 1, c->dirfd2, arg_at(w, c->dirfd2));
	names_report(w, n);
}

GLOBAL int shape_paths(void)
{
	struct work *w = work_get();

	if (w)
		shape_paths_(w, &w->call, &w->names);
	return 0;
}

static __always_inline void shape_open_(struct work *w, const struct call *c, struct names *n)
{
	u32 flags = call_flags(w, c);
	struct file *file;

	if (call_nofollow(c, flags))
		n->flags |= EV_NOFOLLOW;
	n->arg = c->rule ? flags & O_KEY_FLAGS : c->arg ? 010000000 : 01101;
	name_read(w, 0, arg_at(w, c->path));
	name_seal(w, 1, 0);
	n->flags |= w->flags;
	if (w->str_len[0] > 1 || !c->dirfd)
		names_base(w, n, 0, c->dirfd, arg_at(w, c->dirfd));
	if (n->ret >= 0) {
		file = task_file(&w->who, n->ret);
		if (file) {
			names_file(n, file);
			if ((!c->rule || (flags & O_CREAT)) &&
				(PEEK(file, file, f_mode) & FMODE_CREATED))
				n->flags |= EV_CREATED;
		} else {
			lose(EV_LOSS_FD);
		}
	}
	names_report_key(n, names_key(w, n));
}

GLOBAL int shape_open(u32 slot)
{
	struct work *w = work_at(slot);

	if (w)
		shape_open_(w, &w->call, &w->names);
	return 0;
}

static __always_inline void shape_fd_(struct work *w, struct names *n, struct file *file)
{
	if (!file) {
		lose(EV_LOSS_FD);
		return;
	}
	names_none(w);
	names_file(n, file);
	if (n->op == EV_OP_RECEIVED || n->op == EV_OP_HANDLE)
		n->arg = BPF_CORE_READ(file, f_flags);
	names_report(w, n);
}

GLOBAL int shape_fd(s32 fd)
{
	struct work *w = work_get();

	if (w)
		shape_fd_(w, &w->names, task_file(&w->who, fd));
	return 0;
}

GLOBAL int shape_file(u64 file)
{
	struct work *w = work_get();

	if (w)
		shape_fd_(w, &w->names, (void *)file);
	return 0;
}

static __always_inline void shape_chdir_(struct work *w, const struct call *c, struct names *n)
{
	names_none(w);
	if (n->ret < 0 && !c->path) {
		shape_fd(arg_at(w, c->dirfd));
		return;
	}
	if (c->path) {
		name_read(w, 0, arg_at(w, c->path));
		n->flags |= w->flags;
		if (w->str[0][0] == '/')
			n->flags |= EV_ABSOLUTE;
	}
	if (n->ret < 0) {
		names_base(w, n, 0, false, 0);
		names_report(w, n);
		return;
	}
	/* The former directory is gone by now: the reader follows each process
	 * from one change to the next, so none is dropped as a duplicate. */
	names_cwd(w, n);
	report_path();
}

GLOBAL int shape_chdir(void)
{
	struct work *w = work_get();

	if (w)
		shape_chdir_(w, &w->call, &w->names);
	return 0;
}

static __always_inline void shape_cwd_(struct work *w, struct names *n)
{
	if (n->ret)
		return;
	names_none(w);
	n->op = EV_OP_CWD;
	names_cwd(w, n);
	report_path();
}

GLOBAL int shape_cwd(void)
{
	struct work *w = work_get();

	if (w)
		shape_cwd_(w, &w->names);
	return 0;
}

/* The written file's size, kept as a maximum until the reader collects it. */
static __always_inline void shape_write_(struct work *w, struct file *file)
{
	struct inode *inode = PEEK(file, file, f_inode);
	struct super_block *super;
	struct ev_peak_key key = {};
	struct ev_size *ev;
	u64 size, *peak;

	if ((PEEK(inode, inode, i_mode) & S_IFMT) != S_IFREG)
		return;
	super = PEEK(inode, inode, i_sb);
	key.ino = PEEK(inode, inode, i_ino);
	key.dev = PEEK(super_block, super, s_dev);
	key.gen = PEEK(inode, inode, i_generation);
	size = PEEK(inode, inode, i_size);
	peak = bpf_map_lookup_elem(&ev_peaks, &key);
	if (peak) {
		if (*peak < size)
			*peak = size;
		return;
	}
	if (!bpf_map_update_elem(&ev_peaks, &key, &size, BPF_NOEXIST))
		return;
	who_pids(&w->who);
	ev = (void *)w->rec;
	head_fill(&ev->head, &w->who, EV_SIZE, 0);
	ev->ino = key.ino;
	ev->dev = key.dev;
	ev->gen = key.gen;
	ev->size = size;
	emit(w, sizeof(*ev), false);
}

GLOBAL int shape_write_file(u64 file)
{
	struct work *w = work_get();

	if (w)
		shape_write_(w, (void *)file);
	return 0;
}

GLOBAL int shape_write(s32 fd)
{
	struct work *w = work_get();

	if (w)
		shape_write_(w, task_file(&w->who, fd));
	return 0;
}

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

static __always_inline void received_fds(u64 at, u32 count)
{
	if (count > SCM_FDS) {
		count = SCM_FDS;
		lose(EV_LOSS_FD);
	}
	for (u32 i = 0; i < SCM_FDS; i++) {
		s32 fd = -1;

		if (i >= count)
			break;
		bpf_probe_read_user(&fd, sizeof(fd), (void *)(at + i * 4));
		if (fd >= 0)
			shape_fd(fd);
	}
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

static __always_inline void shape_mmap(struct work *w, struct names *n, bool old)
{
	u32 user[5] = {};
	u64 prot = w->arg[3], flags = w->arg[4];
	s32 fd = w->arg[5];

	if (old) {
		bpf_probe_read_user(user, sizeof(user), (void *)w->arg[1]);
		prot = user[2];
		flags = user[3];
		fd = user[4];
	}
	if ((prot & PROT_EXEC) && !(flags & MAP_ANONYMOUS) && fd >= 0)
		shape_fd(fd);
}

#endif
