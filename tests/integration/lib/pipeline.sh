# SPDX-License-Identifier: Apache-2.0
#
# pipeline.sh - what the tests of the whole pipeline share. Source it with $bin
# set to the folder of the built programs; sets $tmp and removes it at the end.

# Services listen on fixed ports: a network namespace of our own has them free.
if [ -z "${CLNIMG_TEST_NETNS:-}" ] && unshare --net ip link set lo up 2>/dev/null; then
	export CLNIMG_TEST_NETNS=own
	exec unshare --net sh -c 'ip link set lo up && exec "$@"' sh "$0" "$@"
fi

skip() {
	echo "skipped: $*"
	exit 77
}
[ "$(id -u)" = 0 ] || skip "needs root"
for tool in umoci skopeo jq curl; do
	command -v $tool >/dev/null || skip "needs $tool"
done
command -v runc >/dev/null || command -v crun >/dev/null || skip "needs runc or crun"
for program in clnimg-profile clnimg-pack clnimg-verify clnimg-init cleanimage-customize; do
	[ -x "$bin/$program" ] || skip "$program is not built"
done
"$bin/clnimg-profile" --check-host >/dev/null 2>&1 || skip "this host cannot trace (clnimg-profile --check-host)"
export PATH="$bin:$PATH"

tmp=$(mktemp -d /var/tmp/pipeline.XXXXXX)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 143' TERM INT
passed=0 failed=0

ok() {
	passed=$((passed + 1))
	echo "ok - $1"
}
not_ok() {
	failed=$((failed + 1))
	echo "not ok - $1"
	shift
	printf '%s\n' "$@" | sed 's/^/    /' | tail -n 60
}
# expect NAME STATUS PATTERN: on $status and $tmp/log of the last customize
expect() {
	if [ "$status" != "$2" ]; then
		not_ok "$1: status $status, not $2" "$(cat "$tmp/log")"
	elif ! grep -Eq -- "$3" "$tmp/log"; then
		not_ok "$1: no message like: $3" "$(cat "$tmp/log")"
	else
		ok "$1"
	fi
}
# tiny_image [ENTRY-SCRIPT]: a new dev image, $tmp/tiny:dev
tiny_image() {
	rm -rf "$tmp/tiny"
	"${BASH_SOURCE%/*}/tiny-image" "$tmp/tiny:dev" "$bin/../test-bin/tiny-server" "$@" || skip "cannot make the image"
}
# entry [LINE]...: the same with an entry script that has these lines
entry() {
	{ printf '#!/bin/sh\nset -e\n'; printf '%s\n' "$@" 'exec "$@"'; } >"$tmp/entry.sh"
	tiny_image "$tmp/entry.sh"
}
# customize ARGS...: the tiny image, into $tmp/prod and $tmp/out
customize() {
	rm -rf "$tmp/prod" "$tmp/out"
	cleanimage-customize --image "oci:$tmp/tiny:dev" --output "oci:$tmp/prod:prod" --emit "$tmp/out" \
		--readiness tcp:8180 "$@" >"$tmp/log" 2>&1 </dev/null
	status=$?
}
finish() {
	echo "$passed passed, $failed failed"
	[ $failed = 0 ]
}
