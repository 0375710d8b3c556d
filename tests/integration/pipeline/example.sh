#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# One of examples/ end to end: dev image, pipeline, and what the result must be.
#
# usage: example.sh BIN-DIR NAME MOST-BYTES
set -u
bin=$(cd "$1" && pwd)
name=$2 most=$3
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
image=$top/build/images/$name

# Before the tests go into a network of their own, which reaches no archive.
if [ -z "${CLNIMG_TEST_NETNS:-}" ]; then
	"$here/../lib/dev-image" "$name" || exit $?
fi
. "$here/../lib/pipeline.sh"

options=() # one argument a line, so that one may hold blanks
[ ! -r "$top/examples/$name/customize.options" ] ||
	mapfile -t options < <(grep -v '^#' "$top/examples/$name/customize.options")
cleanimage-customize --image "oci:$image:dev" --output "oci:$tmp/prod:prod" --emit "$tmp/out" \
	"${options[@]}" -- "$top/examples/$name/run-tests.sh" 2>&1 </dev/null | tee "$tmp/log"
status=${PIPESTATUS[0]}
[ "$status" = 0 ] && ok "the pipeline passes" || { not_ok "the pipeline passes: status $status"; finish; exit 1; }
[ "$(grep -c '^[0-9]* checks passed' "$tmp/log")" = 2 ] && ok "the same tests ran twice" || not_ok "the same tests ran twice"

umoci raw unpack --image "$tmp/prod:prod" "$tmp/root" >/dev/null 2>&1
size=$(find "$tmp/root" -type f -printf '%i %s\n' | sort -u | awk '{ s += $2 } END { print s }')
[ "$size" -le "$most" ] && ok "$size bytes are at most $most" || not_ok "$size bytes are at most $most" "$(cd "$tmp/root" && find . -type f -size +300k -printf '%s %p\n' | sort -rn | head -20)"
[ "$(jq -r '.config.Entrypoint[0]' <<<"$(skopeo inspect --config "oci:$tmp/prod:prod")")" = /clnimg-init ] &&
	ok "starts through /clnimg-init" || not_ok "starts through /clnimg-init"
user=$(skopeo inspect --config "oci:$tmp/prod:prod" | jq -r .config.User)
[[ $user =~ ^[1-9][0-9]*(:[0-9]+)?$ ]] && ok "numeric non-root user $user" || not_ok "numeric non-root user: $user"
found=$(cd "$tmp/root" && find . \( -name sh -o -name bash -o -name dash -o -name busybox -o -name apt -o -name 'apt-get' -o -name dpkg \) \( -type f -o -type l \) \
	! -path './usr/share/*' ! -path './var/lib/*' | while read -r file; do
	[ "$(readlink "$file")" = /clnimg-init ] || echo "$file"; done)
[ -z "$found" ] && ok "no shell, no package manager" || not_ok "no shell, no package manager" "$found"
[ -z "$(find "$tmp/root" -perm /6000 -type f)" ] && ok "no setuid file" || not_ok "no setuid file" "$(find "$tmp/root" -perm /6000)"
[ -z "$(find "$tmp/root" -type b -o -type c)" ] && ok "no device" || not_ok "no device"
clnimg-verify --image "oci:$tmp/prod:prod" --emit "$tmp/out" --source "oci:$image:dev" >"$tmp/log" 2>&1 &&
	ok "clnimg-verify agrees" || not_ok "clnimg-verify agrees" "$(cat "$tmp/log")"
finish
