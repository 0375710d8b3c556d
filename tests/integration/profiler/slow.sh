#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# slow.sh PROFILER STORM SLOW.so - a reader that is much slower than the command:
# the cgroup is frozen again and again, nothing is lost, and whoever kills the
# profiler meanwhile finds the cgroup thawed.
set -u
profiler=$(realpath "$1") storm=$(realpath "$2") slow=$(realpath "$3")
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 77; }
mount=$(awk '$0 ~ / - cgroup2 / && $4 == "/" { print $5; exit }' /proc/self/mountinfo)
[ -n "$mount" ] || { echo "needs cgroup v2"; exit 77; }
ldd "$profiler" | grep -q libbpf.so || { echo "needs a profiler with libbpf as a shared library"; exit 77; }
tmp=$(mktemp -d)
name=clnimg-slow-$$
group=$mount/$name
failed=0
cleanup() {
	[ ! -e "$group/cgroup.kill" ] || { echo 1 >"$group/cgroup.kill"; sleep 0.1; }
	rmdir "$group" 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
fail() { echo "FAIL $1"; failed=1; }
# slowly US COMMAND...: instead of this shell, with a reader that waits at each record
slowly() {
	exec env "CLN_SLOW_US=$1" "LD_PRELOAD=$slow" "ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-}" "${@:2}"
}
frozen() { [ "$(cat "$group/cgroup.freeze" 2>/dev/null)" = 1 ]; }

# exact: the number of paths, of freezes, completeness
total=8000
(slowly 300 "$profiler" --ring 256K -c "$name" -o "$tmp/m.json" -- "$storm" $total) 2>"$tmp/log" ||
	fail "slow reader: status $?"
cat "$tmp/log"
times=$(sed -n 's/.*frozen \([0-9]*\) times.*/\1/p' "$tmp/log")
[ "${times:-0}" -ge 2 ] || fail "frozen ${times:-0} times for 900 KiB of records and a ring of 256 KiB"
grep -q '^"complete":true' "$tmp/m.json" || fail "slow reader: not complete"
found=$(grep -o '"path":"/storm/[^"]*"' "$tmp/m.json" | sort -u | wc -l)
[ "$found" = $total ] || fail "slow reader: $found paths, not $total"
[ ! -e "$group" ] || fail "slow reader: the cgroup is left"

# a cgroup that was there before is thawed at the end
mkdir "$group"
(slowly 300 "$profiler" -q --ring 256K -c "$name" -o "$tmp/m.json" -- "$storm" 5000) || fail "existing cgroup: status $?"
frozen && fail "existing cgroup: left frozen"
[ -d "$group" ] || fail "existing cgroup: removed"
rmdir "$group"

# The profiler dies while all stand still: they go on, and the cgroup goes with them.
slowly 1000 "$profiler" -q --ring 256K -c "$name" -o "$tmp/m2.json" -- sh -c "$storm 20000; echo >$tmp/ended" 2>"$tmp/log" &
pid=$!
for _ in $(seq 500); do frozen && break; sleep 0.01; done
frozen || fail "never frozen"
kill -STOP $pid # or it might thaw before it is killed
sleep 0.1
if frozen; then
	kill -9 $pid
	wait $pid 2>/dev/null
	for _ in $(seq 100); do frozen || break; sleep 0.02; done
	frozen && fail "killed while frozen: nobody thawed"
	for _ in $(seq 200); do [ -e "$tmp/ended" ] && break; sleep 0.05; done
	[ -e "$tmp/ended" ] || fail "killed while frozen: the command does not go on"
else
	fail "thawed before the profiler could be killed"
	kill -9 $pid
fi
for _ in $(seq 100); do [ -e "$group" ] || break; sleep 0.1; done
[ ! -e "$group" ] || fail "killed while frozen: the cgroup is left"
[ ! -e "$tmp/m2.json" ] || fail "killed while frozen: a manifest"

[ $failed = 0 ] && echo "slow: frozen, nothing lost, thawed"
exit $failed
