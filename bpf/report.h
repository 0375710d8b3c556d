/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report.h - builds the records and puts them into the ring.
 */
#ifndef CLN_BPF_REPORT_H
#define CLN_BPF_REPORT_H

#include "bpf/walk.h"

#define AT_FDCWD (-100)
#define TEXT_CHUNKS 256 /* of EV_CHUNK_MAX bytes: 2 MiB of argv or environment */

static __always_inline u64 known_key(const struct who *who)
{
	return mix(mix(0x1d, who->ident), who->epoch);
}

struct texting {
	struct work *w;
	u64 start, total;
	u32 flags, done;
};

BODY report_text_step(u32 index, void *context)
{
	struct texting *at = context;
	struct work *w = at->w;
	struct ev_text *ev = (void *)w->rec;
	u64 offset = (u64)index * EV_CHUNK_MAX;
	u64 left = at->total - offset;
	bool last = left <= EV_CHUNK_MAX;
	u32 len = last ? left : EV_CHUNK_MAX;

	head_fill(&ev->head, &w->who, EV_TEXT, last ? at->flags | EV_LAST_CHUNK : at->flags);
	ev->offset = offset;
	ev->total = at->total;
	ev->text_len = len;
	ev->pad = 0;
	if (bpf_probe_read_user(&w->rec[sizeof(*ev)], BOUNDED(len, 2 * EV_CHUNK_MAX - 1),
		    (void *)(at->start + offset))) {
		ev->head.flags |= EV_UNREAD;
		lose(EV_LOSS_UNREAD);
	}
	emit(w, sizeof(*ev) + len, last && w->who.mntns != cfg.mntns && !(at->flags & EV_ENV));
	at->done = last;
	return last;
}

/* argv or environment, from offset 0: the reader joins the pieces. */
GLOBAL int report_text(u64 start, u64 end, u32 flags)
{
	struct texting at = { work_get(), start, end - start, flags, 0 };

	if (end <= start || !at.w)
		return 0;
	LOOP(TEXT_CHUNKS, report_text_step, &at);
	if (!at.done)
		lose(EV_LOSS_TEXT);
	return 0;
}

static __always_inline u32 report_groups(
	struct work *w, u32 off, struct ev_exec *ev, const struct cred *cred)
{
	struct group_info *groups = BPF_CORE_READ(cred, group_info);
	u32 count = BPF_CORE_READ(groups, ngroups);
	u32 len;

	ev->group_count = count;
	if (count > EV_GROUPS_MAX) {
		lose(EV_LOSS_GROUPS);
		count = EV_GROUPS_MAX;
	}
	len = count * sizeof(u32);
	if (len > EV_GROUPS_MAX * sizeof(u32))
		return off;
	bpf_probe_read_kernel(&w->rec[off & REC_MASK], len, &groups->gid[0]);
	ev->groups_len = len;
	return off + len;
}

/* As they stand at this moment: at an exec, before the program's first instruction. */
static __always_inline u32 report_limits(struct work *w, u32 off, struct ev_exec *ev)
{
	struct task_struct *task = (void *)w->who.task;
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	const u32 len = EV_LIMITS_MAX * sizeof(struct ev_limit);

	if (bpf_probe_read_kernel(&w->rec[off & REC_MASK], len, &signal->rlim))
		return off;
	ev->limits_len = len;
	return off + len;
}

static __always_inline u32 report_name(struct work *w, u32 off, const char *name, u16 *len)
{
	/* Never at byte 0 of the buffer: see walk(). */
	long got = bpf_probe_read_kernel_str(&w->rec[off & REC_MASK], EV_PATH_MAX, name);

	if (got <= 0 || got > EV_PATH_MAX)
		return off;
	*len = got;
	return off + got;
}

static __always_inline void report_creds(struct ev_exec *ev, struct task_struct *task)
{
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);
	struct inode *root = BPF_CORE_READ(task, fs, root.dentry, d_inode);

	ev->uid = BPF_CORE_READ(task, cred, euid.val);
	ev->gid = BPF_CORE_READ(task, cred, egid.val);
	ev->umask = BPF_CORE_READ(task, fs, umask);
	ev->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	ev->ino = BPF_CORE_READ(inode, i_ino);
	ev->mode = BPF_CORE_READ(inode, i_mode);
	ev->root_dev = BPF_CORE_READ(root, i_sb, s_dev);
	ev->root_ino = BPF_CORE_READ(root, i_ino);
	ev->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	ev->fs = (u64)BPF_CORE_READ(task, fs);
	ev->pad0 = 0;
}

static __always_inline u32 report_walk(
	struct work *w, u32 off, u64 dentry, u64 mnt, u16 *len, u8 *how)
{
	u32 end;

	w->dentry = dentry;
	w->mnt = mnt;
	end = walk(off);
	*len = end - off;
	*how = w->walk;
	return end;
}

/* The name in w->rec is /dev/fd/N of a script: its descriptor is still open. */
static __always_inline struct file *script_file(struct work *w)
{
	const char *name = &w->rec[sizeof(struct ev_exec)];
	u32 fd = 0;

	if (name[1] != 'd' || name[4] != '/' || name[5] != 'f' || name[6] != 'd')
		return NULL;
	for (int i = 8; i < 16; i++) {
		if (name[i] < '0' || name[i] > '9')
			break;
		fd = fd * 10 + (name[i] - '0');
	}
	return task_file(&w->who, fd);
}

