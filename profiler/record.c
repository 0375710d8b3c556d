// SPDX-License-Identifier: Apache-2.0
#include "profiler/record.h"

#include "common/path.h"

#include <errno.h>
#include <string.h>

struct cursor {
	const char *at;
	size_t left;
	bool bad;
};

static const char *take(struct cursor *in, size_t size)
{
	const char *at = in->at;

	if (in->bad || size > in->left) {
		in->bad = true;
		return NULL;
	}
	in->at += size;
	in->left -= size;
	return at;
}

/* A string of size bytes, whose last is its only NUL; NULL where size is 0. */
static const char *take_string(struct cursor *in, size_t size)
{
	const char *text = take(in, size);

	if (!size || in->bad)
		return NULL;
	if (memchr(text, 0, size) != text + size - 1)
		in->bad = true;
	return text;
}

static void take_walk(struct cursor *in, size_t size, uint8_t how, struct record_walk *walk)
{
	walk->names = take(in, size);
	walk->length = size;
	walk->how = how;
	if (!in->bad && size && walk->names[size - 1])
		in->bad = true;
}

static void decode_path(struct cursor *in, const struct ev_path *ev, struct record_path *path)
{
	path->op = ev->op;
	path->nr = ev->nr;
	path->ret = ev->ret;
	path->arg = ev->arg;
	path->mode = ev->mode;
	path->dev = ev->dev;
	path->gen = ev->gen;
	path->ino = ev->ino;
	path->size = ev->size;
	path->cookie = ev->cookie;
	path->str[0] = take_string(in, ev->str1_len);
	path->str[1] = take_string(in, ev->str2_len);
	take_walk(in, ev->base1_len, ev->base1_walk, &path->base[0]);
	take_walk(in, ev->base2_len, ev->base2_walk, &path->base[1]);
	take_walk(in, ev->target_len, ev->target_walk, &path->target);
	if (ev->op == EV_OP_NONE || ev->op >= EV_OPS)
		in->bad = true;
}

static void decode_exec(struct cursor *in, const struct ev_exec *ev, struct record_exec *exec)
{
	const char *groups;

	exec->uid = ev->uid;
	exec->gid = ev->gid;
	exec->umask = ev->umask & 07777;
	exec->dev = ev->dev;
	exec->mode = ev->mode;
	exec->ino = ev->ino;
	exec->cgroup = ev->cgroup;
	exec->argv_bytes = ev->argv_bytes;
	exec->env_bytes = ev->env_bytes;
	exec->root_dev = ev->root_dev;
	exec->root_ino = ev->root_ino;
	exec->fs = ev->fs;
	exec->file = take_string(in, ev->file_len);
	exec->interp = take_string(in, ev->interp_len);
	groups = take(in, ev->groups_len);
	exec->group_count = ev->groups_len / sizeof(uint32_t);
	if (ev->groups_len % sizeof(uint32_t) || exec->group_count > EV_GROUPS_MAX)
		in->bad = true;
	if (!in->bad)
		memcpy(exec->group, groups, ev->groups_len);
	take_walk(in, ev->cwd_len, ev->cwd_walk, &exec->cwd);
	take_walk(in, ev->exe_len, ev->exe_walk, &exec->exe);
	take_walk(in, ev->script_len, ev->script_walk, &exec->script);
	exec->limits = take(in, ev->limits_len);
	exec->limit_count = ev->limits_len / sizeof(struct ev_limit);
	if (ev->limits_len % sizeof(struct ev_limit) || exec->limit_count > EV_LIMITS_MAX)
		in->bad = true;
}

static void decode_text(struct cursor *in, const struct ev_text *ev, struct record *rec)
{
	rec->text.offset = ev->offset;
	rec->text.total = ev->total;
	rec->text.bytes = take(in, ev->text_len);
	rec->text.length = ev->text_len;
	if (ev->offset > ev->total || ev->text_len > ev->total - ev->offset)
		in->bad = true;
}

