// SPDX-License-Identifier: Apache-2.0
/*
 * calls-write.c - writes: only the descriptor is named, the size is what counts.
 */
#include "calls.h"

#include <errno.h>
#include <sys/uio.h>

CASE(do_pwrite)
{
	return CALL(SYS_pwrite64, open(name, O_WRONLY), "x", 1, 99L);
}

CASE(do_writev)
{
	struct {
		const char *p;
		size_t n;
	} v = { "12345678", 8 };
	return CALL(SYS_writev, open(name, O_WRONLY), &v, 1L);
}

CASE(do_sendfile)
{
	int in = open(name, O_RDONLY), out = open(other, O_WRONLY | O_CREAT, 0600);
	return CALL(SYS_sendfile, out, in, NULL, 4);
}

CASE(do_pwritev)
{
	struct iovec v = { "12345678", 8 };

	return CALL(SYS_pwritev, open(name, O_WRONLY), &v, 1L, 200L, 0L);
}

CASE(do_pwritev2)
{
	struct iovec v = { "12345678", 8 };

	return CALL(SYS_pwritev2, open(name, O_WRONLY), &v, 1L, 300L, 0L, 0);
}

CASE(do_copy_file_range)
{
	int in = open(name, O_RDONLY), out = open(other, O_WRONLY | O_CREAT, 0600);

	return CALL(SYS_copy_file_range, in, NULL, out, NULL, 5L, 0);
}

CASE(do_splice)
{
	int ends[2], out = open(name, O_WRONLY);
	loff_t at = 400;

	if (pipe(ends) || write(ends[1], "123", 3) != 3)
		return -1;
	return CALL(SYS_splice, ends[0], NULL, out, &at, 3L, 0);
}

/* The name is gone before the file grows. */
CASE(do_write_unlinked)
{
	int fd = open(name, O_WRONLY);

	return unlink(name) ? -1 : CALL(SYS_pwrite64, fd, "x", 1, 499L);
}

const struct one calls_write[] = {
	ONE(A_FILE, do_pwrite),
	ONE(A_FILE, do_writev),
	ONE(A_FILE, do_sendfile),
	ONE(A_FILE, do_pwritev),
	ONE(A_FILE, do_pwritev2),
	ONE(A_FILE, do_copy_file_range),
	ONE(A_FILE, do_splice),
	ONE(A_FILE, do_write_unlinked),
	{},
};
