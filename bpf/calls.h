/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * calls.h - which system call names what, one line a call.
 *
 * Numbers are the kernel's tables (arch/x86/entry/syscalls/syscall_{64,32}.tbl).
 * Argument positions count from 1; 0 means "has none".
 * Another architecture adds its own table here and its registers in arch.h.
 */
#ifndef CLN_BPF_CALLS_H
#define CLN_BPF_CALLS_H

#include "bpf/event.h"

enum shape {
	SHAPE_NONE,
	SHAPE_PATH,	/* a path, perhaps from a directory descriptor */
	SHAPE_PATHS,	/* two of them */
	SHAPE_OPEN,	/* a path; the result is a descriptor of what it led to */
	SHAPE_NEWFD,	/* no path; the result is a descriptor */
	SHAPE_FD,	/* a descriptor */
	SHAPE_CHDIR,	/* a path or a descriptor; the result is the working directory */
	SHAPE_CWD,	/* may change the working directory by its way */
	SHAPE_SOCKADDR, /* a descriptor, an address, its length */
	SHAPE_LISTEN,	/* a socket that now listens */
	SHAPE_SENDTO,
	SHAPE_SENDMSG,
	SHAPE_RECVMSG,
	SHAPE_MMAP,
	SHAPE_MMAP_OLD,	  /* i386: one pointer to six arguments */
	SHAPE_WRITE,	  /* a descriptor that was written: its size may have grown */
	SHAPE_SOCKETCALL, /* i386: number, pointer to arguments */
	SHAPE_IOCTL,	  /* the next five name something with some arguments only: rare.h */
	SHAPE_AIO,
	SHAPE_BPF,
	SHAPE_FSCONFIG,
	SHAPE_QUOTA,
};

/* What the flags argument means. */
enum flag_rule {
	FLAGS_NONE,
	FLAGS_AT,	/* AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_REMOVEDIR */
	FLAGS_LINK,	/* AT_SYMLINK_FOLLOW: does not follow without it */
	FLAGS_OPEN,	/* O_NOFOLLOW */
	FLAGS_HOW,	/* pointer to struct open_how */
	FLAGS_NOFOLLOW, /* never follows: lstat */
	FLAGS_MOUNT,	/* MS_*: is the first path one? */
};

struct call {
	__u8 shape, op;
	__u8 dirfd, path;
	__u8 dirfd2, path2;
	__u8 flags, rule;
	__u8 arg, pad;
};

#define CALLS_MAX 512 /* a power of two, above every known number */
/* From here on calls are younger than the tables, in each of them: a loss. Linux 6.19
 * ends with listns, which names no file. */
#define CALLS_UNKNOWN 471

#define PATH(op_, dirfd_, path_, ...)                                                   \
	{                                                                               \
		.shape = SHAPE_PATH, .op = EV_OP_##op_, .dirfd = dirfd_, .path = path_, \
		__VA_ARGS__                                                             \
	}
#define PATHS(op_, dirfd_, path_, dirfd2_, path2_, ...)                                  \
	{                                                                                \
		.shape = SHAPE_PATHS, .op = EV_OP_##op_, .dirfd = dirfd_, .path = path_, \
		.dirfd2 = dirfd2_, .path2 = path2_, __VA_ARGS__                          \
	}
#define OPEN(dirfd_, path_, ...)                                                                   \
	{                                                                                          \
		.shape = SHAPE_OPEN, .op = EV_OP_OPEN, .dirfd = dirfd_, .path = path_, __VA_ARGS__ \
	}
#define FD(op_, dirfd_)                                               \
	{                                                             \
		.shape = SHAPE_FD, .op = EV_OP_##op_, .dirfd = dirfd_ \
	}
#define WRITE(dirfd_)                                                    \
	{                                                                \
		.shape = SHAPE_WRITE, .op = EV_OP_WRITE, .dirfd = dirfd_ \
	}
#define NEWFD(op_)                                      \
	{                                               \
		.shape = SHAPE_NEWFD, .op = EV_OP_##op_ \
	}
#define OTHER(shape_, op_)                                 \
	{                                                  \
		.shape = SHAPE_##shape_, .op = EV_OP_##op_ \
	}
#define MANY(shape_, op_) /* as many messages as the result says */  \
	{                                                            \
		.shape = SHAPE_##shape_, .op = EV_OP_##op_, .arg = 1 \
	}
#define AT(position) .flags = position, .rule = FLAGS_AT
#define SELF .rule = FLAGS_NOFOLLOW

/*
 * A row a call: its name, its number among 64-bit and among 32-bit calls, and what
 * it names. The same name may stand twice where the arguments differ.
 */