static void decode_port(const struct ev_port *ev, struct record *rec)
{
	rec->port.family = ev->family;
	rec->port.port = ev->port;
	rec->port.type = ev->type;
	rec->port.protocol = ev->protocol;
	memcpy(rec->port.address, ev->address, sizeof(rec->port.address));
}

static void decode_size(const struct ev_size *ev, struct record *rec)
{
	rec->size.ino = ev->ino;
	rec->size.dev = ev->dev;
	rec->size.gen = ev->gen;
	rec->size.size = ev->size;
}

/* Size of the fixed part; 0: no such type. */
static size_t fixed_size(uint16_t type)
{
	static const size_t sizes[EV_TYPES] = {
		[EV_PATH] = sizeof(struct ev_path),
		[EV_EXEC] = sizeof(struct ev_exec),
		[EV_TEXT] = sizeof(struct ev_text),
		[EV_FORK] = sizeof(struct ev_fork),
		[EV_EXIT] = sizeof(struct ev_exit),
		[EV_MOVE] = sizeof(struct ev_move),
		[EV_SYSCALL] = sizeof(struct ev_syscall),
		[EV_PORT] = sizeof(struct ev_port),
		[EV_SIZE] = sizeof(struct ev_size),
	};

	return type < EV_TYPES ? sizes[type] : 0;
}

/* The fixed part, aligned. */
union event {
	struct ev_head head;
	struct ev_path path;
	struct ev_exec exec;
	struct ev_text text;
	struct ev_fork fork;
	struct ev_exit end;
	struct ev_syscall syscall;
	struct ev_port port;
	struct ev_size size;
};

static void decode_body(struct cursor *in, const union event *ev, struct record *rec)
{
	switch (rec->type) {
	case EV_PATH:
		decode_path(in, &ev->path, &rec->path);
		break;
	case EV_EXEC:
		decode_exec(in, &ev->exec, &rec->exec);
		break;
	case EV_TEXT:
		decode_text(in, &ev->text, rec);
		break;
	case EV_FORK:
		rec->fork.child = ev->fork.child;
		rec->fork.fs = ev->fork.fs;
		rec->fork.child_fs = ev->fork.child_fs;
		break;
	case EV_EXIT:
		rec->end.uid = ev->end.uid;
		rec->end.gid = ev->end.gid;
		break;
	case EV_SYSCALL:
		rec->syscall.nr = ev->syscall.nr;
		break;
	case EV_PORT:
		decode_port(&ev->port, rec);
		break;
	case EV_SIZE:
		decode_size(&ev->size, rec);
		break;
	}
}

int record_decode(const void *data, size_t size, struct record *rec)
{
	struct cursor in = { data, size, false };
	union event ev = {};
	const char *head = take(&in, sizeof(ev.head));
	size_t fixed;

	if (!head)
		return -EBADMSG;
	memcpy(&ev.head, head, sizeof(ev.head));
	fixed = fixed_size(ev.head.type);
	if (!fixed || size < fixed)
		return -EBADMSG;
	memcpy(&ev, data, fixed);
	take(&in, fixed - sizeof(ev.head));
	memset(rec, 0, sizeof(*rec));
	rec->type = ev.head.type;
	rec->flags = ev.head.flags;
	rec->pid = ev.head.pid;
	rec->tid = ev.head.tid;
	rec->mntns = ev.head.mntns;
	rec->ident = ev.head.ident;
	rec->root = ev.head.root;
	decode_body(&in, &ev, rec);
	return in.bad || in.left ? -EBADMSG : 0;
}

int record_walk_text(const struct record_walk *walk, char *out)
{
	size_t at = walk->length;
	size_t used = 0;

	/* Names are ended by NUL and the first one is the last of the path. */
	while (at > 0) {
		size_t start = at - 1;

		while (start > 0 && walk->names[start - 1])
			start--;
		if (used + 1 + (at - 1 - start) + 1 > CLN_PATH_MAX)
			return -ENAMETOOLONG;
		out[used++] = '/';
		memcpy(out + used, walk->names + start, at - 1 - start);
		used += at - 1 - start;
		at = start;
	}
	if (!used)
		out[used++] = '/';
	out[used] = 0;
	return (int)used;
}
