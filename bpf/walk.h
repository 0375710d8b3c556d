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
#define WALK_QUICK 6 /* so many components without a loop: most directories */

static __always_inline u64 real_mount(u64 mnt)
{
	return mnt - bpf_core_field_offset(struct mount, mnt);
}

/* Steps over a mount point: false at the top of everything. */
static __always_inline bool walk_up_mount(struct work *w)
{
	u64 mount = real_mount(w->mnt);
	u64 parent = as_number(&w->number, PEEK(mount, mount, mnt_parent));

	if (parent == mount || !parent)
		return false;
	w->dentry = (u64)PEEK(mount, mount, mnt_mountpoint);
	w->mnt = parent + bpf_core_field_offset(struct mount, mnt);
	return true;
}

static __always_inline u32 walk_top(struct work *w)
{
	u64 mount = real_mount(w->mnt);
	u64 ns = as_number(&w->number, PEEK(mount, mount, mnt_ns));
	u32 how = ns == w->who.mnt_ns ? EV_WALK_OUTSIDE : EV_WALK_DETACHED;
	u32 inum = PEEK(mnt_namespace, ns, ns.inum);

	if (inum == cfg.mntns && inum)
		return how | EV_WALK_HOST;
	return inum ? how | EV_WALK_ELSEWHERE : how;
}

/* A file that was opened by its handle and that nobody has looked up by a name yet:
 * where it lies is not known. (What is mounted nowhere needs no name.) */
static __always_inline bool walk_nameless(struct work *w)
{
	if (walk_top(w) == EV_WALK_DETACHED)
		return false;
	w->walk = EV_WALK_NAMELESS;
	return true;
}

static __always_inline void dentry_name(struct dentry *dentry, struct qstr *name)
{
#ifdef CLN_BPF_LOOP
	if (cfg.cast) {
		name->hash = AS(dentry, dentry)->d_name.hash;
		name->len = AS(dentry, dentry)->d_name.len;
		name->name = AS(dentry, dentry)->d_name.name;
		return;
	}
#endif
	bpf_core_read(name, sizeof(*name), &dentry->d_name);
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

	dentry_name(dentry, &name);
	len = name.len;
	if (len > NAME_MAX)
		len = NAME_MAX;
	bpf_probe_read_kernel(&w->rec[off & REC_MASK], len, name.name);
	dentry_name(dentry, &again);
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
	u64 parent, root;
	u32 next;

	if (w->dentry == w->who.root_dentry && w->mnt == w->who.root_mnt) {
		w->walk = EV_WALK_ROOT;
		return 1;
	}
	parent = as_number(&w->number, PEEK(dentry, dentry, d_parent));
	root = as_number(&w->number, PEEK(vfsmount, w->mnt, mnt_root));
	if (parent == w->dentry || w->dentry == root) {
		if (w->dentry != root && walk_nameless(w))
			return 1;
		if (walk_up_mount(w))
			return 0;
		w->walk = walk_top(w);
		if (w->walk & EV_WALK_DETACHED && index == 0) {
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
	struct work *w;
	u64 dentry, where, what;
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

static __always_inline void dentry_peek(
	struct work *w, struct dentry *dentry, struct dentry_pair *pair)
{
#ifdef CLN_BPF_LOOP
	if (cfg.cast) {
		pair->parent = as_number(&w->number, AS(dentry, dentry)->d_parent);
		pair->hash_len =
			(u64)AS(dentry, dentry)->d_name.len << 32 | AS(dentry, dentry)->d_name.hash;
		return;
	}
#endif
	dentry_read(dentry, pair);
}

static __always_inline long walk_hash_one(struct hashing *at)
{
	struct dentry_pair pair = {};

	dentry_peek(at->w, (void *)at->dentry, &pair);
	at->where = mix(at->where, at->dentry);
	at->what = mix(at->what, pair.hash_len);
	if (!pair.parent || pair.parent == at->dentry)
		return 1;
	at->dentry = pair.parent;
	return 0;
}

BODY walk_hash_step(u32 index, void *context)
{
	return walk_hash_one(context);
}

/* The identity of a directory: the chain of names (as the kernel's own salted
 * hashes) and dentries up to the file system's root, and the mount. */
GLOBAL u64 walk_hash(u32 slot, u64 dentry, u64 mnt, u64 h)
{
	struct hashing at = { work_at(slot), dentry, mix(h, mnt), 0 };

	if (!at.w)
		return h;
	for (u32 i = 0; i < WALK_QUICK; i++)
		if (walk_hash_one(&at))
			return mix(at.where, at.what);
	LOOP(WALK_DEPTH - WALK_QUICK, walk_hash_step, &at);
	return mix(at.where, at.what);
}

struct wording {
	struct work *w;
	struct lanes lanes;
	u32 len, i;
};

static __always_inline void string_block(struct wording *at, u32 i, u32 byte)
{
	u64 *word;

	BOUND(byte, STR_MASK);
	BOUND(i, 1);
	word = (u64 *)&at->w->str[i][byte];
	lanes_mix(&at->lanes, word[0], word[1], word[2], word[3]);
}

BODY string_hash_step(u32 index, void *context)
{
	struct wording *at = context;
	u32 byte = (index + STR_QUICK) * STR_BLOCK;

	if (byte >= at->len)
		return 1;
	string_block(at, at->i, byte);
	return 0;
}

GLOBAL u64 string_hash_long(u32 slot, u32 i, u64 h)
{
	struct wording at = { work_at(slot), LANES(h), 0, i };

	BOUND(i, 1);
	if (!at.w)
		return h;
	at.len = at.w->str_len[i];
	LOOP(EV_PATH_MAX / STR_BLOCK - STR_QUICK, string_hash_step, &at);
	return lanes_sum(&at.lanes);
}

/* Takes w->str[i] in; the block behind it is zero. */
static __always_inline void string_hash(struct work *w, u32 i, struct lanes *lanes)
{
	struct wording at = { w, *lanes, w->str_len[i], i };

	for (u32 quick = 0; quick < STR_QUICK; quick++)
		if (quick * STR_BLOCK < at.len)
			string_block(&at, i, quick * STR_BLOCK);
	*lanes = at.lanes;
	if (at.len > STR_QUICK * STR_BLOCK)
		lanes->a = string_hash_long(w->slot, i, lanes->a);
}

#endif
