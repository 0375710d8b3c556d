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

static void look(struct collect *c, int root, const char *path, struct cln_trace_result *result)
{
	cln_owned(cln_drop_fd) int fd = open_inside(root, path, O_PATH);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !type_of(st.st_mode))
		return; /* gone, or a device that no image may hold */
	result->type = type_of(st.st_mode);
	result->mode = st.st_mode & 07777;
	result->uid = st.st_uid;
	result->gid = st.st_gid;
	if (result->type == 'f') {
		result->size_bytes = (uint64_t)st.st_size;
		read_content(c, root, path, result);
	} else if (result->type == 'l') {
		char *target = cln_alloc((size_t)st.st_size + 2);
		ssize_t got = readlinkat(fd, "", target, (size_t)st.st_size + 1);

		target[got > 0 ? got : 0] = 0;
		result->link_target = target;
	}
}

/* May this program belong to start-up? Only the end knows; so all but injected. */
static bool may_start(const struct program *program)
{
	return program->place->kind == PLACE_CONTAINER;
}

void results_touch(struct collect *c, struct program *program, uint32_t file, const char *path,
	uint32_t access)
{
	struct place *place = program->place;
	struct result *result;
	union table_value *slot;

	(void)c;
	if (!may_start(program) || !(access & CLN_ACCESS_WRITES) ||
		access & (CLN_MISSING | CLN_DENIED))
		return;
	slot = table_put(&place->by_file, file);
	if (!slot->number) {
		result = &CLN_PUSH(place->result, place->result_count, place->result_room);
		result->file = file;
		result->path = cln_strdup(path);
		slot->number = place->result_count;
	}
	result = &place->result[slot->number - 1];
	result->dirty = true;
	place->dirty = true;
}

/*
 * A program begins in a container: what was changed up to now is looked at,
 * because it may be main. The processes are held still meanwhile.
 */
void results_shoot(struct collect *c, struct program *program)
{
	const struct collect_look *effects = &c->config.look;
	struct place *place = program->place;

	if (!may_start(program) || place->fd < 0 || !place->dirty)
		return;
	if (effects->hold)
		effects->hold(effects->context, true);
	for (size_t i = 0; i < place->result_count; i++) {
		struct result *result = &place->result[i];
		struct result_shot *shot;

		if (!result->dirty)
			continue;
		shot = &CLN_PUSH(result->shot, result->shot_count, result->shot_room);
		shot->moment = program->moment;
		look(c, place->fd, result->path, &shot->result);
		result->dirty = false;
	}
	place->dirty = false;
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
