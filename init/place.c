// SPDX-License-Identifier: Apache-2.0
#include "init/place.h"

#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int owner_parse(const char *text, struct owner *owner)
{
	uint64_t uid, gid;

	if (text_digits(&text, 10, INT32_MAX, &uid) < 0 || *text++ != ':' ||
		text_number(text, INT32_MAX, &gid) < 0)
		return -EINVAL;
	*owner = (struct owner){ (uid_t)uid, (gid_t)gid };
	return 0;
}

int place_parents(const char *path, struct fail *err)
{
	char part[4096];
	size_t size = strlen(path);

	for (size_t i = 1; i < size && i < sizeof(part); i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST) {
			int eno = errno;

			if (access(part, F_OK) < 0) /* EROFS or EACCES may hide that it is there */
				return FAIL(err, eno, "mkdir ", part);
		}
	}
	return 0;
}

static int dir_settle(
	int fd, const char *path, unsigned mode, const struct owner *owner, struct fail *err)
{
	struct stat st;
	int bad = 0;

	if (fstat(fd, &st) < 0)
		return FAIL(err, ERRNO, "stat ", path);
	if ((owner->uid != (uid_t)-1 && owner->uid != st.st_uid) ||
		(owner->gid != (gid_t)-1 && owner->gid != st.st_gid)) {
		if (fchown(fd, owner->uid, owner->gid) < 0)
			bad = errno;
		else if (fstat(fd, &st) < 0) /* chown clears setgid */
			return FAIL(err, ERRNO, "stat ", path);
	}
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode) < 0 && !bad)
		bad = errno;
	if (!bad || !(mode & 0222) || access(path, W_OK | X_OK) == 0)
		return 0;
	return FAIL(err, bad, path,
		": cannot be given the mode or owner asked for, "
		"and this user cannot write there");
}

int place_dir(const char *path, unsigned mode, const struct owner *owner, struct fail *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (geteuid() == 0 ? O_NOFOLLOW : 0);
	int r = place_parents(path, err), made = 0, fd, eno;

	if (r < 0)
		return r;
	made = mkdir(path, mode) == 0;
	eno = errno;
	fd = sys_open(path, flags, 0);
	if (fd < 0 && errno == EACCES && !made) /* not readable: it may still do */
		fd = sys_open(path, flags | O_PATH, 0);
	if (fd < 0)
		return FAIL(err, made || (eno == EEXIST && errno != ENOENT) ? errno : eno, "mkdir ",
			path);
	r = dir_settle(fd, path, mode, owner, err);
	close(fd);
	return r;
}

int draft_open(struct draft *draft, const char *path, unsigned mode, struct fail *err)
{
	draft->path = path;
	text_join(draft->name, sizeof(draft->name), path, ".clnimg-", DEC(getpid()), END);
	unlink(draft->name); /* of a former life of this container */
	draft->fd =
		sys_open(draft->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (draft->fd < 0)
		return FAIL(err, ERRNO, "create ", path);
	if (fchmod(draft->fd, mode) < 0) {
		int r = FAIL(err, ERRNO, "chmod ", path);

		draft_abandon(draft);
		return r;
	}
	return 0;
}

int draft_commit(struct draft *draft, struct fail *err)
{
	int r = 0;

	close(draft->fd);
	if (rename(draft->name, draft->path) < 0) {
		r = FAIL(err, ERRNO, "create ", draft->path);
		unlink(draft->name);
	}
	return r;
}

void draft_abandon(struct draft *draft)
{
	close(draft->fd);
	unlink(draft->name);
}

int place_file(const char *path, const void *data, size_t size, unsigned mode, struct fail *err)
{
	struct draft draft;
	int r = draft_open(&draft, path, mode, err);

	if (r < 0)
		return r;
	r = fd_write(draft.fd, data, size);
	if (r == 0)
		return draft_commit(&draft, err);
	draft_abandon(&draft);
	return FAIL(err, -r, "write ", path);
}
