// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/programs.h"

#include "common/defs.h"
#include "common/path.h"
#include "packager/decide/policy.h"

#include <string.h>

/* coreutils, findutils, sed, grep, awk, util-linux and gettext of the entry
 * scripts of official images; busybox has the same names. */
static const char *const plumbing[] = { "[", "arch", "awk", "base64", "basename", "busybox", "cat",
	"chgrp", "chmod", "chown", "cmp", "comm", "cp", "cut", "date", "dd", "df", "diff",
	"dirname", "du", "echo", "egrep", "env", "envsubst", "expr", "false", "fgrep", "find",
	"flock", "gawk", "getconf", "getent", "getopt", "grep", "groups", "gunzip", "gzip", "head",
	"hostname", "id", "install", "ionice", "ip", "jq", "kill", "ldd", "ln", "locale", "logger",
	"ls", "mawk", "md5sum", "mkdir", "mkfifo", "mktemp", "mv", "nice", "nohup", "nproc",
	"numfmt", "od", "paste", "pgrep", "printenv", "printf", "ps", "pwd", "readlink", "realpath",
	"rev", "rm", "rmdir", "sed", "seq", "setarch", "sha256sum", "shuf", "sleep", "sort",
	"split", "stat", "stdbuf", "stty", "sync", "tac", "tail", "tar", "tee", "test", "timeout",
	"touch", "tr", "true", "truncate", "tty", "uname", "uniq", "uuidgen", "wc", "which",
	"whoami", "xargs", "yq" };

static const char *const droppers[] = { "capsh", "chpst", "chroot", "gosu", "runuser",
	"s6-setuidgid", "setpriv", "setuidgid", "su", "su-exec", "sudo" };

static const char *const inits[] = { "catatonit", "docker-init", "dumb-init", "my_init",
	"s6-svscan", "tini", "tini-static" };

static const char *const secret_makers[] = { "certtool", "dropbearkey", "gpg", "htpasswd",
	"keytool", "openssl", "pwgen", "ssh-keygen", "step", "wg" };

static bool among(const char *path, const char *const *list, size_t count)
{
	const char *name = cln_path_name(path);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

bool program_is_shell(const char *path)
{
	const char *name = cln_path_name(path);

	/* Multi-call binaries are what they are called as. */
	return policy_of_name(name) == POLICY_SHELL && strcmp(name, "busybox") != 0 &&
	       strcmp(name, "toybox") != 0;
}

bool program_drops_user(const char *path)
{
	return among(path, droppers, CLN_COUNT(droppers));
}

bool program_is_init(const char *path)
{
	return among(path, inits, CLN_COUNT(inits));
}

bool program_makes_secrets(const char *path)
{
	return among(path, secret_makers, CLN_COUNT(secret_makers));
}

bool program_is_plumbing(const char *path)
{
	return among(path, plumbing, CLN_COUNT(plumbing)) || program_is_shell(path) ||
	       program_drops_user(path) || program_is_init(path);
}
