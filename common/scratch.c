// SPDX-License-Identifier: Apache-2.0
#include "common/scratch.h"

#include "common/file.h"
#include "common/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define REMOVE_TRIES 50 /* other threads may still fill a folder */

struct item {
	char *path;
	int lock; /* shows that its maker lives; -1: none */
};

static struct {
	pthread_mutex_t lock, commit;
	struct item *item;
	size_t count, room;
	pid_t child;
	pthread_t guard;
	bool guarded;
} scratch = { .lock = PTHREAD_MUTEX_INITIALIZER, .commit = PTHREAD_MUTEX_INITIALIZER };

static void ending_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

static void remember(const char *path, int lock)
{
	CLN_PUSH(scratch.item, scratch.count, scratch.room) =
		(struct item){ cln_strdup(path), lock };
}

/* Ours, and still there: who sweeps may have come between making and locking. */
static bool lock_new(int fd, const char *path)
{
	struct stat mine, there;

	return !flock(fd, LOCK_EX | LOCK_NB) && !fstat(fd, &mine) && !lstat(path, &there) &&
	       mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

/* One more of that name, locked; -1 with errno. For a folder, lock is its descriptor. */
static int make_locked(char *name, int suffix_length, bool is_dir)
{
	cln_owned(cln_drop_mem) char *pattern = cln_strdup(name);
	int fd = -1;

	for (int tries = 0; tries < 100; tries++) {
		memcpy(name, pattern, strlen(pattern) + 1);
		if (is_dir && !mkdtemp(name))
			return -1;
		fd = is_dir ? open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
			    : mkostemps(name, suffix_length, O_CLOEXEC);
		if (is_dir && fd < 0 && errno == ENOENT)
			continue; /* swept as soon as it was there */
		if (fd < 0 || lock_new(fd, name))
			return fd;
		if (errno == ENOLCK || errno == EOPNOTSUPP) /* no locks there: nobody sweeps */
			return fd;
		close(fd);
	}
	errno = EAGAIN;
	return -1;
}

bool cln_scratch_dir(char *name)
{
	int fd;

	pthread_mutex_lock(&scratch.lock);
	fd = make_locked(name, 0, true);
	if (fd >= 0)
		remember(name, fd);
	pthread_mutex_unlock(&scratch.lock);
	return fd >= 0;
}

int cln_scratch_file(char *name, int suffix_length)
{
	int fd;

	pthread_mutex_lock(&scratch.lock);
	fd = make_locked(name, suffix_length, false);
	if (fd >= 0) /* the copy keeps the lock when the caller closes before it renames */
		remember(name, fcntl(fd, F_DUPFD_CLOEXEC, 0));
	pthread_mutex_unlock(&scratch.lock);
	return fd;
}

static bool is_left(const char *name, const char *prefix, const char *suffix)
{
	size_t length = strlen(name), head = strlen(prefix), tail = strlen(suffix);

	return length == head + 6 + tail && !strncmp(name, prefix, head) &&
	       !strcmp(name + length - tail, suffix);
}

/* Only a regular file or a folder of our user is ours; nobody else can lock it meanwhile. */
static void sweep_one(int folder, const char *path, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct cln_err ignored = { 0 };
	struct stat st;

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) &&
		st.st_uid == geteuid() && !flock(fd, LOCK_EX | LOCK_NB))
		cln_remove_tree(path, &ignored);
	close(fd);
}

void cln_scratch_sweep(const char *folder, const char *prefix, const char *suffix)
{
	int error = errno;
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cln_owned(cln_drop_mem) char *path = NULL;

		if (!is_left(entry->d_name, prefix, suffix))
			continue;
		path = cln_format("%s/%s", folder, entry->d_name);
		sweep_one(dirfd(dir), path, entry->d_name);
	}
	if (dir)
		closedir(dir);
	errno = error;
}

void cln_scratch_forget(const char *path)
{
	pthread_mutex_lock(&scratch.lock);
	for (size_t i = 0; i < scratch.count; i++) {
		if (strcmp(scratch.item[i].path, path) != 0)
			continue;
		free(scratch.item[i].path);
		if (scratch.item[i].lock >= 0)
			close(scratch.item[i].lock);
		scratch.item[i] = scratch.item[--scratch.count];
		break;
	}
	if (!scratch.count) {
		free(scratch.item);
		scratch.item = NULL;
		scratch.room = 0;
	}
	pthread_mutex_unlock(&scratch.lock);
}

void cln_scratch_remove(const char *path)
{
	struct cln_err ignored = { 0 };
	int error = errno;

	cln_remove_tree(path, &ignored);
	cln_scratch_forget(path);
	errno = error;
}

void cln_scratch_add(const char *path)
{
	pthread_mutex_lock(&scratch.lock);
	remember(path, -1);
	pthread_mutex_unlock(&scratch.lock);
}

void cln_scratch_hold(void)
{
	pthread_mutex_lock(&scratch.lock);
}

void cln_scratch_child(pid_t pid)
{
	scratch.child = pid;
	pthread_mutex_unlock(&scratch.lock);
}

void cln_scratch_commit_begin(void)
{
	pthread_mutex_lock(&scratch.commit);
}

void cln_scratch_commit_end(void)
{
	pthread_mutex_unlock(&scratch.commit);
}

/* The list is locked: nothing new is made, though what is open may still grow. */
static void remove_all(void)
{
	static const struct timespec pause = { .tv_nsec = 10000000 };

	for (size_t i = 0; i < scratch.count; i++) {
		struct cln_err ignored = { 0 };

		for (int tries = REMOVE_TRIES;
			cln_remove_tree(scratch.item[i].path, &ignored) < 0 && --tries;)
			nanosleep(&pause, NULL);
	}
}

static void *guard(void *set)
{
	sigset_t caught;
	int number = 0, state;

	if (sigwait(set, &number) != 0)
		return NULL;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_mutex_lock(&scratch.commit);
	pthread_mutex_lock(&scratch.lock);
	if (scratch.child > 0)
		kill(scratch.child, SIGTERM);
	remove_all();
	signal(number, SIG_DFL);
	sigemptyset(&caught);
	sigaddset(&caught, number);
	raise(number);
	pthread_sigmask(SIG_UNBLOCK, &caught, NULL);
	_exit(128 + number); /* process 1 of a container: the default did nothing */
}

int cln_scratch_guard(struct cln_err *err)
{
	static sigset_t set;
	int r;

	ending_signals(&set);
	if ((r = pthread_sigmask(SIG_BLOCK, &set, NULL)) != 0)
		return cln_fail(err, r, "block signals: %m");
	if ((r = pthread_create(&scratch.guard, NULL, guard, &set)) != 0)
		return cln_fail(err, r, "start a thread: %m");
	scratch.guarded = true;
	return 0;
}

void cln_scratch_unguard(void)
{
	if (!scratch.guarded)
		return;
	pthread_cancel(scratch.guard);
	pthread_join(scratch.guard, NULL);
	scratch.guarded = false;
}
