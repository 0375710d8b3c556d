/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * names.h - what a system call names: strings, bases, descriptors.
 */
#ifndef CLN_BPF_NAMES_H
#define CLN_BPF_NAMES_H

#include "bpf/report.h"

#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR 0x200
#define AT_SYMLINK_FOLLOW 0x400
#define AT_EMPTY_PATH 0x1000
#define O_NOFOLLOW 0400000
#define O_KEY_FLAGS (03 | 0100 | 0200 | 01000 | 02000 | 0200000 | 010000000 | 020000000)
#define FMODE_CREATED 0x100000

static __always_inline void name_seal(struct work *w, u32 i, u32 len)
{
	if (len > EV_PATH_MAX)
		len = EV_PATH_MAX;
	w->str_len[i] = len;
	BOUND(len, 2 * EV_PATH_MAX - 1);
	if (len > EV_PATH_MAX)
		return;
	__builtin_memset(&w->str[i][len], 0, STR_BLOCK); /* string_hash reads blocks */
}

/* By the exit of the call the kernel itself has read the string. */
static __always_inline void name_read(struct work *w, u32 i, u64 user)
{
	long got = 0;

	if (user) {
		got = bpf_probe_read_user_str(w->str[i], EV_PATH_MAX, (void *)user);
		if (got < 0) {
			w->flags |= EV_UNREAD;
			lose(EV_LOSS_UNREAD);
			got = 0;
		}
	}
	name_seal(w, i, got);
}

static __always_inline void names_file(struct names *n, struct file *file)
{
	n->target_dentry = (u64)BPF_CORE_READ(file, f_path.dentry);
	n->target_mnt = (u64)BPF_CORE_READ(file, f_path.mnt);
	n->target_inode = (u64)BPF_CORE_READ(file, f_inode);
}

static __always_inline void names_cwd(struct work *w, struct names *n)
{
	struct fs_struct *fs = (void *)w->who.fs;
	struct dentry *dentry = BPF_CORE_READ(fs, pwd.dentry);

	n->target_dentry = (u64)dentry;
	n->target_mnt = (u64)BPF_CORE_READ(fs, pwd.mnt);
	n->target_inode = (u64)BPF_CORE_READ(dentry, d_inode);
}

/* Where string i starts from. at: 0 for calls without a directory descriptor. */
static __always_inline void names_base(struct work *w, struct names *n, u32 i, bool at, s32 fd)
{
	struct fs_struct *fs = (void *)w->who.fs;
	struct file *file;

	if (w->str[i][0] == '/') {
		n->flags |= i ? EV_ABSOLUTE2 : EV_ABSOLUTE;
	} else if (!at || fd == AT_FDCWD) {
		n->base_dentry[i] = (u64)BPF_CORE_READ(fs, pwd.dentry);
		n->base_mnt[i] = (u64)BPF_CORE_READ(fs, pwd.mnt);
	} else {
		file = task_file(&w->who, fd);
		if (!file)
			lose(EV_LOSS_FD);
		n->base_dentry[i] = (u64)BPF_CORE_READ(file, f_path.dentry);
		n->base_mnt[i] = (u64)BPF_CORE_READ(file, f_path.mnt);
	}
}

/* Equal keys: the same fact. The names count as bytes, directories by the chain
 * of their names, a target by its dentry and inode; a change of any mount in the
 * namespace makes every key new. */
GLOBAL u64 names_key(void)
{
	struct work *w = work_get();
	struct names *n;
	struct who *who;
	u64 h;

	if (!w)
		return 0;
	n = &w->names;
	who = &w->who;
	h = mix(who->ident, who->epoch);

	h = mix(h, (u64)n->op << 48 | (u64)(u32)(n->ret < 0 ? n->ret : 0));
	h = mix(h, (u64)n->arg << 32 | (n->flags & (EV_NOFOLLOW | EV_COMPAT | EV_CREATED)));
	h = mix(mix(h, who->root_dentry), who->root_mnt);
	h = mix(mix(h, who->mnt_ns), who->mnt_event);
	if (w->str_len[0])
		h = string_hash(0, h);
	if (w->str_len[1])
		h = string_hash(1, mix(h, 2));
	if (n->base_dentry[0])
		h = walk_hash(n->base_dentry[0], n->base_mnt[0], mix(h, 3));
	if (n->base_dentry[1])
		h = walk_hash(n->base_dentry[1], n->base_mnt[1], mix(h, 4));
	if (n->target_dentry && w->str_len[0])
		h = mix(mix(h, n->target_dentry), n->target_inode);
	else if (n->target_dentry)
		h = mix(walk_hash(n->target_dentry, n->target_mnt, mix(h, 5)), n->target_inode);
	return h ? h : 1;
}

static __always_inline void names_report(struct work *w, struct names *n)
{
	n->key = names_key();
	if (!seen_has(n->key))
		report_path();
}

static __always_inline void names_none(struct work *w)
{
	w->str_len[0] = w->str_len[1] = 0;
}

#endif
