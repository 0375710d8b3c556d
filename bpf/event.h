/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * event.h - the records that the kernel side writes and the profiler reads.
 *
 * Facts only: what was asked, where from, what it led to, who asked. Which of
 * them matter is decided in user space.
 *
 * A record is one of the structs below, then its segments back to back: as many
 * bytes as each *_len field says. Records arrive in the order in which they
 * were written, whatever the CPU.
 *
 * A "walk" segment is a directory chain, last component first, each name ended
 * by NUL: /usr/bin is "bin\0usr\0", the root itself is empty. Its flags tell
 * where it ended.
 *
 * "ident" names one execution of a program: it is inherited over fork and new
 * with every exec (the address of mm->exe_file, which is opened anew by each
 * exec and shared by its forks; 0 where there is none).
 *
 * "fs" names a working directory and a root (the address of task->fs). Threads share
 * one, and so do processes that were cloned with CLONE_FS, over their execs, until
 * one of them calls unshare(CLONE_FS). An address is used again only for one that a
 * fork, an unshare or a task that comes in from outside tells of.
 */
#ifndef CLN_BPF_EVENT_H
#define CLN_BPF_EVENT_H

#ifndef __VMLINUX_H__
#include <stdint.h>
#define EV_U8 uint8_t
#define EV_U16 uint16_t
#define EV_U32 uint32_t
#define EV_S32 int32_t
#define EV_U64 uint64_t
#else
#define EV_U8 __u8
#define EV_U16 __u16
#define EV_U32 __u32
#define EV_S32 __s32
#define EV_U64 __u64
#endif

#define EV_PATH_MAX 4096  /* of one string or walk, with its NULs */
#define EV_CHUNK_MAX 8192 /* of one EV_TEXT record */
#define EV_GROUPS_MAX 64
#define EV_LIMITS_MAX 16 /* RLIM_NLIMITS */
#define EV_RECORD_MAX 32768
#define EV_SILENT 1
#define EV_PID_ELSEWHERE 0x80000000 /* the profiler's /proc does not show it */

enum ev_type {
	EV_NONE,
	EV_PATH, /* a call that named a path or a descriptor */
	EV_EXEC, /* a successful exec, or a program met while it ran (EV_ADOPTED) */
	EV_TEXT, /* a piece of argv or of the environment of an ident */
	EV_FORK,
	EV_EXIT,    /* the last thread of a process */
	EV_MOVE,    /* a task changed its cgroup */
	EV_SYSCALL, /* first use of a system call by an ident */
	EV_PORT,    /* an inet socket that listens or is bound */
	EV_SIZE,    /* a written file has this size (only when ev_peaks is full) */
	EV_TYPES,
};

enum ev_flag {
	EV_COMPAT = 1 << 0,   /* a 32-bit call */
	EV_ADOPTED = 1 << 1,  /* EV_EXEC: was running when first seen */
	EV_PENDING = 1 << 2,  /* EV_PATH: io_uring; cookie names the request. ret is EV_SILENT
			       * where only a failure will be told (IOSQE_CQE_SKIP_SUCCESS) */
	EV_UNREAD = 1 << 3,   /* a string could not be read from user memory */
	EV_NOFOLLOW = 1 << 4, /* the last component, if a symlink, was meant itself */
	EV_ABSOLUTE = 1 << 5, /* str1 starts at the root: base1 is not walked */
	EV_ABSOLUTE2 = 1 << 6,
	EV_UNLINKED = 1 << 7, /* target has no name any more (or never had) */
	EV_TARGET = 1 << 8,   /* the target segment and dev..mode are valid */
	EV_LAST_CHUNK = 1 << 9,
	EV_SNAPSHOT = 1 << 10, /* EV_PATH: a descriptor that was open at the start */
	EV_ENV = 1 << 11,      /* EV_TEXT: environment, not argv */
	EV_INSIDE = 1 << 12,   /* EV_MOVE: now inside the profiled cgroup */
	EV_FDPATH = 1 << 13,   /* EV_EXEC: started through a descriptor */
	EV_CREATED = 1 << 14,  /* EV_OP_OPEN: made the file */
	EV_DONE = 1 << 15,     /* EV_PATH: how the EV_PENDING one of its cookie ended */
};

