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

#include "bpf/shapes.h"

/* include/uapi/linux/io_uring.h */
enum uring_op {
	URING_CONNECT = 16,
	URING_FALLOCATE = 17,
	URING_OPENAT = 18,
	URING_STATX = 21,
	URING_OPENAT2 = 28,
	URING_RENAMEAT = 35,
	URING_UNLINKAT = 36,
	URING_MKDIRAT = 37,
	URING_SYMLINKAT = 38,
	URING_LINKAT = 39,
	URING_SETXATTR = 42,
	URING_GETXATTR = 44,
	URING_BIND = 56,
};

static __always_inline u16 uring_op(u8 opcode)
{
	switch (opcode) {
	case URING_OPENAT:
	case URING_OPENAT2:
		return EV_OP_OPEN;
	case URING_STATX:
		return EV_OP_STAT;
	case URING_RENAMEAT:
		return EV_OP_RENAME;
	case URING_UNLINKAT:
		return EV_OP_UNLINK;
	case URING_MKDIRAT:
		return EV_OP_MKDIR;
	case URING_SYMLINKAT:
		return EV_OP_SYMLINK;
	case URING_LINKAT:
		return EV_OP_LINK;
	case URING_SETXATTR:
		return EV_OP_SETXATTR;
	case URING_GETXATTR:
		return EV_OP_GETXATTR;
	case URING_CONNECT:
		return EV_OP_CONNECT;
	case URING_BIND:
		return EV_OP_BIND;
	}
	return EV_OP_NONE;
}

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

/* False: nothing that is named, or counted as a loss. */
static __always_inline bool uring_names(struct work *w, struct names *n, u64 cmd, u8 opcode)
{
	struct io_open *open = (void *)cmd;
	struct io_statx *statx = (void *)cmd;
	struct io_rename *rename = (void *)cmd;
	struct io_unlink *unlink = (void *)cmd;
	struct io_mkdir *mkdir = (void *)cmd;
	struct io_link *link = (void *)cmd;
	struct io_xattr *xattr = (void *)cmd;

	switch (opcode) {
	case URING_OPENAT:
	case URING_OPENAT2:
		n->arg = BPF_CORE_READ(open, how.flags) & O_KEY_FLAGS;
		uring_one(w, n, BPF_CORE_READ(open, filename), BPF_CORE_READ(open, dfd));
		return true;
	case URING_STATX:
		uring_one(w, n, BPF_CORE_READ(statx, filename), BPF_CORE_READ(statx, dfd));
		return w->str_len[0] > 1;
	case URING_RENAMEAT:
		uring_two(w, n, BPF_CORE_READ(rename, oldpath), BPF_CORE_READ(rename, old_dfd),
			BPF_CORE_READ(rename, newpath), BPF_CORE_READ(rename, new_dfd));
		return true;
	case URING_UNLINKAT:
		if (BPF_CORE_READ(unlink, flags) & AT_REMOVEDIR)
			n->op = EV_OP_RMDIR;
		uring_one(w, n, BPF_CORE_READ(unlink, filename), BPF_CORE_READ(unlink, dfd));
		return true;
	case URING_MKDIRAT:
		uring_one(w, n, BPF_CORE_READ(mkdir, filename), BPF_CORE_READ(mkdir, dfd));
		return true;
	case URING_SYMLINKAT:
	case URING_LINKAT:
		uring_two(w, n, BPF_CORE_READ(link, oldpath), BPF_CORE_READ(link, old_dfd),
			BPF_CORE_READ(link, newpath), BPF_CORE_READ(link, new_dfd));
		return true;
	case URING_SETXATTR:
	case URING_GETXATTR:
		uring_one(w, n, BPF_CORE_READ(xattr, filename), AT_FDCWD);
		return true;
	}
	return false;
}

/* The address is user memory still, and is copied when the request is prepared. */
static __always_inline void uring_connect(struct work *w, struct names *n, u64 cmd)
{
	struct io_connect *connect = (void *)cmd;

	n->flags = 0;
	shape_sockaddr((u64)BPF_CORE_READ(connect, addr), BPF_CORE_READ(connect, addr_len));
}

/* The request is w->cookie: a kernel pointer cannot be an argument. */
GLOBAL int uring_submit(void)
{
	struct work *w = work_get();
	struct io_kiocb *req;
	struct names *n;
	u8 opcode;
	u64 cmd;

	if (!w)
		return 0;
	req = (void *)w->cookie;
	cmd = w->cookie + bpf_core_field_offset(struct io_kiocb, cmd);
	opcode = BPF_CORE_READ(req, opcode);
	n = &w->names;
	__builtin_memset(n, 0, sizeof(*n));
	n->op = uring_op(opcode);
	n->nr = opcode;
	n->cookie = w->cookie;
	n->flags = EV_PENDING;
	w->flags = 0;
	if (opcode == URING_CONNECT) {
		uring_connect(w, n, cmd);
	} else if (uring_names(w, n, cmd, opcode)) {
		report_path();
	} else if (opcode == URING_BIND) {
		lose(EV_LOSS_URING);
	}
	return 0;
}

#endif
