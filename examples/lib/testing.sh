# SPDX-License-Identifier: Apache-2.0
#
# testing.sh - what the examples' run-tests.sh share. Source it.
#
# The container is started by whoever calls the tests. They see:
#   CLNIMG_PHASE          profile or verify; unset when run by hand
#   CLNIMG_CONTAINER_PID  the container's first process, as the host numbers it
#   CLNIMG_CONTAINER_LOG  the file that holds the container's stdout and stderr
# A check prints one line; the first that fails ends the run with status 1.

checks=0
tmp=$(mktemp -d)
cleanup() { :; }
trap 'cleanup; rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

pass() {
	checks=$((checks + 1))
	echo "ok $checks - $1"
}
fail() {
	echo "not ok - $1" >&2
	[ $# -lt 2 ] || printf '%s\n' "$2" | head -n 20 >&2
	exit 1
}
# want NAME EXPECTED ACTUAL
want() {
	[ "$2" = "$3" ] || fail "$1" "expected: $2
got:      $3"
	pass "$1"
}
# has NAME PATTERN TEXT
has() {
	printf '%s\n' "$3" | grep -Eq -- "$2" || fail "$1" "no match for $2 in:
$3"
	pass "$1"
}
# soon SECONDS COMMAND...: until it succeeds
soon() {
	end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.1
	done
}
# log_has PATTERN FILE...: in the container's output, or in its FILEs while it
# still writes files (the dev image)
log_has() {
	pattern=$1
	shift
	if [ -n "${CLNIMG_CONTAINER_LOG:-}" ] && grep -Eqs -- "$pattern" "$CLNIMG_CONTAINER_LOG"; then
		return 0
	fi
	for file in "$@"; do
		grep -Eqs -- "$pattern" "/proc/${CLNIMG_CONTAINER_PID:-self}/root$file" && return 0
	done
	return 1
}
