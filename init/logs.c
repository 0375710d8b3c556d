// SPDX-License-Identifier: Apache-2.0
#include "init/logs.h"

#include "init/place.h"
#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define ROUNDS_MAX 64 /* blocks taken from one source before signals are looked at again */
#define DRAIN_MS 1000 /* how long the end may wait for a stream that takes nothing */

#define RWF_NO_WAIT 8 /* RWF_NOWAIT, linux/fs.h */

#ifndef FALLOC_FL_PUNCH_HOLE
#define FALLOC_FL_KEEP_SIZE 1
#define FALLOC_FL_PUNCH_HOLE 2
#endif

static void fifo_ready(void *of, int fd);

/* What the stream took of it; 0 when it takes nothing now. Never blocks on a pipe. */
static size_t stream_write(int fd, char *text, size_t size)
{
	struct iovec part = { text, size };
	struct pollfd room = { fd, POLLOUT, 0 };
	ssize_t n = syscall(SYS_pwritev2, fd, &part, 1, -1L, -1L, RWF_NO_WAIT);

	if (n < 0 &&
		(errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL || errno == EPERM)) {
		if (poll(&room, 1, 0) <= 0)
			return 0;
		n = write(fd, text, size);
	}
	if (n < 0 && errno == EAGAIN)
		return 0;
	return n < 0 ? size : (size_t)n; /* nobody reads it any more: let it go */
}

static void fifo_events(struct logs *logs, short events)
{
	for (unsigned i = 0; i < logs->watches->count; i++)
		if (logs->watches->slot[i].ready == fifo_ready)
			logs->watches->slot[i].events = events;
}

/* Write the first size bytes of the source's line; 0 or -EAGAIN. */
static int source_flush(struct logs *logs, struct logs_source *s, unsigned size)
{
	int stream = logs->rule[s->rule].to_stderr ? 2 : 1;
	unsigned done = 0;

	while (done < size) {
		size_t n = stream_write(stream, s->line + done, size - done);

		if (n == 0) {
			logs->blocked = stream;
			break;
		}
		done += (unsigned)n;
	}
	memmove(s->line, s->line + done, s->used - done);
	s->used -= done;
	return done == size ? 0 : -EAGAIN;
}

static int source_lines(struct logs *logs, struct logs_source *s)
{
	const char *end = memrchr(s->line, '\n', s->used);
	unsigned size = end			   ? (unsigned)(end - s->line) + 1
			: s->used == LOGS_LINE_MAX ? s->used
						   : 0;

	return size ? source_flush(logs, s, size) : 0;
}

static ssize_t source_read(struct logs_source *s)
{
	char *to = s->line + s->used;
	size_t room = LOGS_LINE_MAX - s->used;
	struct stat st;
	ssize_t n;

	if (s->fifo)
		return read(s->fd, to, room);
	if (fstat(s->fd, &st) == 0 && st.st_size < s->offset)
		s->offset = 0; /* truncated by its writer */
	n = pread(s->fd, to, room, s->offset);
	if (n <= 0)
		return n;
	s->offset += n;
	fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, s->offset - n, n);
	return n;
}

/* Copy what is there, at most some rounds. 1 where more may be left. */
static int source_drain(struct logs *logs, struct logs_source *s)
{
	for (int i = 0; i < ROUNDS_MAX; i++) {
		ssize_t n;

		if (source_lines(logs, s) < 0)
			return 1;
		n = source_read(s);
		if (n <= 0)
			return 0;
		s->used += (unsigned)n;
	}
	return 1;
}

static void stream_ready(void *of, int fd);

static void drain_all(struct logs *logs)
{
	for (unsigned i = 0; i < LOGS_SOURCES_MAX && !logs->blocked; i++)
		if (logs->source[i].fd >= 0)
			source_drain(logs, &logs->source[i]);
	if (!logs->blocked)
		return;
	/* Ask for nothing but the stream until it takes more. */
	if (watch_add(logs->watches, (struct watch){ logs->blocked, POLLOUT, stream_ready, logs }) <
		0)
		logs->blocked = 0;
	else
		fifo_events(logs, 0);
}

static void stream_ready(void *of, int fd)
{
	struct logs *logs = of;

	watch_drop(logs->watches, fd);
	logs->blocked = 0;
	fifo_events(logs, POLLIN);
	drain_all(logs);
}

static void fifo_ready(void *of, int fd)
{
	(void)fd;
	drain_all(of);
}

/* A slot: a free one, or that of a file whose name is gone or was moved on. */
static struct logs_source *source_slot(struct logs *logs)
{
	struct logs_source *gone = &logs->source[0];

	for (unsigned i = 0; i < LOGS_SOURCES_MAX; i++) {
		struct logs_source *s = &logs->source[i];
		struct stat st;

		if (s->fd < 0)
			return s;
		if (fstat(s->fd, &st) == 0 && st.st_nlink == 0)
			gone = s;
	}
	source_drain(logs, gone);
	watch_drop(logs->watches, gone->fd);
	close(gone->fd);
	gone->fd = -1;
	return gone;
}

static void source_add(struct logs *logs, unsigned rule, int fd, const struct stat *st)
{
	struct logs_source *s = source_slot(logs);

	s->fd = fd;
	s->rule = (uint8_t)rule;
	s->fifo = S_ISFIFO(st->st_mode);
	s->inode = st->st_ino;
	s->offset = 0;
	s->used = 0;
	if (s->fifo) {
		if (watch_add(logs->watches, (struct watch){ fd, POLLIN, fifo_ready, logs }) < 0) {
			close(fd);
			s->fd = -1;
		}
		return;
	}
	char link[64];

	text_join(link, sizeof(link), "/proc/self/fd/", DEC(fd), END);
	inotify_add_watch(logs->notify, link, IN_MODIFY);
}

