/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * walk.h - from a (mount, dentry) up to the task's root, as names or as a hash.
 */
#ifndef CLN_BPF_WALK_H
#define CLN_BPF_WALK_H

#include "bpf/task.h"

/* Components and mounts; beyond is EV_WALK_CUT, a loss. */
#ifdef CLN_BPF_LOOP
#define WALK_DEPTH 2048
#else
#define WALK_DEPTH 96
#endif
#define NAME_MAX 255

static __always_inline struct mount *real_mount(u64 mnt)
{
	return (void *)(mnt - bpf_core_field_offset(struct mount, mnt));
}

/* Steps over a mount point: false at the top of everything. */
static __always_inline bool walk_up_mount(struct work *w)
{
	struct mount *mount = real_mount(w->mnt);
	struct mount *parent = BPF_CORE_READ(mount, mnt_parent);

	if (parent == mount || !parent)
		return false;
	w->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
	w->mnt = (u64)parent + bpf_core_field_offset(struct mount, mnt);
	return true;
}

static __always_inline u32 walk_top(struct work *w)
{
	struct mount *mount = real_mount(w->mnt);
	u64 ns = (u64)BPF_CORE_READ(mount, mnt_ns);

	return ns == w->who.mnt_ns ? EV_WALK_OUTSIDE : EV_WALK_DETACHED;
}

/*
 * Appends the name of a dentry; 0 where it changed while it was read. It is
 * copied by its length and looked at again. (On 5.8 to 6.1 the string variant
 * of the helper may write before the buffer; this one does not.)
 */
static __always_inline u32 walk_name(struct work *w, struct dentry *dentry, u32 off)
{
	struct qstr name, again;
	u32 len;

	bpf_core_read(&name, sizeof(name), &dentry->d_name);
	len = name.len;
	if (len > NAME_MAX)
		len = NAME_MAX;
	bpf_probe_read_kernel(&w->rec[off & REC_MASK], len, name.name);
	bpf_core_read(&again, sizeof(again), &dentry->d_name);
	if (again.hash_len != name.hash_len || again.name != name.name || name.len > NAME_MAX)
		return 0;
	off += len;
	w->rec[off & REC_MASK] = 0;
	return off + 1;
}

struct walking {
	struct work *w;
	u32 off, end;
};

BODY walk_step(u32 index, void *context)
{
	struct walking *at = context;
	struct work *w = at->w;
	struct dentry *dentry = (void *)w->dentry;
	struct vfsmount *vfsmnt = (void *)w->mnt;
	u64 parent;
	u32 next;

	if (w->dentry == w->who.root_dentry && w->mnt == w->who.root_mnt) {
		w->walk = EV_WALK_ROOT;
		return 1;
	}
	parent = (u64)BPF_CORE_READ(dentry, d_parent);
	if (parent == w->dentry || w->dentry == (u64)BPF_CORE_READ(vfsmnt, mnt_root)) {
		if (walk_up_mount(w))
			return 0;
		w->walk = walk_top(w);
		if (w->walk == EV_WALK_DETACHED && index == 0) {
			next = walk_name(w, dentry, at->off);
			at->off = next ? next : at->off;
		}
		return 1;
	}
	if (at->off > at->end)
		return 1;
	next = walk_name(w, dentry, at->off);
	if (!next) {
		w->walk = EV_WALK_RACED;
		return 1;
	}
	at->off = next;
	w->dentry = parent;
	return 0;
}

/*
 * Writes the names from (w->mnt, w->dentry) to the task's root into w->rec at
 * off, last one first; the new offset is returned, w->walk says how it ended.
 * What is mounted nowhere has its own name only ("memfd:x").
 */
GLOBAL u32 walk(u32 off)
{
	struct walking at = { work_get(), off, off + EV_PATH_MAX - NAME_MAX - 2 };

	if (!at.w)
		return off;
	at.w->walk = EV_WALK_CUT;
	LOOP(WALK_DEPTH, walk_step, &at);
	return at.off;
}

struct hashing {
	u64 dentry, h;
};

/* Name and parent stand side by side in every known kernel: one read for both. */
struct dentry_pair {
	u64 parent, hash_len;
};

static __always_inline void dentry_read(struct dentry *dentry, struct dentry_pair *pair)
{
	u32 parent = bpf_core_field_offset(struct dentry, d_parent);

	if (bpf_core_field_offset(struct dentry, d_name) == parent + 8) {
		bpf_probe_read_kernel(pair, sizeof(*pair), (void *)dentry + parent);
		return;
	}
	pair->parent = (u64)BPF_CORE_READ(dentry, d_parent);
	pair->hash_len = BPF_CORE_READ(dentry, d_name.hash_len);
}

BODY walk_hash_step(u32 index, void *context)
{
	struct hashing *at = context;
	struct dentry_pair pair = {};

	dentry_read((void *)at->dentry, &pair);
	at->h = mix(mix(at->h, at->dentry), pair.hash_len);
	if (!pair.parent || pair.parent == at->dentry)
		return 1;
	at->dentry = pair.parent;
	return 0;
}

/* The identity of a directory: the chain of names (as the kernel's own salted
 * hashes) and dentries up to the file system's root, and the mount. */
GLOBAL u64 walk_hash(u64 dentry, u64 mnt, u64 h)
{
	struct hashing at = { dentry, mix(h, mnt) };

	LOOP(WALK_DEPTH, walk_hash_step, &at);
	return at.h;
}

struct wording {
	struct work *w;
	u64 h;
	u32 len, i;
};

BODY string_hash_step(u32 index, void *context)
{
	struct wording *at = context;
	u32 byte = index * STR_BLOCK;
	u32 i = at->i;
	u64 *word;

	if (byte >= at->len)
		return 1;
	BOUND(byte, STR_MASK);
	BOUND(i, 1);
	word = (u64 *)&at->w->str[i][byte];
	at->h = mix(mix(mix(mix(at->h, word[0]), word[1]), word[2]), word[3]);
	return 0;
}

/* Hash of w->str[i]; the block behind it is zero. */
GLOBAL u64 string_hash(u32 i, u64 h)
{
	struct wording at = { work_get(), h, 0, i };

	BOUND(i, 1);
	if (!at.w)
		return h;
	at.len = at.w->str_len[i];
	LOOP(EV_PATH_MAX / STR_BLOCK, string_hash_step, &at);
	return at.h;
}

#endif
