// SPDX-License-Identifier: Apache-2.0
/*
 * calls-look.c - looks: nothing is opened and nothing changes.
 */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/stat.h>

CASE(do_stat)
{
	struct stat st;
	return CALL(SYS_stat, name, &st);
}

CASE(do_lstat)
{
	struct stat st;
	return CALL(SYS_lstat, name, &st);
}

CASE(do_fstatat)
{
	struct stat st;
	return CALL(SYS_newfstatat, dir_fd(), name, &st, 0);
}

CASE(do_statx)
{
	struct statx st;
	return CALL(SYS_statx, dir_fd(), name, 0, STATX_SIZE, &st);
}

CASE(do_stat_missing)
{
	struct stat st;
	return CALL(SYS_stat, name, &st) < 0 && errno == ENOENT ? 0 : -1;
}

CASE(do_stat_notdir)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/below", name);
	return CALL(SYS_stat, path, &st) < 0 && errno == ENOTDIR ? 0 : -1;
}

CASE(do_access)
{
	return CALL(SYS_access, name, R_OK);
}

CASE(do_faccessat)
{
	return CALL(SYS_faccessat, dir_fd(), name, R_OK);
}

CASE(do_faccessat2)
{
	return CALL(439, dir_fd(), name, R_OK, 0);
}

CASE(do_statfs)
{
	char room[512];
	return CALL(SYS_statfs, name, room);
}

CASE(do_readlink)
{
	char room[512];
	return CALL(SYS_readlink, name, room, sizeof(room));
}

CASE(do_readlinkat)
{
	char room[512];
	return CALL(SYS_readlinkat, dir_fd(), name, room, sizeof(room));
}

CASE(do_getxattr)
{
	char room[64];
	CALL(SYS_getxattr, name, "user.none", room, sizeof(room));
	return 0;
}

CASE(do_lgetxattr)
{
	char room[64];
	CALL(SYS_lgetxattr, name, "user.none", room, sizeof(room));
	return 0;
}

CASE(do_listxattr)
{
	char room[64];
	CALL(SYS_listxattr, name, room, sizeof(room));
	return 0;
}

CASE(do_llistxattr)
{
	char room[64];
	CALL(SYS_llistxattr, name, room, sizeof(room));
	return 0;
}

CASE(do_inotify)
{
	return CALL(SYS_inotify_add_watch, inotify_init1(0), name, IN_MODIFY);
}

CASE(do_fanotify)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF, 0);
	return fd < 0 ? -1 : CALL(SYS_fanotify_mark, fd, FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD, name);
}

CASE(do_dotdot)
{
	struct stat st;
	if (stat("dotdot_dir/../dotdot_file", &st))
		return -1;
	return stat("dotdot_link/../dotdot_inner", &st); /* in dotdot_dir */
}

const struct one calls_look[] = {
	ONE(A_FILE, do_stat),
	ONE(A_LINK, do_lstat),
	ONE(A_FILE, do_fstatat),
	ONE(A_FILE, do_statx),
	ONE(NOTHING, do_stat_missing),
	ONE(A_FILE, do_stat_notdir),
	ONE(A_FILE, do_access),
	ONE(A_FILE, do_faccessat),
	ONE(A_FILE, do_faccessat2),
	ONE(A_FILE, do_statfs),
	ONE(A_LINK, do_readlink),
	ONE(A_LINK, do_readlinkat),
	ONE(A_FILE, do_getxattr),
	ONE(A_FILE, do_lgetxattr),
	ONE(A_FILE, do_listxattr),
	ONE(A_FILE, do_llistxattr),
	ONE(A_FILE, do_inotify),
	ONE(A_FILE, do_fanotify),
	ONE(NOTHING, do_dotdot),
	{},
};
