// SPDX-License-Identifier: Apache-2.0
#include "common/scratch.h"

#include "common/file.h"
#include "common/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define REMOVE_TRIES 50 /* other threads may still fill a folder */

static struct {
	pthread_mutex_t lock;
	char **path;
	size_t count, room;
	pid_t child;
	pthread_t guard;
	bool guarded;
} scratch = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void ending_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

bool cln_scratch_dir(char *name)
{
	bool made;

	pthread_mutex_lock(&scratch.lock);
	made = mkdtemp(name) != NULL;
	if (made)
		CLN_PUSH(scratch.path, scratch.count, scratch.room) = cln_strdup(name);
	pthread_mutex_unlock(&scratch.lock);
	return made;
}

int cln_scratch_file(char *name, int suffix_length)
{
	int fd;

	pthread_mutex_lock(&scratch.lock);
	fd = mkostemps(name, suffix_length, O_CLOEXEC);
	if (fd >= 0)
		CLN_PUSH(scratch.path, scratch.count, scratch.room) = cln_strdup(name);
	pthread_mutex_unlock(&scratch.lock);
	return fd;
}

void cln_scratch_forget(const char *path)
{
	pthread_mutex_lock(&scratch.lock);
	for (size_t i = 0; i < scratch.count; i++) {
		if (strcmp(scratch.path[i], path) != 0)
			continue;
		free(scratch.path[i]);
		scratch.path[i] = scratch.path[--scratch.count];
		break;
	}
	if (!scratch.count) {
		free(scratch.path);
		scratch.path = NULL;
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
	CLN_PUSH(scratch.path, scratch.count, scratch.room) = cln_strdup(path);
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

/* The list is locked: nothing new is made, though what is open may still grow. */
static void remove_all(void)
{
	static const struct timespec pause = { .tv_nsec = 10000000 };

	for (size_t i = 0; i < scratch.count; i++) {
		struct cln_err ignored = { 0 };

		for (int tries = REMOVE_TRIES;
			cln_remove_tree(scratch.path[i], &ignored) < 0 && --tries;)
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