/* clang-format off */
#define CALLS(BOTH, ONLY_64, ONLY_32) \
	BOTH(write, 1, 4, WRITE(1)) \
	BOTH(open, 2, 5, OPEN(0, 1, .arg = 2, .rule = FLAGS_OPEN)) \
	BOTH(stat, 4, 106, PATH(STAT, 0, 1)) \
	BOTH(lstat, 6, 107, PATH(STAT, 0, 1, SELF)) \
	ONLY_64(mmap, 9, OTHER(MMAP, MAP)) \
	BOTH(ioctl, 16, 54, OTHER(IOCTL, WRITE)) /* FICLONE, chattr */ \
	BOTH(pwrite64, 18, 181, WRITE(1)) \
	BOTH(writev, 20, 146, WRITE(1)) \
	BOTH(access, 21, 33, PATH(ACCESS, 0, 1, .arg = 2)) \
	BOTH(sendfile, 40, 187, WRITE(1)) \
	BOTH(connect, 42, 362, OTHER(SOCKADDR, CONNECT)) \
	ONLY_64(accept, 43, OTHER(LISTEN, NONE)) \
	BOTH(sendto, 44, 369, OTHER(SENDTO, CONNECT)) \
	BOTH(sendmsg, 46, 370, OTHER(SENDMSG, CONNECT)) \
	BOTH(recvmsg, 47, 372, OTHER(RECVMSG, RECEIVED)) \
	BOTH(bind, 49, 361, OTHER(SOCKADDR, BIND)) \
	BOTH(listen, 50, 363, OTHER(LISTEN, NONE)) \
	BOTH(execve, 59, 11, PATH(EXEC, 0, 1)) /* failed */ \
	BOTH(truncate, 76, 92, PATH(TRUNCATE, 0, 1)) \
	BOTH(ftruncate, 77, 93, FD(WRITE, 1)) \
	BOTH(getdents, 78, 141, FD(LIST, 1)) \
	BOTH(chdir, 80, 12, { .shape = SHAPE_CHDIR, .op = EV_OP_CHDIR, .path = 1 }) \
	BOTH(fchdir, 81, 133, { .shape = SHAPE_CHDIR, .op = EV_OP_CHDIR, .dirfd = 1 }) \
	BOTH(rename, 82, 38, PATHS(RENAME, 0, 1, 0, 2)) \
	BOTH(mkdir, 83, 39, PATH(MKDIR, 0, 1, .arg = 2)) \
	BOTH(rmdir, 84, 40, PATH(RMDIR, 0, 1)) \
	BOTH(creat, 85, 8, OPEN(0, 1)) \
	BOTH(link, 86, 9, PATHS(LINK, 0, 1, 0, 2, SELF)) \
	BOTH(unlink, 87, 10, PATH(UNLINK, 0, 1)) \
	BOTH(symlink, 88, 83, PATHS(SYMLINK, 0, 1, 0, 2)) \
	BOTH(readlink, 89, 85, PATH(READLINK, 0, 1)) \
	BOTH(chmod, 90, 15, PATH(CHMOD, 0, 1, .arg = 2)) \
	BOTH(fchmod, 91, 94, FD(CHMOD, 1)) \
	ONLY_64(chown, 92, PATH(CHOWN, 0, 1)) \
	ONLY_64(fchown, 93, FD(CHOWN, 1)) \
	ONLY_64(lchown, 94, PATH(CHOWN, 0, 1, SELF)) \
	BOTH(utime, 132, 30, PATH(UTIME, 0, 1)) \
	BOTH(mknod, 133, 14, PATH(MKNOD, 0, 1, .arg = 2)) \
	BOTH(uselib, 134, 86, PATH(OPEN, 0, 1)) \
	BOTH(statfs, 137, 99, PATH(STATFS, 0, 1)) \
	BOTH(pivot_root, 155, 217, PATHS(PIVOT, 0, 1, 0, 2)) \
	BOTH(chroot, 161, 61, PATH(CHROOT, 0, 1)) \
	BOTH(acct, 163, 51, PATH(TRUNCATE, 0, 1)) /* appends */ \
	BOTH(mount, 165, 21, PATHS(MOUNT, 0, 1, 0, 2, .flags = 4, .rule = FLAGS_MOUNT)) \
	BOTH(umount2, 166, 52, PATH(UMOUNT, 0, 1)) \
	BOTH(swapon, 167, 87, PATH(OPEN, 0, 1)) \
	BOTH(swapoff, 168, 115, PATH(STAT, 0, 1)) \
	BOTH(quotactl, 179, 131, OTHER(QUOTA, STAT)) \
	BOTH(setxattr, 188, 226, PATH(SETXATTR, 0, 1)) \
	BOTH(lsetxattr, 189, 227, PATH(SETXATTR, 0, 1, SELF)) \
	BOTH(fsetxattr, 190, 228, FD(SETXATTR, 1)) \
	BOTH(getxattr, 191, 229, PATH(GETXATTR, 0, 1)) \
	BOTH(lgetxattr, 192, 230, PATH(GETXATTR, 0, 1, SELF)) \
	BOTH(fgetxattr, 193, 231, FD(GETXATTR, 1)) \
	BOTH(listxattr, 194, 232, PATH(GETXATTR, 0, 1)) \
	BOTH(llistxattr, 195, 233, PATH(GETXATTR, 0, 1, SELF)) \
	BOTH(flistxattr, 196, 234, FD(GETXATTR, 1)) \
	BOTH(removexattr, 197, 235, PATH(SETXATTR, 0, 1)) \
	BOTH(lremovexattr, 198, 236, PATH(SETXATTR, 0, 1, SELF)) \
	BOTH(fremovexattr, 199, 237, FD(SETXATTR, 1)) \
	BOTH(io_submit, 209, 248, OTHER(AIO, WRITE)) /* writes of libaio */ \
	BOTH(getdents64, 217, 220, FD(LIST, 1)) \
	BOTH(utimes, 235, 271, PATH(UTIME, 0, 1)) \
	BOTH(inotify_add_watch, 254, 292, PATH(WATCH, 0, 2)) \
	BOTH(openat, 257, 295, OPEN(1, 2, .arg = 3, .rule = FLAGS_OPEN)) \
	BOTH(mkdirat, 258, 296, PATH(MKDIR, 1, 2, .arg = 3)) \
	BOTH(mknodat, 259, 297, PATH(MKNOD, 1, 2, .arg = 3)) \
	BOTH(fchownat, 260, 298, PATH(CHOWN, 1, 2, AT(5))) \
	BOTH(futimesat, 261, 299, PATH(UTIME, 1, 2)) \
	ONLY_64(newfstatat, 262, PATH(STAT, 1, 2, AT(4))) \
	BOTH(unlinkat, 263, 301, PATH(UNLINK, 1, 2, AT(3))) \
	BOTH(renameat, 264, 302, PATHS(RENAME, 1, 2, 3, 4)) \
	BOTH(linkat, 265, 303, PATHS(LINK, 1, 2, 3, 4, .flags = 5, .rule = FLAGS_LINK)) \
	BOTH(symlinkat, 266, 304, PATHS(SYMLINK, 0, 1, 2, 3)) \
	BOTH(readlinkat, 267, 305, PATH(READLINK, 1, 2)) \
	BOTH(fchmodat, 268, 306, PATH(CHMOD, 1, 2, .arg = 3)) \
	BOTH(faccessat, 269, 307, PATH(ACCESS, 1, 2, .arg = 3)) \
	BOTH(unshare, 272, 310, OTHER(CWD, CWD)) \
	BOTH(splice, 275, 313, WRITE(3)) \
	BOTH(utimensat, 280, 320, PATH(UTIME, 1, 2, AT(4))) \
	BOTH(fallocate, 285, 324, FD(WRITE, 1)) \
	BOTH(accept4, 288, 364, OTHER(LISTEN, NONE)) \
	BOTH(pwritev, 296, 334, WRITE(1)) \
	BOTH(recvmmsg, 299, 337, MANY(RECVMSG, RECEIVED)) \
	ONLY_64(fanotify_mark, 301, PATH(WATCH, 4, 5)) \
	BOTH(name_to_handle_at, 303, 341, PATH(STAT, 1, 2, .flags = 5, .rule = FLAGS_LINK)) \
	BOTH(open_by_handle_at, 304, 342, NEWFD(HANDLE)) \
	BOTH(sendmmsg, 307, 345, MANY(SENDMSG, CONNECT)) \
	BOTH(setns, 308, 346, OTHER(CWD, CWD)) \
	BOTH(renameat2, 316, 353, PATHS(RENAME, 1, 2, 3, 4, .arg = 5)) \
	BOTH(bpf, 321, 357, OTHER(BPF, NONE)) /* BPF_OBJ_PIN, BPF_OBJ_GET */ \
	BOTH(execveat, 322, 358, PATH(EXEC, 1, 2, AT(5))) /* failed */ \
	BOTH(copy_file_range, 326, 377, WRITE(3)) \
	BOTH(pwritev2, 328, 379, WRITE(1)) \
	BOTH(statx, 332, 383, PATH(STAT, 1, 2, AT(3))) \
	BOTH(open_tree, 428, 428, OPEN(1, 2, .arg = 3)) \
	BOTH(move_mount, 429, 429, PATHS(MOUNT, 1, 2, 3, 4)) \
	BOTH(fsconfig, 431, 431, OTHER(FSCONFIG, STAT)) \
	BOTH(fspick, 433, 433, PATH(MOUNT, 1, 2)) \
	BOTH(openat2, 437, 437, OPEN(1, 2, .arg = 3, .rule = FLAGS_HOW)) \
	BOTH(pidfd_getfd, 438, 438, NEWFD(RECEIVED)) \
	BOTH(faccessat2, 439, 439, PATH(ACCESS, 1, 2, .arg = 3, AT(4))) \
	BOTH(mount_setattr, 442, 442, PATH(MOUNT, 1, 2, AT(3))) \
	BOTH(fchmodat2, 452, 452, PATH(CHMOD, 1, 2, .arg = 3, AT(4))) \
	BOTH(setxattrat, 463, 463, PATH(SETXATTR, 1, 2, AT(3))) \
	BOTH(getxattrat, 464, 464, PATH(GETXATTR, 1, 2, AT(3))) \
	BOTH(listxattrat, 465, 465, PATH(GETXATTR, 1, 2, AT(3))) \
	BOTH(removexattrat, 466, 466, PATH(SETXATTR, 1, 2, AT(3))) \
	BOTH(open_tree_attr, 467, 467, OPEN(1, 2, .arg = 3)) \
	BOTH(file_getattr, 468, 468, PATH(GETXATTR, 1, 2, AT(5))) \
	BOTH(file_setattr, 469, 469, PATH(SETXATTR, 1, 2, AT(5))) \
	ONLY_32(lchown16, 16, PATH(CHOWN, 0, 1, SELF)) \
	ONLY_32(oldstat, 18, PATH(STAT, 0, 1)) \
	ONLY_32(umount, 22, PATH(UMOUNT, 0, 1)) \
	ONLY_32(oldlstat, 84, PATH(STAT, 0, 1, SELF)) \
	ONLY_32(readdir, 89, FD(LIST, 1)) \
	ONLY_32(mmap, 90, OTHER(MMAP_OLD, MAP)) \
	ONLY_32(fchown16, 95, FD(CHOWN, 1)) \
	ONLY_32(socketcall, 102, OTHER(SOCKETCALL, NONE)) \
	ONLY_32(chown16, 182, PATH(CHOWN, 0, 1)) \
	ONLY_32(mmap2, 192, OTHER(MMAP, MAP)) \
	ONLY_32(truncate64, 193, PATH(TRUNCATE, 0, 1)) \
	ONLY_32(ftruncate64, 194, FD(WRITE, 1)) \
	ONLY_32(stat64, 195, PATH(STAT, 0, 1)) \
	ONLY_32(lstat64, 196, PATH(STAT, 0, 1, SELF)) \
	ONLY_32(lchown32, 198, PATH(CHOWN, 0, 1, SELF)) \
	ONLY_32(fchown32, 207, FD(CHOWN, 1)) \
	ONLY_32(chown32, 212, PATH(CHOWN, 0, 1)) \
	ONLY_32(sendfile64, 239, WRITE(1)) \
	ONLY_32(statfs64, 268, PATH(STATFS, 0, 1)) \
	ONLY_32(fstatat64, 300, PATH(STAT, 1, 2, AT(4))) \
	ONLY_32(fanotify_mark, 339, PATH(WATCH, 5, 6)) /* the mask is two words */ \
	ONLY_32(utimensat_time64, 412, PATH(UTIME, 1, 2, AT(4))) \
	ONLY_32(recvmmsg_time64, 417, MANY(RECVMSG, RECEIVED))
