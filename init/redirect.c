// SPDX-License-Identifier: Apache-2.0
#include "init/redirect_parts.h"

#include "init/place.h"
#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ADDFD_SEND 2U	   /* linux/seccomp.h, Linux 5.14 */
#define CONTINUE_REQUEST 1 /* verdict: let the kernel carry the call out */

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
	return remote_write(q, args[q->trap->arg], data,
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
	q.trap = redirect_trap(notif.data.nr);
	if (q.trap)
		r = serve(&q);
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
	int fd = redirect_receive(socket);

	if (fd < 0)
		return FAIL(err, -fd, "redirect");
	return watch_add(watches, (struct watch){ fd, POLLIN, redirect_ready, dir }) < 0
		       ? FAIL(err, ENFILE, "redirect")
		       : 0;
}
