#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# config.json as runc takes it: read-only root, mounts with their owner and
# mode, no capability, and under seccomp the engine and the init still work
# while a call that nobody made is refused.
#
# usage: bundle.sh WRITE-SAMPLE CLNIMG-INIT
set -u
sample=$1 init=$2
[ "$(id -u)" = 0 ] || { echo "skipped: runc takes root here"; exit 77; }
command -v runc >/dev/null && command -v jq >/dev/null || { echo "skipped: no runc or no jq"; exit 77; }
tmp=$(mktemp -d)
id=clnimg-docs-$$
trap 'runc delete -f $id >/dev/null 2>&1; rm -rf "$tmp"' EXIT
failed=0
ok() { echo "ok - $1"; }
not_ok() { echo "not ok - $1"; printf '%s\n' "${2:-}" | head -20; failed=1; }

"$sample" "$tmp/docs" || exit 1
mkdir -p "$tmp/rootfs/"{proc,dev,sys,run,tmp,srv,etc}
chmod 1777 "$tmp/rootfs/tmp"
cp "$init" "$tmp/rootfs/clnimg-init"
cat >"$tmp/look.c" <<'C'
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <fcntl.h>
#include <errno.h>
/* Only calls that the profile allows, but the last. */
int main(void)
{
	char text[8192];
	struct stat st;
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, "Cap", 3) || !strncmp(line, "NoNew", 5) || !strncmp(line, "Groups", 6) ||
			!strncmp(line, "Seccomp:", 8))
			dprintf(1, "%s\n", line);
	dprintf(1, "uid %d gid %d\n", getuid(), getgid());
	for (int i = 0; i < 2; i++) {
		const char *path = i ? "/tmp" : "/run";
		if (!stat(path, &st))
			dprintf(1, "%s %o %d:%d\n", path, st.st_mode & 07777, st.st_uid, st.st_gid);
	}
	fd = open("/run/x", O_WRONLY | O_CREAT, 0600);
	dprintf(1, "write /run %s\n", fd < 0 ? strerror(errno) : "ok");
	fd = open("/srv/x", O_WRONLY | O_CREAT, 0600);
	dprintf(1, "write /srv %s\n", fd < 0 ? strerror(errno) : "ok");
	dprintf(1, "ptrace %s\n", syscall(SYS_ptrace, 0, 0, 0, 0) < 0 ? strerror(errno) : "ok");
	return 0;
}
C
cc -static -O1 -o "$tmp/rootfs/look" "$tmp/look.c" || { echo "skipped: no static C library"; exit 77; }

# run NAME ARG...: the sample's bundle with other arguments
run() {
	args=$(printf '%s\n' "$@" | jq -R . | jq -sc .)
	jq --argjson args "$args" '.process.args = $args' "$tmp/docs/config.json" >"$tmp/config.json"
	(cd "$tmp" && timeout 60 runc run "$id" </dev/null >"$tmp/out" 2>&1)
}
has() { grep -q -- "$2" "$tmp/out" && ok "$1" || not_ok "$1" "$(cat "$tmp/out")"; }

jq -e '.linux.seccomp.defaultAction == "SCMP_ACT_ERRNO"' "$tmp/docs/config.json" >/dev/null &&
	ok "the bundle has a seccomp filter" || not_ok "seccomp filter"
run /clnimg-init --version
has "runc starts the init under the filter" "^clnimg-init "
run /clnimg-init -- /look
has "the init starts a program under the filter" "^uid 65532 gid 65532"
has "no capability" "^CapBnd:.0*$"
has "no new privileges" "^NoNewPrivs:.1"
has "supplementary groups" "^Groups:.4 44"
has "filter mode" "^Seccomp:.2"
has "a mount belongs to the user" "^/run 755 65532:65532"
has "another has its sticky mode" "^/tmp 1777 "
has "a declared place is writable" "^write /run ok"
has "the root is not" "^write /srv Read-only file system"
has "a call that nobody made is refused" "^ptrace Function not implemented"
exit $failed
