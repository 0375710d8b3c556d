// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define CONTENT_MAX (256u << 10) /* of one file */
#define CONTENT_ALL (8u << 20)	 /* of all files of a run */

/*
 * Follows no symlink at the end, and none on the way leaves the root. Programs
 * inside may change anything at any time; the kernel keeps us in (openat2(2)).
 */
static int open_inside(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return 'f';
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	}
	return 0;
}

static void read_content(
	struct collect *c, int root, const char *path, struct cln_trace_result *result)
{
	cln_owned(cln_drop_fd) int fd = -1;
	struct cln_err err = {};
	char *data;
	size_t size;

	if (c->config.no_content || result->size_bytes > CONTENT_MAX ||
		c->content_bytes + result->size_bytes > CONTENT_ALL)
		return;
	fd = open_inside(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || cln_read_fd(fd, CONTENT_MAX, &data, &size, &err) < 0)
		return;
	result->content = data;
	result->content_size = size;
	c->content_bytes += size;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Every change of content, mode, owner or name moves the change time. */
static bool changed(struct result *result, const struct stat *st)
{
	bool same = result->looked && result->ino == st->st_ino &&
		    same_time(result->ctime, st->st_ctim) && same_time(result->mtime, st->st_mtim);

	result->looked = true;
	result->ino = st->st_ino;
	result->ctime = st->st_ctim;
	result->mtime = st->st_mtim;
	return !same;
}

static void read_link(int fd, const struct stat *st, struct cln_trace_result *result)
{
	size_t room = (size_t)st->st_size + 1;
	char *target = cln_alloc(room + 1);
	ssize_t got = readlinkat(fd, "", target, room);

	target[got > 0 ? got : 0] = 0;
	result->link_target = target;
}

/* Adds a shot where the path is not what it was at the last look. */
static void look(
	struct collect *c, const struct place *place, struct result *result, uint32_t moment)
{
	cln_owned(cln_drop_fd) int fd = open_inside(place->fd, result->path, O_PATH);
	struct cln_trace_result now = {};
	struct stat st = {};

	if (fd < 0 || fstat(fd, &st) < 0 || !type_of(st.st_mode))
		st = (struct stat){}; /* gone, or a device that no image may hold */
	if (!changed(result, &st))
		return;
	now.type = type_of(st.st_mode);
	now.mode = st.st_mode & 07777;
	now.uid = st.st_uid;
	now.gid = st.st_gid;
	if (now.type == 'f') {
		now.size_bytes = (uint64_t)st.st_size;
		read_content(c, place->fd, result->path, &now);
	} else if (now.type == 'l') {
		read_link(fd, &st, &now);
	}
	CLN_PUSH(result->shot, result->shot_count, result->shot_room) =
		(struct result_shot){ .moment = moment, .result = now };
}

/* May this program belong to start-up? Only the end knows; so all but injected. */
static bool may_start(const struct program *program)
{
	return program->place->kind == PLACE_CONTAINER;
}

/* Entered from outside, beside the container's own tree. */
static bool injected(const struct program *program)
{
	const struct place *place = program->place;

	while (program->parent && program->parent->place == place)
		program = program->parent;
	return program != place->entry;
}

void results_touch(struct collect *c, struct program *program, uint32_t file, const char *path,
	uint32_t access)
{
	struct place *place = program->place;
	struct result *result;
	union table_value *slot;

	(void)c;
	if (!may_start(program) || place->settled || !(access & CLN_ACCESS_WRITES) ||
		access & (CLN_MISSING | CLN_DENIED))
		return;
	slot = table_put(&place->by_file, file);
	if (!slot->number) {
		result = &CLN_PUSH(place->result, place->result_count, place->result_room);
		result->file = file;
		result->path = cln_strdup(path);
		slot->number = place->result_count;
	}
}

/*
 * A program begins in a container: what was changed up to now is looked at,
 * because it may be main. The processes are held still meanwhile. Once the
 * entry's process serves a socket, start-up is over.
 */
void results_shoot(struct collect *c, struct program *program)
{
	const struct collect_look *effects = &c->config.look;
	struct place *place = program->place;

	if (!may_start(program) || place->fd < 0 || !place->result_count)
		return;
	if (place->settled || injected(program))
		return;
	if (effects->hold)
		effects->hold(effects->context, true);
	for (size_t i = 0; i < place->result_count; i++)
		look(c, place, &place->result[i], program->moment);
	if (effects->hold)
		effects->hold(effects->context, false);
}

/* The last look that is not younger than main. */
static const struct result_shot *shot_at(const struct result *result, uint32_t moment)
{
	const struct result_shot *found = NULL;

	for (size_t i = 0; i < result->shot_count; i++)
		if (result->shot[i].moment <= moment)
			found = &result->shot[i];
	return found;
}

void results_settle(struct collect *c)
{
	for (size_t i = 0; i < c->place_count; i++) {
		const struct place *place = c->place[i];

		for (size_t k = 0; place->main && k < place->result_count; k++) {
			const struct result *result = &place->result[k];
			const struct result_shot *shot = shot_at(result, place->main->moment);

			if (shot)
				cln_trace_set_result(c->trace, result->file, &shot->result);
		}
	}
}
