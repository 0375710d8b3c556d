// SPDX-License-Identifier: Apache-2.0
#include "init/redirect.h"

#include "init/place.h"
#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define NONE 0xff
#define EMPTY_PATH 0x1000	 /* AT_EMPTY_PATH, linux/fcntl.h */
#define ADDFD_SEND 2U		 /* linux/seccomp.h, Linux 5.14 */
#define WAIT_KILLABLE (1UL << 5) /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19 */
#define CONTINUE_REQUEST 1	 /* verdict: let the kernel carry the call out */

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

enum act {
	ACT_OPEN,
	ACT_STAT,
	ACT_STATX,
	ACT_ACCESS,
	ACT_UNLINK,
	ACT_RMDIR,
	ACT_MKDIR,
	ACT_RENAME,
	ACT_CHMOD,
	ACT_XATTR
};

/* Where each call has its arguments. dir NONE: relative to the working directory. */
static const struct trap {
	uint16_t nr;
	uint8_t act, dir, path, arg;
	uint8_t flags; /* index of the flags that may hold AT_EMPTY_PATH: then it is no path */
} traps[] = {
	{ SYS_openat, ACT_OPEN, 0, 1, 2, NONE },
	{ SYS_newfstatat, ACT_STAT, 0, 1, 2, 3 },
	{ SYS_statx, ACT_STATX, 0, 1, 4, 2 },
	{ SYS_faccessat, ACT_ACCESS, 0, 1, 2, NONE },
	{ SYS_faccessat2, ACT_ACCESS, 0, 1, 2, 3 },
	{ SYS_unlinkat, ACT_UNLINK, 0, 1, 2, NONE },
	{ SYS_mkdirat, ACT_MKDIR, 0, 1, 2, NONE },
	{ SYS_renameat2, ACT_RENAME, 0, 1, 2, NONE },
	{ SYS_fchmodat, ACT_CHMOD, 0, 1, 2, NONE },
	{ SYS_getxattr, ACT_XATTR, NONE, 0, NONE, NONE },
	{ SYS_lgetxattr, ACT_XATTR, NONE, 0, NONE, NONE },
	{ SYS_listxattr, ACT_XATTR, NONE, 0, NONE, NONE },
	{ SYS_llistxattr, ACT_XATTR, NONE, 0, NONE, NONE },
#ifdef SYS_renameat
	{ SYS_renameat, ACT_RENAME, 0, 1, 2, NONE },
#endif
#ifdef SYS_open
	{ SYS_open, ACT_OPEN, NONE, 0, 1, NONE },
	{ SYS_creat, ACT_OPEN, NONE, 0, NONE, NONE },
	{ SYS_stat, ACT_STAT, NONE, 0, 1, NONE },
	{ SYS_lstat, ACT_STAT, NONE, 0, 1, NONE },
	{ SYS_access, ACT_ACCESS, NONE, 0, 1, NONE },
	{ SYS_unlink, ACT_UNLINK, NONE, 0, NONE, NONE },
	{ SYS_rmdir, ACT_RMDIR, NONE, 0, NONE, NONE },
	{ SYS_mkdir, ACT_MKDIR, NONE, 0, 1, NONE },
	{ SYS_rename, ACT_RENAME, NONE, 0, 1, NONE },
	{ SYS_chmod, ACT_CHMOD, NONE, 0, 1, NONE },
#endif
};

#define TRAPS (sizeof(traps) / sizeof(traps[0]))

/* One call being served. real: as the program means it; upper: its place below the directory. */
struct request {
	const struct sc_notif *notif;
	const struct trap *trap;
	const char *dir;
	int listener;
	int fd; /* of an open that succeeded, to be handed over */
	char real[INIT_PATH_MAX + 1], upper[INIT_PATH_MAX + 1];
};

