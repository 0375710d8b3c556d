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
};

/* What the flags argument means. */
enum flag_rule {
	FLAGS_NONE,
	FLAGS_AT,	/* AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_REMOVEDIR */
	FLAGS_LINK,	/* AT_SYMLINK_FOLLOW: does not follow without it */
	FLAGS_OPEN,	/* O_NOFOLLOW */
	FLAGS_HOW,	/* pointer to struct open_how */
	FLAGS_NOFOLLOW, /* never follows: lstat */
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

static const struct call calls_64[CALLS_MAX] = {
	[1] = WRITE(1),							 /* write */
	[2] = OPEN(0, 1, .arg = 2, .rule = FLAGS_OPEN),			 /* open */
	[4] = PATH(STAT, 0, 1),						 /* stat */
	[6] = PATH(STAT, 0, 1, SELF),					 /* lstat */
	[9] = OTHER(MMAP, MAP),						 /* mmap */
	[18] = WRITE(1),						 /* pwrite64 */
	[20] = WRITE(1),						 /* writev */
	[21] = PATH(ACCESS, 0, 1, .arg = 2),				 /* access */
	[40] = WRITE(1),						 /* sendfile */
	[42] = OTHER(SOCKADDR, CONNECT),				 /* connect */
	[43] = OTHER(LISTEN, NONE),					 /* accept */
	[44] = OTHER(SENDTO, CONNECT),					 /* sendto */
	[46] = OTHER(SENDMSG, CONNECT),					 /* sendmsg */
	[47] = OTHER(RECVMSG, RECEIVED),				 /* recvmsg */
	[49] = OTHER(SOCKADDR, BIND),					 /* bind */
	[50] = OTHER(LISTEN, NONE),					 /* listen */
	[59] = PATH(EXEC, 0, 1),					 /* execve, failed */
	[76] = PATH(TRUNCATE, 0, 1),					 /* truncate */
	[77] = FD(WRITE, 1),						 /* ftruncate */
	[78] = FD(LIST, 1),						 /* getdents */
	[80] = { .shape = SHAPE_CHDIR, .op = EV_OP_CHDIR, .path = 1 },	 /* chdir */
	[81] = { .shape = SHAPE_CHDIR, .op = EV_OP_CHDIR, .dirfd = 1 },	 /* fchdir */
	[82] = PATHS(RENAME, 0, 1, 0, 2),				 /* rename */
	[83] = PATH(MKDIR, 0, 1, .arg = 2),				 /* mkdir */
	[84] = PATH(RMDIR, 0, 1),					 /* rmdir */
	[85] = OPEN(0, 1),						 /* creat */
	[86] = PATHS(LINK, 0, 1, 0, 2, SELF),				 /* link */
	[87] = PATH(UNLINK, 0, 1),					 /* unlink */
	[88] = PATHS(SYMLINK, 0, 1, 0, 2),				 /* symlink */
	[89] = PATH(READLINK, 0, 1),					 /* readlink */
	[90] = PATH(CHMOD, 0, 1, .arg = 2),				 /* chmod */
	[91] = FD(CHMOD, 1),						 /* fchmod */
	[92] = PATH(CHOWN, 0, 1),					 /* chown */
	[93] = FD(CHOWN, 1),						 /* fchown */
	[94] = PATH(CHOWN, 0, 1, SELF),					 /* lchown */
	[132] = PATH(UTIME, 0, 1),					 /* utime */
	[133] = PATH(MKNOD, 0, 1, .arg = 2),				 /* mknod */
	[134] = PATH(OPEN, 0, 1),					 /* uselib */
	[137] = PATH(STATFS, 0, 1),					 /* statfs */
	[155] = PATHS(PIVOT, 0, 1, 0, 2),				 /* pivot_root */
	[161] = PATH(CHROOT, 0, 1),					 /* chroot */
	[163] = PATH(TRUNCATE, 0, 1),					 /* acct: appends */
	[165] = PATH(MOUNT, 0, 2),					 /* mount */
	[166] = PATH(UMOUNT, 0, 1),					 /* umount2 */
	[167] = PATH(OPEN, 0, 1),					 /* swapon */
	[188] = PATH(SETXATTR, 0, 1),					 /* setxattr */
	[189] = PATH(SETXATTR, 0, 1, SELF),				 /* lsetxattr */
	[190] = FD(SETXATTR, 1),					 /* fsetxattr */
	[191] = PATH(GETXATTR, 0, 1),					 /* getxattr */
	[192] = PATH(GETXATTR, 0, 1, SELF),				 /* lgetxattr */
	[193] = FD(GETXATTR, 1),					 /* fgetxattr */
	[194] = PATH(GETXATTR, 0, 1),					 /* listxattr */
	[195] = PATH(GETXATTR, 0, 1, SELF),				 /* llistxattr */
	[196] = FD(GETXATTR, 1),					 /* flistxattr */
	[197] = PATH(SETXATTR, 0, 1),					 /* removexattr */
	[198] = PATH(SETXATTR, 0, 1, SELF),				 /* lremovexattr */
	[199] = FD(SETXATTR, 1),					 /* fremovexattr */
	[217] = FD(LIST, 1),						 /* getdents64 */
	[235] = PATH(UTIME, 0, 1),					 /* utimes */
	[254] = PATH(WATCH, 0, 2),					 /* inotify_add_watch */
	[257] = OPEN(1, 2, .arg = 3, .rule = FLAGS_OPEN),		 /* openat */
	[258] = PATH(MKDIR, 1, 2, .arg = 3),				 /* mkdirat */
	[259] = PATH(MKNOD, 1, 2, .arg = 3),				 /* mknodat */
	[260] = PATH(CHOWN, 1, 2, AT(5)),				 /* fchownat */
	[261] = PATH(UTIME, 1, 2),					 /* futimesat */
	[262] = PATH(STAT, 1, 2, AT(4)),				 /* newfstatat */
	[263] = PATH(UNLINK, 1, 2, AT(3)),				 /* unlinkat */
	[264] = PATHS(RENAME, 1, 2, 3, 4),				 /* renameat */
	[265] = PATHS(LINK, 1, 2, 3, 4, .flags = 5, .rule = FLAGS_LINK), /* linkat */
	[266] = PATHS(SYMLINK, 0, 1, 2, 3),				 /* symlinkat */
	[267] = PATH(READLINK, 1, 2),					 /* readlinkat */
	[268] = PATH(CHMOD, 1, 2, .arg = 3),				 /* fchmodat */
	[269] = PATH(ACCESS, 1, 2, .arg = 3),				 /* faccessat */
	[272] = OTHER(CWD, CWD),					 /* unshare */
	[275] = WRITE(3),						 /* splice */
	[280] = PATH(UTIME, 1, 2, AT(4)),				 /* utimensat */
	[285] = FD(WRITE, 1),						 /* fallocate */
	[288] = OTHER(LISTEN, NONE),					 /* accept4 */
	[296] = WRITE(1),						 /* pwritev */
	[299] = MANY(RECVMSG, RECEIVED),				 /* recvmmsg */
	[301] = PATH(WATCH, 4, 5),					 /* fanotify_mark */
	[303] = PATH(STAT, 1, 2, AT(5)),				 /* name_to_handle_at */
	[304] = NEWFD(HANDLE),						 /* open_by_handle_at */
	[307] = MANY(SENDMSG, CONNECT),					 /* sendmmsg */
	[308] = OTHER(CWD, CWD),					 /* setns */
	[316] = PATHS(RENAME, 1, 2, 3, 4, .arg = 5),			 /* renameat2 */
	[322] = PATH(EXEC, 1, 2, AT(5)),				 /* execveat, failed */
	[326] = WRITE(3),						 /* copy_file_range */
	[328] = WRITE(1),						 /* pwritev2 */
	[332] = PATH(STAT, 1, 2, AT(3)),				 /* statx */
	[428] = OPEN(1, 2, .arg = 3),					 /* open_tree */
	[429] = PATHS(MOUNT, 1, 2, 3, 4),				 /* move_mount */
	[433] = PATH(MOUNT, 1, 2),					 /* fspick */
	[437] = OPEN(1, 2, .arg = 3, .rule = FLAGS_HOW),		 /* openat2 */
	[438] = NEWFD(RECEIVED),					 /* pidfd_getfd */
	[439] = PATH(ACCESS, 1, 2, .arg = 3, AT(4)),			 /* faccessat2 */
	[442] = PATH(MOUNT, 1, 2, AT(3)),				 /* mount_setattr */
	[452] = PATH(CHMOD, 1, 2, .arg = 3, AT(4)),			 /* fchmodat2 */
	[463] = PATH(SETXATTR, 1, 2, AT(3)),				 /* setxattrat */
	[464] = PATH(GETXATTR, 1, 2, AT(3)),				 /* getxattrat */
	[465] = PATH(GETXATTR, 1, 2, AT(3)),				 /* listxattrat */
	[466] = PATH(SETXATTR, 1, 2, AT(3)),				 /* removexattrat */
	[467] = OPEN(1, 2, .arg = 3),					 /* open_tree_attr */
	[468] = PATH(GETXATTR, 1, 2, AT(5)),				 /* file_getattr */
	[469] = PATH(SETXATTR, 1, 2, AT(5)),				 /* file_setattr */
};

static const struct call calls_32[CALLS_MAX] = {
	[4] = WRITE(1),							 /* write */
	[5] = OPEN(0, 1, .arg = 2, .rule = FLAGS_OPEN),			 /* open */
	[8] = OPEN(0, 1),						 /* creat */
	[9] = PATHS(LINK, 0, 1, 0, 2, SELF),				 /* link */
	[10] = PATH(UNLINK, 0, 1),					 /* unlink */
	[11] = PATH(EXEC, 0, 1),					 /* execve, failed */
	[12] = { .shape = SHAPE_CHDIR, .op = EV_OP_CHDIR, .path = 1 },	 /* chdir */
	[14] = PATH(MKNOD, 0, 1, .arg = 2),				 /* mknod */
	[15] = PATH(CHMOD, 0, 1, .arg = 2),				 /* chmod */
	[16] = PATH(CHOWN, 0, 1, SELF),					 /* lchown16 */
	[18] = PATH(STAT, 0, 1),					 /* oldstat */
	[21] = PATH(MOUNT, 0, 2),					 /* mount */
	[22] = PATH(UMOUNT, 0, 1),					 /* umount */
	[30] = PATH(UTIME, 0, 1),					 /* utime */
	[33] = PATH(ACCESS, 0, 1, .arg = 2),				 /* access */
	[38] = PATHS(RENAME, 0, 1, 0, 2),				 /* rename */
	[39] = PATH(MKDIR, 0, 1, .arg = 2),				 /* mkdir */
	[40] = PATH(RMDIR, 0, 1),					 /* rmdir */
	[51] = PATH(TRUNCATE, 0, 1),					 /* acct */
	[52] = PATH(UMOUNT, 0, 1),					 /* umount2 */
	[61] = PATH(CHROOT, 0, 1),					 /* chroot */
	[83] = PATHS(SYMLINK, 0, 1, 0, 2),				 /* symlink */
	[84] = PATH(STAT, 0, 1, SELF),					 /* oldlstat */
	[85] = PATH(READLINK, 0, 1),					 /* readlink */
	[86] = PATH(OPEN, 0, 1),					 /* uselib */
	[87] = PATH(OPEN, 0, 1),					 /* swapon */
	[90] = OTHER(MMAP_OLD, MAP),					 /* mmap */
	[92] = PATH(TRUNCATE, 0, 1),					 /* truncate */
	[93] = FD(WRITE, 1),						 /* ftruncate */
	[94] = FD(CHMOD, 1),						 /* fchmod */
	[95] = FD(CHOWN, 1),						 /* fchown16 */
	[99] = PATH(STATFS, 0, 1),					 /* statfs */
	[102] = OTHER(SOCKETCALL, NONE),				 /* socketcall */
	[106] = PATH(STAT, 0, 1),					 /* stat */
	[107] = PATH(STAT, 0, 1, SELF),					 /* lstat */
	[133] = { .shape = SHAPE_CHDIR, .op = EV_OP_CHDIR, .dirfd = 1 }, /* fchdir */
	[141] = FD(LIST, 1),						 /* getdents */
	[146] = WRITE(1),						 /* writev */
	[181] = WRITE(1),						 /* pwrite64 */
	[182] = PATH(CHOWN, 0, 1),					 /* chown16 */
	[187] = WRITE(1),						 /* sendfile */
	[192] = OTHER(MMAP, MAP),					 /* mmap2 */
	[193] = PATH(TRUNCATE, 0, 1),					 /* truncate64 */
	[194] = FD(WRITE, 1),						 /* ftruncate64 */
	[195] = PATH(STAT, 0, 1),					 /* stat64 */
	[196] = PATH(STAT, 0, 1, SELF),					 /* lstat64 */
	[198] = PATH(CHOWN, 0, 1, SELF),				 /* lchown32 */
	[207] = FD(CHOWN, 1),						 /* fchown32 */
	[212] = PATH(CHOWN, 0, 1),					 /* chown32 */
	[217] = PATHS(PIVOT, 0, 1, 0, 2),				 /* pivot_root */
	[220] = FD(LIST, 1),						 /* getdents64 */
	[226] = PATH(SETXATTR, 0, 1),					 /* setxattr */
	[227] = PATH(SETXATTR, 0, 1, SELF),				 /* lsetxattr */
	[228] = FD(SETXATTR, 1),					 /* fsetxattr */
	[229] = PATH(GETXATTR, 0, 1),					 /* getxattr */
	[230] = PATH(GETXATTR, 0, 1, SELF),				 /* lgetxattr */
	[231] = FD(GETXATTR, 1),					 /* fgetxattr */
	[232] = PATH(GETXATTR, 0, 1),					 /* listxattr */
	[233] = PATH(GETXATTR, 0, 1, SELF),				 /* llistxattr */
	[234] = FD(GETXATTR, 1),					 /* flistxattr */
	[235] = PATH(SETXATTR, 0, 1),					 /* removexattr */
	[236] = PATH(SETXATTR, 0, 1, SELF),				 /* lremovexattr */
	[237] = FD(SETXATTR, 1),					 /* fremovexattr */
	[239] = WRITE(1),						 /* sendfile64 */
	[268] = PATH(STATFS, 0, 1),					 /* statfs64 */
	[271] = PATH(UTIME, 0, 1),					 /* utimes */
	[292] = PATH(WATCH, 0, 2),					 /* inotify_add_watch */
	[295] = OPEN(1, 2, .arg = 3, .rule = FLAGS_OPEN),		 /* openat */
	[296] = PATH(MKDIR, 1, 2, .arg = 3),				 /* mkdirat */
	[297] = PATH(MKNOD, 1, 2, .arg = 3),				 /* mknodat */
	[298] = PATH(CHOWN, 1, 2, AT(5)),				 /* fchownat */
	[299] = PATH(UTIME, 1, 2),					 /* futimesat */
	[300] = PATH(STAT, 1, 2, AT(4)),				 /* fstatat64 */
	[301] = PATH(UNLINK, 1, 2, AT(3)),				 /* unlinkat */
	[302] = PATHS(RENAME, 1, 2, 3, 4),				 /* renameat */
	[303] = PATHS(LINK, 1, 2, 3, 4, .flags = 5, .rule = FLAGS_LINK), /* linkat */
	[304] = PATHS(SYMLINK, 0, 1, 2, 3),				 /* symlinkat */
	[305] = PATH(READLINK, 1, 2),					 /* readlinkat */
	[306] = PATH(CHMOD, 1, 2, .arg = 3),				 /* fchmodat */
	[307] = PATH(ACCESS, 1, 2, .arg = 3),				 /* faccessat */
	[310] = OTHER(CWD, CWD),					 /* unshare */
	[313] = WRITE(3),						 /* splice */
	[320] = PATH(UTIME, 1, 2, AT(4)),				 /* utimensat */
	[324] = FD(WRITE, 1),						 /* fallocate */
	[334] = WRITE(1),						 /* pwritev */
	[337] = MANY(RECVMSG, RECEIVED),				 /* recvmmsg */
	[339] = PATH(WATCH, 5, 6),			 /* fanotify_mark: the mask is two words */
	[341] = PATH(STAT, 1, 2, AT(5)),		 /* name_to_handle_at */
	[342] = NEWFD(HANDLE),				 /* open_by_handle_at */
	[345] = MANY(SENDMSG, CONNECT),			 /* sendmmsg */
	[346] = OTHER(CWD, CWD),			 /* setns */
	[353] = PATHS(RENAME, 1, 2, 3, 4, .arg = 5),	 /* renameat2 */
	[358] = PATH(EXEC, 1, 2, AT(5)),		 /* execveat, failed */
	[361] = OTHER(SOCKADDR, BIND),			 /* bind */
	[362] = OTHER(SOCKADDR, CONNECT),		 /* connect */
	[363] = OTHER(LISTEN, NONE),			 /* listen */
	[364] = OTHER(LISTEN, NONE),			 /* accept4 */
	[369] = OTHER(SENDTO, CONNECT),			 /* sendto */
	[370] = OTHER(SENDMSG, CONNECT),		 /* sendmsg */
	[372] = OTHER(RECVMSG, RECEIVED),		 /* recvmsg */
	[377] = WRITE(3),				 /* copy_file_range */
	[379] = WRITE(1),				 /* pwritev2 */
	[383] = PATH(STAT, 1, 2, AT(3)),		 /* statx */
	[412] = PATH(UTIME, 1, 2, AT(4)),		 /* utimensat_time64 */
	[417] = OTHER(RECVMSG, RECEIVED),		 /* recvmmsg_time64 */
	[428] = OPEN(1, 2, .arg = 3),			 /* open_tree */
	[429] = PATHS(MOUNT, 1, 2, 3, 4),		 /* move_mount */
	[433] = PATH(MOUNT, 1, 2),			 /* fspick */
	[437] = OPEN(1, 2, .arg = 3, .rule = FLAGS_HOW), /* openat2 */
	[438] = NEWFD(RECEIVED),			 /* pidfd_getfd */
	[439] = PATH(ACCESS, 1, 2, .arg = 3, AT(4)),	 /* faccessat2 */
	[442] = PATH(MOUNT, 1, 2, AT(3)),		 /* mount_setattr */
	[452] = PATH(CHMOD, 1, 2, .arg = 3, AT(4)),	 /* fchmodat2 */
	[463] = PATH(SETXATTR, 1, 2, AT(3)),		 /* setxattrat */
	[464] = PATH(GETXATTR, 1, 2, AT(3)),		 /* getxattrat */
	[465] = PATH(GETXATTR, 1, 2, AT(3)),		 /* listxattrat */
	[466] = PATH(SETXATTR, 1, 2, AT(3)),		 /* removexattrat */
	[467] = OPEN(1, 2, .arg = 3),			 /* open_tree_attr */
};

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
