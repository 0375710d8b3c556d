// SPDX-License-Identifier: Apache-2.0
/*
 * calls-compat.c - 32-bit calls: int 0x80 with strings below 4 GiB.
 */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

long call_32(long nr, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(0), "D"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return r < 0 && r > -4096 ? (errno = (int)-r, -1) : r;
}

static long low(const char *text)
{
	char *at = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	snprintf(at, 4096, "%s", text);
	return (long)at;
}

CASE(do_open_32)
{
	return call_32(5, low(name), O_RDONLY, 0);
}

CASE(do_mkdir_32)
{
	return call_32(39, low(name), 0700, 0);
}

CASE(do_stat64_32)
{
	return call_32(195, low(name), low(""), 0);
}

CASE(do_unlink_32)
{
	return call_32(10, low(name), 0, 0);
}

CASE(do_rename_32)
{
	return call_32(38, low(name), low(other), 0);
}

CASE(do_openat_32)
{
	return call_32(295, dir_fd(), low(name), O_RDONLY);
}

CASE(do_connect_32)
{
	struct sockaddr_un *a = (void *)low("");
	uint32_t *args = (void *)low("");

	a->sun_family = AF_UNIX;
	snprintf(a->sun_path, sizeof(a->sun_path), "%s", name);
	args[0] = (uint32_t)socket(AF_UNIX, SOCK_STREAM, 0);
	args[1] = (uint32_t)(long)a;
	args[2] = sizeof(*a);
	return call_32(102, 2, (long)args, 0); /* socketcall: bind */
}

CASE(do_oldstat_32)
{
	return call_32(18, low(name), low(""), 0) < 0 && errno != EOVERFLOW ? -1 : 0;
}

CASE(do_statfs64_32)
{
	return call_32(268, low(name), 84, low(""));
}

CASE(do_fstatat64_32)
{
	return call_32(300, AT_FDCWD, low(name), low(""));
}

CASE(do_lchown32_32)
{
	return call_32(198, low(name), 1, 1);
}

CASE(do_chown16_32)
{
	return call_32(182, low(name), 1, 1);
}

CASE(do_truncate64_32)
{
	return call_32(193, low(name), 4, 0);
}

CASE(do_utimensat64_32)
{
	return call_32(412, AT_FDCWD, low(name), 0);
}

CASE(do_readdir_32)
{
	return call_32(89, open(name, O_RDONLY), low(""), 1);
}

CASE(do_swapoff_32)
{
	return call_32(115, low(name), 0, 0) < 0 && errno == EINVAL ? 0 : -1;
}

const struct one calls_compat[] = {
	ONE(A_FILE, do_open_32),
	ONE(NOTHING, do_mkdir_32),
	ONE(A_FILE, do_stat64_32),
	ONE(A_FILE, do_unlink_32),
	ONE(A_FILE, do_rename_32),
	ONE(A_FILE, do_openat_32),
	ONE(NOTHING, do_connect_32),
	ONE(A_FILE, do_oldstat_32),
	ONE(A_FILE, do_statfs64_32),
	ONE(A_FILE, do_fstatat64_32),
	ONE(A_FILE, do_lchown32_32),
	ONE(A_FILE, do_chown16_32),
	ONE(A_FILE, do_truncate64_32),
	ONE(A_FILE, do_utimensat64_32),
	ONE(A_DIR, do_readdir_32),
	ONE(A_FILE, do_swapoff_32),
	{},
};
