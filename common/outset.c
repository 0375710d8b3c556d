// SPDX-License-Identifier: Apache-2.0
#include "common/outset.h"

#include "common/mem.h"
#include "common/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define STAGE ".clnimg-set-"

/* Calls visit(name) for all in dir but "." and "..", until it says no; false then. */
static bool each_name(const char *dir, bool (*visit)(void *, const char *), void *context)
{
	DIR *open = opendir(dir);
	bool going = open != NULL;
	struct dirent *entry;

	while (going && (entry = readdir(open)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			going = visit(context, entry->d_name);
	if (open)
		closedir(open);
	return going;
}

static bool is_plain(void *dir, const char *name)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/%s", (const char *)dir, name);
	struct stat st;

	return !lstat(path, &st) && S_ISREG(st.st_mode);
}

/* The folder above a path without slashes at its end. */
static char *above_new(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash ? cln_format("%.*s", (int)CLN_MAX(slash - dir, 1), dir) : cln_strdup(".");
}

/* May another folder take its place? */
static bool may_exchange(const char *dir, const char *above)
{
	struct stat st, up, here;

	return !stat(dir, &st) && !stat(above, &up) && st.st_dev == up.st_dev &&
	       st.st_ino != up.st_ino && !stat(".", &here) && here.st_ino != st.st_ino &&
	       listxattr(dir, NULL, 0) <= 0 && each_name(dir, is_plain, (void *)dir);
}

static void stage_open(struct cln_outset *set)
{
	cln_owned(cln_drop_mem) char *above = above_new(set->dir);
	char *stage;

	if (!set->fresh && !may_exchange(set->dir, above))
		return;
	cln_scratch_sweep(above, STAGE, "");
	stage = cln_format("%s/" STAGE "XXXXXX", above);
	if (cln_scratch_dir(stage))
		set->stage = stage;
	else
		free(stage);
}

int cln_outset_begin(struct cln_outset *set, const char *dir, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *above = NULL;
	size_t length = strlen(dir);
	struct stat st;

	*set = (struct cln_outset){ .fresh = stat(dir, &st) < 0 && errno == ENOENT };
	if (!set->fresh) {
		set->dir = realpath(dir, NULL); /* a symlink stays one */
		if (!set->dir || stat(set->dir, &st) < 0)
			return cln_fail(err, errno, "%s: %m", dir);
		if (!S_ISDIR(st.st_mode))
			return cln_fail(err, ENOTDIR, "make folder %s: %m", dir);
	} else {
		while (length > 1 && dir[length - 1] == '/')
			length--;
		set->dir = cln_format("%.*s", (int)length, dir);
		above = above_new(set->dir);
		if (cln_make_dirs(above, err) < 0)
			return -err->code;
	}
	stage_open(set);
	if (set->fresh && !set->stage)
		return cln_fail(err, errno, "make folder %s: %m", dir);
	return 0;
}

int cln_outset_open(struct cln_outset *set, const char *name, int *fd, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path =
		cln_format("%s/%s", set->stage ? set->stage : set->dir, name);
	struct cln_out *out = &CLN_PUSH(set->out, set->count, set->room);

	*out = (struct cln_out)CLN_OUT_NONE;
	if (cln_out_begin(out, path, 0644, err) < 0)
		return -err->code;
	if (set->stage)
		CLN_PUSH(set->name, set->name_count, set->name_room) = cln_strdup(name);
	*fd = out->fd;
	return 0;
}

int cln_outset_close(struct cln_outset *set, struct cln_err *err)
{
	struct cln_out *out = &set->out[set->count - 1];

	return set->stage ? cln_out_commit(out, err) : cln_out_settle(out, err);
}

int cln_outset_add(struct cln_outset *set, const char *name, const void *data, size_t size,
	struct cln_err *err)
{
	int fd = -1;

	if (cln_outset_open(set, name, &fd, err) < 0)
		return -err->code;
	if (cln_write_all(fd, data, size, err) < 0)
		return cln_within(err, "%s/%s", set->dir, name);
	return cln_outset_close(set, err);
}

/* The old folder's other files are in the new one too. */
static bool link_other(void *context, const char *name)
{
	const struct cln_outset *set = context;
	cln_owned(cln_drop_mem) char *from = cln_format("%s/%s", set->dir, name);
	cln_owned(cln_drop_mem) char *to = cln_format("%s/%s", set->stage, name);

	return !linkat(AT_FDCWD, from, AT_FDCWD, to, 0) || errno == EEXIST;
}

/* Nothing but what an exchange can carry over? Else the files are renamed one by one. */
static bool prepare_exchange(struct cln_outset *set)
{
	cln_owned(cln_drop_mem) char *above = above_new(set->dir);
	struct stat st;

	return may_exchange(set->dir, above) && !stat(set->dir, &st) &&
	       !chown(set->stage, st.st_uid, st.st_gid) && !chmod(set->stage, st.st_mode & 07777) &&
	       each_name(set->dir, link_other, set);
}

int cln_outset_prepare(struct cln_outset *set, struct cln_err *err)
{
	if (!set->stage)
		return 0;
	if (set->fresh && chmod(set->stage, 0755) < 0)
		return cln_fail(err, errno, "%s: %m", set->dir);
	set->exchange = !set->fresh && prepare_exchange(set);
	return 0;
}

/* What came into the old folder, or was replaced there, since the others were linked. */
static bool move_late(void *context, const char *name)
{
	const struct cln_outset *set = context;
	cln_owned(cln_drop_mem) char *from = cln_format("%s/%s", set->stage, name);
	cln_owned(cln_drop_mem) char *to = cln_format("%s/%s", set->dir, name);
	struct stat was, is;

	for (size_t i = 0; i < set->name_count; i++)
		if (!strcmp(set->name[i], name))
			return true;
	if (!lstat(from, &was) &&
		(lstat(to, &is) < 0 || was.st_ino != is.st_ino || was.st_dev != is.st_dev))
		(void)rename(from, to);
	return true;
}

static int rename_each(struct cln_outset *set, struct cln_err *err)
{
	if (cln_make_dirs(set->dir, err) < 0)
		return -err->code;
	for (size_t i = 0; i < set->name_count; i++) {
		cln_owned(cln_drop_mem) char *from = cln_format("%s/%s", set->stage, set->name[i]);
		cln_owned(cln_drop_mem) char *to = cln_format("%s/%s", set->dir, set->name[i]);

		if (rename(from, to) < 0)
			return cln_fail(err, errno, "write %s: %m", to);
	}
	return 0;
}

int cln_outset_commit(struct cln_outset *set, struct cln_err *err)
{
	for (size_t i = 0; !set->stage && i < set->count; i++)
		if (cln_out_commit(&set->out[i], err) < 0)
			return -err->code;
	if (!set->stage)
		return 0;
	if (set->fresh && !rename(set->stage, set->dir)) {
		cln_scratch_forget(set->stage);
		free(cln_steal(&set->stage));
		return 0;
	}
	if (set->exchange &&
		!renameat2(AT_FDCWD, set->stage, AT_FDCWD, set->dir, RENAME_EXCHANGE)) {
		each_name(set->stage, move_late, set);
		return 0;
	}
	return rename_each(set, err);
}

void cln_outset_release(struct cln_outset *set)
{
	for (size_t i = 0; i < set->count; i++)
		cln_out_release(&set->out[i]);
	for (size_t i = 0; i < set->name_count; i++)
		free(set->name[i]);
	if (set->stage)
		cln_scratch_remove(set->stage);
	free(set->stage);
	free(set->dir);
	free(set->out);
	free(set->name);
	*set = (struct cln_outset){ 0 };
}
