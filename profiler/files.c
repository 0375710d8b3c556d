// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

#include "common/path.h"
#include "profiler/climb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

uint64_t files_inode_hash(uint32_t dev, uint32_t gen, uint64_t ino)
{
	uint64_t h = ino * 0x9e3779b97f4a7c15ULL;

	return (h ^ ((uint64_t)dev << 32 | gen)) * 0xff51afd7ed558ccdULL;
}

/* One file entry and what belongs to it. */
struct entry {
	struct collect *c;
	const struct record *rec;
	struct program *program;
	struct place *place;
	bool part; /* asked() gave only the part of the path that was missing */
};

static void note_peak(struct entry *e, uint32_t file)
{
	const struct record_path *path = &e->rec->path;
	uint64_t hash = files_inode_hash(path->dev, path->gen, path->ino);
	union table_value *slot = table_put(&e->c->inodes, hash);
	union table_value *peak = table_find(&e->c->peaks, hash);
	struct written *written;

	for (size_t at = slot->number; at; at = e->c->written[at - 1].next)
		if (e->c->written[at - 1].file == file)
			return;
	written = &CLN_PUSH(e->c->written, e->c->written_count, e->c->written_room);
	written->file = file;
	written->next = slot->number;
	slot->number = e->c->written_count;
	cln_trace_set_peak(e->c->trace, file, CLN_MAX(path->size, peak ? peak->number : 0));
}

static uint32_t add(struct entry *e, const char *path, const char *target, uint32_t access)
{
	struct cln_trace_use use = { e->program->exec, access };
	uint32_t file;

	if (target && !strcmp(path, target))
		target = NULL;
	file = cln_trace_add_file(e->c->trace, e->place->root, path, target, &use);
	if (file == CLN_TRACE_NONE) {
		collect_lose(e->c, COLLECT_TOO_DEEP);
		return file;
	}
	e->c->stats.paths++;
	if (access & (CLN_WRITE | CLN_CREATE) && e->rec->flags & EV_TARGET &&
		S_ISREG(e->rec->path.mode))
		note_peak(e, file);
	results_touch(e->c, e->program, file, target ? target : path, access);
	return file;
}

static bool walk_text(struct collect *c, const struct record_walk *walk, char *out)
{
	if (walk->how & EV_WALK_NAMELESS) {
		collect_lose(c, COLLECT_UNRESOLVED);
		return false;
	}
	if (walk->how & EV_WALK_RACED) {
		collect_lose(c, COLLECT_RACED);
		return false;
	}
	if (walk->how & EV_WALK_CUT || record_walk_text(walk, out) < 0) {
		collect_lose(c, COLLECT_TOO_DEEP);
		return false;
	}
	return true;
}

/* The directory or root that the name started from is the former one: where its
 * fs was last known to stand. */
static bool moved(const struct record_path *path)
{
	return path->ret >= 0 &&
	       (path->op == EV_OP_CHDIR || path->op == EV_OP_CHROOT || path->op == EV_OP_PIVOT);
}

static uint64_t name_hash(const struct place *place, const char *path)
{
	uint64_t h = 0xcbf29ce484222325ULL ^ place->root;

	while (*path)
		h = (h ^ (unsigned char)*path++) * 0x100000001b3ULL;
	return h;
}

/* Where a symlink may have stood that is there no more. */
static void note_link(struct entry *e, const char *path)
{
	const struct record_path *rec = &e->rec->path;

	if (rec->ret >= 0 && (rec->op == EV_OP_SYMLINK || rec->op == EV_OP_UNLINK ||
				     rec->op == EV_OP_RENAME || rec->op == EV_OP_LINK))
		table_put(&e->c->links, name_hash(e->place, path))->number = 1;
}

static int climb_link(void *context, const char *path, char *out)
{
	struct entry *e = context;
	const struct collect_look *look = &e->c->config.look;

	if (e->place->kind != PLACE_HOST && e->place->fd < 0)
		return -ESTALE;
	return look->link(look->context, e->place->fd, path, out);
}

static void climb_left(void *context, const char *path)
{
	struct entry *e = context;
	struct cln_trace_use use = { e->program->exec, CLN_STAT };

	if (e->rec->path.ret >= 0)
		cln_trace_add_file(e->c->trace, e->place->root, path, NULL, &use);
}

/* A name on the way is gone. It was a directory, unless something of that name
 * was made, moved or removed that may have been a symlink. */
static bool was_directory(struct entry *e, const char *path)
{
	char part[CLN_PATH_MAX];

	for (size_t i = 1; path[i - 1]; i++) {
		if (path[i] != '/' && path[i])
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (table_find(&e->c->links, name_hash(e->place, part)))
			return false;
	}
	return true;
}

