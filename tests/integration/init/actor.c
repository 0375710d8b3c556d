// SPDX-License-Identifier: Apache-2.0
/*
 * actor.c - the program under an init, one small act each, for semantics.py and runc.py.
 *
 * Static, so that it runs in an empty root. What it finds out goes to standard output.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void nap(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* Blocked and ignored signals, leadership, foreground, descriptors. */
static int act_status(void)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "SigBlk", 6) || !strncmp(line, "SigIgn", 6) ||
			!strncmp(line, "NoNewPrivs", 10) || !strncmp(line, "CapEff", 6) ||
			!strncmp(line, "Groups", 6))
			fputs(line, stdout);
	if (f)
		fclose(f);
	printf("leader:\t%d\nforeground:\t%d\nfds:", getpgrp() == getpid(),
		tcgetpgrp(0) == getpgrp());
	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("\t%d", fd);
	printf("\nids:\t%d %d\numask:\t%03o\n", getuid(), getgid(), umask(0));
	char cwd[4096] = "?";
	printf("cwd:\t%s\n", getcwd(cwd, sizeof(cwd)));
	return 0;
}

/* Print every signal that arrives, until standard input ends. */
static int act_catch(void)
{
	unsigned long long all = ~0ULL;
	struct signalfd_siginfo info;
	int fd;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8);
	fd = (int)syscall(SYS_signalfd4, -1, &all, 8, 0);
	puts("ready");
	fflush(stdout);
	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		printf("%u\n", info.ssi_signo);
		fflush(stdout);
		if (info.ssi_signo == 64)
			return 0;
	}
	return 1;
}

/* n orphans are left to the init; then count the zombies it has. */
static int act_orphans(int n)
{
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			if (fork() == 0)
				_exit(0);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	int zombies = 0;

	for (int round = 0; round < 100; round++) {
		DIR *dir = opendir("/proc");
		struct dirent *d;

		zombies = 0;
		while (dir && (d = readdir(dir))) {
			char path[300], text[512];
			int fd;
			ssize_t got;

			snprintf(path, sizeof(path), "/proc/%s/stat", d->d_name);
			fd = open(path, O_RDONLY);
			if (fd < 0)
				continue;
			got = read(fd, text, sizeof(text) - 1);
			close(fd);
			text[got > 0 ? got : 0] = '\0';
			zombies += strstr(text, "(actor) Z") != NULL;
		}
		if (dir)
			closedir(dir);
		if (!zombies)
			break;
		nap(10);
	}
	printf("zombies %d\n", zombies);
	return zombies != 0;
}

/* Main ends at once on TERM; its child needs 200 ms to clean up. */
static int act_family(const char *marker)
{
	sigset_t term;
	int sig;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	if (fork() == 0) {
		sigwait(&term, &sig);
		nap(200);
		close(open(marker, O_WRONLY | O_CREAT, 0644));
		_exit(0);
	}
	puts("ready");
	fflush(stdout);
	sigwait(&term, &sig);
	return 0;
}

/* Ignores TERM and stays, so that only a grace period ends it. */
static _Noreturn void act_stubborn(void)
{
	signal(SIGTERM, SIG_IGN);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

/* Close the descriptor that was handed down, then stay. */
static _Noreturn void act_close(int fd)
{
	close(fd);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

static int act_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);

	if (fd < 0) {
		printf("%s: %s\n", path, strerror(errno));
		return 1;
	}
	return write(fd, text, strlen(text)) < 0;
}

static int act_cat(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0) {
		printf("%s: %s\n", path, strerror(errno));
		return 1;
	}
	while ((n = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)n, stdout);
	close(fd);
	return 0;
}

/* One after the other: write, read, stat, rename, unlink a path on the read-only root. */
static int act_redirect(const char *path, const char *other)
{
	struct stat st;
	int bad = 0;

	bad |= act_write(path, "one\n") << 0;
	bad |= act_write(path, "two\n") << 1;
	bad |= (stat(path, &st) < 0 || st.st_size != 8) << 2;
	bad |= act_cat(path) << 3;
	bad |= (rename(path, other) < 0) << 4;
	bad |= (stat(path, &st) == 0 || errno != ENOENT) << 5;
	bad |= act_cat(other) << 6;
	bad |= (unlink(other) < 0 || access(other, F_OK) == 0) << 7;
	printf("redirect %x\n", bad);
	return bad != 0;
}