/* clang-format on */

#define AS_64(name_, number_64, number_32, ...) [number_64] = __VA_ARGS__,
#define AS_32(name_, number_64, number_32, ...) [number_32] = __VA_ARGS__,
#define AS_ONE(name_, number_, ...) [number_] = __VA_ARGS__,
#define AS_NONE(...)

static const struct call calls_64[CALLS_MAX] = { CALLS(AS_64, AS_ONE, AS_NONE) };
static const struct call calls_32[CALLS_MAX] = { CALLS(AS_32, AS_NONE, AS_ONE) };

/* i386 socketcall(2): the numbers are of linux/net.h. */
static const struct call calls_socket[32] = {
	[2] = OTHER(SOCKADDR, BIND),
	[3] = OTHER(SOCKADDR, CONNECT),
	[4] = OTHER(LISTEN, NONE),
	[5] = OTHER(LISTEN, NONE), /* accept */
	[11] = OTHER(SENDTO, CONNECT),
	[16] = OTHER(SENDMSG, CONNECT),
	[17] = OTHER(RECVMSG, RECEIVED),
	[18] = OTHER(LISTEN, NONE), /* accept4 */
	[19] = OTHER(RECVMSG, RECEIVED),
	[20] = OTHER(SENDMSG, CONNECT),
};

#endif