unsigned redirect_filter(struct bpf_insn *filter)
{
	unsigned n = 0;

	filter[n++] = (struct bpf_insn){ BPF_LOAD_ABS, 0, 0, SC_DATA_ARCH };
	filter[n++] = (struct bpf_insn){ BPF_JUMP_EQ, 1, 0, NATIVE_ARCH };
	filter[n++] = (struct bpf_insn){ BPF_RETURN, 0, 0, SC_RET_ALLOW };
	filter[n++] = (struct bpf_insn){ BPF_LOAD_ABS, 0, 0, SC_DATA_NR };
	for (unsigned i = 0; i < TRAPS; i++) {
		int flags = traps[i].flags != NONE;

		filter[n++] =
			(struct bpf_insn){ BPF_JUMP_EQ, 0, (uint8_t)(flags ? 4 : 1), traps[i].nr };
		if (flags) {
			filter[n++] = (struct bpf_insn){ BPF_LOAD_ABS, 0, 0,
				SC_DATA_ARG(traps[i].flags) };
			filter[n++] = (struct bpf_insn){ BPF_JUMP_SET, 0, 1, EMPTY_PATH };
			filter[n++] = (struct bpf_insn){ BPF_RETURN, 0, 0, SC_RET_ALLOW };
		}
		filter[n++] = (struct bpf_insn){ BPF_RETURN, 0, 0, SC_RET_USER_NOTIF };
	}
	filter[n++] = (struct bpf_insn){ BPF_RETURN, 0, 0, SC_RET_ALLOW };
	return n;
}

/* One descriptor in a message; the byte carries it. */
struct fd_message {
	struct msghdr head;
	struct iovec part;
	char byte;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};

static struct msghdr *message_init(struct fd_message *m)
{
	m->part = (struct iovec){ &m->byte, 1 };
	m->head = (struct msghdr){ .msg_iov = &m->part,
		.msg_iovlen = 1,
		.msg_control = m->control,
		.msg_controllen = sizeof(m->control) };
	return &m->head;
}

int redirect_enter(int socket)
{
	struct bpf_insn filter[REDIRECT_FILTER_MAX];
	struct bpf_prog prog = { (uint16_t)redirect_filter(filter), filter };
	struct fd_message m = { .byte = 0 };
	struct msghdr *head = message_init(&m);
	struct cmsghdr *c = CMSG_FIRSTHDR(head);
	long fd = syscall(
		SYS_seccomp, SC_SET_MODE_FILTER, SC_FLAG_NEW_LISTENER | WAIT_KILLABLE, &prog);

	if (fd < 0)
		fd = syscall(SYS_seccomp, SC_SET_MODE_FILTER, SC_FLAG_NEW_LISTENER, &prog);
	if (fd < 0)
		return -errno;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &(int){ (int)fd }, sizeof(int));
	return sendmsg(socket, head, 0) < 0 ? -errno : 0;
}

int redirect_clean(const char *base, const char *path, char *out, size_t room)
{
	const char *from[2] = { *path == '/' ? "" : base, path };
	size_t used = 0;

	for (int i = 0; i < 2; i++)
		for (const char *at = from[i]; *at;) {
			size_t size = strcspn(at, "/");

			if (size == 2 && memcmp(at, "..", 2) == 0)
				while (used && out[--used] != '/')
					;
			else if (size && !(size == 1 && *at == '.')) {
				if (used + size + 2 > room)
					return -ENAMETOOLONG;
				out[used++] = '/';
				memcpy(out + used, at, size);
				used += size;
			}
			at += size + (at[size] == '/');
		}
	if (!used)
		out[used++] = '/';
	out[used] = '\0';
	return 0;
}

/* A string of the program, read up to the end of the page and then the next one. */
static int remote_text(pid_t pid, uint64_t address, char *out, size_t room)
{
	size_t first = 4096 - address % 4096;
	struct iovec local = { out, room };
	struct iovec remote[2] = { { (void *)(uintptr_t)address, first }, // NOLINT
		{ (void *)(uintptr_t)(address + first), room } };	  // NOLINT
	ssize_t n;

	if (first > room)
		first = remote[0].iov_len = room;
	remote[1].iov_len = room - first;
	n = process_vm_readv(pid, &local, 1, remote, 2, 0);
	if (n < 0)
		return -errno;
	return memchr(out, '\0', (size_t)n) ? 0 : -ENAMETOOLONG;
}

