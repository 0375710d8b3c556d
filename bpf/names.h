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
#define O_CREAT 0100
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
	n->target_dentry = (u64)PEEK(file, file, f_path.dentry);
	n->target_mnt = (u64)PEEK(file, file, f_path.mnt);
	n->target_inode = (u64)PEEK(file, file, f_inode);
}

static __always_inline void names_cwd(struct work *w, struct names *n)
{
	struct dentry *dentry = PEEK(fs_struct, w->who.fs, pwd.dentry);

	n->target_dentry = (u64)dentry;
	n->target_mnt = (u64)PEEK(fs_struct, w->who.fs, pwd.mnt);
	n->target_inode = (u64)PEEK(dentry, dentry, d_inode);
}

/* Where string i starts from. at: 0 for calls without a directory descriptor. */
static __always_inline void names_base(struct work *w, struct names *n, u32 i, bool at, s32 fd)
{
	struct file *file;

	if (w->str[i][0] == '/') {
		n->flags |= i ? EV_ABSOLUTE2 : EV_ABSOLUTE;
	} else if (!at || fd == AT_FDCWD) {
		n->base_dentry[i] = (u64)PEEK(fs_struct, w->who.fs, pwd.dentry);
		n->base_mnt[i] = (u64)PEEK(fs_struct, w->who.fs, pwd.mnt);
	} else {
		file = task_file(&w->who, fd);
		if (!file)
			lose(EV_LOSS_FD);
		n->base_dentry[i] = (u64)PEEK(file, file, f_path.dentry);
		n->base_mnt[i] = (u64)PEEK(file, file, f_path.mnt);
	}
}

#define PROC_SE 0x65732f636f72702fULL /* "/proc/se" */
#define LF_FD 0x2f64662f666cULL	      /* "lf/fd/" */
#define DEV_FD 0x2f64662f7665642fULL  /* "/dev/fd/" */

/* "/proc/self/fd/5" and what is below it: the descriptor is this process's alone, so
 * that it is told what it leads to. */
static __always_inline void names_magic(struct work *w, struct names *n)
{
	const u64 *word = (const u64 *)w->str[0];
	struct file *file;
	s32 fd = 0;
	u32 at;

	if (word[0] == PROC_SE && (word[1] << 16) == LF_FD << 16)
		at = 14;
	else if (word[0] == DEV_FD)
		at = 8;
	else
		return;
	for (u32 i = 0; i < 9; i++) {
		u8 digit = w->str[0][at + i] - '0';

		if (digit > 9)
			break;
		fd = fd * 10 + digit;
	}
	file = task_file(&w->who, fd);
	if (file)
		names_file(n, file);
}

/* Equal keys: the same fact. The names count as bytes, directories by the chain
 * of their names, a target by its dentry and inode; a change of any mount in the
 * namespace makes every key new. */
static __always_inline u64 names_key(struct work *w, const struct names *n)
{
	const struct who *who = &w->who;
	struct lanes lanes = LANES(0);
	u64 h;

	lanes_mix(&lanes, who->ident, who->epoch,
		(u64)n->op << 48 | (u64)(u32)(n->ret < 0 ? n->ret : 0),
		(u64)n->arg << 32 | (n->flags & (EV_NOFOLLOW | EV_COMPAT | EV_CREATED)));
	lanes_mix(&lanes, who->root_dentry, who->root_mnt, who->mnt_ns, who->mnt_event);
	lanes_mix(&lanes, n->target_dentry, n->target_inode, w->str_len[0], w->str_len[1]);
	if (w->str_len[0])
		string_hash(w, 0, &lanes);
	if (w->str_len[1])
		string_hash(w, 1, &lanes);
	h = lanes_sum(&lanes);
	if (n->base_dentry[0])
		h = walk_hash(w->slot, n->base_dentry[0], n->base_mnt[0], mix(h, 3));
	if (n->base_dentry[1])
		h = walk_hash(w->slot, n->base_dentry[1], n->base_mnt[1], mix(h, 4));
	if (n->target_dentry && !w->str_len[0])
		h = walk_hash(w->slot, n->target_dentry, n->target_mnt, mix(h, 5));
	return h ? h : 1;
}

/* For calls that are not frequent. */
GLOBAL u64 names_key_rare(u32 slot)
{
	struct work *w = work_at(slot);

	return w ? names_key(w, &w->names) : 0;
}

static __always_inline void names_report_key(struct names *n, u64 key)
{
	n->key = key;
	if (!seen_has(key))
		report_path();
}

static __always_inline void names_report(struct work *w, struct names *n)
{
	names_report_key(n, names_key_rare(w->slot));
}

static __always_inline void names_none(struct work *w)
{
	w->str_len[0] = w->str_len[1] = 0;
}

#endif