/* filename and interp are NULL for a program that was met while it ran. */
GLOBAL int report_exec(u64 file_at, u64 interp_at)
{
	const char *filename = (void *)file_at, *interp = (void *)interp_at;
	struct work *w = work_get();
	struct task_struct *task;
	struct mm_struct *mm;
	u32 off = sizeof(struct ev_exec);
	struct ev_exec *ev;
	struct file *script;
	bool strange, readable;

	if (!w)
		return 0;
	task = (void *)w->who.task;
	mm = (void *)w->who.mm;
	ev = (void *)w->rec;
	who_pids(&w->who);
	strange = w->who.mntns != cfg.mntns;
	readable = !w->foreign;
	head_fill(&ev->head, &w->who, EV_EXEC,
		filename   ? 0
		: readable ? EV_ADOPTED
			   : EV_ADOPTED | EV_SNAPSHOT);
	report_creds(ev, task);
	ev->argv_bytes = ev->env_bytes = 0;
	if (readable)
		ev->argv_bytes = BPF_CORE_READ(mm, arg_end) - BPF_CORE_READ(mm, arg_start);
	if (readable && strange)
		ev->env_bytes = BPF_CORE_READ(mm, env_end) - BPF_CORE_READ(mm, env_start);
	ev->file_len = ev->interp_len = ev->groups_len = ev->limits_len = 0;
	if (filename)
		off = report_name(w, off, filename, &ev->file_len);
	if (interp && interp != filename)
		off = report_name(w, off, interp, &ev->interp_len);
	off = report_groups(w, off, ev, BPF_CORE_READ(task, cred));
	off = report_walk(w, off, (u64)BPF_CORE_READ(task, fs, pwd.dentry),
		(u64)BPF_CORE_READ(task, fs, pwd.mnt), &ev->cwd_len, &ev->cwd_walk);
	off = report_walk(w, off, (u64)BPF_CORE_READ(mm, exe_file, f_path.dentry),
		(u64)BPF_CORE_READ(mm, exe_file, f_path.mnt), &ev->exe_len, &ev->exe_walk);
	script = ev->interp_len ? script_file(w) : NULL;
	ev->script_len = ev->script_walk = 0;
	if (script)
		off = report_walk(w, off, (u64)BPF_CORE_READ(script, f_path.dentry),
			(u64)BPF_CORE_READ(script, f_path.mnt), &ev->script_len, &ev->script_walk);
	if (strange)
		off = report_limits(w, off, ev);
	if (!emit(w, off, strange))
		return 0;
	if (!readable)
		return 1;
	report_text(BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end), 0);
	if (strange)
		report_text(BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end), EV_ENV);
	return 1;
}

/* Every ident is described before it is named. */
static __always_inline void report_known(struct work *w)
{
	u64 key = known_key(&w->who);

	if (!seen_has(key) && report_exec(0, 0))
		seen_add(key);
}

static __always_inline u32 report_string(struct work *w, u32 off, u32 i, u16 *len)
{
	u32 size = w->str_len[i];

	if (size > EV_PATH_MAX)
		size = EV_PATH_MAX;
	bpf_probe_read_kernel(&w->rec[off & REC_MASK], size, w->str[i]);
	*len = size;
	return off + size;
}

static __always_inline u16 report_inode(struct work *w, struct ev_path *ev, u64 dentry, u64 inode)
{
	bool named = as_number(&w->number, PEEK(dentry, dentry, d_hash.pprev)) ||
		     as_number(&w->number, PEEK(dentry, dentry, d_parent)) == dentry;
	struct super_block *super = PEEK(inode, inode, i_sb);

	ev->mode = PEEK(inode, inode, i_mode);
	ev->ino = PEEK(inode, inode, i_ino);
	ev->dev = PEEK(super_block, super, s_dev);
	ev->gen = PEEK(inode, inode, i_generation);
	ev->size = PEEK(inode, inode, i_size);
	return !named || !PEEK(inode, inode, i_nlink) ? EV_TARGET | EV_UNLINKED : EV_TARGET;
}

GLOBAL int report_path(void)
{
	u32 off = sizeof(struct ev_path);
	struct work *w = work_get();
	struct ev_path *ev;
	struct names *n;

	if (!w)
		return 0;
	n = &w->names;
	ev = (void *)w->rec;
	/* Of somebody else's task the arguments cannot be read: it tells them by itself. */
	if (!w->foreign)
		report_known(w);
	who_pids(&w->who);
	head_fill(&ev->head, &w->who, EV_PATH, n->flags);
	ev->op = n->op;
	ev->nr = n->nr;
	ev->ret = n->ret;
	ev->arg = n->arg;
	ev->cookie = n->cookie;
	ev->mode = ev->dev = ev->gen = 0;
	ev->ino = ev->size = 0;
	ev->base1_len = ev->base2_len = ev->target_len = 0;
	ev->base1_walk = ev->base2_walk = ev->target_walk = ev->pad = 0;
	off = report_string(w, off, 0, &ev->str1_len);
	off = report_string(w, off, 1, &ev->str2_len);
	if (n->base_dentry[0])
		off = report_walk(
			w, off, n->base_dentry[0], n->base_mnt[0], &ev->base1_len, &ev->base1_walk);
	if (n->base_dentry[1])
		off = report_walk(
			w, off, n->base_dentry[1], n->base_mnt[1], &ev->base2_len, &ev->base2_walk);
	if (n->target_dentry) {
		off = report_walk(
			w, off, n->target_dentry, n->target_mnt, &ev->target_len, &ev->target_walk);
		ev->head.flags |= report_inode(w, ev, n->target_dentry, n->target_inode);
	}
	if (emit(w, off, false) && n->key)
		seen_add(n->key);
	return 0;
}

#endif
