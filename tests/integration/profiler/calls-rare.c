// SPDX-License-Identifier: Apache-2.0
/*
 * calls-rare.c - mounts, quotas, swap, BPF file systems, attributes of the last years.
 */
#include "calls.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/bpf.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The kernel looks at the name and then refuses: that is what is wanted. */
static long refused(long result, int error)
{
	return result < 0 && errno == error ? 0 : result < 0 ? -1 : 0;
}

CASE(do_swapon)
{
	return refused(CALL(SYS_swapon, name, 0), EINVAL);
}

CASE(do_swapoff)
{
	return refused(CALL(SYS_swapoff, name), EINVAL);
}

CASE(do_acct)
{
	return refused(CALL(SYS_acct, name), EISDIR);
}

CASE(do_uselib)
{
	return refused(CALL(SYS_uselib, name), ENOEXEC);
}

CASE(do_quotactl)
{
	char room[64];

	return refused(CALL(SYS_quotactl, 0x80000400, name, 0, room), ENOTBLK);
}

CASE(do_pivot_root)
{
	/* EINVAL where the root is an initramfs */
	return refused(CALL(SYS_pivot_root, name, name), EBUSY) < 0 && errno != EINVAL ? -1 : 0;
}

CASE(do_mount)
{
	long r;

	mkdir(other, 0755);
	r = CALL(SYS_mount, name, other, NULL, 4096, NULL);
	return r < 0 ? r : CALL(SYS_umount2, other, 2 /* MNT_DETACH */);
}

/* "none" is a word, no file. */
CASE(do_mount_tmpfs)
{
	long r = CALL(SYS_mount, "none", name, "tmpfs", 0, NULL);

	return r < 0 ? r : CALL(SYS_umount2, name, 0);
}

CASE(do_move_mount)
{
	int tree = (int)CALL(428, AT_FDCWD, name, 1 /* OPEN_TREE_CLONE */);
	long r;

	if (tree < 0)
		return -1;
	mkdir(other, 0755);
	r = CALL(429, tree, "", AT_FDCWD, other, 4 /* MOVE_MOUNT_F_EMPTY_PATH */);
	return r < 0 ? r : CALL(SYS_umount2, other, 2 /* MNT_DETACH */);
}

CASE(do_mount_setattr)
{
	uint64_t attr[4] = {};

	return refused(CALL(442, AT_FDCWD, name, 0, attr, sizeof(attr)), EINVAL);
}

CASE(do_fspick)
{
	return refused(CALL(433, AT_FDCWD, name, 0), EINVAL);
}

CASE(do_fsconfig)
{
	int fd = (int)CALL(430, "tmpfs", 0);
	char path[512], here[256];

	snprintf(path, sizeof(path), "%s/%s", getcwd(here, sizeof(here)), name);
	CALL(431, fd, 1 /* FSCONFIG_SET_STRING */, "mode", "0700", 0);
	return fd < 0 ? -1 : CALL(431, fd, 1, "source", path, 0);
}

CASE(do_bpf_get)
{
	union bpf_attr attr = { .pathname = (uintptr_t)name };

	return refused(CALL(SYS_bpf, BPF_OBJ_GET, &attr, sizeof(attr)), EACCES);
}

CASE(do_bpf_pin)
{
	union bpf_attr make = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};
	union bpf_attr pin = { .pathname = (uintptr_t)name };
	int fd = (int)CALL(SYS_bpf, BPF_MAP_CREATE, &make, sizeof(make));

	pin.bpf_fd = (uint32_t)fd;
	if (fd < 0)
		errno = ENOSYS; /* before 5.11: RLIMIT_MEMLOCK */
	return fd < 0 ? -1 : refused(CALL(SYS_bpf, BPF_OBJ_PIN, &pin, sizeof(pin)), EPERM);
}

CASE(do_aio)
{
	struct iocb one = { .aio_fildes = (uint32_t)open(name, O_WRONLY),
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_buf = (uintptr_t) "123456789012",
		.aio_nbytes = 12,
		.aio_offset = 100 };
	struct iocb *list[] = { &one };
	aio_context_t context = 0;

	return CALL(SYS_io_setup, 1, &context) < 0 ? -1 : CALL(SYS_io_submit, context, 1, list);
}

/* struct xattr_args */
static struct {
	uint64_t value;
	uint32_t size, flags;
} xattr = { .size = 1 };

static long perhaps(long result)
{
	return result < 0 && errno != ENOSYS ? 0 : result;
}

CASE(do_setxattrat)
{
	xattr.value = (uintptr_t) "1";
	return perhaps(CALL(463, dir_fd(), name, 0, "user.x", &xattr, sizeof(xattr)));
}

CASE(do_getxattrat)
{
	char room[8];

	xattr.value = (uintptr_t)room;
	return perhaps(CALL(464, dir_fd(), name, 0, "user.x", &xattr, sizeof(xattr)));
}

CASE(do_listxattrat)
{
	char room[64];

	return perhaps(CALL(465, dir_fd(), name, 0, room, sizeof(room)));
}

CASE(do_removexattrat)
{
	return perhaps(CALL(466, dir_fd(), name, 0, "user.x"));
}

CASE(do_file_getattr)
{
	uint64_t attr[3] = {};

	return perhaps(CALL(468, dir_fd(), name, attr, sizeof(attr), 0));
}

CASE(do_file_setattr)
{
	uint64_t attr[3] = {};

	return perhaps(CALL(469, dir_fd(), name, attr, sizeof(attr), 0));
}

CASE(do_fgetxattr)
{
	char room[8];

	return perhaps(CALL(SYS_fgetxattr, open(name, O_RDONLY), "user.x", room, sizeof(room)));
}

CASE(do_flistxattr)
{
	char room[64];

	return perhaps(CALL(SYS_flistxattr, open(name, O_RDONLY), room, sizeof(room)));
}

CASE(do_fremovexattr)
{
	return perhaps(CALL(SYS_fremovexattr, open(name, O_RDONLY), "user.x"));
}

const struct one calls_rare[] = {
	ONE(A_FILE, do_swapon),
	ONE(A_FILE, do_swapoff),
	ONE(A_DIR, do_acct),
	ONE(A_FILE, do_uselib),
	ONE(A_FILE, do_quotactl),
	ONE(A_DIR, do_pivot_root),
	ONE(A_DIR, do_mount),
	ONE(A_DIR, do_mount_tmpfs),
	ONE(A_DIR, do_move_mount),
	ONE(A_DIR, do_mount_setattr),
	ONE(A_DIR, do_fspick),
	ONE(A_FILE, do_fsconfig),
	ONE(A_FILE, do_bpf_get),
	ONE(NOTHING, do_bpf_pin),
	ONE(A_FILE, do_aio),
	ONE(A_FILE, do_setxattrat),
	ONE(A_FILE, do_getxattrat),
	ONE(A_FILE, do_listxattrat),
	ONE(A_FILE, do_removexattrat),
	ONE(A_FILE, do_file_getattr),
	ONE(A_FILE, do_file_setattr),
	ONE(A_FILE, do_fgetxattr),
	ONE(A_FILE, do_flistxattr),
	ONE(A_FILE, do_fremovexattr),
	{},
};
