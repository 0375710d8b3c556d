#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# surroundings.sh PROFILER - hosts that lack something, a container daemon outside,
# other profilers beside, cgroups that are there already.
set -u
profiler=$(realpath "$1")
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 77; }
mount=$(awk '$0 ~ / - cgroup2 / && $4 == "/" { print $5; exit }' /proc/self/mountinfo)
[ -n "$mount" ] || { echo "needs cgroup v2"; exit 77; }
for need in jq python3 setpriv setarch unshare; do
	command -v $need >/dev/null || { echo "needs $need"; exit 77; }
done
tmp=$(mktemp -d)
name=clnimg-around-$$
failed=0 daemon=
cleanup() {
	[ -z "$daemon" ] || kill "$daemon"
	rmdir "$mount/$name/sub" "$mount/$name" 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
fail() { echo "FAIL $1"; failed=1; }

# refused WORDS WHAT COMMAND...: status 125, one line that tells, no cgroup and no manifest
refused() {
	local words=$1 what=$2 got
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	[ $got = 125 ] || { fail "$what: status $got"; cat "$tmp/err"; }
	grep -q -- "$words" "$tmp/err" && [ "$(wc -l <"$tmp/err")" = 1 ] ||
		{ fail "$what: not one line with '$words'"; cat "$tmp/err"; }
	[ ! -e "$mount/$name" ] || fail "$what: the cgroup is left"
	[ ! -e "$tmp/m.json" ] && [ ! -e "$tmp/ran" ] || fail "$what: a manifest, or the command ran"
}
run=("$profiler" -c "$name" -o "$tmp/m.json" -- touch "$tmp/ran")

# hosts
without_btf() {
	unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' sh "$@"
}
if [ -e /sys/kernel/btf/vmlinux ] && ! ls /boot/vmlinux-* /lib/modules/*/vmlinux* >/dev/null 2>&1; then
	refused "has no BTF (/sys/kernel/btf/vmlinux): boot a kernel with CONFIG_DEBUG_INFO_BTF=y" \
		"a kernel without BTF" without_btf "${run[@]}"
	refused "Linux 2.6.* is too old: boot Linux 5.10 or newer" \
		"an old kernel" without_btf setarch --uname-2.6 "${run[@]}"
	without_btf "$profiler" --check-host >"$tmp/out" 2>"$tmp/err"
	[ $? = 1 ] && grep -q 'BTF *MISSING .*CONFIG_DEBUG_INFO_BTF' "$tmp/out" && [ ! -s "$tmp/err" ] ||
		{ fail "--check-host without BTF"; cat "$tmp/out" "$tmp/err"; }
else
	echo "skipped: BTF cannot be hidden here"
fi
setarch --uname-2.6 "$profiler" -q -o "$tmp/m.json" -- true || fail "a version alone refuses nothing"
rm -f "$tmp/m.json"
chmod 777 "$tmp"
refused "root is needed, run it with sudo" "not root" setpriv --reuid 65534 --clear-groups "${run[@]}"
refused "mounted read-only" "an unwritable cgroup file system" \
	unshare -m sh -c "mount -o remount,bind,ro $mount && "'exec "$@"' sh "${run[@]}"
refused "no cgroup v2" "no cgroup v2 file system" \
	unshare -m sh -c 'for at in $(awk "/ - cgroup2? /{ print \$5 }" /proc/self/mountinfo | tac); do umount $at; done; exec "$@"' sh "${run[@]}"

# A daemon outside the cgroup: a real socket of the usual name.
python3 - "$tmp/docker.sock" <<'DAEMON' &
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
while True:
    peer, _ = listener.accept()
    peer.sendall(b"HTTP/1.1 201 Created\r\n\r\n")
    peer.close()
DAEMON
daemon=$!
for _ in $(seq 50); do [ -S "$tmp/docker.sock" ] && break; sleep 0.1; done
cat >"$tmp/client.py" <<'CLIENT'
import socket, sys
peer = socket.socket(socket.AF_UNIX)
try:
    peer.connect(sys.argv[1])
    peer.recv(100)
except OSError as error:
    print(error)
CLIENT
# hint YES-OR-NO WHAT COMMAND...
hint() {
	local want=$1 what=$2
	shift 2
	"$profiler" -c "$name" -o "$tmp/m.json" -- "$@" >"$tmp/out" 2>"$tmp/err" || fail "$what: status $?"
	grep -q "no container ran in the cgroup.*--cgroup-parent /$name\$" "$tmp/err" && got=yes || got=no
	[ $got = "$want" ] || { fail "$what: a hint: $got"; cat "$tmp/err"; }
}
hint yes "a daemon's container is not seen" python3 "$tmp/client.py" "$tmp/docker.sock"
hint no "the daemon does not answer" python3 "$tmp/client.py" "$tmp/none/docker.sock"
hint no "another socket" sh -c "cp $tmp/client.py $tmp/c.py; ln $tmp/docker.sock $tmp/app.sock; python3 $tmp/c.py $tmp/app.sock"
# What the cgroup sees as a container: a root and a mount namespace of its own.
mkdir -p "$tmp/root/bin"
if command -v busybox >/dev/null; then
	cp "$(command -v busybox)" "$tmp/root/bin/sh"
	hint no "a container shows up" sh -c "python3 $tmp/client.py $tmp/docker.sock; unshare -m chroot $tmp/root /bin/sh -c :"
fi

# Six at once, each on its own cgroup, one of them inside another's.
pids=
mkdir "$mount/$name" "$mount/$name/sub"
for i in 1 2 3 4; do
	"$profiler" -q -c "$name-$i" -o "$tmp/$i.json" -- sh -c "sleep 0.5; [ -e /only-$i ]; sleep 0.5" &
	pids="$pids $!"
done
"$profiler" -q -c "$name" --attach -o "$tmp/outer.json" 2>"$tmp/outer.log" &
outer=$!
for _ in $(seq 100); do grep -q recording "$tmp/outer.log" && break; sleep 0.1; done
"$profiler" -q -c "$name/sub" -o "$tmp/inner.json" -- sh -c '[ -e /only-inner ]; sleep 0.2' || fail "inner: status $?"
wait $outer || fail "outer: status $?"
for pid in $pids; do wait "$pid" || fail "one of several: status $?"; done
for i in 1 2 3 4 inner; do
	seen=$(jq -r '[.files[].path | select(startswith("/only-"))] | join(" ")' "$tmp/$i.json")
	[ "$seen" = "/only-$i" ] || fail "profiler $i saw: $seen"
done
[ "$(jq -r '[.files[].path | select(startswith("/only-"))] | join(" ")' "$tmp/outer.json")" = /only-inner ] ||
	fail "the outer cgroup's profiler does not see the inner one's command"
jq -e .complete "$tmp/outer.json" "$tmp/inner.json" >/dev/null || fail "nested: not complete"
[ -d "$mount/$name/sub" ] || fail "a cgroup that was there is removed"
[ -z "$(ls -d "$mount/$name-"* 2>/dev/null)" ] || fail "a cgroup of ours is left"

# A command in a cgroup that is there and busy: both are seen, nothing is removed.
sh -c "echo \$\$ >$mount/$name/sub/cgroup.procs; while [ ! -e $tmp/enough ]; do [ -e /beside ]; sleep 0.05; done" &
beside=$!
sleep 0.2
"$profiler" -q -c "$name" -o "$tmp/m.json" -- sh -c '[ -e /ours ]; sleep 0.3' || fail "existing cgroup: status $?"
touch "$tmp/enough"
wait $beside
for path in /ours /beside; do
	jq -e --arg path $path '[.files[].path] | index($path)' "$tmp/m.json" >/dev/null || fail "existing cgroup: no $path"
done
[ -d "$mount/$name/sub" ] || fail "existing cgroup: removed"

[ $failed = 0 ] && echo "surroundings: each host, daemon and neighbour is told apart"
exit $failed