/* `name/../x`: see climb.h. */
static bool climbed(struct entry *e, const char *from, const char *text, char *out)
{
	struct climb how = { e, climb_link, climb_left };
	int ret = e->rec->path.ret, r = climb(&how, from, text, out);

	if (r >= 0)
		return true;
	if (r == -ENOENT || r == -ENOTDIR) {
		e->part = ret == -ENOENT || ret == -ENOTDIR;
		if (e->part || (was_directory(e, out) && cln_path_join(from, text, out) >= 0))
			return true;
	}
	collect_lose(e->c, r == -ENAMETOOLONG ? COLLECT_TOO_DEEP : COLLECT_UNRESOLVED);
	return false;
}

/* "/proc/self/fd/5/x": what follows the number. NULL: another name. */
static const char *below_descriptor(const char *text)
{
	static const char *const starts[] = { "/proc/self/fd/", "/dev/fd/" };
	size_t length;

	for (size_t i = 0; text && i < CLN_COUNT(starts); i++) {
		length = strlen(starts[i]);
		if (!strncmp(text, starts[i], length)) {
			text += length;
			length = strspn(text, "0123456789");
			return length && (!text[length] || text[length] == '/') ? text + length
										: NULL;
		}
	}
	return NULL;
}

/* The target is what the descriptor in the name leads to, not what the call led to. */
static bool target_is_base(const struct record_path *path)
{
	const char *below = below_descriptor(path->str[0]);

	if (!below || (path->ret >= 0 && (path->op == EV_OP_OPEN || path->op == EV_OP_CHDIR)))
		return false;
	/* A socket's address is not looked behind: it stays as it was given. */
	if (path->op == EV_OP_BIND || path->op == EV_OP_CONNECT)
		return false;
	return *below;
}

/* Where a walk that names are to be added to ended. */
static bool base_text(struct entry *e, const struct record_walk *walk, char *out)
{
	const uint8_t known = EV_WALK_ROOT | EV_WALK_CUT | EV_WALK_RACED | EV_WALK_NAMELESS;

	if (walk->how & known)
		return walk_text(e->c, walk, out);
	collect_lose(e->c, COLLECT_UNRESOLVED);
	return false;
}

/* What string i, which is cut to what is to be added, starts from. */
static bool base_of(struct entry *e, int i, const char **text, char *out)
{
	const struct record_path *path = &e->rec->path;
	const char *from;

	if (!i && target_is_base(path) && (e->rec->flags & EV_TARGET || path->ret >= 0)) {
		*text = below_descriptor(*text) + 1;
		*text += strspn(*text, "/");
		return base_text(e, &path->target, out);
	}
	if (e->rec->flags & (i ? EV_ABSOLUTE2 : EV_ABSOLUTE))
		return true;
	if (!moved(path))
		return base_text(e, &path->base[i], out);
	from = cwd_find(e->c, path->cookie);
	if (from)
		snprintf(out, CLN_PATH_MAX, "%s", from);
	else
		collect_lose(e->c, COLLECT_UNRESOLVED);
	return from;
}

/* The absolute path that string i asked for. */
static bool asked(struct entry *e, int i, char *out)
{
	const char *text = e->rec->path.str[i];
	char from[CLN_PATH_MAX] = "/";

	if (!text || !*text)
		return false; /* "" names nothing, or the descriptor itself */
	if (!base_of(e, i, &text, from))
		return false;
	if (e->c->config.look.link && climb_needed(text))
		return climbed(e, from, text, out);
	if (cln_path_join(from, *text ? text : ".", out) < 0) {
		collect_lose(e->c, COLLECT_TOO_DEEP);
		return false;
	}
	return true;
}

/* The file that the call led to; false where it has no path in this root. */
static bool target(struct entry *e, char *out)
{
	const struct record_path *path = &e->rec->path;

	if (!(e->rec->flags & EV_TARGET) || e->rec->flags & EV_UNLINKED)
		return false;
	if (path->target.how & (EV_WALK_OUTSIDE | EV_WALK_DETACHED) || target_is_base(path))
		return false;
	/* The link of a descriptor is meant, not its file. */
	if ((path->op == EV_OP_READLINK || e->rec->flags & EV_NOFOLLOW) &&
		below_descriptor(path->str[0]))
		return false;
	return walk_text(e->c, &path->target, out);
}

static struct place *host_of(struct collect *c)
{
	for (size_t i = 0; i < c->place_count; i++)
		if (c->place[i]->kind == PLACE_HOST)
			return c->place[i];
	return NULL;
}

/* A descriptor from outside of the process's root, as it is passed into a container
 * or chroot: the profiler's own root may have its path. What has none anywhere
 * (a memfd, a pipe) is no file. */
