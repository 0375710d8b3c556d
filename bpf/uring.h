/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * uring.h - calls that arrive by io_uring and never pass sys_exit.
 *
 * io_uring_submit_req (6.4) shows each request with its names already in kernel
 * memory; io_uring_complete brings the result. The reader joins the two by the
 * request's address. On older kernels names cannot be seen: a program that sets
 * up a ring is counted as a loss (see on_sys_exit).
 */
#ifndef CLN_BPF_URING_H
#define CLN_BPF_URING_H

#include "bpf/rare.h"
#include "bpf/uring_calls.h"

#define URING_SENDMSG 9
#define URING_SENDMSG_ZC 48
#define URING_CONNECT 16

/* req->flags: IOSQE_* of the same numbers */
#define REQ_F_FIXED_FILE 1
#define REQ_F_CQE_SKIP (1 << 6)
#define IORING_RECV_MULTISHOT 2
#define IORING_MSG_SEND_FD 1

/* Requests with an address whose end is waited for: most have none. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, u32);
} ev_addressed SEC(".maps");

static __always_inline void uring_name(struct work *w, u32 i, struct filename *name)
{
	const char *text = BPF_CORE_READ(name, name);
	long got = bpf_probe_read_kernel_str(w->str[i], EV_PATH_MAX, text);

	if (got <= 0) {
		lose(EV_LOSS_UNREAD);
		got = 0;
	}
	name_seal(w, i, got);
}

static __always_inline void uring_one(
	struct work *w, struct names *n, struct filename *name, s32 dfd)
{
	uring_name(w, 0, name);
	name_seal(w, 1, 0);
	names_base(w, n, 0, true, dfd);
}

static __always_inline void uring_two(struct work *w, struct names *n, struct filename *from,
	s32 from_fd, struct filename *to, s32 to_fd)
{
	uring_name(w, 0, from);
	uring_name(w, 1, to);
	if (n->op != EV_OP_SYMLINK)
		names_base(w, n, 0, true, from_fd);
	names_base(w, n, 1, true, to_fd);
}

static __always_inline bool uring_paths(struct work *w, struct names *n, u64 cmd)
{
	struct io_open *open = (void *)cmd;
	struct io_statx *statx = (void *)cmd;
	struct io_rename *rename = (void *)cmd;
	struct io_unlink *unlink = (void *)cmd;
	struct io_mkdir *mkdir = (void *)cmd;
	struct io_link *link = (void *)cmd;
	struct io_xattr *xattr = (void *)cmd;

	switch (n->op) {
	case EV_OP_OPEN:
		n->arg = BPF_CORE_READ(open, how.flags) & O_KEY_FLAGS;
		if (BPF_CORE_READ(open, how.flags) & O_NOFOLLOW)
			n->flags |= EV_NOFOLLOW;
		uring_one(w, n, BPF_CORE_READ(open, filename), BPF_CORE_READ(open, dfd));
		break;
	case EV_OP_STAT:
		if (BPF_CORE_READ(statx, flags) & AT_SYMLINK_NOFOLLOW)
			n->flags |= EV_NOFOLLOW;
		uring_one(w, n, BPF_CORE_READ(statx, filename), BPF_CORE_READ(statx, dfd));
		return w->str_len[0] > 1; /* else fstat in disguise */
	case EV_OP_RENAME:
		uring_two(w, n, BPF_CORE_READ(rename, oldpath), BPF_CORE_READ(rename, old_dfd),
			BPF_CORE_READ(rename, newpath), BPF_CORE_READ(rename, new_dfd));
		n->arg = BPF_CORE_READ(rename, flags);
		break;
	case EV_OP_UNLINK:
		if (BPF_CORE_READ(unlink, flags) & AT_REMOVEDIR)
			n->op = EV_OP_RMDIR;
		uring_one(w, n, BPF_CORE_READ(unlink, filename), BPF_CORE_READ(unlink, dfd));
		break;
	case EV_OP_MKDIR:
		uring_one(w, n, BPF_CORE_READ(mkdir, filename), BPF_CORE_READ(mkdir, dfd));
		break;
	case EV_OP_SYMLINK:
	case EV_OP_LINK:
		uring_two(w, n, BPF_CORE_READ(link, oldpath), BPF_CORE_READ(link, old_dfd),
			BPF_CORE_READ(link, newpath), BPF_CORE_READ(link, new_dfd));
		break;
	case EV_OP_SETXATTR:
	case EV_OP_GETXATTR:
		uring_one(w, n, BPF_CORE_READ(xattr, filename), AT_FDCWD);
		break;
	}
	return true;
}

