// SPDX-License-Identifier: Apache-2.0
#include "init/place.h"

#include "init/format.h"
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
	char part[INIT_PATH_MAX + 1], *slash;

	text_join(part, sizeof(part), path, END);
	slash = strrchr(part, '/');
	if (!slash || slash == part)
		return 0;
	*slash = '\0';
	if (access(part, F_OK) == 0) /* as nearly always: one call */
		return 0;
	for (char *at = part + 1;; at++) {
		char c = *at;

		if (c && c != '/')
			continue;
		*at = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST) {
			int eno = errno;

			if (access(part, F_OK) < 0) /* EROFS or EACCES may hide that it is there */
				return FAIL(err, eno, "mkdir ", part);
		}
		if (!c)
			return 0;
		*at = '/';
	}
}

/* The owner is asked for and another than the directory's. */
static int owner_differs(const struct owner *owner, const struct stat *st)
{
	return (owner->uid != (uid_t)-1 && owner->uid != st->st_uid) ||
	       (owner->gid != (gid_t)-1 && owner->gid != st->st_gid);
}

static int dir_settle(
	int fd, const char *path, unsigned mode, const struct owner *owner, struct fail *err)
{
	struct stat st;
	int bad = 0;

	if (fstat(fd, &st) < 0)
		return FAIL(err, ERRNO, "stat ", path);
	if (owner_differs(owner, &st)) {
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
	int made = mkdir(path, mode) == 0, r, fd, eno;
	struct stat st;

	if (!made && errno == ENOENT) {
		r = place_parents(path, err);
		if (r < 0)
			return r;
		made = mkdir(path, mode) == 0;
	}
	eno = errno;
	if (lstat(path, &st) == 0 && st.st_mode == (S_IFDIR | mode) && !owner_differs(owner, &st))
		return 0; /* all as it should be: nothing is opened */
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
