// SPDX-License-Identifier: Apache-2.0
/*
 * calls-magic.c - names that mean something else than their text says: through a
 * descriptor's link in /proc, or in a directory that is taken for a root.
 */
#include "calls.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static char path[256];

static const char *through(const char *name, const char *start, const char *below)
{
	snprintf(path, sizeof(path), "%s/%d%s", start, open(name, O_PATH), below);
	return path;
}

/* What the C library does for fchmodat(AT_SYMLINK_NOFOLLOW) */
CASE(do_magic_chmod)
{
	return CALL(SYS_chmod, through(name, "/proc/self/fd", ""), 0600);
}

CASE(do_magic_truncate)
{
	return CALL(SYS_truncate, through(name, "/dev/fd", ""), 5);
}

CASE(do_magic_link)
{
	return CALL(SYS_linkat, AT_FDCWD, through(name, "/proc/self/fd", ""), AT_FDCWD, other,
		0x400 /* AT_SYMLINK_FOLLOW */);
}

/* Its link is looked at, not its file. */
CASE(do_magic_readlink)
{
	char room[256];

	return CALL(SYS_readlink, through(name, "/proc/self/fd", ""), room, sizeof(room));
}

CASE(do_magic_below)
{
	struct stat st;

	return mkdir("do_magic_below/in", 0755) ||
	       CALL(SYS_stat, through(name, "/proc/self/fd", "//in/."), &st);
}

CASE(do_magic_missing)
{
	return open(through(name, "/proc/self/fd", "/gone"), O_RDONLY) < 0 && errno == ENOENT ? 0
											      : -1;
}

CASE(do_magic_rename)
{
	if (mkdir("do_magic_rename/in", 0755))
		return -1;
	return CALL(SYS_rename, through(name, "/proc/self/fd", "/in"), "do_magic_rename/out");
}

/* An O_PATH descriptor of a link, read by itself. */
CASE(do_readlink_fd)
{
	char room[256];

	return CALL(SYS_readlinkat, open(name, O_PATH | O_NOFOLLOW), "", room, sizeof(room));
}

static long in_root(const char *name, const char *below)
{
	uint64_t how[3] = { O_RDONLY, 0, 0x10 /* RESOLVE_IN_ROOT */ };

	return CALL(437, open(name, O_PATH), below, how, sizeof(how));
}

CASE(do_in_root)
{
	return mkdir("do_in_root/etc", 0755) ? -1 : in_root(name, "/etc");
}

CASE(do_in_root_missing)
{
	return in_root(name, "//gone") < 0 && errno == ENOENT ? 0 : -1;
}

/* FS_IOC_SETFLAGS; not every file system has it. */
CASE(do_chattr)
{
	int fd = open(name, O_RDONLY), flags = 0;
	long r = ioctl(fd, _IOR('f', 1, long), &flags);

	if (r == 0)
		r = ioctl(fd, _IOW('f', 2, long), &flags);
	if (r < 0 && errno == ENOTTY)
		errno = EOPNOTSUPP;
	return r;
}

const struct one calls_magic[] = {
	ONE(A_FILE, do_magic_chmod),
	ONE(A_FILE, do_magic_truncate),
	ONE(A_FILE, do_magic_link),
	ONE(A_FILE, do_magic_readlink),
	ONE(A_DIR, do_magic_below),
	ONE(A_DIR, do_magic_missing),
	ONE(A_DIR, do_magic_rename),
	ONE(A_LINK, do_readlink_fd),
	ONE(A_DIR, do_in_root),
	ONE(A_DIR, do_in_root_missing),
	ONE(A_FILE, do_chattr),
	{},
};
