// SPDX-License-Identifier: Apache-2.0
/*
 * Notifications of seccomp, as the kernel hands them to the init: any system call with any
 * arguments and any memory behind them. The kernel's side (ioctl) is played here, the rest is
 * real: the program is a child that stands still, in a folder of our own, where ro/ looks like a
 * read-only filesystem and up/ takes what is written.
 *
 * Whatever comes: each call is answered once, what is handed over lies below up/, ro/ stays as
 * it was, and no descriptor is lost.
 *
 * Input: how many calls; for each its number, a byte of moods and six arguments (kind, value);
 * the rest is the program's memory.
 */
#include "common/file.h"
#include "init/redirect.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY_BYTES 8192
#define CALLS_MAX 4
#define ARG_BYTES 3
#define CALL_BYTES (3 + 6 * ARG_BYTES)
#define CONTENT "as it was"

enum mood { GONE = 1, OLD_KERNEL = 2 };

static struct {
	char dir[64], up[80], ro[80];
	int ro_fd;
	pid_t program;
	unsigned char *memory; /* a page that faults lies behind it */
	struct watches watches;
	struct sc_notif notif;
	unsigned moods, answers;
} play;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_ioctl(int fd, unsigned long request, void *arg);
int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_access(const char *path, int mode);
int __real_access(const char *path, int mode);
void __wrap_say_join(int fd, ...);

static void must(int good)
{
	if (!good)
		abort();
}

static void answered(const struct sc_notif_resp *answer)
{
	must(answer->id == play.notif.id && answer->error <= 0 && answer->error > -4096);
	must(answer->flags == 0 ||
		(answer->flags == SC_NOTIF_FLAG_CONTINUE && !answer->error && !answer->val));
	play.answers++;
}

static int add_fd(const struct sc_notif_addfd *add)
{
	char link[64], path[4096];
	ssize_t size;

	must(add->id == play.notif.id);
	snprintf(link, sizeof(link), "/proc/self/fd/%u", add->srcfd);
	size = readlink(link, path, sizeof(path) - 1);
	must(size > 0);
	path[size] = '\0';
	must(!strncmp(path, play.up, strlen(play.up)));
	if (play.moods & OLD_KERNEL && add->flags) {
		errno = EINVAL;
		return -1;
	}
	play.answers += add->flags != 0;
	return 5;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	switch ((unsigned)request) {
	case SC_IOCTL_RECV:
		memcpy(arg, &play.notif, sizeof(play.notif));
		return 0;
	case SC_IOCTL_ID_VALID:
		errno = ENOENT;
		return play.moods & GONE ? -1 : 0;
	case SC_IOCTL_SEND:
		answered(arg);
		return 0;
	case SC_IOCTL_ADDFD:
		return add_fd(arg);
	}
	return __real_ioctl(fd, request, arg);
}

int __wrap_access(const char *path, int mode)
{
	if (!(mode & W_OK) || strncmp(path, play.ro, strlen(play.ro)) != 0)
		return __real_access(path, mode);
	if (__real_access(path, F_OK) == 0)
		errno = EROFS;
	return -1;
}

void __wrap_say_join(int fd, ...)
{
	(void)fd; /* each redirected file is told */
}

static void fill_ro(void)
{
	struct cln_err err;
	char path[128];

	must(mkdir(play.ro, 0755) == 0);
	snprintf(path, sizeof(path), "%s/d", play.ro);
	must(mkdir(path, 0755) == 0);
	snprintf(path, sizeof(path), "%s/f", play.ro);
	must(cln_write_file(path, CONTENT, strlen(CONTENT), 0644, &err) == 0);
	snprintf(path, sizeof(path), "%s/l", play.ro);
	must(symlink("d", path) == 0);
}

