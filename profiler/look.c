// SPDX-License-Identifier: Apache-2.0
#include "profiler/look.h"

#include "common/file.h"
#include "common/hash.h"
#include "common/mem.h"
#include "common/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOUNTINFO_MAX ((size_t)4 << 20)
#define MAPS_MAX ((size_t)16 << 20)
#define MOUNTS_MAX 4096
#define EVIDENCE_MAX ((uint64_t)1 << 30) /* a second: larger ones tell nothing */
#define HASH_BYTES 65536

/* What tells images apart (cln_trace_identifies). */
static const char *const evidence_paths[] = {
	"/etc/os-release",
	"/usr/lib/os-release",
	"/etc/debian_version",
	"/etc/alpine-release",
	"/var/lib/dpkg/status",
	"/lib/apk/db/installed",
	"/usr/lib/apk/db/installed",
	"/var/lib/rpm/rpmdb.sqlite",
	"/usr/lib/sysimage/rpm/rpmdb.sqlite",
};

static char *unescape(struct cln_arena *arena, const char *text, size_t length)
{
	char *out = cln_arena_strndup(arena, text, length);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		if (out[i] == '\\' && i + 3 < length) {
			out[used++] = (char)((out[i + 1] - '0') << 6 | (out[i + 2] - '0') << 3 |
					     (out[i + 3] - '0'));
			i += 3;
		} else {
			out[used++] = out[i];
		}
	}
	out[used] = 0;
	return out;
}

/* proc(5): id parent major:minor root point options [optional]... - type source options */
static bool mount_line(char *line, struct cln_arena *arena, struct cln_trace_mount *mount)
{
	char *fields[6], *save = NULL;
	char *rest = strstr(line, " - ");
	char *type, *source;

	if (!rest)
		return false;
	*rest = 0;
	for (int i = 0; i < 6; i++) {
		fields[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!fields[i])
			return false;
	}
	type = strtok_r(rest + 3, " ", &save);
	source = strtok_r(NULL, " ", &save);
	if (!type || !source)
		return false;
	mount->point = unescape(arena, fields[4], strlen(fields[4]));
	mount->options = cln_arena_strdup(arena, fields[5]);
	mount->type = cln_arena_strdup(arena, type);
	mount->source = unescape(arena, source, strlen(source));
	return mount->point[0] == '/';
}

size_t look_mounts(const char *mountinfo, struct cln_arena *arena, struct cln_trace_mount **out)
{
	struct cln_trace_mount *list = NULL;
	size_t count = 0, room = 0;

	while (*mountinfo && count < MOUNTS_MAX) {
		size_t length = strcspn(mountinfo, "\n");
		char *line = cln_arena_strndup(arena, mountinfo, length);
		struct cln_trace_mount mount;

		if (mount_line(line, arena, &mount))
			CLN_PUSH(list, count, room) = mount;
		mountinfo += length + (mountinfo[length] == '\n');
	}
	*out = cln_arena_alloc(arena, (count + 1) * sizeof(**out));
	if (count)
		memcpy(*out, list, count * sizeof(*list));
	free(list);
	return count;
}

static int open_root(void *context, uint32_t pid)
{
	char path[64];

	(void)context;
	snprintf(path, sizeof(path), "/proc/%u/root", pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool hash_file(int fd, char *sha256, uint64_t *size_bytes)
{
	cln_owned(cln_drop_mem) char *room = cln_alloc(HASH_BYTES);
	cln_owned(cln_sha256_drop) struct cln_sha256 *sha = cln_sha256_new();
	ssize_t got;

	*size_bytes = 0;
	while ((got = read(fd, room, HASH_BYTES)) > 0) {
		cln_sha256_add(sha, room, (size_t)got);
		*size_bytes += (size_t)got;
		if (*size_bytes > EVIDENCE_MAX)
			return false;
	}
	cln_sha256_hex(sha, sha256);
	return got == 0;
}

static bool look_digest(
	void *context, int root, const char *path, char *sha256, uint64_t *size_bytes)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	cln_owned(cln_drop_fd) int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	struct stat st;

	(void)context;
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       hash_file(fd, sha256, size_bytes);
}

static bool add_evidence(
	struct look *look, int root, const char *path, struct cln_trace_evidence *evidence)
{
	char *hex = cln_arena_alloc(look->arena, CLN_SHA256_HEX);

	evidence->path = path;
	evidence->sha256 = hex;
	return look_digest(look, root, path, hex, &evidence->size_bytes);
}

static void look_root(void *context, uint32_t pid, struct cln_trace_root *root)
{
	struct look *look = context;
	cln_owned(cln_drop_mem) char *text = NULL;
	cln_owned(cln_drop_fd) int fd = open_root(look, pid);
	struct cln_trace_evidence *evidence;
	struct cln_trace_mount *mounts;
	struct cln_err ignored = {};
	char path[64];
	size_t size;

	cln_arena_drop(&look->arena);
	look->arena = cln_arena_new();
	snprintf(path, sizeof(path), "/proc/%u/mountinfo", pid);
	if (cln_read_file(path, MOUNTINFO_MAX, &text, &size, &ignored) == 0) {
		root->mount_count = look_mounts(text, look->arena, &mounts);
		root->mount = mounts;
	}
	evidence = cln_arena_alloc(look->arena, sizeof(*evidence) * CLN_COUNT(evidence_paths));
	root->evidence = evidence;
	for (size_t i = 0; fd >= 0 && i < CLN_COUNT(evidence_paths); i++)
		if (add_evidence(look, fd, evidence_paths[i], &evidence[root->evidence_count]))
			root->evidence_count++;
}

static void look_hold(void *context, bool on)
{
	struct look *look = context;

	if (on)
		hold_on(look->hold);
	else
		hold_off(look->hold);
}

/* The id is the directory's inode number: it is searched for below ours. */
static bool find_cgroup(struct look *look, int dir, uint64_t id, size_t used, int depth)
{
	DIR *list = fdopendir(dir);
	struct dirent *entry;
	bool found = false;

	while (list && !found && depth < 16 && (entry = readdir(list))) {
		size_t length = strlen(entry->d_name);

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
			used + length + 2 > sizeof(look->cgroup))
			continue;
		if (used)
			look->cgroup[used] = '/';
		memcpy(look->cgroup + used + !!used, entry->d_name, length + 1);
		found = entry->d_ino == id;
		if (!found) {
			int below = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			if (below >= 0)
				found = find_cgroup(
					look, below, id, used + !!used + length, depth + 1);
		}
	}
	if (list)
		closedir(list);
	else
		close(dir);
	return found;
}