/* The 32-bit layout of struct msghdr? */
static __always_inline u16 uring_compat(struct io_kiocb *req)
{
	struct io_ring_ctx *ctx = BPF_CORE_READ(req, ctx);

	if (!bpf_core_field_exists(ctx->compat))
		return 0;
	return BPF_CORE_READ_BITFIELD_PROBED(ctx, compat) ? EV_COMPAT : 0;
}

/* SEND: user memory until 6.13, then a copy. */
static __always_inline bool uring_send(struct work *w, struct io_kiocb *req, u64 cmd)
{
	struct io_sr_msg___addr *old = (void *)cmd;
	struct io_async_msghdr *copy = BPF_CORE_READ(req, async_data);
	u32 len;

	if (bpf_core_field_exists(old->addr)) {
		len = BPF_CORE_READ(old, addr_len);
		if (bpf_core_field_size(old->addr_len) == 2)
			len &= 0xffff;
		return sockaddr_name(w, (u64)BPF_CORE_READ(old, addr), len, false);
	}
	return sockaddr_name(w, (u64)BPF_CORE_READ(copy, msg.msg_name),
		BPF_CORE_READ(copy, msg.msg_namelen), true);
}

static __always_inline bool uring_address(struct work *w, struct io_kiocb *req, u64 cmd, u8 opcode)
{
	struct io_connect *connect = (void *)cmd;
	struct io_sr_msg *sr = (void *)cmd;
	struct user_name name;

	switch (opcode) {
	case URING_CONNECT:
		return sockaddr_name(w, (u64)BPF_CORE_READ(connect, addr),
			BPF_CORE_READ(connect, addr_len), false);
	case URING_SENDMSG:
	case URING_SENDMSG_ZC:
		name = message_name((u64)BPF_CORE_READ(sr, umsg), uring_compat(req));
		return sockaddr_name(w, name.at, name.len, false);
	}
	return uring_send(w, req, cmd);
}

/* What its end will not tell: a file that the request will have changed, or a
 * descriptor that it will have received. */
static __always_inline void uring_doubt(struct work *w, struct io_kiocb *req, u64 cmd, u8 how)
{
	struct io_sr_msg *sr = (void *)cmd;
	u64 umsg = (u64)BPF_CORE_READ(sr, umsg), room = 0;
	u32 flags = BPF_CORE_READ(req, flags);
	bool compat = uring_compat(req);
	struct file *file;
	struct sock *sk;

	if (how != URING_RECEIVES) {
		if (flags & REQ_F_CQE_SKIP)
			lose(EV_LOSS_URING);
		return;
	}
	if (!(flags & REQ_F_CQE_SKIP) && !(BPF_CORE_READ(sr, flags) & IORING_RECV_MULTISHOT))
		return;
	bpf_probe_read_user(&room, compat ? 4 : 8, (void *)(umsg + (compat ? 20 : 40)));
	file = task_file(&w->who, BPF_CORE_READ(req, cqe.fd));
	sk = file_sock(file);
	if (room &&
		(flags & REQ_F_FIXED_FILE || BPF_CORE_READ(sk, __sk_common.skc_family) == AF_UNIX))
		lose(EV_LOSS_URING);
}

/* What the request is: its row, and w->names begun. */
static __always_inline const struct uring_call *uring_begin(
	struct work *w, struct io_kiocb *req, s32 ret)
{
	u8 opcode = BPF_CORE_READ(req, opcode);
	const struct uring_call *c = &uring_calls[opcode & (URING_CALLS - 1)];
	struct names *n = &w->names;

	__builtin_memset(n, 0, sizeof(*n));
	n->op = c->op;
	n->nr = opcode;
	n->ret = ret;
	return c;
}

/* The request is w->cookie. Inline: frames are counted (8 at most). */
static __always_inline int uring_submit(struct work *w)
{
	struct io_kiocb *req = (void *)w->cookie;
	u64 cmd = w->cookie + bpf_core_field_offset(struct io_kiocb, cmd);
	s32 ret = BPF_CORE_READ(req, flags) & REQ_F_CQE_SKIP ? EV_SILENT : 0;
	const struct uring_call *c = uring_begin(w, req, ret);
	struct names *n = &w->names;
	u32 waits = 1;

	n->cookie = w->cookie;
	n->flags = EV_PENDING;
	w->flags = 0;
	if (c->how == URING_NAMES) {
		if (uring_paths(w, n, cmd))
			report_path();
	} else if (c->how == URING_ADDRESS) {
		if (!uring_address(w, req, cmd, n->nr))
			return 0;
		if (bpf_map_update_elem(&ev_addressed, &w->cookie, &waits, BPF_ANY))
			lose(EV_LOSS_URING);
		report_path();
	} else {
		uring_doubt(w, req, cmd, c->how);
	}
	return 0;
}