static void check_ro(void)
{
	struct cln_err err;
	struct stat st;
	char path[128], *text;
	size_t size;

	must(stat(play.ro, &st) == 0 && st.st_nlink == 3);
	snprintf(path, sizeof(path), "%s/f", play.ro);
	must(cln_read_file(path, 100, &text, &size, &err) == 0);
	must(size == strlen(CONTENT) && !memcmp(text, CONTENT, size));
	free(text);
}

/* As the child does: the listener comes through a socket. */
static void start(void)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec part = { &byte, 1 };
	struct msghdr head = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&head);
	struct fail err = { .word = -1 };
	int ends[2], socket[2];

	must(pipe(ends) == 0 && write(ends[1], "", 1) == 1); /* always readable */
	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, socket) == 0);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &ends[0], sizeof(int));
	must(sendmsg(socket[1], &head, 0) == 1);
	must(redirect_start(socket[0], play.up, &play.watches, &err) == 0);
}

static void leave(void)
{
	struct cln_err err;

	kill(play.program, SIGKILL);
	cln_remove_tree(play.dir, &err);
}

static void begin(void)
{
	long page = sysconf(_SC_PAGESIZE);
	size_t room = (size_t)(MEMORY_BYTES + page);
	int fd = memfd_create("memory", 0);

	must(fd >= 0 && ftruncate(fd, MEMORY_BYTES) == 0);
	play.memory = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(play.memory != MAP_FAILED);
	strcpy(play.dir, "/tmp/fuzz-redirect-XXXXXX");
	must(mkdtemp(play.dir) != NULL);
	snprintf(play.up, sizeof(play.up), "%s/up", play.dir);
	snprintf(play.ro, sizeof(play.ro), "%s/ro", play.dir);
	fill_ro();
	play.ro_fd = open(play.ro, O_RDONLY | O_DIRECTORY);
	must(play.ro_fd >= 0);
	play.program = fork();
	must(play.program >= 0);
	if (!play.program) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (must(chdir(play.dir) == 0);;)
			raise(SIGSTOP);
	}
	atexit(leave);
	must(waitpid(play.program, NULL, WUNTRACED) == play.program);
	start();
}

static uint64_t argument(const uint8_t *at)
{
	uint16_t value = (uint16_t)(at[1] | at[2] << 8);

	switch (at[0] % 6) {
	case 0:
		return (uint64_t)(int16_t)value;
	case 1:
		return (uint64_t)AT_FDCWD;
	case 2:
		return (uint64_t)play.ro_fd;
	case 3:
		return (uintptr_t)play.memory + value % MEMORY_BYTES;
	case 4: /* where memory ends */
		return (uintptr_t)play.memory + MEMORY_BYTES - value % 64;
	default:
		return (uint64_t)value << 8;
	}
}

static void call(const uint8_t *at, uint64_t id)
{
	const struct watch *watch = &play.watches.slot[0];
	int lowest = dup(0);

	play.answers = 0;
	play.moods = at[2];
	play.notif = (struct sc_notif){ .id = id, .pid = (uint32_t)play.program };
	play.notif.data.nr = at[0] | (at[1] & 1) << 8;
	for (int i = 0; i < 6; i++)
		play.notif.data.args[i] = argument(at + 3 + i * ARG_BYTES);
	close(lowest);
	watch->ready(watch->of, watch->fd);
	must(play.answers == 1);
	must(dup(0) == lowest);
	close(lowest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cln_err err;
	size_t calls = size ? 1u + data[0] % CALLS_MAX : 1, head = 1 + calls * CALL_BYTES;

	if (size < head || size - head > MEMORY_BYTES)
		return 0;
	if (!play.memory)
		begin();
	cln_remove_tree(play.up, &err);
	must(mkdir(play.up, 0755) == 0);
	memset(play.memory, 0, MEMORY_BYTES);
	memcpy(play.memory, data + head, size - head);
	for (size_t i = 0; i < calls; i++)
		call(data + 1 + i * CALL_BYTES, i + 1);
	check_ro();
	return 0;
}
