// SPDX-License-Identifier: Apache-2.0
/*
 * calls-change.c - names and attributes that change.
 */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

CASE(do_truncate)
{
	return CALL(SYS_truncate, name, 7);
}

CASE(do_ftruncate)
{
	return CALL(SYS_ftruncate, open(name, O_WRONLY), 4097);
}

CASE(do_fallocate)
{
	return CALL(SYS_fallocate, open(name, O_WRONLY), 0, 0, 5000);
}

CASE(do_mkdir)
{
	return CALL(SYS_mkdir, name, 0700);
}

CASE(do_mkdir_exists)
{
	return CALL(SYS_mkdir, name, 0700) < 0 && errno == EEXIST ? 0 : -1;
}

CASE(do_mkdirat)
{
	return CALL(SYS_mkdirat, dir_fd(), name, 0700);
}

CASE(do_mknod)
{
	return CALL(SYS_mknod, name, S_IFIFO | 0600, 0);
}

CASE(do_mknodat)
{
	return CALL(SYS_mknodat, dir_fd(), name, S_IFIFO | 0600, 0);
}

CASE(do_rename)
{
	return CALL(SYS_rename, name, other);
}

CASE(do_renameat)
{
	return CALL(SYS_renameat, dir_fd(), name, dir_fd(), other);
}

CASE(do_renameat2)
{
	return CALL(SYS_renameat2, dir_fd(), name, dir_fd(), other, 0);
}

CASE(do_unlink)
{
	return CALL(SYS_unlink, name);
}

CASE(do_unlinkat)
{
	return CALL(SYS_unlinkat, dir_fd(), name, 0);
}

CASE(do_unlink_missing)
{
	return CALL(SYS_unlink, name) < 0 && errno == ENOENT ? 0 : -1;
}

CASE(do_rmdir)
{
	return CALL(SYS_rmdir, name);
}

CASE(do_rmdirat)
{
	return CALL(SYS_unlinkat, dir_fd(), name, AT_REMOVEDIR);
}

CASE(do_link)
{
	return CALL(SYS_link, name, other);
}

CASE(do_linkat)
{
	return CALL(SYS_linkat, dir_fd(), name, dir_fd(), other, 0);
}

CASE(do_linkat_fd)
{
	return CALL(SYS_linkat, open(name, O_RDONLY), "", AT_FDCWD, other, AT_EMPTY_PATH);
}

CASE(do_symlink)
{
	return CALL(SYS_symlink, name, other);
}

CASE(do_symlinkat)
{
	return CALL(SYS_symlinkat, name, dir_fd(), other);
}

CASE(do_chmod)
{
	return CALL(SYS_chmod, name, 0640);
}

CASE(do_fchmod)
{
	return CALL(SYS_fchmod, open(name, O_RDONLY), 0640);
}

CASE(do_fchmodat)
{
	return CALL(SYS_fchmodat, dir_fd(), name, 0640);
}

CASE(do_fchmodat2)
{
	return CALL(452, dir_fd(), name, 0640, 0);
}

CASE(do_chown)
{
	return CALL(SYS_chown, name, 1, 1);
}

CASE(do_lchown)
{
	return CALL(SYS_lchown, name, 1, 1);
}

CASE(do_fchown)
{
	return CALL(SYS_fchown, open(name, O_RDONLY), 1, 1);
}

CASE(do_fchownat)
{
	return CALL(SYS_fchownat, dir_fd(), name, 1, 1, 0);
}

CASE(do_fchownat_self)
{
	return CALL(SYS_fchownat, open(name, O_PATH), "", 1, 1, AT_EMPTY_PATH);
}

CASE(do_utime)
{
	return CALL(SYS_utime, name, NULL);
}

CASE(do_utimes)
{
	return CALL(SYS_utimes, name, NULL);
}

CASE(do_futimesat)
{
	return CALL(SYS_futimesat, dir_fd(), name, NULL);
}

CASE(do_utimensat)
{
	return CALL(SYS_utimensat, dir_fd(), name, NULL, 0);
}

CASE(do_futimens)
{
	return CALL(SYS_utimensat, open(name, O_RDONLY), NULL, NULL, 0);
}

CASE(do_setxattr)
{
	CALL(SYS_setxattr, name, "user.x", "1", 1, 0);
	return 0;
}

CASE(do_lsetxattr)
{
	CALL(SYS_lsetxattr, name, "user.x", "1", 1, 0);
	return 0;
}

CASE(do_fsetxattr)
{
	CALL(SYS_fsetxattr, open(name, O_RDONLY), "user.x", "1", 1, 0);
	return 0;
}

CASE(do_removexattr)
{
	CALL(SYS_removexattr, name, "user.x");
	return 0;
}

CASE(do_lremovexattr)
{
	CALL(SYS_lremovexattr, name, "user.x");
	return 0;
}

/* writes that only descriptors see */
const struct one calls_change[] = {
	ONE(A_FILE, do_truncate),
	ONE(A_FILE, do_ftruncate),
	ONE(A_FILE, do_fallocate),
	ONE(NOTHING, do_mkdir),
	ONE(A_DIR, do_mkdir_exists),
	ONE(NOTHING, do_mkdirat),
	ONE(NOTHING, do_mknod),
	ONE(NOTHING, do_mknodat),
	ONE(A_FILE, do_rename),
	ONE(A_FILE, do_renameat),
	ONE(A_FILE, do_renameat2),
	ONE(A_FILE, do_unlink),
	ONE(A_FILE, do_unlinkat),
	ONE(NOTHING, do_unlink_missing),
	ONE(A_DIR, do_rmdir),
	ONE(A_DIR, do_rmdirat),
	ONE(A_FILE, do_link),
	ONE(A_FILE, do_linkat),
	ONE(A_FILE, do_linkat_fd),
	ONE(NOTHING, do_symlink),
	ONE(NOTHING, do_symlinkat),
	ONE(A_FILE, do_chmod),
	ONE(A_FILE, do_fchmod),
	ONE(A_FILE, do_fchmodat),
	ONE(A_FILE, do_fchmodat2),
	ONE(A_FILE, do_chown),
	ONE(A_LINK, do_lchown),
	ONE(A_FILE, do_fchown),
	ONE(A_FILE, do_fchownat),
	ONE(A_FILE, do_fchownat_self),
	ONE(A_FILE, do_utime),
	ONE(A_FILE, do_utimes),
	ONE(A_FILE, do_futimesat),
	ONE(A_FILE, do_utimensat),
	ONE(A_FILE, do_futimens),
	ONE(A_FILE, do_setxattr),
	ONE(A_FILE, do_lsetxattr),
	ONE(A_FILE, do_fsetxattr),
	ONE(A_FILE, do_removexattr),
	ONE(A_FILE, do_lremovexattr),
	{},
};
