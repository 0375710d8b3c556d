// SPDX-License-Identifier: Apache-2.0
/*
 * calls-open.c - every call that opens.
 */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <unistd.h>

CASE(do_open)
{
	return CALL(SYS_open, name, O_RDONLY);
}

CASE(do_open_write)
{
	int fd = CALL(SYS_open, name, O_WRONLY);
	return write(fd, "12345", 5);
}

CASE(do_open_create)
{
	int fd = CALL(SYS_open, name, O_RDWR | O_CREAT, 0600);
	return write(fd, "123", 3);
}

CASE(do_open_missing)
{
	return CALL(SYS_open, name, O_RDONLY) < 0 && errno == ENOENT ? 0 : -1;
}

CASE(do_open_link)
{
	return CALL(SYS_open, name, O_RDONLY);
}

CASE(do_open_nofollow)
{
	return CALL(SYS_open, name, O_RDONLY | O_NOFOLLOW) < 0 && errno == ELOOP ? 0 : -1;
}

CASE(do_open_path)
{
	return CALL(SYS_open, name, O_PATH);
}

CASE(do_open_trunc)
{
	return CALL(SYS_open, name, O_RDONLY | O_TRUNC);
}

CASE(do_openat)
{
	return CALL(SYS_openat, dir_fd(), name, O_RDONLY);
}

CASE(do_openat2)
{
	struct open_how how = { .flags = O_RDONLY };
	return CALL(SYS_openat2, dir_fd(), name, &how, sizeof(how));
}

CASE(do_creat)
{
	return CALL(SYS_creat, name, 0600);
}

CASE(do_tmpfile)
{
	return CALL(SYS_open, name, O_RDWR | O_TMPFILE, 0600);
}

CASE(do_open_dir)
{
	return CALL(SYS_open, name, O_RDONLY | O_DIRECTORY);
}

CASE(do_handle)
{
	struct {
		struct file_handle head;
		char room[128];
	} h = { .head.handle_bytes = 128 };
	int mount, fd;

	if (CALL(SYS_name_to_handle_at, AT_FDCWD, name, &h, &mount, 0) < 0)
		return -1;
	fd = CALL(SYS_open_by_handle_at, AT_FDCWD, &h, O_RDONLY);
	return fd;
}

const struct one calls_open[] = {
	ONE(A_FILE, do_open),
	ONE(A_FILE, do_open_write),
	ONE(NOTHING, do_open_create),
	ONE(NOTHING, do_open_missing),
	ONE(A_LINK, do_open_link),
	ONE(A_LINK, do_open_nofollow),
	ONE(A_FILE, do_open_path),
	ONE(A_FILE, do_open_trunc),
	ONE(A_FILE, do_openat),
	ONE(A_FILE, do_openat2),
	ONE(NOTHING, do_creat),
	ONE(A_DIR, do_tmpfile),
	ONE(A_DIR, do_open_dir),
	ONE(A_FILE, do_handle),
	{},
};