static int remote_write(pid_t pid, uint64_t address, void *data, size_t size)
{
	struct iovec local = { data, size },
		     remote = { (void *)(uintptr_t)address, size }; // NOLINT

	return process_vm_writev(pid, &local, 1, &remote, 1, 0) == (ssize_t)size ? 0 : -EFAULT;
}

static int link_text(const char *link, char *out, size_t room)
{
	ssize_t n = readlink(link, out, room - 1);

	if (n < 0)
		return -errno;
	out[n] = '\0';
	return 0;
}

/* Symbolic links on the way to the last part are followed, where the way exists. */
static void follow_parents(char *path, size_t room)
{
	char parent[INIT_PATH_MAX + 1], last[256], link[64];
	char *slash = strrchr(path, '/');
	int fd;

	if (slash == path || strlen(slash) >= sizeof(last))
		return;
	text_join(last, sizeof(last), slash, END);
	*slash = '\0';
	fd = sys_open(path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	*slash = '/';
	if (fd < 0)
		return;
	text_join(link, sizeof(link), "/proc/self/fd/", DEC(fd), END);
	if (link_text(link, parent, sizeof(parent)) == 0 && strlen(parent) + strlen(last) < room)
		text_join(path, room, parent[1] ? parent : "", last, END);
	close(fd);
}

/* The absolute path in the two arguments; real and upper are set. */
static int request_path(struct request *q, unsigned dir, unsigned path)
{
	char text[INIT_PATH_MAX + 1], base[INIT_PATH_MAX + 1] = "", link[64];
	const uint64_t *args = q->notif->data.args;
	pid_t pid = (pid_t)q->notif->pid;
	int r = remote_text(pid, args[path], text, sizeof(text));

	if (r < 0)
		return r;
	if (*text != '/') {
		int fd = dir == NONE ? AT_FDCWD : (int)args[dir];

		if (fd == AT_FDCWD)
			text_join(link, sizeof(link), "/proc/", DEC(pid), "/cwd", END);
		else
			text_join(link, sizeof(link), "/proc/", DEC(pid), "/fd/", DEC(fd), END);
		r = link_text(link, base, sizeof(base));
		if (r < 0 || *base != '/')
			return -ENOENT;
	}
	r = redirect_clean(base, text, q->real, sizeof(q->real));
	if (r < 0)
		return r;
	follow_parents(q->real, sizeof(q->real));
	if (strlen(q->dir) + strlen(q->real) >= sizeof(q->upper))
		return -ENAMETOOLONG;
	text_join(q->upper, sizeof(q->upper), q->dir, q->real, END);
	return 0;
}

static int is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/*
 * 1 where path cannot be written because its filesystem is read-only: the one reason that
 * is ours. A read-only mount is looked at only after the file's mode, hence EACCES. 0
 * otherwise, -ENOENT where nothing is there.
 */
static int is_readonly(const char *path)
{
	if (access(path, W_OK) == 0)
		return 0;
	if (errno == ENOENT)
		return -ENOENT;
	return errno == EROFS || (errno == EACCES && sys_is_readonly(path) == 1);
}

/* A write to it is to be carried out below the directory. */
static int is_protected(struct request *q)
{
	int r = is_readonly(q->real);
	char *slash[2] = { strrchr(q->real, '/'), strrchr(q->upper, '/') };

	if (r >= 0)
		return r;
	if (slash[0] == q->real)
		return is_readonly("/") == 1;
	*slash[0] = *slash[1] = '\0';
	r = is_readonly(q->real) == 1 || access(q->upper, F_OK) == 0;
	*slash[0] = *slash[1] = '/';
	return r;
}

static void told(const struct request *q)
{
	char program[512] = "?", link[64];

	text_join(link, sizeof(link), "/proc/", DEC(q->notif->pid), "/exe", END);
	link_text(link, program, sizeof(program));
	SAY(2, "redirect: ", program, " writes ", q->real, ", which is read-only: kept in ",
		q->upper);
}

/* Make the place below the directory, with the content there is; 0 or -errno. */
static int copy_up(const struct request *q, int with_content)
{
	struct fail ignored;
	char block[4096];
	struct stat st;
	ssize_t n;
	int from, to, r = place_parents(q->upper, &ignored);

	if (r < 0 || !with_content || stat(q->real, &st) < 0)
		return r;
	from = sys_open(q->real, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
	if (from < 0)
		return -errno;
	to = sys_open(q->upper, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st.st_mode & 0777);
	r = to < 0 ? -errno : 0;
	while (r == 0 && (n = read(from, block, sizeof(block))) > 0)
		r = fd_write(to, block, (size_t)n);
	close(from);
	if (to >= 0)
		close(to);
	return r;
}

static int serve_open(struct request *q)
{
	const uint64_t *args = q->notif->data.args;
	unsigned arg = q->trap->arg;
	int flags = arg == NONE ? O_CREAT | O_WRONLY | O_TRUNC : (int)args[arg];
	mode_t mode = (mode_t)args[arg == NONE ? 1 : arg + 1] & 0777;
	int writes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);

	if (!is_there(q->upper)) {
		struct stat st;
		int there = stat(q->real, &st) == 0, r;

		if (!writes || flags & O_DIRECTORY || !is_protected(q) ||
			(there ? !S_ISREG(st.st_mode) || flags & O_EXCL : !(flags & O_CREAT)))
			return CONTINUE_REQUEST;
		r = copy_up(q, there && !(flags & O_TRUNC));
		if (r < 0)
			return r;
		told(q);
		flags |= O_CREAT;
		mode = there ? st.st_mode & 0777 : mode;
	}
	q->fd = sys_open(q->upper, flags | O_CLOEXEC | O_NOCTTY, mode);
	return q->fd < 0 ? -errno : 0;
}

static int serve_stat(const struct request *q)
{
	const uint64_t *args = q->notif->data.args;
	char data[256];
	long r;

	if (!is_there(q->upper))
		return CONTINUE_REQUEST;
	memset(data, 0, sizeof(data));
	if (q->trap->act == ACT_STATX)
		r = syscall(SYS_statx, AT_FDCWD, q->upper, AT_SYMLINK_NOFOLLOW, args[3], data);
	else
		r = syscall(SYS_newfstatat, AT_FDCWD, q->upper, data, AT_SYMLINK_NOFOLLOW);
	if (r < 0)
		return -errno;
	return remote_write((pid_t)q->notif->pid, args[q->trap->arg], data,
		q->trap->act == ACT_STATX ? sizeof(data) : sizeof(struct stat));
}

static int serve_rename(struct request *q)
{
	char from[INIT_PATH_MAX + 1];
	int moved = is_there(q->upper), r;

	memcpy(from, q->upper, sizeof(from));
	if (q->trap->dir == NONE)
		r = request_path(q, NONE, 1);
	else
		r = request_path(q, 2, 3);
	if (r < 0)
		return r;
	if (!is_there(q->upper) && !is_protected(q))
		return moved ? -EXDEV : CONTINUE_REQUEST;
	if (!moved) /* from a writable place into a protected one: let the program copy */
		return access(from + strlen(q->dir), W_OK) == 0 ? -EXDEV : CONTINUE_REQUEST;
	r = copy_up(q, 0);
	if (r < 0)
		return r;
	if (!is_there(q->upper))
		told(q);
	return rename(from, q->upper) < 0 ? -errno : 0;
}

static int serve_mkdir(struct request *q, mode_t mode)
{
	int r;

	if (is_there(q->upper))
		return -EEXIST;
	if (is_there(q->real) || !is_protected(q))
		return CONTINUE_REQUEST;
	r = copy_up(q, 0);
	if (r < 0)
		return r;
	told(q);
	return mkdir(q->upper, mode & 0777) < 0 ? -errno : 0;
}

static int serve_access(struct request *q, int mode)
{
	if (is_there(q->upper))
		return access(q->upper, mode) < 0 ? -errno : 0;
	if (!(mode & W_OK) || is_readonly(q->real) != 1)
		return CONTINUE_REQUEST;
	return access(q->real, mode & ~W_OK) < 0 ? -errno : 0; /* it can be written, here */
}

static int serve(struct request *q)
{
	const uint64_t arg = q->trap->arg == NONE ? 0 : q->notif->data.args[q->trap->arg];
	int r = request_path(q, q->trap->dir, q->trap->path);

	if (r < 0)
		return CONTINUE_REQUEST; /* the kernel knows the right error */
	switch (q->trap->act) {
	case ACT_OPEN:
		return serve_open(q);
	case ACT_STAT:
	case ACT_STATX:
		return serve_stat(q);
	case ACT_RENAME:
		return serve_rename(q);
	case ACT_MKDIR:
		return serve_mkdir(q, (mode_t)arg);
	case ACT_ACCESS:
		return serve_access(q, (int)arg);
	}
	if (!is_there(q->upper)) /* the kernel would say EROFS before it looks */
		return q->trap->act != ACT_CHMOD && q->trap->act != ACT_XATTR &&
				       !is_there(q->real) && is_protected(q)
			       ? -ENOENT
			       : CONTINUE_REQUEST;
	if (q->trap->act == ACT_XATTR)
		return -EOPNOTSUPP;
	if (q->trap->act == ACT_CHMOD)
		r = chmod(q->upper, (mode_t)arg & 07777);
	else
		r = q->trap->act == ACT_RMDIR || arg & AT_REMOVEDIR ? rmdir(q->upper)
								    : unlink(q->upper);
	return r < 0 ? -errno : 0;
}

/* Hand the open file over and finish the call with its number in the program. */
static void answer_fd(const struct request *q)
{
	const struct trap *trap = q->trap;
	int flags = trap->arg == NONE ? 0 : (int)q->notif->data.args[trap->arg];
	struct sc_notif_addfd add = { .id = q->notif->id,
		.flags = ADDFD_SEND,
		.srcfd = (uint32_t)q->fd,
		.newfd_flags = flags & O_CLOEXEC };
	struct sc_notif_resp answer = { .id = q->notif->id };
	int r = ioctl(q->listener, (int)SC_IOCTL_ADDFD, &add);

	if (r < 0 && errno == EINVAL) { /* before Linux 5.14: two steps */
		add.flags = 0;
		r = ioctl(q->listener, (int)SC_IOCTL_ADDFD, &add);
		answer.val = r;
		answer.error = r < 0 ? -errno : 0;
		ioctl(q->listener, (int)SC_IOCTL_SEND, &answer);
	}
	close(q->fd);
}

static void redirect_ready(void *of, int fd)
{
	struct sc_notif notif;
	struct request q = { .notif = &notif, .dir = of, .listener = fd, .fd = -1 };
	struct sc_notif_resp answer;
	struct pollfd ready = { fd, POLLIN, 0 };
	int r = CONTINUE_REQUEST;

	if (poll(&ready, 1, 0) <= 0 || !(ready.revents & POLLIN))
		return;
	memset(&notif, 0, sizeof(notif));
	if (ioctl(fd, (int)SC_IOCTL_RECV, &notif) < 0)
		return;
	for (unsigned i = 0; i < TRAPS; i++)
		if (traps[i].nr == notif.data.nr) {
			q.trap = &traps[i];
			r = serve(&q);
		}
	if (q.fd >= 0) {
		answer_fd(&q);
		return;
	}
	answer = (struct sc_notif_resp){ .id = notif.id };
	if (r == CONTINUE_REQUEST)
		answer.flags = SC_NOTIF_FLAG_CONTINUE;
	else
		answer.error = r;
	ioctl(fd, (int)SC_IOCTL_SEND, &answer);
}

int redirect_start(int socket, char *dir, struct watches *watches, struct fail *err)
{
	struct fd_message m = { .byte = 0 };
	struct msghdr *head = message_init(&m);
	struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(socket, head, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) < 0)
		return FAIL(err, errno, "redirect");
	c = CMSG_FIRSTHDR(head);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return FAIL(err, EBADMSG, "redirect");
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return watch_add(watches, (struct watch){ fd, POLLIN, redirect_ready, dir }) < 0
		       ? FAIL(err, ENFILE, "redirect")
		       : 0;
}