static int source_known(const struct logs *logs, const struct stat *st)
{
	for (unsigned i = 0; i < LOGS_SOURCES_MAX; i++)
		if (logs->source[i].fd >= 0 && logs->source[i].inode == st->st_ino)
			return 1;
	return 0;
}

/* Take over whatever now bears the name, if it is a plain file or a FIFO. */
static void adopt(struct logs *logs, unsigned rule, const char *path, int from_end)
{
	int fd = sys_open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0)
		fd = sys_open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0);
	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode)) ||
		source_known(logs, &st)) {
		close(fd);
		return;
	}
	source_add(logs, rule, fd, &st);
	for (unsigned i = 0; from_end && i < LOGS_SOURCES_MAX; i++)
		if (logs->source[i].fd == fd)
			logs->source[i].offset = st.st_size;
}

/* A FIFO at the rule's path; what stands there is replaced if it is ours and plain or a FIFO. */
static int fifo_make(struct logs *logs, unsigned rule, struct fail *err)
{
	const char *path = logs->rule[rule].path;
	struct stat st;

	if (lstat(path, &st) == 0 && st.st_uid == geteuid() &&
		(S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode)))
		unlink(path);
	if (mkfifo(path, 0622) < 0)
		return FAIL(err, ERRNO, "log ", path);
	chmod(path, 0622); /* whatever the umask: programs of other users may write */
	adopt(logs, rule, path, 0);
	return 0;
}

static const char *rule_name(const struct logs_rule *rule)
{
	return strrchr(rule->path, '/') + 1;
}

static void name_event(struct logs *logs, unsigned i, const struct inotify_event *event)
{
	const struct logs_rule *rule = &logs->rule[i];
	char path[2 * LOGS_NAME_MAX];
	size_t dir = (size_t)(rule_name(rule) - rule->path);

	if (rule->watch != event->wd || !event->len ||
		!(rule->pattern ? text_glob(rule_name(rule), event->name)
				: text_same(rule_name(rule), event->name)))
		return;
	if (event->mask & (IN_MOVED_FROM | IN_DELETE)) {
		/* EEXIST: the program was quicker, and its file is the next event's matter. */
		if (!rule->tail && mkfifo(rule->path, 0622) == 0) {
			chmod(rule->path, 0622);
			adopt(logs, i, rule->path, 0);
		}
		return;
	}
	text_join(path, dir + 1, rule->path, END);
	text_join(path + dir, sizeof(path) - dir, event->name, END);
	adopt(logs, i, path, 0);
}

static void notify_ready(void *of, int fd)
{
	_Alignas(struct inotify_event) char block[4096];
	struct logs *logs = of;
	ssize_t n = read(fd, block, sizeof(block));

	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *event = (const void *)(block + at);

		at += (ssize_t)sizeof(*event) + event->len;
		for (unsigned i = 0; i < logs->rules; i++)
			name_event(logs, i, event);
	}
	if (!logs->blocked)
		drain_all(logs);
}

static int rule_open(struct logs *logs, const struct log_rule *from, struct fail *err)
{
	struct logs_rule *rule = &logs->rule[logs->rules];
	char dir[LOGS_NAME_MAX];
	int r;

	if (strlen(from->path) >= sizeof(rule->path))
		return FAIL(err, ENAMETOOLONG, "log ", from->path);
	text_join(rule->path, sizeof(rule->path), from->path, END);
	rule->to_stderr = from->to_stderr;
	rule->tail = from->tail;
	rule->pattern = from->pattern;
	r = place_parents(rule->path, err);
	if (r < 0)
		return r;
	text_join(dir, (size_t)(rule_name(rule) - rule->path) + 1, rule->path, END);
	rule->watch = inotify_add_watch(logs->notify, dir,
		IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR);
	if (rule->watch < 0)
		return FAIL(err, ERRNO, "log ", dir);
	logs->rules++;
	if (!rule->tail)
		return fifo_make(logs, logs->rules - 1, err);
	if (!rule->pattern)
		adopt(logs, logs->rules - 1, rule->path, 1);
	return 0;
}

int logs_open(
	struct logs *logs, const struct launch *launch, struct watches *watches, struct fail *err)
{
	if (!launch->logs)
		return 0;
	logs->watches = watches;
	for (unsigned i = 0; i < LOGS_SOURCES_MAX; i++)
		logs->source[i].fd = -1;
	logs->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (logs->notify < 0)
		return FAIL(err, ERRNO, "inotify");
	watch_add(watches, (struct watch){ logs->notify, POLLIN, notify_ready, logs });
	for (unsigned i = 0; i < launch->logs; i++) {
		int r = rule_open(logs, &launch->log[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

void logs_drain(struct logs *logs)
{
	if (!logs->rules)
		return;
	notify_ready(logs, logs->notify); /* files that came at the very end */
	for (unsigned i = 0; i < LOGS_SOURCES_MAX; i++) {
		struct logs_source *s = &logs->source[i];
		struct pollfd stream = { logs->rule[s->rule].to_stderr ? 2 : 1, POLLOUT, 0 };
		int more = s->fd >= 0;

		while (more && poll(&stream, 1, DRAIN_MS) > 0)
			more = source_drain(logs, s);
		if (s->fd >= 0 && s->used && poll(&stream, 1, DRAIN_MS) > 0)
			source_flush(logs, s, s->used);
	}
}