static void add_outside(struct entry *e, uint32_t access)
{
	const struct record_path *path = &e->rec->path;
	struct place *own = e->place, *host = host_of(e->c);
	char led[CLN_PATH_MAX];

	if (path->str[0] || !(e->rec->flags & EV_TARGET) || e->rec->flags & EV_UNLINKED ||
		!(path->target.how & (EV_WALK_OUTSIDE | EV_WALK_DETACHED)) ||
		!(S_ISREG(path->mode) || S_ISDIR(path->mode)))
		return;
	if (path->target.how & EV_WALK_HOST && host && walk_text(e->c, &path->target, led)) {
		e->place = host;
		add(e, led, NULL, access);
		e->place = own;
	} else if (path->target.how & (EV_WALK_HOST | EV_WALK_ELSEWHERE | EV_WALK_OUTSIDE)) {
		collect_lose(e->c, COLLECT_UNRESOLVED);
	}
}

static bool ends_with(const char *text, const char *end)
{
	size_t have = strlen(text), want = strlen(end);

	return have >= want && !strcmp(text + have - want, end);
}

static void watch_daemon(struct entry *e, const char *path)
{
	if (ends_with(path, "/docker.sock") || ends_with(path, "/podman.sock") ||
		ends_with(path, "/containerd.sock") || ends_with(path, "/buildkitd.sock"))
		e->c->stats.daemon = true;
}

/* How a file written under a temporary name gets its own. */
static void note_renamed(struct entry *e, uint32_t from, uint32_t to)
{
	struct collect *c = e->c;
	const struct record_path *path = &e->rec->path;

	if (path->ret < 0 || (path->op != EV_OP_RENAME && path->op != EV_OP_LINK))
		return;
	if (from == CLN_TRACE_NONE || to == CLN_TRACE_NONE)
		return;
	CLN_PUSH(c->renamed, c->renamed_count, c->renamed_room) = (struct renamed){ from, to, 0 };
	if (path->op == EV_OP_RENAME && path->arg & RENAME_EXCHANGE)
		CLN_PUSH(c->renamed, c->renamed_count, c->renamed_room) =
			(struct renamed){ to, from, 0 };
}

static void add_names(struct entry *e, uint32_t access)
{
	const struct record_path *path = &e->rec->path;
	char name[CLN_PATH_MAX], led[CLN_PATH_MAX];
	bool have_led = target(e, led);
	bool have_name = path->op != EV_OP_SYMLINK && asked(e, 0, name);
	uint32_t first = CLN_TRACE_NONE;

	if (have_name)
		note_link(e, name);
	if (have_name && path->op == EV_OP_CHROOT && path->ret >= 0)
		place_chroot(e->c, e->rec, e->program, name);
	if (have_name)
		first = add(e, name, have_led ? led : NULL, e->part ? CLN_MISSING : access);
	else if (have_led)
		first = add(e, led, NULL, access);
	else
		add_outside(e, access);
	if (have_name && path->op == EV_OP_CONNECT && path->ret >= 0)
		watch_daemon(e, name);
	if (path->op == EV_OP_CHDIR && path->ret >= 0)
		cwd_set(e->c, path->cookie, have_led ? led : NULL);
	e->part = false;
	if (path->str[1] && asked(e, 1, name)) {
		note_link(e, name);
		note_renamed(e, first, add(e, name, NULL, e->part ? CLN_MISSING : access));
	}
}

/* The names of such a call belong to the root that it left. */
static bool moves_root(const struct record_path *path)
{
	return path->ret >= 0 && (path->op == EV_OP_CHROOT || path->op == EV_OP_PIVOT);
}

void files_path(struct collect *c, const struct record *rec)
{
	struct entry e = { .c = c, .rec = rec };

	if (rec->path.op == EV_OP_CWD) {
		char led[CLN_PATH_MAX];

		cwd_set(c, rec->path.cookie, target(&e, led) ? led : NULL);
		return;
	}
	e.program = program_of(c, rec);
	if (!e.program) {
		collect_lose(c, COLLECT_UNKNOWN);
		return;
	}
	if (rec->flags & EV_UNREAD && !rec->path.str[0])
		return; /* counted by the kernel side */
	e.place = moves_root(&rec->path) ? e.program->place : place_of_record(c, rec, e.program);
	if (!e.place) {
		/* Tools of the host that unpack images do so too: those names are nobody's. */
		if (e.program->place && e.program->place->kind != PLACE_HOST)
			collect_process(c, rec->pid)->elsewhere++;
		return;
	}
	e.program->seen_ms = collect_now(c);
	e.program->serves |= rec->path.op == EV_OP_BIND && rec->path.ret >= 0;
	add_names(&e, access_of(&rec->path, rec->flags));
}