static const char *look_cgroup(void *context, uint64_t id)
{
	struct look *look = context;
	int dir;

	if (id == look->cg->id)
		return "";
	dir = openat(look->cg->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || !find_cgroup(look, dir, id, 0, 0))
		return "";
	return look->cgroup;
}

static size_t look_command_line(void *context, uint32_t pid, char *out, size_t room)
{
	char path[64];
	cln_owned(cln_drop_fd) int fd = -1;
	size_t used = 0;
	ssize_t got;

	(void)context;
	snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && used < room && (got = read(fd, out + used, room - used)) > 0)
		used += (size_t)got;
	return used;
}

static char *look_maps(void *context, uint32_t pid)
{
	struct cln_err ignored = {};
	char path[64], *text;
	size_t size;

	(void)context;
	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	return cln_read_file(path, MAPS_MAX, &text, &size, &ignored) < 0 ? NULL : text;
}

static int look_link(void *context, int root, const char *path, char *out)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	cln_owned(cln_drop_fd) int own = root < 0 ? open("/", O_PATH | O_CLOEXEC) : -1;
	cln_owned(cln_drop_fd) int fd =
		(int)syscall(SYS_openat2, root < 0 ? own : root, path, &how, sizeof(how));
	struct stat st;
	ssize_t got;

	(void)context;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISLNK(st.st_mode))
		return 0;
	/* Those of /proc/self and of descriptors are other ones for each process. */
	if (!strncmp(path, "/proc/", 6))
		return -ESTALE;
	got = readlinkat(fd, "", out, CLN_PATH_MAX);
	return got <= 0 ? -ESTALE : got < CLN_PATH_MAX ? (int)got : -ENAMETOOLONG;
}

/* Ours without close-on-exec are the command's. */
static void look_inherited(
	void *context, void (*fn)(void *of, const char *path, int flags), void *of)
{
	DIR *list = opendir("/proc/self/fd");
	struct dirent *entry;

	(void)context;
	while (list && (entry = readdir(list))) {
		int fd = atoi(entry->d_name), flags = fcntl(fd, F_GETFD);
		char path[CLN_PATH_MAX];
		struct stat st;
		ssize_t got;

		if (entry->d_name[0] == '.' || flags < 0 || flags & FD_CLOEXEC)
			continue;
		got = readlinkat(dirfd(list), entry->d_name, path, sizeof(path) - 1);
		path[got > 0 ? got : 0] = 0;
		if (path[0] == '/' && fstat(fd, &st) == 0 && st.st_nlink)
			fn(of, path, fcntl(fd, F_GETFL));
	}
	if (list)
		closedir(list);
}

static uint64_t look_now(void *context)
{
	struct timespec now;

	(void)context;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void look_init(
	struct look *look, const struct cgroup *cg, struct hold *hold, struct collect_look *effects)
{
	look->cg = cg;
	look->hold = hold;
	*effects = (struct collect_look){
		.context = look,
		.root = look_root,
		.open_root = open_root,
		.hold = look_hold,
		.cgroup = look_cgroup,
		.now = look_now,
		.command_line = look_command_line,
		.maps = look_maps,
		.link = look_link,
		.digest = look_digest,
		.inherited = look_inherited,
	};
}

void look_release(struct look *look)
{
	cln_arena_drop(&look->arena);
	look->arena = NULL;
}
