// SPDX-License-Identifier: Apache-2.0
#include "packager/model/skopeo.h"

#include "common/file.h"
#include "common/mem.h"
#include "common/scratch.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int skopeo_place(const char *tmp_dir, struct skopeo_copy *out, struct cln_err *err)
{
	const char *base = tmp_dir ? tmp_dir : getenv("TMPDIR");

	*out = (struct skopeo_copy)SKOPEO_NO_COPY;
	base = base && *base ? base : "/var/tmp";
	cln_scratch_sweep(base, "clnimg-copy-", "");
	out->dir = cln_format("%s/clnimg-copy-XXXXXX", base);
	if (!cln_scratch_dir(out->dir)) {
		cln_fail(err, errno, "temporary folder %s: %m", out->dir);
		free(cln_steal(&out->dir));
		return -err->code;
	}
	if (strchr(out->dir, ':')) { /* a colon ends the path of a reference */
		cln_scratch_remove(out->dir);
		free(cln_steal(&out->dir));
		return cln_fail(
			err, EINVAL, "the temporary folder's name holds a colon: set TMPDIR");
	}
	out->ref = cln_format("oci:%s/layout:image", out->dir);
	return 0;
}

void skopeo_copy_release(struct skopeo_copy *copy)
{
	if (copy->dir)
		cln_scratch_remove(copy->dir);
	free(copy->dir);
	free(copy->ref);
	*copy = (struct skopeo_copy)SKOPEO_NO_COPY;
}

/* With no signals blocked, in a group of its own: a terminal's signal comes to us, and
 * we end it (scratch.h). */
static int spawn(const char *const *argv, int out_fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int r = posix_spawnattr_init(&attr);

	if (r)
		return r;
	r = posix_spawn_file_actions_init(&actions);
	if (r) {
		posix_spawnattr_destroy(&attr);
		return r;
	}
	if (out_fd >= 0)
		posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	r = posix_spawnp(pid, argv[0], &actions, &attr, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return r;
}

/* out_fd takes its output; -1: ours does. */
static int skopeo_run(const char *const *argv, const char *verb, const char *what, int out_fd,
	struct cln_err *err)
{
	pid_t pid;
	int status, r;

	cln_scratch_hold();
	r = spawn(argv, out_fd, &pid);
	cln_scratch_child(r ? 0 : pid);
	if (r == ENOENT)
		return cln_fail(err, ENOENT,
			"%s: needs skopeo, which is not installed; oci:, oci-archive: and "
			"docker-archive: do not",
			what);
	if (r)
		return cln_fail(err, r, "%s: skopeo: %m", what);
	while ((r = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	cln_scratch_hold();
	cln_scratch_child(0);
	if (r < 0)
		return cln_fail(err, errno, "%s: skopeo: %m", what);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return cln_fail(err, EIO, "%s: skopeo %s failed (%s %d)", what, verb,
		WIFSIGNALED(status) ? "signal" : "exit status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

int skopeo_pull(const struct ref *ref, const char *tmp_dir, const char *platform,
	struct skopeo_copy *out, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *copy = platform ? cln_strdup(platform) : NULL;
	const char *argv[16] = { "skopeo", "copy", "--quiet" };
	size_t count = 3;
	char *rest = copy;

	if (copy) {
		static const char *const option[] = { "--override-os", "--override-arch",
			"--override-variant" };

		argv[1] = NULL; /* the overrides are global options: in front of the command */
		count = 1;
		for (size_t i = 0; i < CLN_COUNT(option) && rest; i++) {
			argv[count++] = option[i];
			argv[count++] = strsep(&rest, "/");
		}
		argv[count++] = "copy";
		argv[count++] = "--quiet";
	}
	if (skopeo_place(tmp_dir, out, err) < 0)
		return -err->code;
	argv[count++] = ref->text;
	argv[count] = out->ref;
	if (skopeo_run(argv, "copy", ref->text, -1, err) < 0) {
		skopeo_copy_release(out);
		return -err->code;
	}
	return 0;
}

int skopeo_manifest(const char *ref, size_t ceiling, char **text, size_t *size, struct cln_err *err)
{
	const char *argv[] = { "skopeo", "inspect", "--raw", ref, NULL };
	cln_owned(cln_drop_fd) int fd = memfd_create("clnimg-manifest", MFD_CLOEXEC);
	cln_owned(cln_drop_mem) char *data = NULL;
	off_t end;

	if (fd < 0)
		return cln_fail(err, errno, "%s: %m", ref);
	if (skopeo_run(argv, "inspect", ref, fd, err) < 0)
		return -err->code;
	end = lseek(fd, 0, SEEK_END);
	if (end < 0 || (uint64_t)end > ceiling)
		return cln_fail(err, EFBIG, "%s: a manifest of more than %zu bytes", ref, ceiling);
	data = cln_alloc((size_t)end + 1);
	if (pread(fd, data, (size_t)end, 0) != end)
		return cln_fail(err, EIO, "%s: its manifest cannot be read", ref);
	*text = cln_steal(&data);
	*size = (size_t)end;
	return 0;
}

int skopeo_push(const char *from, const char *to, bool all, struct cln_err *err)
{
	const char *argv[] = { "skopeo", "copy", "--quiet", from, to, all ? "--all" : NULL, NULL };

	return skopeo_run(argv, "copy", to, -1, err);
}
