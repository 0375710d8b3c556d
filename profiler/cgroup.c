// SPDX-License-Identifier: Apache-2.0
#include "profiler/cgroup.h"

#include "common/buf.h"
#include "common/file.h"
#include "common/mem.h"
#include "common/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MOUNTINFO_MAX ((size_t)4 << 20)

/* mountinfo writes space, tab, newline and backslash as \ooo. */
static char *unescape(const char *text, size_t length)
{
	char *out = cln_alloc(length + 1);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\\' && i + 3 < length) {
			out[used++] = (char)((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 |
					     (text[i + 3] - '0'));
			i += 3;
		} else {
			out[used++] = text[i];
		}
	}
	return out;
}

static const char *field(const char *line, int number, size_t *length)
{
	for (int i = 1; i < number; i++) {
		line += strcspn(line, " \n");
		if (*line != ' ')
			return NULL;
		line++;
	}
	*length = strcspn(line, " \n");
	return line;
}

char *cgroup_mount_of(const char *mountinfo)
{
	for (const char *line = mountinfo; *line;) {
		size_t size = strcspn(line, "\n");
		const char *dash = memmem(line, size, " - cgroup2 ", 11);
		size_t length;
		const char *root = field(line, 4, &length);

		/* Only a mount of the whole hierarchy shows every cgroup. */
		if (dash && root && length == 1 && *root == '/') {
			const char *point = field(line, 5, &length);

			if (point)
				return unescape(point, length);
		}
		line += size;
		line += *line == '\n';
	}
	return NULL;
}

int cgroup_find_mount(char **mount, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	size_t size;
	int r = cln_read_file("/proc/self/mountinfo", MOUNTINFO_MAX, &text, &size, err);

	if (r < 0)
		return r;
	*mount = cgroup_mount_of(text);
	if (!*mount)
		return cln_fail(err, ENODEV,
			"no cgroup v2 file system is mounted: "
			"mount -t cgroup2 none /sys/fs/cgroup/unified");
	return 0;
}

static int cannot_make(const char *path, struct cln_err *err)
{
	const char *advice = geteuid() ? ": root is needed, run it with sudo"
			     : errno == EROFS
				     ? ": it is mounted read-only here, as in most containers"
				     : "";

	return cln_fail(err, errno, "mkdir %s: %m%s", path, advice);
}

static int make_path(struct cgroup *cg, bool must_exist, struct cln_err *err)
{
	struct stat st;

	if (stat(cg->path, &st) == 0)
		return 0;
	if (must_exist)
		return cln_fail(err, errno, "%s: %m", cg->path);
	/* Parents stay; only the last one is ours to remove. */
	for (char *slash = cg->path; (slash = strchr(slash + 1, '/'));) {
		*slash = 0;
		if (mkdir(cg->path, 0755) < 0 && errno != EEXIST) {
			int r = cannot_make(cg->path, err);

			*slash = '/';
			return r;
		}
		*slash = '/';
	}
	if (mkdir(cg->path, 0755) < 0)
		return cannot_make(cg->path, err);
	cg->created = true;
	return 0;
}

int cgroup_open(struct cgroup *cg, const char *name, bool must_exist, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *mount = NULL;
	char path[CLN_PATH_MAX];
	struct stat st;
	int r = cgroup_find_mount(&mount, err);

	if (r < 0)
		return r;
	while (!cln_path_within(name, mount) && *name == '/')
		name++;
	if (cln_path_join(mount, name, path) < 0 || !cln_path_within(path, mount) ||
		!strcmp(path, mount))
		return cln_usage(err, "--cgroup %s: not a cgroup below %s", name, mount);
	cg->path = cln_strdup(path);
	cg->name = cg->path + strlen(mount);
	if ((r = make_path(cg, must_exist, err)) < 0)
		return r;
	cg->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cg->dir < 0 || fstat(cg->dir, &st) < 0)
		return cln_fail(err, errno, "%s: %m", path);
	cg->id = st.st_ino;
	for (const char *at = path + strlen(mount); *at; at++)
		cg->level += *at == '/';
	return 0;
}

static int write_file(const struct cgroup *cg, const char *file, const char *text)
{
	cln_owned(cln_drop_fd) int fd = openat(cg->dir, file, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

int cgroup_add(const struct cgroup *cg, pid_t pid, struct cln_err *err)
{
	char text[16];
	int r;

	snprintf(text, sizeof(text), "%d", (int)pid);
	r = write_file(cg, "cgroup.procs", text);
	if (r < 0)
		return cln_fail(err, -r, "%s/cgroup.procs: %m", cg->path);
	return 0;
}

int cgroup_freeze(const struct cgroup *cg, bool frozen)
{
	return write_file(cg, "cgroup.freeze", frozen ? "1" : "0");
}

bool cgroup_populated(const struct cgroup *cg)
{
	cln_owned(cln_drop_fd) int fd = openat(cg->dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[256];
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (got < 0)
		return false; /* removed: nobody can be in it */
	text[got] = 0;
	return strstr(text, "populated 1");
}

/* Sub-cgroups that a container runtime forgot; only empty ones can go. */
static void remove_below(int dir, int depth)
{
	int copy = dup(dir);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	while (list && depth < 32 && (entry = readdir(list))) {
		cln_owned(cln_drop_fd) int below = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		below = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (below >= 0)
			remove_below(below, depth + 1);
		unlinkat(dir, entry->d_name, AT_REMOVEDIR);
	}
	if (list)
		closedir(list);
	else if (copy >= 0)
		close(copy);
}

void cgroup_release(struct cgroup *cg)
{
	if (cg->created && cg->dir >= 0) {
		remove_below(cg->dir, 0);
		/* The last task may still be on its way out. */
		for (int i = 0; i < 50 && rmdir(cg->path) < 0 && errno == EBUSY; i++)
			usleep(10000);
	}
	cln_drop_fd(&cg->dir);
	cg->dir = -1;
	free(cg->path);
	cg->path = NULL;
	cg->created = false;
}
