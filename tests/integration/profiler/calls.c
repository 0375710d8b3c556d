// SPDX-License-Identifier: Apache-2.0
/*
 * calls.c - makes every system call that names something, once, by its number.
 *
 * usage: calls setup | calls serve | calls run [CASE]... (and parts of single cases)
 *
 * A case that the kernel does not know (ENOSYS) prints "skip CASE".
 */
#include "calls.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct one *const families[] = {
	calls_open,
	calls_look,
	calls_dir,
	calls_change,
	calls_socket,
	calls_exec,
	calls_compat,
	calls_uring,
	calls_uring_net,
	calls_pass,
	calls_rare,
	calls_write,
	calls_cwd,
	calls_magic,
};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

static void make_file(const char *name, mode_t mode, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd))
		_exit(1);
}

static void prepare(const struct one *one)
{
	char target[128];

	snprintf(target, sizeof(target), "%s_target", one->name);
	switch (one->before) {
	case NOTHING:
		break;
	case A_FILE:
		make_file(one->name, 0644, "content\n");
		break;
	case A_DIR:
		mkdir(one->name, 0755);
		break;
	case A_LINK:
		if (strstr(one->name, "chdir"))
			mkdir(target, 0755);
		else
			make_file(target, 0644, "content\n");
		if (symlink(target, one->name))
			_exit(1);
		break;
	case A_PROGRAM:
		make_file(one->name, 0755, "#!/bin/true\n");
		break;
	}
}

static int setup(void)
{
	for (size_t i = 0; i < FAMILIES; i++)
		for (const struct one *one = families[i]; one->name; one++)
			prepare(one);
	mkdir("dotdot_dir", 0755);
	make_file("dotdot_file", 0644, "");
	make_file("dotdot_dir/dotdot_inner", 0644, "");
	mkdir("dotdot_dir/below", 0755);
	return symlink("dotdot_dir/below", "dotdot_link") != 0;
}

/* What a kernel or a virtual machine may lack. */
static int lacking(const char *name)
{
	return errno == ENOSYS || errno == EOPNOTSUPP || errno == EAFNOSUPPORT ||
	       (strstr(name, "uring") && (errno == EPERM || errno == EINVAL)) ||
	       (strstr(name, "fanotify") && errno == EPERM) ||
	       (strstr(name, "handle") && errno == EPERM);
}

static const char *running;

static void on_alarm(int signal)
{
	(void)signal;
	printf("fail %s hangs\n", running);
	_exit(1);
}

static int run_one(const struct one *one)
{
	char other[128];

	running = one->name;
	alarm(20);
	snprintf(other, sizeof(other), "%s_other", one->name);
	errno = 0;
	if (one->run(one->name, other) >= 0)
		return 0;
	if (lacking(one->name)) {
		printf("skip %s\n", one->name);
		return 0;
	}
	printf("fail %s %s\n", one->name, strerror(errno));
	return 1;
}

static int wanted(const char *name, int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (!strcmp(argv[i], name))
			return 1;
	return argc <= 2;
}

/* -1: none of these */
static int other_part(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (!strcmp(part, "setup"))
		return setup();
	if (!strcmp(part, "serve"))
		return serve_outside();
	if (argc > 2 && !strcmp(part, "receive"))
		return receive(atoi(argv[2]));
	if (argc > 2 && !strcmp(part, "chdir"))
		return move_to(argv[2]) != 0;
	if (argc > 3 && !strcmp(part, "into"))
		return come_in(argv[2], argv[3]);
	if (argc > 2 && !strcmp(part, "out"))
		return go_out(argv[2]);
	if (argc > 2 && !strcmp(part, "lose"))
		return lose(argv[2]);
	return -1;
}

int main(int argc, char **argv)
{
	int failed = 0, other;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, on_alarm);
	other = other_part(argc, argv);
	if (other >= 0)
		return other;
	for (size_t i = 0; i < FAMILIES; i++)
		for (const struct one *one = families[i]; one->name; one++)
			if (wanted(one->name, argc, argv))
				failed |= run_one(one);
	return failed;
}