/* Where a walk ended. */
enum ev_walk {
	EV_WALK_ROOT = 1 << 0,	    /* at the task's root: the path is whole */
	EV_WALK_OUTSIDE = 1 << 1,   /* at the top of the mounts: not below the task's root */
	EV_WALK_CUT = 1 << 2,	    /* too deep: a loss */
	EV_WALK_RACED = 1 << 3,	    /* a name changed while it was read: a loss */
	EV_WALK_DETACHED = 1 << 4,  /* a tree that is mounted nowhere here */
	EV_WALK_HOST = 1 << 5,	    /* with those two: the path is the profiler's own */
	EV_WALK_ELSEWHERE = 1 << 6, /* with those two: in another mount namespace */
	EV_WALK_NAMELESS = 1 << 7,  /* in none of its directories' names: a loss */
};

enum ev_op {
	EV_OP_NONE,
	EV_OP_OPEN, /* arg: open flags */
	EV_OP_STAT,
	EV_OP_ACCESS, /* arg: mode */
	EV_OP_READLINK,
	EV_OP_STATFS,
	EV_OP_GETXATTR,
	EV_OP_WATCH,
	EV_OP_CHDIR, /* target: the new working directory */
	EV_OP_CHROOT,
	EV_OP_LIST, /* descriptor */
	EV_OP_TRUNCATE,
	EV_OP_MKDIR,  /* arg: mode */
	EV_OP_MKNOD,  /* arg: mode with type */
	EV_OP_RENAME, /* str1 -> str2; arg: flags */
	EV_OP_UNLINK,
	EV_OP_RMDIR,
	EV_OP_LINK,    /* str1 -> str2 */
	EV_OP_SYMLINK, /* str2 is the new name, str1 its content */
	EV_OP_CHMOD,
	EV_OP_CHOWN,
	EV_OP_UTIME,
	EV_OP_SETXATTR,
	EV_OP_BIND,    /* AF_UNIX */
	EV_OP_CONNECT, /* AF_UNIX */
	EV_OP_MOUNT,   /* str1: the mount point */
	EV_OP_UMOUNT,
	EV_OP_PIVOT,
	EV_OP_EXEC,	/* one that failed */
	EV_OP_MAP,	/* descriptor, mapped executable */
	EV_OP_RECEIVED, /* descriptor from a socket, pidfd_getfd or the start; arg: its flags */
	EV_OP_WRITE,	/* descriptor: ftruncate, fallocate */
	EV_OP_CWD,	/* target: working directory after unshare, setns, pivot_root */
	EV_OP_HANDLE,	/* open_by_handle_at, open_tree: no name was asked */
	EV_OPS,
};

struct ev_head {
	EV_U16 type;
	EV_U16 flags;
	EV_U32 pid; /* tgid, as the profiler's pid namespace counts; or EV_PID_ELSEWHERE */
	EV_U64 ident;
	EV_U64 root;  /* dentry of the task's root: an opaque identity */
	EV_U32 mntns; /* inode number of the mount namespace */
	EV_U32 tid;
};

struct ev_path {
	struct ev_head head;
	EV_U16 op;
	EV_U16 nr;  /* as called; of the 32-bit table with EV_COMPAT */
	EV_S32 ret; /* 0 or more, or -errno */
	EV_U32 arg;
	EV_U32 mode;   /* of the target, with its type */
	EV_U64 cookie; /* of io_uring: the request; of EV_OP_CHDIR, _CHROOT, _CWD, _PIVOT: fs */
	EV_U64 ino;
	EV_U32 dev, gen;
	EV_U64 size;		   /* of the target */
	EV_U16 str1_len, str2_len; /* with the NUL; 0: none */
	EV_U16 base1_len, base2_len, target_len;
	EV_U8 base1_walk, base2_walk, target_walk, pad;
};

