#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# faults.sh PROFILER - what may go wrong: the message, the status, nothing left.
set -u
profiler=$(realpath "$1")
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 77; }
mount=$(awk '$0 ~ / - cgroup2 / && $4 == "/" { print $5; exit }' /proc/self/mountinfo)
[ -n "$mount" ] || { echo "needs cgroup v2"; exit 77; }
tmp=$(mktemp -d)
name=clnimg-fault-$$
failed=0
cleanup() {
	umount "$tmp/small" 2>/dev/null
	umount "$tmp/ro" 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
fail() { echo "FAIL $1"; failed=1; }

# expect STATUS WORDS WHAT OPTION...: status and message of a run
expect() {
	local status=$1 words=$2 what=$3 got
	shift 3
	"$profiler" "$@" </dev/null >"$tmp/out" 2>"$tmp/err"
	got=$?
	[ $got = "$status" ] || { fail "$what: status $got, not $status"; cat "$tmp/err"; }
	grep -q -- "$words" "$tmp/err" || { fail "$what: no word of '$words'"; cat "$tmp/err"; }
	[ -z "$(find "$tmp" -name '.*.tmp*')" ] || fail "$what: a temporary file is left"
	[ ! -e "$mount/$name" ] || fail "$what: the cgroup is left"
}

# the command's own end comes through
for status in 0 1 2 42 125; do
	expect $status "complete" "status $status" -c $name -o "$tmp/m.json" -- sh -c "exit $status"
done
for signal in HUP INT QUIT KILL USR1 PIPE TERM SEGV; do
	number=$(kill -l $signal)
	expect $((128 + number)) "complete" "signal $signal" -c $name -o "$tmp/m.json" -- \
		sh -c "ulimit -c 0; kill -$signal \$\$"
done
rm -f "$tmp/m.json"
expect 127 "No such file" "missing command" -c $name -o "$tmp/m.json" -- /nonexistent/program
[ ! -e "$tmp/m.json" ] || fail "missing command: a manifest"
expect 126 "denied" "no program" -c $name -o "$tmp/m.json" -- /etc/passwd
expect 2 "no command" "no command" -c $name
expect 2 "unknown option\|--nonsense" "unknown option" --nonsense
expect 2 "attach" "attach and command" -c $name --attach -- true
expect 2 "power of two" "ring" --ring 12345 -- true
expect 2 "no such user" "user" --user nobody-at-all-x -- true
expect 2 "not a cgroup" "cgroup at the top" --cgroup / -- true

# outputs that cannot be written are told before the command runs
expect 125 "No such file" "output in no folder" -c $name -o "$tmp/none/m.json" -- touch "$tmp/ran"
mkdir "$tmp/ro" "$tmp/small"
mount -t tmpfs -o ro none "$tmp/ro" &&
	expect 125 "Read-only" "read-only output" -c $name -o "$tmp/ro/m.json" -- touch "$tmp/ran"
[ ! -e "$tmp/ran" ] || fail "the command ran although its trace cannot be written"
mount -t tmpfs -o size=16k none "$tmp/small" &&
	expect 125 "No space" "full disk" -c $name -o "$tmp/small/m.json" -- \
		sh -c 'for i in $(seq 2000); do [ -e /nowhere/$i ]; done; true'
[ -z "$(ls -A "$tmp/small")" ] || fail "full disk: something is left"

# input, output, user
printf 'hello' | "$profiler" -q -o "$tmp/m.json" -- cat >"$tmp/out" 2>"$tmp/err"
[ "$(cat "$tmp/out")" = hello ] || fail "stdin and stdout do not pass"
[ ! -s "$tmp/err" ] || { fail "quiet is not"; cat "$tmp/err"; }
[ "$("$profiler" -q -o "$tmp/m.json" -u nobody -- id -un)" = nobody ] || fail "--user"
[ "$("$profiler" -q -o "$tmp/m.json" -u 1234:77 -- sh -c 'echo $(id -u):$(id -G)')" = 1234:77 ] ||
	fail "--user with numbers"
"$profiler" -q -o - -- true | grep -q '"schema":"clnimg.trace/1"' || fail "-o -"

# what is written under a temporary name has its size under the real one
"$profiler" -q -o "$tmp/m.json" -- sh -c "cd $tmp && head -c 70000 /dev/zero >part && mv part whole && rm whole"
tr '{' '\n' <"$tmp/m.json" | grep "$tmp/whole" | grep -q '"peak_bytes":70000' || fail "peak size is lost over a rename"

# a descriptor from outside is the command's use of a file
echo x >"$tmp/passed"
"$profiler" -q -o "$tmp/m.json" -- sh -c 'cat <&7 >/dev/null' 7<"$tmp/passed"
grep -q "\"path\":\"$tmp/passed\"" "$tmp/m.json" || fail "an inherited descriptor is missing"
# ... by the name that it had when the command started
"$profiler" -q -o "$tmp/m.json" -- sh -c "mv $tmp/passed $tmp/old; rm $tmp/old" 7<"$tmp/passed"
tr '{' '\n' <"$tmp/m.json" | grep "\"$tmp/passed\"" | grep -q '"read"' || fail "an inherited descriptor has a later name"

# in a pid namespace of its own, where its number is another, with busy tasks around
mkdir "$mount/$name" "$mount/$name/stay"
for i in 1 2; do
	sh -c "echo \$\$ >$mount/$name/cgroup.procs; while [ -d $mount/$name/stay ]; do [ -e /busy ]; done" &
done
sleep 0.2
unshare -pf --mount-proc "$profiler" -q -c $name -o "$tmp/m.json" -- sh -c '[ -e /nested ]; sleep 0.3'
[ $? = 0 ] || fail "in a pid namespace: not complete"
grep -q '"/nested"' "$tmp/m.json" && grep -q '"/busy"' "$tmp/m.json" || fail "in a pid namespace: paths are missing"
rmdir "$mount/$name/stay"
wait
rmdir "$mount/$name"

# a signal to the profiler goes to the command
"$profiler" -q -c $name -o "$tmp/m.json" -- sh -c 'trap "exit 9" TERM; : >"$0"
	while :; do sleep 0.1; done' "$tmp/ready" &
pid=$!
for _ in $(seq 300); do [ -e "$tmp/ready" ] && break; sleep 0.1; done
kill -TERM $pid
wait $pid
[ $? = 9 ] || fail "TERM is not passed on"

# one to the whole group reaches it once, one to the profiler after that as well
cat >"$tmp/count.py" <<'EOF'
import os, signal, sys, time
seen = []
for number in signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP:
    signal.signal(number, lambda number, frame: seen.append(number))
open(sys.argv[1], "w").close()
while seen.count(signal.SIGUSR1) < 2:
    time.sleep(0.05)
time.sleep(0.3)
print(*sorted(seen))
EOF
setsid "$profiler" -q -c $name -o "$tmp/m.json" -- python3 "$tmp/count.py" "$tmp/counting" \
	>"$tmp/seen" &
pid=$!
for _ in $(seq 300); do [ -e "$tmp/counting" ] && break; sleep 0.1; done
for signal in TERM HUP USR1; do kill -$signal -- -$pid; done
sleep 0.4
kill -TERM $pid
kill -USR1 $pid
wait
[ "$(cat "$tmp/seen")" = "1 10 10 15 15" ] ||
	fail "signals to the group and to the profiler: $(cat "$tmp/seen")"

# two at once, each sees its own
"$profiler" -q -c $name-a -o "$tmp/a.json" -- sh -c 'sleep 0.5; [ -e /only-a ]; true' &
"$profiler" -q -c $name-b -o "$tmp/b.json" -- sh -c 'sleep 0.5; [ -e /only-b ]; true'
wait $!
grep -q only-a "$tmp/a.json" && grep -q only-b "$tmp/b.json" &&
	! grep -q '"/only-b"' "$tmp/a.json" && ! grep -q '"/only-a"' "$tmp/b.json" || fail "two at once"

# attach: until the cgroup empties, and until a signal
mkdir "$mount/$name"
sh -c "echo \$\$ >$mount/$name/cgroup.procs; exec 5</etc/hostname
	while ! grep -q recording '$tmp/err'; do sleep 0.1; done; [ -e /late ]; true" &
while ! grep -q . "$mount/$name/cgroup.procs"; do sleep 0.05; done
: >"$tmp/err"
"$profiler" -c $name --attach -o "$tmp/m.json" 2>"$tmp/err" || fail "attach: status $?"
grep -q '^recording$' "$tmp/err" || fail "attach does not say recording"
grep -q '"/late"' "$tmp/m.json" && grep -q '"/etc/hostname"' "$tmp/m.json" ||
	fail "attach: the call or the open descriptor is missing"
"$profiler" -c $name --attach -o "$tmp/m.json" 2>"$tmp/err" &
pid=$!
for _ in $(seq 100); do grep -q recording "$tmp/err" && break; sleep 0.1; done
kill -INT $pid
wait $pid || fail "attach, INT: status $?"
[ -d "$mount/$name" ] || fail "attach removed a cgroup that was not its own"
rmdir "$mount/$name"

# work that leaves the cgroup is a loss
expect 125 "left_cgroup" "leaving" -c $name -o "$tmp/m.json" -- \
	sh -c "echo \$\$ >$mount/cgroup.procs; true"
expect 0 "left_cgroup" "leaving, allowed" --allow-incomplete -c $name -o "$tmp/m.json" -- \
	sh -c "echo \$\$ >$mount/cgroup.procs; true"

# kill -9 in each phase: no program stays loaded, nothing frozen, no manifest
programs() { bpftool prog list 2>/dev/null | grep -c 'name on_sys_exit'; }
before=$(programs)
for delay in 0.02 0.05 0.1 0.3 0.6; do
	rm -f "$tmp/m.json"
	"$profiler" -q -c $name -o "$tmp/m.json" -- sleep 2 2>/dev/null &
	pid=$!
	sleep $delay
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	[ ! -e "$tmp/m.json" ] || fail "killed after $delay s: a manifest"
	if [ -e "$mount/$name/cgroup.freeze" ] && [ "$(cat "$mount/$name/cgroup.freeze" 2>/dev/null)" = 1 ]; then
		sleep 0.3
		[ "$(cat "$mount/$name/cgroup.freeze" 2>/dev/null || echo 0)" = 0 ] ||
			fail "killed after $delay s: frozen"
	fi
	for _ in $(seq 60); do [ -e "$mount/$name" ] || break; sleep 0.1; done
	[ ! -e "$mount/$name" ] || fail "killed after $delay s: the cgroup is left"
done
[ -z "$(find "$tmp" -name '.*.tmp*')" ] || fail "killed: a temporary file is left"
sleep 0.2
[ "$(programs)" -le "$before" ] || fail "killed: BPF programs are left"

[ $failed = 0 ] && echo "faults: each said what and left nothing"
exit $failed
