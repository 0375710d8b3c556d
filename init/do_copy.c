// SPDX-License-Identifier: Apache-2.0
/*
 * do_copy.c - the directives that make files from files: copy, template.
 */
#include "init/env.h"
#include "init/place.h"
#include "init/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TREE_DEPTH_MAX 64

/* The path under construction on both sides, grown and cut as the walk goes. */
struct walk {
	char src[INIT_PATH_MAX + 1], dst[INIT_PATH_MAX + 1];
	int mode; /* of files; -1: as in the source */
	unsigned depth;
};

static int copy_bytes(int from, struct draft *draft, const char *src, struct fail *err)
{
	char block[16384];
	ssize_t n;
	int r;

	for (;;) {
		n = copy_file_range(from, NULL, draft->fd, NULL, 1 << 30, 0);
		if (n <= 0)
			break;
	}
	if (n == 0)
		return 0;
	while ((n = read(from, block, sizeof(block))) > 0) {
		r = fd_write(draft->fd, block, (size_t)n);
		if (r < 0)
			return FAIL(err, -r, "write ", draft->path);
	}
	return n < 0 ? FAIL(err, ERRNO, "read ", src) : 0;
}

static int copy_file(const struct walk *walk, const struct stat *st, struct fail *err)
{
	unsigned mode = walk->mode >= 0 ? (unsigned)walk->mode : st->st_mode & 0777;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st->st_mtim };
	struct draft draft;
	int from = sys_open(walk->src, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0), r;

	if (from < 0)
		return FAIL(err, ERRNO, "open ", walk->src);
	r = draft_open(&draft, walk->dst, mode, err);
	if (r < 0) {
		close(from);
		return r;
	}
	r = copy_bytes(from, &draft, walk->src, err);
	close(from);
	if (r < 0) {
		draft_abandon(&draft);
		return r;
	}
	if (geteuid() == 0)
		(void)!fchown(draft.fd, st->st_uid, st->st_gid);
	sys_set_times(draft.fd, times);
	return draft_commit(&draft, err);
}

static int copy_link(const struct walk *walk, struct fail *err)
{
	char target[INIT_PATH_MAX + 1];
	ssize_t n = readlink(walk->src, target, sizeof(target) - 1);

	if (n < 0)
		return FAIL(err, ERRNO, "readlink ", walk->src);
	target[n] = '\0';
	if (symlink(target, walk->dst) == 0)
		return 0;
	if (errno != EEXIST || unlink(walk->dst) < 0 || symlink(target, walk->dst) < 0)
		return FAIL(err, ERRNO, "symlink ", walk->dst);
	return 0;
}

static int copy_any(struct walk *walk, int top, struct fail *err);

static int copy_entry(struct walk *walk, const char *name, struct fail *err)
{
	size_t src = strlen(walk->src), dst = strlen(walk->dst), size = strlen(name) + 1;
	int r;

	if (src + size >= sizeof(walk->src) || dst + size >= sizeof(walk->dst))
		return FAIL(err, ENAMETOOLONG, walk->src, "/", name);
	text_join(walk->src + src, size + 1, "/", name, END);
	text_join(walk->dst + dst, size + 1, "/", name, END);
	r = copy_any(walk, 0, err);
	walk->src[src] = walk->dst[dst] = '\0';
	return r;
}

static int copy_entries(struct walk *walk, int fd, struct fail *err)
{
	struct entries dir = { .fd = fd };
	const char *name;

	while ((name = sys_entry(&dir))) {
		int r = copy_entry(walk, name, err);

		if (r < 0)
			return r;
	}
	return errno ? FAIL(err, ERRNO, "read ", walk->src) : 0;
}

static int copy_dir(struct walk *walk, const struct stat *st, int top, struct fail *err)
{
	struct owner owner = { (uid_t)-1, (gid_t)-1 };
	struct stat now;
	int fd, r;

	if (geteuid() == 0)
		owner = (struct owner){ st->st_uid, st->st_gid };
	/* The top is often a mount with the mode its owner chose: it stays as it is. */
	if (!top || stat(walk->dst, &now) < 0 || !S_ISDIR(now.st_mode)) {
		r = place_dir(walk->dst, (st->st_mode & 07777) | 0700, &owner, err);
		if (r < 0)
			return r;
	}
	if (++walk->depth > TREE_DEPTH_MAX)
		return FAIL(err, ELOOP, walk->src);
	fd = sys_open(walk->src, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd < 0)
		return FAIL(err, ERRNO, "open ", walk->src);
	r = copy_entries(walk, fd, err);
	close(fd);
	walk->depth--;
	return r;
}

