/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vmlinux.h - the kernel types that bpf/ reads, and nothing else.
 *
 * A hand-kept view: every struct carries preserve_access_index, so the loader
 * moves each access to where the running kernel keeps the field. Only names and
 * types matter here, never order or size. A machine without BTF can build it.
 *
 * Flavours (struct x___old) name layouts that some kernels have and others have
 * not; bpf_core_field_exists() chooses while the program is loaded.
 *
 * Field names were checked against Linux 5.10, 6.1, 6.12 and 6.18.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u8 u8;
typedef __s8 s8;
typedef __u16 u16;
typedef __s16 s16;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef int pid_t;
typedef long long loff_t;
typedef _Bool bool;

enum { false = 0, true = 1 };

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
};

enum {
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

enum {
	BPF_RB_AVAIL_DATA = 0,
	BPF_RB_RING_SIZE = 1,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* x86-64. Another architecture adds its own registers here and in bpf/arch.h. */
struct pt_regs {
	unsigned long r10, r9, r8, ax, cx, dx, si, di, orig_ax, bx, bp;
};

struct thread_info {
	u32 status; /* x86: TS_COMPAT while a 32-bit call runs */
};

struct qstr {
	union {
		struct {
			u32 hash;
			u32 len;
		};
		u64 hash_len;
	};
	const unsigned char *name;
};

/* Only to read a pointer that stands somewhere: it is the struct's first word. */
struct hlist_node;

struct hlist_head {
	struct hlist_node *first;
};

struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
};

struct super_block;
struct inode;

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
	struct hlist_bl_node d_hash; /* pprev NULL: the name is gone */
};

struct super_block {
	u32 s_dev;
	unsigned long s_magic;
	struct dentry *s_root;
	unsigned long s_flags;
};

struct inode {
	unsigned short i_mode;
	u32 i_generation;
	unsigned long i_ino;
	unsigned int i_nlink;
	loff_t i_size;
	struct super_block *i_sb;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
	u64 event; /* changes with every mount and unmount in it */
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct mnt_namespace *mnt_ns;
	struct vfsmount mnt;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
	unsigned int f_flags;
	unsigned int f_mode;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	int umask;
	struct path root;
	struct path pwd;
};

struct mm_struct {
	struct file *exe_file;
	unsigned long arg_start, arg_end, env_start, env_end;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

typedef struct {
	u32 val;
} kuid_t;
typedef struct {
	u32 val;
} kgid_t;

struct group_info {
	int ngroups;
	kgid_t gid[0];
};

struct cred {
	kuid_t uid, euid;
	kgid_t gid, egid;
	struct group_info *group_info;
};

struct pid_namespace;

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct kernfs_node {
	u64 id;
};

struct cgroup {
	int level;
	struct kernfs_node *kn;
	struct cgroup *ancestors[0]; /* since 6.1 */
};

struct cgroup___ids {
	u64 ancestor_ids[0]; /* until 6.0 */
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct rlimit {
	u64 rlim_cur;
	u64 rlim_max;
};

struct signal_struct {
	struct {
		int counter;
	} live;
	struct rlimit rlim[16];
};

struct task_struct {
	struct thread_info thread_info;
	struct mm_struct *mm;
	pid_t pid;
	pid_t tgid;
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	struct pid *thread_pid;
	const struct cred *cred;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct css_set *cgroups;
	u64 start_time;
	unsigned int flags;
};

struct linux_binprm {
	int argc, envc;
	const char *filename;
	const char *interp;
};

/* Sockets: what a listener is called. */
struct in6_addr {
	u8 u6_addr8[16];
};

struct sock_common {
	unsigned short skc_family;
	unsigned short skc_num;
	u32 skc_rcv_saddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	u16 sk_type;
	u16 sk_protocol;
};

struct socket {
	struct sock *sk;
};

struct sockaddr_un {
	u16 sun_family;
};

struct unix_address {
	int len;
	struct sockaddr_un name[0];
};

struct unix_sock {
	struct sock sk;
	struct unix_address *addr;
};

/* sk_protocol was a bit field of 8 until 5.5; 5.10 has u16. */

/* io_uring: the request, and the arguments that its opcode keeps in it. */
struct filename {
	const char *name;
};

struct io_ring_ctx {
	unsigned int compat : 1;      /* made by a 32-bit call */
	struct mm_struct *mm_account; /* of who made it */
};

struct io_cmd_data {
	struct file *file; /* from the issue of the request on */
};

struct io_cqe {
	int fd; /* until then */
};

struct io_kiocb {
	struct io_cmd_data cmd; /* the opcode's own arguments */
	u8 opcode;
	u32 flags; /* 64 bits since 6.8: read the lower ones */
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
	void *async_data;
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
};

struct io_async_msghdr {
	struct msghdr msg;
};

struct io_sr_msg {
	void *umsg; /* struct user_msghdr or compat_msghdr */
	u16 flags;
};

struct io_sr_msg___addr { /* until 6.13: later it is copied at once */
	void *addr;
	u32 addr_len; /* 16 bits on some kernels */
};

struct io_msg {
	u32 cmd;
};

struct io_connect {
	void *addr;
	int addr_len;
};

struct open_how {
	u64 flags;
	u64 mode;
	u64 resolve;
};

struct io_open {
	int dfd;
	u32 file_slot; /* not 0: no descriptor comes out */
	struct filename *filename;
	struct open_how how;
};

struct io_rename {
	int old_dfd;
	int new_dfd;
	struct filename *oldpath;
	struct filename *newpath;
	int flags;
};

struct io_link {
	int old_dfd;
	int new_dfd;
	struct filename *oldpath;
	struct filename *newpath;
};

struct io_unlink {
	int dfd;
	int flags;
	struct filename *filename;
};

struct io_mkdir {
	int dfd;
	struct filename *filename;
};

struct io_statx {
	int dfd;
	unsigned int flags;
	struct filename *filename;
};

struct io_xattr {
	struct filename *filename;
};

struct io_uring_cqe {
	u64 user_data;
	s32 res;
};

/* Iterators. */
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#endif /* __VMLINUX_H__ */
