#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# tool.sh INIT MOST-BYTES - its size, what explain hides, and signals by configuration.
set -u
init=$1 most=$2 bad=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

say() {
	if [ "$1" = 0 ]; then echo "ok   $2"; else echo "FAIL $2"; bad=1; fi
}

# run SCRIPT CONFIG-LINES...: start SCRIPT under the init; $pid is the init, wait for its file.
run() {
	printf '%s\n' "$1" >"$dir/script"
	shift
	rm -f "$dir/ready"
	{ printf 'clnimg-init 1\n'; printf '%s\n' "$@"; echo "exec /bin/sh $dir/script"; } >"$dir/conf"
	DIR=$dir "$init" --config "$dir/conf" &
	pid=$!
	for _ in $(seq 100); do [ -s "$dir/ready" ] && return; sleep 0.05; done
}

# becomes PID STATES: the process is in one of the states within five seconds (- is gone).
becomes() {
	for _ in $(seq 100); do
		state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
		case "${state:--}" in [$2]) return 0 ;; esac
		sleep 0.05
	done
	return 1
}

size=$(stat -c %s "$init")
[ "$size" -le "$most" ]; say $? "size: $size bytes, at most $most"

printf '%s\n' 'clnimg-init 1' 'env DB_PASSWORD set hunter2xyz' 'env PLAIN set shown' \
	'exec /bin/true --a=${DB_PASSWORD} ${API_TOKEN} ${PLAIN}' >"$dir/conf"
told=$(API_TOKEN=abc "$init" explain "$dir/conf")
case $told in *hunter2xyz* | *abc*) false ;; *redacted*shown*) true ;; *) false ;; esac
say $? "explain hides secrets and nothing else"

run 'trap "exit 7" USR1; trap "exit 8" TERM; echo $$ >$DIR/ready; while :; do sleep 0.05; done' \
	'signal TERM USR1'
kill -TERM $pid; wait $pid; [ $? = 7 ]; say $? "signal TERM USR1"

for kill in group child; do
	run 'trap "exit 0" TERM; sleep 300 & echo $! >$DIR/ready; while :; do sleep 0.05; done' \
		"stop kill=$kill"
	sleeper=$(cat "$dir/ready")
	kill -TERM $pid; wait $pid
	[ $kill = child ] || { becomes "$sleeper" Z-; say $? "kill=group ends the whole group"; }
	[ $kill = group ] || { becomes "$sleeper" SR; say $? "kill=child ends the child alone"; }
	kill -KILL "$sleeper" 2>/dev/null
done

# A tree deeper than the limit is refused, one as deep is copied: the stack is our own.
(cd "$dir" && mkdir seed && cd seed && for _ in $(seq 63); do mkdir d && cd d; done; echo x >f)
printf '%s\n' 'clnimg-init 1' "copy $dir/seed $dir/copied" 'exec /bin/true' >"$dir/conf"
"$init" --config "$dir/conf"; [ $? = 0 ] && [ "$(find "$dir/copied" -name f | wc -l)" = 1 ]
say $? "a tree of 64 directories is copied"
(cd "$dir/seed" && for _ in $(seq 63); do cd d || exit; done; mkdir -p d/d)
"$init" --config "$dir/conf" 2>"$dir/told"; [ $? = 125 ] && grep -q symbolic "$dir/told"
say $? "a deeper one is refused"

# What stays while nothing happens, counted as dirty whether or not others share the file.
env -i "$init" -- /bin/sleep 300 &
pid=$!
for _ in $(seq 100); do
	[ -n "$(cat /proc/$pid/task/$pid/children)" ] && break
	sleep 0.05
done
becomes $pid S; sleep 0.2
kb=$(awk '/^Private/ { n += $2 } END { print n }' /proc/$pid/smaps_rollup)
kill -TERM $pid; wait $pid
[ "$kb" -le 12 ]; say $? "private memory while idle: $kb kB, at most 12"

run 'echo $$ >$DIR/ready; exec sleep 300' 'umask 0077'
main=$(cat "$dir/ready")
kill -TSTP $pid; becomes "$main" T; say $? "TSTP stops the program"
becomes $pid SR; say $? "and not the init"
kill -CONT $pid; becomes "$main" SR; say $? "CONT continues it"
kill -TERM $pid; wait $pid; [ $? = 143 ]; say $? "and it still ends with TERM"
exit $bad