static __always_inline void uring_ended(struct work *w, struct names *n)
{
	names_none(w);
	n->flags = EV_DONE;
	n->cookie = w->cookie;
}

static __always_inline void uring_end(struct work *w, struct names *n)
{
	uring_ended(w, n);
	report_path();
}

/* The descriptor that came out of an open, unless it went into the ring's own table. */
static __always_inline void uring_opened(struct work *w, struct names *n, u64 cmd)
{
	struct io_open *open = (void *)cmd;
	struct file *file;

	uring_ended(w, n);
	n->arg = BPF_CORE_READ(open, how.flags) & O_KEY_FLAGS;
	if (n->ret >= 0 && !BPF_CORE_READ(open, file_slot)) {
		file = task_file(&w->who, n->ret);
		if (file) {
			names_file(n, file);
			if (BPF_CORE_READ(file, f_mode) & FMODE_CREATED)
				n->flags |= EV_CREATED;
		} else {
			lose(EV_LOSS_FD);
		}
	}
	report_path();
}

static __always_inline void uring_received(struct work *w, struct io_kiocb *req, u64 cmd)
{
	struct io_sr_msg *sr = (void *)cmd;
	struct sock *sk = file_sock(BPF_CORE_READ(req, cmd.file));

	if (BPF_CORE_READ(sk, __sk_common.skc_family) != AF_UNIX)
		return;
	w->names.flags = uring_compat(req);
	shape_message((u64)BPF_CORE_READ(sr, umsg), true);
}

/* Its file came from this program; another one may use it from now on. */
static __always_inline void uring_passed(struct work *w, struct io_kiocb *req, u64 cmd)
{
	struct io_msg *msg = (void *)cmd;
	struct io_ring_ctx *to = BPF_CORE_READ(req, cmd.file, private_data);

	if (BPF_CORE_READ(msg, cmd) == IORING_MSG_SEND_FD &&
		(u64)BPF_CORE_READ(to, mm_account) != w->who.mm)
		lose(EV_LOSS_URING);
}

/* What the socket is called now; where its copy lies before differs by kernel. */
static __always_inline void uring_bound(struct work *w, struct io_kiocb *req, struct names *n)
{
	u64 file = (u64)BPF_CORE_READ(req, cmd.file);
	struct unix_sock *sk = (void *)file_sock((void *)file);
	struct unix_address *addr;

	if (BPF_CORE_READ(sk, sk.__sk_common.skc_family) != AF_UNIX) {
		if (n->ret == 0)
			shape_port_file(file, true);
		return;
	}
	addr = BPF_CORE_READ(sk, addr);
	if (n->ret)
		lose(EV_LOSS_URING); /* the name is not known */
	else if (sockaddr_name(w, (u64)addr + bpf_core_field_offset(struct unix_address, name),
			 BPF_CORE_READ(addr, len), true))
		names_report(w, n);
}

static __always_inline int uring_complete(struct work *w, s32 result)
{
	struct io_kiocb *req = (void *)w->cookie;
	u64 cmd = w->cookie + bpf_core_field_offset(struct io_kiocb, cmd);
	const struct uring_call *c = uring_begin(w, req, result);
	struct names *n = &w->names;

	if (c->how == URING_NAMES && c->op == EV_OP_OPEN)
		uring_opened(w, n, cmd);
	else if (c->how == URING_NAMES)
		uring_end(w, n);
	else if (c->how == URING_BINDS)
		uring_bound(w, req, n);
	else if (c->how == URING_ADDRESS && !bpf_map_delete_elem(&ev_addressed, &w->cookie))
		uring_end(w, n);
	else if (c->how == URING_RECEIVES && result >= 0)
		uring_received(w, req, cmd);
	else if (c->how == URING_FILE)
		shape_file((u64)BPF_CORE_READ(req, cmd.file));
	else if (c->how == URING_LISTENS && result >= 0)
		shape_port_file((u64)BPF_CORE_READ(req, cmd.file), false);
	else if (c->how == URING_PASSES && result >= 0)
		uring_passed(w, req, cmd);
	if ((c->how == URING_WRITES && result > 0) || (c->op == EV_OP_WRITE && result >= 0))
		shape_write_file((u64)BPF_CORE_READ(req, cmd.file));
	return 0;
}

#endif
