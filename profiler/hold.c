// SPDX-License-Identifier: Apache-2.0
#include "profiler/hold.h"

#include "common/file.h"
#include "common/path.h"
#include "profiler/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define STILL_TRIES 50	 /* of 200 us */
#define REMOVE_TRIES 600 /* of 1 s */

/* Are we in cg or below it? Then freezing would stop us too. */
static bool inside(const struct cgroup *cg)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err ignored = {};
	size_t size;
	const char *line;
	size_t length;

	if (cln_read_file("/proc/self/cgroup", 65536, &text, &size, &ignored) < 0)
		return true;
	line = strstr(text, "0::");
	if (!line)
		return false;
	line += 3;
	length = strcspn(line, "\n");
	text[(size_t)(line - text) + length] = 0;
	/* cg->path is MOUNT + our path where we are in it. */
	for (const char *rest = cg->path; rest; rest = strchr(rest + 1, '/'))
		if (length > 1 && cln_path_within(line, rest))
			return true;
	return false;
}

static void guard_run(int end, const struct cgroup *cg)
{
	char byte;
	ssize_t got;

	spawn_helper();
	setsid();
	do {
		got = read(end, &byte, 1);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		_exit(0); /* goodbye */
	cgroup_freeze(cg, false);
	for (int i = 0; cg->created && i < REMOVE_TRIES && rmdir(cg->path) < 0; i++) {
		if (errno != EBUSY)
			break;
		usleep(i < 20 ? 50000 : 1000000);
	}
	_exit(0);
}

int hold_init(struct hold *hold, const struct cgroup *cg, struct cln_err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cln_fail(err, errno, "pipe: %m");
	hold->guard = fork();
	if (hold->guard == 0) {
		close(ends[1]);
		guard_run(ends[0], cg);
	}
	close(ends[0]);
	hold->pipe = ends[1];
	if (hold->guard < 0) {
		hold->guard = 0;
		return cln_fail(err, errno, "fork: %m");
	}
	if (!inside(cg))
		hold->cg = cg;
	return 0;
}

static bool stands_still(const struct cgroup *cg)
{
	cln_owned(cln_drop_fd) int fd = openat(cg->dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[256];
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (got < 0)
		return true;
	text[got] = 0;
	return strstr(text, "frozen 1");
}

static void hold_first(struct hold *hold)
{
	if (cgroup_freeze(hold->cg, true) < 0)
		return;
	hold->times++;
	for (int i = 0; i < STILL_TRIES && !stands_still(hold->cg); i++)
		usleep(200);
}

void hold_on(struct hold *hold)
{
	if (!hold->cg)
		return;
	pthread_mutex_lock(&hold->lock);
	if (!hold->depth++)
		hold_first(hold);
	pthread_mutex_unlock(&hold->lock);
}

void hold_off(struct hold *hold)
{
	if (!hold->cg)
		return;
	pthread_mutex_lock(&hold->lock);
	if (hold->depth && !--hold->depth)
		cgroup_freeze(hold->cg, false);
	pthread_mutex_unlock(&hold->lock);
}

void hold_release(struct hold *hold)
{
	if (hold->cg && hold->depth)
		cgroup_freeze(hold->cg, false);
	if (hold->pipe >= 0) {
		if (write(hold->pipe, "b", 1) < 0)
			kill(hold->guard, SIGKILL);
		close(hold->pipe);
		hold->pipe = -1;
	}
	if (hold->guard > 0)
		while (waitpid(hold->guard, NULL, 0) < 0 && errno == EINTR)
			;
	hold->guard = 0;
}
