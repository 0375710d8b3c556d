// SPDX-License-Identifier: Apache-2.0
#include "init/redirect_parts.h"

#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

/*
 * The program's memory. process_vm_readv(2) would be one call less, but older default
 * profiles of docker and containerd refuse it. Once it is open the number cannot have gone
 * to another process; that it had not before is what the listener tells (seccomp_unotify(2)).
 */
static int remote_open(const struct request *q, int flags)
{
	char path[64];
	int fd;

	text_join(path, sizeof(path), "/proc/", DEC(q->notif->pid), "/mem", END);
	fd = sys_open(path, flags | O_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ioctl(q->listener, (int)SC_IOCTL_ID_VALID, &q->notif->id) == 0)
		return fd;
	close(fd);
	return -ENOENT;
}

/* Bytes read or written (flags); fewer than asked for, when the next page is not there. */
static ssize_t remote_copy(
	const struct request *q, int flags, uint64_t address, void *data, size_t size)
{
	int fd = remote_open(q, flags);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = flags == O_WRONLY ? pwrite(fd, data, size, (off_t)address)
			      : pread(fd, data, size, (off_t)address);
	close(fd);
	return n <= 0 ? -EFAULT : n;
}

static int remote_text(const struct request *q, uint64_t address, char *out, size_t room)
{
	ssize_t n = remote_copy(q, O_RDONLY, address, out, room);

	if (n < 0)
		return (int)n;
	return memchr(out, '\0', (size_t)n) ? 0 : -ENAMETOOLONG;
}

int remote_write(const struct request *q, uint64_t address, void *data, size_t size)
{
	ssize_t n = remote_copy(q, O_WRONLY, address, data, size);

	if (n < 0)
		return (int)n;
	return n == (ssize_t)size ? 0 : -EFAULT;
}

int link_text(const char *link, char *out, size_t room)
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
int request_path(struct request *q, unsigned dir, unsigned path)
{
	char text[INIT_PATH_MAX + 1], base[INIT_PATH_MAX + 1] = "", link[64];
	const uint64_t *args = q->notif->data.args;
	pid_t pid = (pid_t)q->notif->pid;
	int r = remote_text(q, args[path], text, sizeof(text));

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