static int copy_any(struct walk *walk, int top, struct fail *err)
{
	struct stat st;

	if ((top ? stat(walk->src, &st) : lstat(walk->src, &st)) < 0)
		return FAIL(err, ERRNO, walk->src);
	if (S_ISDIR(st.st_mode))
		return copy_dir(walk, &st, top, err);
	if (S_ISLNK(st.st_mode))
		return copy_link(walk, err);
	if (S_ISREG(st.st_mode))
		return copy_file(walk, &st, err);
	return FAIL(err, 0, walk->src, ": neither file, directory nor symbolic link");
}

/* There: a file of any kind, or a directory that holds something (an empty mount does not count). */
static int is_filled(const char *path)
{
	struct entries dir = { .fd = sys_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) };
	struct stat st;
	int filled;

	if (dir.fd < 0)
		return lstat(path, &st) == 0;
	filled = sys_entry(&dir) != NULL;
	close(dir.fd);
	return filled;
}

static int copy_run(const struct call *call, int mode, struct fail *err)
{
	struct walk walk = { .mode = mode };
	int r;

	text_join(walk.src, sizeof(walk.src), call->text[0], END);
	text_join(walk.dst, sizeof(walk.dst), call->text[1], END);
	r = place_parents(walk.dst, err);
	return r < 0 ? r : copy_any(&walk, 1, err);
}

int do_copy(struct init *in, struct call *call, struct fail *err)
{
	struct fresh fresh = { .mode = -1 };
	int r;

	if ((r = call_path(call, 0, err)) < 0 || (r = call_path(call, 1, err)) < 0 ||
		(r = call_fresh(call, 2, &fresh, err)) < 0 || in->mode == MODE_CHECK)
		return r;
	if (fresh.once && is_filled(call->text[1])) {
		call->note = "is there";
		return 0;
	}
	return in->mode == MODE_APPLY ? copy_run(call, fresh.mode, err) : 0;
}

/* The size of the variable reference at text ("$..."), or 0; *name and *name_size are set. */
static size_t reference(const char *text, const char **name, size_t *name_size)
{
	size_t brace = text[1] == '{';

	*name = text + 1 + brace;
	*name_size = text_name(*name);
	if (!*name_size || (brace && (*name)[*name_size] != '}'))
		return 0;
	return 1 + brace + *name_size + brace;
}

static int template_write(struct init *in, int fd, const char *text, const char *vars)
{
	const char *start = text;
	int r;

	while (*text) {
		const char *name, *value;
		size_t size, name_size = 0;

		size = *text == '$' ? reference(text, &name, &name_size) : 0;
		if (!size || !env_listed(vars, name, name_size)) {
			text++;
			continue;
		}
		value = env_get(&in->env, name, name_size);
		r = fd_write(fd, start, (size_t)(text - start));
		if (r == 0 && value)
			r = fd_write(fd, value, strlen(value));
		if (r < 0)
			return r;
		text += size;
		start = text;
	}
	return fd_write(fd, start, (size_t)(text - start));
}

static int template_run(
	struct init *in, const struct call *call, unsigned mode, const char *vars, struct fail *err)
{
	char *text = in->arena.base + in->arena.used;
	size_t room = in->arena.size - in->arena.used;
	struct draft draft;
	long size = file_read(call->text[0], text, room < INIT_SECRET_MAX ? room : INIT_SECRET_MAX);
	int r;

	if (size < 0)
		return FAIL(err, (int)-size, call->text[0]);
	if (memchr(text, '\0', (size_t)size))
		return FAIL(err, 0, call->text[0], ": not a text: holds a NUL byte");
	if ((r = place_parents(call->text[1], err)) < 0 ||
		(r = draft_open(&draft, call->text[1], mode, err)) < 0)
		return r;
	r = template_write(in, draft.fd, text, vars);
	if (r == 0)
		return draft_commit(&draft, err);
	draft_abandon(&draft);
	return FAIL(err, -r, "write ", call->text[1]);
}

int do_template(struct init *in, struct call *call, struct fail *err)
{
	const char *vars = "";
	unsigned mode = 0;
	int r;

	if ((r = call_path(call, 0, err)) < 0 || (r = call_path(call, 1, err)) < 0 ||
		(r = call_mode(call, 2, call->text[2], &mode, err)) < 0)
		return r;
	if (call->count == 4 && call->text[3] &&
		(r = call_option(call, 3, "vars=\0", &vars, err)) < 0)
		return r;
	return in->mode == MODE_APPLY ? template_run(in, call, mode, vars, err) : 0;
}