struct ev_limit { /* struct rlimit of the kernel; all ones: unlimited */
	EV_U64 soft, hard;
};

struct ev_exec {
	struct ev_head head;
	EV_U32 uid, gid, umask, group_count;
	EV_U32 dev, mode;
	EV_U64 ino;
	EV_U64 argv_bytes, env_bytes; /* whole sizes; the rest comes as EV_TEXT */
	EV_U64 cgroup;		      /* id of the cgroup v2 directory */
	EV_U64 root_ino;
	EV_U64 fs;
	EV_U32 root_dev, pad0;
	EV_U16 file_len;	 /* bprm->filename with NUL; 0 when adopted */
	EV_U16 interp_len;	 /* bprm->interp with NUL; 0 where equal to filename */
	EV_U16 groups_len;	 /* bytes of EV_U32 */
	EV_U16 cwd_len, exe_len; /* walks */
	EV_U16 script_len;	 /* walk: of a script started as /dev/fd/N */
	EV_U8 cwd_walk, exe_walk, script_walk, pad;
	EV_U16 limits_len; /* bytes of struct ev_limit, by RLIMIT_*; 0 outside containers */
			   /* segments: file, interp, groups, cwd, exe, script, limits */
};

struct ev_text { /* segment: text_len bytes of NUL-ended strings */
	struct ev_head head;
	EV_U64 offset;
	EV_U64 total;
	EV_U32 text_len, pad;
};

struct ev_fork {
	struct ev_head head; /* the parent's */
	EV_U32 child, pad;   /* child: 0 is a thread, told only where its fs is its own */
	EV_U64 fs, child_fs;
};

struct ev_exit {
	struct ev_head head;
	EV_U32 uid, gid; /* effective ones, at the end */
};

struct ev_move {
	struct ev_head head;
};

struct ev_syscall {
	struct ev_head head;
	EV_U32 nr, pad;
};

struct ev_port {
	struct ev_head head;
	EV_U16 family;	   /* AF_INET, AF_INET6 */
	EV_U16 port;	   /* host order */
	EV_U16 type;	   /* SOCK_STREAM, SOCK_DGRAM */
	EV_U16 protocol;   /* IPPROTO_* */
	EV_U8 address[16]; /* network order; the first 4 of AF_INET */
};

struct ev_size {
	struct ev_head head;
	EV_U64 ino;
	EV_U32 dev, gen;
	EV_U64 size;
};

/* ev_peaks: largest size seen of a written file. Drained by the profiler. */
struct ev_peak_key {
	EV_U64 ino;
	EV_U32 dev, gen;
};

/* What the kernel side could not do; read by the profiler at the end. */
enum ev_loss {
	EV_LOSS_RING,	/* the ring was full */
	EV_LOSS_UNREAD, /* user memory could not be read */
	EV_LOSS_FD,	/* a descriptor could not be followed */
	EV_LOSS_TEXT,	/* argv or environment longer than can be carried */
	EV_LOSS_GROUPS, /* more than EV_GROUPS_MAX groups */
	EV_LOSS_URING,	/* io_uring: a request of an unknown kind, or whose end was not told */
	EV_LOSS_CALL,	/* a call that the tables do not know: x32 */
	EV_LOSSES,
};

/* What the profiler says before the programs are loaded: the verifier knows it. */
struct ev_settings {
	EV_U64 cgroup;	   /* id of the profiled cgroup v2 directory */
	EV_U32 level;	   /* its depth; the root is 0 */
	EV_U32 mntns;	   /* the profiler's: other ones are reported at once */
	EV_U32 seen_mask;  /* buckets - 1 */
	EV_U32 wake_bytes; /* wake the reader when so much waits */
	EV_U32 cpus;
	EV_U32 has_ancestor_id; /* bpf_get_current_ancestor_cgroup_id is allowed */
	EV_U32 cast;		/* bpf_rdonly_cast is there (6.2) */
	EV_U32 uring;		/* io_uring requests can be seen */
	EV_U32 uring_cqe;	/* io_uring_complete has the cqe as argument 3 */
};

#endif
