#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# killed.sh PROFILER - the command ended by every signal there is, and the profiler
# killed in every phase: strace kills it at a chosen system call of its own.
set -u
profiler=$(realpath "$1")
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 77; }
mount=$(awk '$0 ~ / - cgroup2 / && $4 == "/" { print $5; exit }' /proc/self/mountinfo)
[ -n "$mount" ] || { echo "needs cgroup v2"; exit 77; }
for need in strace bpftool jq; do
	command -v $need >/dev/null || { echo "needs $need"; exit 77; }
done
ulimit -c 0
tmp=$(mktemp -d)
name=clnimg-killed-$$
failed=0
cleanup() {
	rmdir "$mount/$name" 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
fail() { echo "FAIL $1"; failed=1; }

# Every signal: 128+n where it ends a process, and the trace is complete all the same.
stops="$(kill -l STOP) $(kill -l TSTP) $(kill -l TTIN) $(kill -l TTOU)"
ignored="$(kill -l CHLD) $(kill -l CONT) $(kill -l URG) $(kill -l WINCH)"
cat >"$tmp/die.sh" <<'DIE'
kill -"$1" $$
[ -e /after ]
exit 3
DIE
for number in $(seq 64); do
	want=$((128 + number))
	case " $stops $ignored " in *" $number "*) want=3 ;; esac
	# What stops it is ended by somebody else's CONT.
	case " $stops " in *" $number "*) (
		for _ in $(seq 100); do
			sleep 0.1
			while read -r pid; do
				[ "$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -c1)" = T ] && kill -CONT "$pid" && exit
			done 2>/dev/null <"$mount/$name/cgroup.procs"
		done
	) & ;; esac
	"$profiler" -q -c "$name" -o "$tmp/m.json" -- sh "$tmp/die.sh" "$number" 2>"$tmp/err"
	got=$?
	[ $got = $want ] || fail "signal $number: status $got, not $want: $(cat "$tmp/err")"
	jq -e --argjson want $want '.complete and .runs[0].exit_status == $want' "$tmp/m.json" >/dev/null ||
		fail "signal $number: the manifest does not tell"
	rm -f "$tmp/m.json"
	[ ! -e "$mount/$name" ] || fail "signal $number: the cgroup is left"
done
wait

programs() { bpftool prog list 2>/dev/null | grep -c 'name on_sys_exit'; }
before=$(programs)
# after WHAT: the profiler has been killed; nothing may be left of it
after() {
	for _ in $(seq 100); do [ -e "$mount/$name" ] || break; sleep 0.1; done
	[ ! -e "$mount/$name" ] || { fail "$1: the cgroup is left"; rmdir "$mount/$name"; }
	for _ in $(seq 50); do [ "$(programs)" -le "$before" ] && break; sleep 0.1; done
	[ "$(programs)" -le "$before" ] || fail "$1: BPF programs are left"
	[ ! -e "$tmp/m.json" ] || { fail "$1: a manifest"; rm -f "$tmp/m.json"; }
}
temporary() { find "$tmp" -mindepth 1 -name '.*'; }
# killed CALL N COMMAND-RAN WHAT: at the n-th call of that name
killed() {
	rm -f "$tmp/ran"
	strace -qq -o "$tmp/strace" -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" \
		"$profiler" -q -c "$name" -o "$tmp/m.json" -- sh -c "touch $tmp/ran; sleep 0.2" \
		</dev/null 2>"$tmp/err" &
	wait $! 2>/dev/null
	local got=$?
	[ $got = 137 ] || fail "$4: status $got: $(cat "$tmp/err")"
	after "$4"
	[ "$3" = either ] || [ "$([ -e "$tmp/ran" ] && echo yes || echo no)" = "$3" ] ||
		fail "$4: the command ran: not $3"
}
strace -qq -o "$tmp/strace" -e trace=bpf "$profiler" -q -c "$name" -o "$tmp/m.json" -- true ||
	{ echo "needs strace to work here"; exit 77; }
calls=$(wc -l <"$tmp/strace")
loaded=$(grep -n 'BPF_PROG_LOAD' "$tmp/strace" | tail -1 | cut -d: -f1)
attached=$(grep -nE 'BPF_LINK_CREATE|BPF_RAW_TRACEPOINT_OPEN' "$tmp/strace" | tail -1 | cut -d: -f1)
last=$(grep -n 'BPF_MAP_GET_NEXT_KEY' "$tmp/strace" | tail -1 | cut -d: -f1)
rm -f "$tmp/m.json"
[ "${loaded:-0}" -gt 5 ] && [ "${attached:-0}" -gt "$loaded" ] && [ "${last:-0}" -gt "$attached" ] ||
	fail "the phases cannot be told: $loaded $attached $last of $calls"
killed bpf 1 no "before loading"
killed bpf $((loaded / 2)) no "loading"
killed bpf "$loaded" no "at the last program"
killed bpf $(((loaded + attached) / 2)) no "attaching"
killed bpf "$attached" no "attached"
killed bpf "$last" yes "draining"
[ -z "$(temporary)" ] || fail "a temporary file before anything is written: $(temporary)"
killed fsync 1 yes "writing"
killed renameat2,rename,renameat,linkat 1 yes "naming what is written"
# Nobody can remove its own file after SIGKILL: the next one that writes there does.
[ -n "$(temporary)" ] || fail "nothing was being written when it was killed"
"$profiler" -q -c "$name" -o "$tmp/m.json" -- true
[ -z "$(temporary)" ] || fail "a killed writer's file is still there: $(temporary)"
rm -f "$tmp/m.json"

# While the command runs: it goes on to its end.
"$profiler" -q -c "$name" -o "$tmp/m.json" -- sh -c "touch $tmp/begun; sleep 1; touch $tmp/ended" 2>/dev/null &
pid=$!
for _ in $(seq 100); do [ -e "$tmp/begun" ] && break; sleep 0.1; done
kill -9 $pid
wait $pid 2>/dev/null
after "running"
[ -e "$tmp/ended" ] || fail "running: the command did not go on"

[ $failed = 0 ] && echo "killed: 64 signals and 9 phases"
exit $failed
