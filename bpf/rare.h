/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rare.h - calls that name a file with some of their arguments only.
 */
#ifndef CLN_BPF_RARE_H
#define CLN_BPF_RARE_H

#include "bpf/sockets.h"

#define FICLONE 0x40049409
#define FICLONERANGE 0x4020940d
#define FS_IOC_SETFLAGS 0x40086602
#define FS_IOC32_SETFLAGS 0x40046602
#define FS_IOC_FSSETXATTR 0x401c5820
#define BPF_OBJ_PIN 6
#define BPF_OBJ_GET 7
#define BPF_F_PATH_FD (1 << 14)
#define FSCONFIG_SET_STRING 1
#define FSCONFIG_SET_PATH 3
#define SOURCE 0x656372756f73ULL /* "source", of a file system */
#define Q_QUOTAON 0x800002
#define IOCB_CMD_PWRITE 1
#define IOCB_CMD_PWRITEV 8
#define AIO_REQUESTS 32

static __always_inline void rare_path(
	struct work *w, struct names *n, u64 path, bool at, s32 fd, u16 op)
{
	n->op = op;
	name_read(w, 0, path);
	name_seal(w, 1, 0);
	n->flags |= w->flags;
	if (w->str_len[0] <= 1)
		return;
	names_base(w, n, 0, at, fd);
	names_report(w, n);
}

/* union bpf_attr: pathname, bpf_fd, file_flags, path_fd */
static __always_inline void rare_bpf(struct work *w, struct names *n)
{
	u64 path = 0;
	u32 rest[3] = {};

	if (w->arg[1] != BPF_OBJ_PIN && w->arg[1] != BPF_OBJ_GET)
		return;
	bpf_probe_read_user(&path, sizeof(path), (void *)w->arg[2]);
	bpf_probe_read_user(rest, sizeof(rest), (void *)(w->arg[2] + sizeof(path)));
	rare_path(w, n, path, w->arg[3] >= 20 && rest[1] & BPF_F_PATH_FD, rest[2],
		w->arg[1] == BPF_OBJ_PIN ? EV_OP_MKNOD : EV_OP_OPEN);
}

/* fsconfig(fd, cmd, key, value, aux): a path, or the device "source". */
static __always_inline void rare_fsconfig(struct work *w, struct names *n)
{
	u64 key = 0;
	char first = 0;

	if (w->arg[2] == FSCONFIG_SET_PATH) {
		rare_path(w, n, w->arg[4], true, w->arg[5], EV_OP_STAT);
		return;
	}
	bpf_probe_read_user(&key, 7, (void *)w->arg[3]);
	bpf_probe_read_user(&first, 1, (void *)w->arg[4]);
	if (w->arg[2] == FSCONFIG_SET_STRING && key == SOURCE && first == '/')
		rare_path(w, n, w->arg[4], false, 0, EV_OP_STAT);
}

/* quotactl(cmd, device, id, addr): for Q_QUOTAON a file too. */
static __always_inline void rare_quota(struct work *w, struct names *n)
{
	name_read(w, 0, w->arg[2]);
	name_read(w, 1, (u32)w->arg[1] >> 8 == Q_QUOTAON ? w->arg[4] : 0);
	n->flags |= w->flags;
	names_base(w, n, 0, false, 0);
	if (w->str_len[1])
		names_base(w, n, 1, false, 0);
	if (w->str_len[0])
		names_report(w, n);
}

GLOBAL int shape_rare(void)
{
	struct work *w = work_get();

	if (!w)
		return 0;
	switch (w->call.shape) {
	case SHAPE_BPF:
		rare_bpf(w, &w->names);
		break;
	case SHAPE_FSCONFIG:
		rare_fsconfig(w, &w->names);
		break;
	case SHAPE_QUOTA:
		rare_quota(w, &w->names);
		break;
	}
	return 0;
}

static __always_inline void shape_ioctl(struct work *w)
{
	switch ((u32)w->arg[2]) {
	case FICLONE:
	case FICLONERANGE:
		shape_write(w->arg[1]);
		break;
	case FS_IOC_SETFLAGS: /* chattr */
	case FS_IOC32_SETFLAGS:
	case FS_IOC_FSSETXATTR:
		w->names.op = EV_OP_SETXATTR;
		shape_fd(w->arg[1]);
		break;
	}
}

/* io_submit(context, count, pointers): a write that makes a file grow is over by
 * now. struct iocb has its opcode at 16, its descriptor at 20. */
GLOBAL int shape_aio(void)
{
	struct work *w = work_get();
	u32 step, count;

	if (!w)
		return 0;
	step = w->names.flags & EV_COMPAT ? 4 : 8;
	count = w->names.ret;
	if (count > AIO_REQUESTS)
		lose(EV_LOSS_FD);
	for (u32 i = 0; i < AIO_REQUESTS; i++) {
		u64 iocb = 0;
		u32 what[2] = {};

		if (i >= count)
			break;
		bpf_probe_read_user(&iocb, step, (void *)(w->arg[3] + i * step));
		bpf_probe_read_user(what, sizeof(what), (void *)(iocb + 16));
		if ((u16)what[0] == IOCB_CMD_PWRITE || (u16)what[0] == IOCB_CMD_PWRITEV)
			shape_write(what[1]);
	}
	return 0;
}

#endif
