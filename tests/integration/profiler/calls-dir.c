// SPDX-License-Identifier: Apache-2.0
/*
 * calls-dir.c - working directories, roots, listings.
 */
#include "calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

CASE(do_chdir)
{
	int here = dir_fd();
	long r = CALL(SYS_chdir, name);
	struct stat st;
	stat("inner_of_chdir", &st);
	if (fchdir(here))
		return -1;
	return r;
}

CASE(do_chdir_link)
{
	int here = dir_fd();
	long r = CALL(SYS_chdir, name);
	if (fchdir(here))
		return -1;
	return r;
}

CASE(do_fchdir)
{
	int here = dir_fd();
	long r = CALL(SYS_fchdir, open(name, O_PATH));
	if (fchdir(here))
		return -1;
	return r;
}

CASE(do_chroot)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct stat st;
		int r = CALL(SYS_chroot, name);

		stat("/inner_of_chroot", &st);
		_exit(r ? 1 : 0);
	}
	return waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}

CASE(do_getdents64)
{
	char room[4096];
	return CALL(SYS_getdents64, open(name, O_RDONLY), room, sizeof(room));
}

CASE(do_getdents)
{
	char room[4096];
	return CALL(SYS_getdents, open(name, O_RDONLY), room, sizeof(room));
}

const struct one calls_dir[] = {
	ONE(A_DIR, do_chdir),
	ONE(A_LINK, do_chdir_link),
	ONE(A_DIR, do_fchdir),
	ONE(A_DIR, do_chroot),
	ONE(A_DIR, do_getdents64),
	ONE(A_DIR, do_getdents),
	{},
};
