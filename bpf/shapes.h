/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * shapes.h - one function for each shape of call (calls.h).
 */
#ifndef CLN_BPF_SHAPES_H
#define CLN_BPF_SHAPES_H

#include "bpf/names.h"

#define PROT_EXEC 4
#define MAP_ANONYMOUS 0x20
#define S_IFMT 0170000
#define MS_REMOUNT 32
#define MS_BIND 4096
#define MS_MOVE 8192
#define MS_PROPAGATION (15 << 17) /* MS_UNBINDABLE to MS_SHARED */
#define MS_MGC_VAL 0xc0ed0000
#define MS_MGC_MSK 0xffff0000
#define S_IFREG 0100000
#define RESOLVE_IN_ROOT 0x10
#define SLASHES 4 /* so many before a name */

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
	return op == EV_OP_STAT || op == EV_OP_ACCESS || op == EV_OP_GETXATTR;
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
	if (n->op == EV_OP_CHROOT)
		n->cookie = w->who.fs;
	if (w->str_len[0] <= 1 && c->dirfd) {
		/* fstat in disguise: who opened the file has reported it. */
		if (!reads_only(n->op))
			shape_self(w, c, n);
		return;
	}
	names_base(w, n, 0, c->dirfd, arg_at(w, c->dirfd));
	names_magic(w, n);
	names_report_key(n, names_key(w, n));
}

GLOBAL int shape_path(u32 slot)
{
	struct work *w = work_at(slot);

	if (w)
		shape_path_(w, &w->call, &w->names);
	return 0;
}

/* The source of a mount is a path, not a word like "proc". */
static __always_inline bool mount_source(struct work *w, u32 flags)
{
	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~MS_MGC_MSK;
	if (flags & (MS_REMOUNT | MS_PROPAGATION))
		return false;
	return flags & (MS_BIND | MS_MOVE) || w->str[0][0] == '/';
}

static __always_inline void shape_paths_(struct work *w, const struct call *c, struct names *n)
{
	u32 flags = call_flags(w, c);
	s32 fd = arg_at(w, c->dirfd);
	struct file *file;

	if (n->op == EV_OP_PIVOT)
		n->cookie = w->who.fs;
	if (call_nofollow(c, flags))
		n->flags |= EV_NOFOLLOW;
	name_read(w, 0, arg_at(w, c->path));
	name_read(w, 1, arg_at(w, c->path2));
	n->flags |= w->flags;
	if (c->rule == FLAGS_MOUNT && !mount_source(w, flags))
		name_seal(w, 0, 0);
	if (c->rule == FLAGS_LINK && w->str_len[0] <= 1) {
		file = task_file(&w->who, fd); /* linkat(fd, "", ..., AT_EMPTY_PATH) */
		if (file)
			names_file(n, file);
	} else if (n->op != EV_OP_SYMLINK) {
		names_base(w, n, 0, c->dirfd, fd);
		names_magic(w, n);
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

/* Of a path that is resolved in its directory as in a root, the slashes that it starts
 * with mean nothing. */
static __always_inline u32 how_skip(struct work *w, const struct call *c)
{
	char start[SLASHES] = {};
	u64 resolve = 0;
	u32 skip = 0;

	bpf_probe_read_user(&resolve, sizeof(resolve), (void *)(arg_at(w, c->arg) + 16));
	if (!(resolve & RESOLVE_IN_ROOT))
		return 0;
	bpf_probe_read_user(start, sizeof(start), (void *)arg_at(w, c->path));
	for (u32 i = 0; i < SLASHES; i++)
		if (start[i] == '/' && skip == i)
			skip++;
	return skip;
}

static __always_inline void shape_open_(struct work *w, const struct call *c, struct names *n)
{
	u32 flags = call_flags(w, c);
	struct file *file;

	if (call_nofollow(c, flags))
		n->flags |= EV_NOFOLLOW;
	n->arg = c->rule ? flags & O_KEY_FLAGS : c->arg ? 010000000 : 01101;
	name_read(w, 0, arg_at(w, c->path) + (c->rule == FLAGS_HOW ? how_skip(w, c) : 0));
	name_seal(w, 1, 0);
	n->flags |= w->flags;
	if (w->str_len[0] > 1 || !c->dirfd)
		names_base(w, n, 0, c->dirfd, arg_at(w, c->dirfd));
	if (n->ret < 0)
		names_magic(w, n);
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
	n->cookie = w->who.fs;
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
	n->cookie = w->who.fs;
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
