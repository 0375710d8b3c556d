// SPDX-License-Identifier: Apache-2.0
#include "profiler/spawn.h"

#include "common/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

struct identity {
	bool wanted;
	uid_t uid;
	gid_t gid;
	const char *name; /* for the supplementary groups; NULL: none */
};

static int parse_id(const char *text, char **end, uint32_t *id)
{
	unsigned long value;

	errno = 0;
	value = strtoul(text, end, 10);
	if (errno || *end == text || value >= UINT32_MAX)
		return -EINVAL;
	*id = (uint32_t)value;
	return 0;
}

static int find_user(const char *user, struct identity *identity, struct cln_err *err)
{
	const struct passwd *known;
	char *end;

	if (!user)
		return 0;
	identity->wanted = true;
	known = getpwnam(user);
	if (!known && parse_id(user, &end, &identity->uid) == 0) {
		identity->gid = identity->uid;
		if (*end == ':' && parse_id(end + 1, &end, &identity->gid) == 0 && !*end)
			return 0;
		if (*end)
			return cln_usage(err, "--user %s: neither a name nor uid[:gid]", user);
		known = getpwuid(identity->uid);
		if (!known)
			return 0;
	}
	if (!known)
		return cln_usage(err, "--user %s: no such user", user);
	identity->uid = known->pw_uid;
	identity->gid = known->pw_gid;
	identity->name = known->pw_name;
	return 0;
}

static int become(const struct identity *who)
{
	if (!who->wanted)
		return 0;
	if (who->name ? initgroups(who->name, who->gid) : setgroups(0, NULL))
		return -errno;
	if (setresgid(who->gid, who->gid, who->gid) || setresuid(who->uid, who->uid, who->uid))
		return -errno;
	return 0;
}

static void child(
	int go, int failure, char *const *argv, const struct identity *who, const sigset_t *mask)
{
	char byte;
	int r;

	if (read(go, &byte, 1) != 1)
		_exit(125); /* the profiler failed, or was killed */
	r = become(who);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (!r) {
		execvp(argv[0], argv);
		r = -errno;
	}
	if (write(failure, &r, sizeof(r)) < 0)
		_exit(125);
	_exit(-r == ENOENT ? 127 : 126);
}

void spawn_helper(void)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t all;

	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

int spawn_prepare(struct spawn *spawn, char *const *argv, const char *user, const struct cgroup *cg,
	const sigset_t *mask, struct cln_err *err)
{
	struct identity who = {};
	int go[2], failure[2];
	int r = find_user(user, &who, err);

	if (r < 0)
		return r;
	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(failure, O_CLOEXEC) < 0)
		return cln_fail(err, errno, "pipe: %m");
	spawn->go = go[1];
	spawn->failure = failure[0];
	spawn->pid = fork();
	if (spawn->pid == 0) {
		close(go[1]);
		close(failure[0]);
		child(go[0], failure[1], argv, &who, mask);
	}
	close(go[0]);
	close(failure[1]);
	if (spawn->pid < 0) {
		spawn->pid = 0;
		return cln_fail(err, errno, "fork: %m");
	}
	return cgroup_add(cg, spawn->pid, err);
}

int spawn_go(struct spawn *spawn, const char *program, struct cln_err *err)
{
	int failed = 0;
	ssize_t got;

	if (write(spawn->go, "g", 1) != 1)
		return cln_fail(err, errno, "starting %s: %m", program);
	do {
		got = read(spawn->failure, &failed, sizeof(failed));
	} while (got < 0 && errno == EINTR);
	if (got != sizeof(failed))
		return 0; /* closed by the exec */
	spawn->ended = true;
	spawn->status = -failed == ENOENT ? 127 : 126;
	return cln_fail(err, -failed, "%s: %m", program);
}

void spawn_reap(struct spawn *spawn)
{
	int status;

	if (!spawn->pid || spawn->ended || waitpid(spawn->pid, &status, WNOHANG) != spawn->pid)
		return;
	spawn->ended = true;
	spawn->pid = 0;
	spawn->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void spawn_release(struct spawn *spawn)
{
	cln_drop_fd(&spawn->go);
	cln_drop_fd(&spawn->failure);
	spawn->go = spawn->failure = -1;
	if (spawn->pid) {
		/* Never let go, or its exec failed: it ends by itself. */
		while (waitpid(spawn->pid, NULL, 0) < 0 && errno == EINTR)
			;
		spawn->pid = 0;
	}
}