/* Several names of log files, with a rotation between two writes. */
static int act_log(const char *path)
{
	char moved[4096];

	act_write(path, "before\n");
	snprintf(moved, sizeof(moved), "%s.1", path);
	rename(path, moved);
	nap(100);
	act_write(path, "after\n");
	unlink(path);
	act_write(path, "quick\n"); /* no time for a new FIFO: a plain file */
	nap(100);
	act_write(path, "end\n");
	return 0;
}

/* What the kernel says to a call: its errno's name or "done". */
/* What the init holds above standard error. It closes a moment after the program has begun. */
static int act_held(void)
{
	char link[64], target[256];

	nap(200);
	printf("held:");
	for (int fd = 3; fd < 64; fd++) {
		snprintf(link, sizeof(link), "/proc/1/fd/%d", fd);
		ssize_t n = readlink(link, target, sizeof(target));

		if (n > 0)
			printf(" %d=%.*s", fd, (int)n, target);
	}
	printf(errno == ENOENT ? " (all)\n" : " (unreadable)\n");
	return 0;
}

static int act_forbidden(void)
{
	int fd = (int)syscall(SYS_memfd_create, "x", 0);

	printf("memfd_create %s\n", fd < 0 ? strerror(errno) : "done");
	return 0;
}

/* The file comes to hold this process's id within a second. */
static int act_pidfile(const char *path)
{
	for (int i = 0; i < 100; i++) {
		FILE *f = fopen(path, "r");
		int pid = 0;

		if (f && fscanf(f, "%d", &pid) == 1 && pid == getpid())
			return puts("it is mine"), 0;
		if (f)
			fclose(f);
		nap(10);
	}
	return 1;
}

static int act_exec(char **argv)
{
	execv(argv[0], argv);
	printf("exec %s: %s\n", argv[0], strerror(errno));
	return 1;
}

/* This very program, as a file that only memory holds. */
static int act_memory(char **argv)
{
	char part[65536];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = (int)syscall(SYS_memfd_create, "program", MFD_CLOEXEC);
	ssize_t size;

	if (to < 0)
		return printf("memfd_create: %s\n", strerror(errno)), 1;
	while ((size = read(from, part, sizeof(part))) > 0)
		if (write(to, part, (size_t)size) != size)
			return 1;
	argv[-1] = (char *)"actor";
	fexecve(to, argv - 1, environ);
	printf("exec from memory: %s\n", strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	const char *act = argc > 1 ? argv[1] : "";
	const char *a = argc > 2 ? argv[2] : "", *b = argc > 3 ? argv[3] : "";

	if (!strcmp(act, "status"))
		return act_status();
	if (!strcmp(act, "exit"))
		return atoi(a);
	if (!strcmp(act, "die"))
		return signal(atoi(a), SIG_DFL), kill(getpid(), atoi(a)), pause();
	if (!strcmp(act, "catch"))
		return act_catch();
	if (!strcmp(act, "orphans"))
		return act_orphans(atoi(a));
	if (!strcmp(act, "family"))
		return act_family(a);
	if (!strcmp(act, "stubborn"))
		act_stubborn();
	if (!strcmp(act, "close"))
		act_close(atoi(a));
	if (!strcmp(act, "write"))
		return act_write(a, b);
	if (!strcmp(act, "memory"))
		return act_memory(argv + 2);
	if (!strcmp(act, "pidfile"))
		return act_pidfile(a);
	if (!strcmp(act, "cat"))
		return act_cat(a);
	if (!strcmp(act, "redirect"))
		return act_redirect(a, b);
	if (!strcmp(act, "log"))
		return act_log(a);
	if (!strcmp(act, "held"))
		return act_held();
	if (!strcmp(act, "forbidden"))
		return act_forbidden();
	if (!strcmp(act, "exec") && argc > 2)
		return act_exec(argv + 2);
	if (!strcmp(act, "say")) {
		for (int i = 2; i < argc; i++)
			printf("%s%s", argv[i], i + 1 < argc ? "|" : "\n");
		return 0;
	}
	if (!strcmp(act, "env"))
		return printf("%s\n", getenv(a) ? getenv(a) : "(unset)") < 0;
	if (!strcmp(act, "sleep"))
		return puts("ready"), fflush(stdout), nap(atoi(a)), 0;
	fprintf(stderr, "actor: unknown act \"%s\"\n", act);
	return 99;
}
