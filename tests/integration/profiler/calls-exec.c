// SPDX-License-Identifier: Apache-2.0
/*
 * calls-exec.c - programs and executable mappings.
 */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static long run_child(const char *path, int how)
{
	const char *argv[] = { path, "word", NULL };
	pid_t pid = fork();
	int status;

	if (!pid) {
		int fd = how ? open(path, O_RDONLY) : -1;

		if (how == 0)
			CALL(SYS_execve, path, argv, (char *[]){ NULL });
		else if (how == 1)
			CALL(SYS_execveat, fd, "", argv, (char *[]){ NULL }, AT_EMPTY_PATH);
		else
			CALL(SYS_execveat, AT_FDCWD, path, argv, (char *[]){ NULL }, 0);
		_exit(errno == ENOENT ? 44 : errno == EACCES ? 45 : errno == ENOEXEC ? 46 : 47);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	if (WEXITSTATUS(status) > 47 || WEXITSTATUS(status) == 1)
		printf("%s ended with %d\n", path, WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

CASE(do_execve)
{
	return -run_child(name, 0);
}

CASE(do_execve_missing)
{
	return run_child(name, 0) == 44 ? 0 : -1;
}

CASE(do_execve_denied)
{
	return run_child(name, 0) == 45 ? 0 : -1;
}

CASE(do_execveat)
{
	return -run_child(name, 2);
}

CASE(do_execveat_fd)
{
	return -run_child(name, 1);
}

CASE(do_exec_memfd)
{
	int in = open("/bin/true", O_RDONLY), fd = CALL(SYS_memfd_create, "clnmem", 1);
	const char *argv[] = { "true", NULL };
	char room[65536];
	ssize_t got;
	pid_t pid;
	int status;

	while ((got = read(in, room, sizeof(room))) > 0)
		if (write(fd, room, (size_t)got) != got)
			return -1;
	pid = fork();
	if (!pid) {
		CALL(SYS_execveat, fd, "", argv, (char *[]){ NULL }, AT_EMPTY_PATH);
		_exit(47);
	}
	return waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}

CASE(do_mmap_exec)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, open(name, O_RDONLY), 0) ==
			       MAP_FAILED
		       ? -1
		       : 0;
}

/* refused: as another user */
static long as_nobody(long (*what)(const char *), const char *name)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (CALL(SYS_setresuid, 65534, 65534, 65534))
			_exit(1);
		_exit(what(name) < 0 && (errno == EACCES || errno == EPERM) ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}

static long try_write(const char *name)
{
	return CALL(SYS_open, name, O_WRONLY);
}

static long try_mkdir(const char *name)
{
	return CALL(SYS_mkdir, name, 0700);
}

CASE(do_open_denied)
{
	return as_nobody(try_write, name);
}

CASE(do_mkdir_denied)
{
	return as_nobody(try_mkdir, name);
}

/* threads */
CASE(do_thread_exec)
{
	return run_child(name, 0);
}

const struct one calls_exec[] = {
	ONE(A_PROGRAM, do_execve),
	ONE(NOTHING, do_execve_missing),
	ONE(A_FILE, do_execve_denied),
	ONE(A_PROGRAM, do_execveat),
	ONE(A_PROGRAM, do_execveat_fd),
	ONE(NOTHING, do_exec_memfd),
	ONE(A_PROGRAM, do_mmap_exec),
	ONE(A_FILE, do_open_denied),
	ONE(NOTHING, do_mkdir_denied),
	ONE(A_PROGRAM, do_thread_exec),
	{},
};
