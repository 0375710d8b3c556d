#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# arm64.sh NATIVE ARM64 - the init of arm64, run by qemu's user mode, does what the native does.
# Not what a failed execve gives: qemu makes vfork(2) a fork, so that no error comes back.
set -u
native=$1 arm64=$2 bad=0
qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) ||
	{ echo "SKIP: no qemu-aarch64-static (qemu-user-static)"; exit 77; }
[ -x "$arm64" ] || { echo "SKIP: no cross compiler (gcc-aarch64-linux-gnu) built $arm64"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/seed" "$dir/seed/sub"
echo 'x $A ${B}' >"$dir/seed/text"
ln -s text "$dir/seed/sub/link"

# both NAME ARGS...: output and status of both must be the same.
both() {
	name=$1
	shift
	for init in native arm64; do
		rm -rf "$dir/out"
		case $init in
		native) (cd "$dir" && exec "$native" "$@") >"$dir/$init" 2>&1 ;;
		arm64) (cd "$dir" && exec "$qemu" "$arm64" "$@") >"$dir/$init" 2>&1 ;;
		esac
		echo "status $?" >>"$dir/$init"
		[ ! -d "$dir/out" ] ||
			(cd "$dir/out" && find . -printf '%p %M %l %s\n' | sort) >>"$dir/$init"
	done
	if cmp -s "$dir/native" "$dir/arm64"; then echo "ok   $name"; else
		echo "FAIL $name"; diff "$dir/native" "$dir/arm64"; bad=1; fi
}

cat >"$dir/conf" <<END
clnimg-init 1
env A set one
env B default \${A:+two}
env B match name
dir $dir/out/deep 0750
copy $dir/seed $dir/out/copy
template $dir/seed/text $dir/out/text 0640 vars=A,B
random $dir/out/secret hex 16
symlink deep $dir/out/link
unlink $dir/out/never $dir/out/copy/text
run input=helped -- /bin/cat
wait file / 1s
cwd $dir/out
umask 0027
limit core 0
stop grace=2s kill=group wait=all
exit 5 6
log $dir/out/log stdout
pidfile $dir/out/pid
exec /bin/sh -c "echo logged >log; sleep 0.3; umask; ulimit -c; cat text; exit 5"
END

both "directives" --config "$dir/conf"
both "check" check "$dir/conf"
both "explain" explain "$dir/conf" a b
both "a bad configuration" check "$dir/seed/text"
both "exit status of a signal" -- /bin/sh -c 'kill -9 $$'
both "search of PATH" -- true
both "probe of nobody" probe tcp 127.0.0.1:1
both "probe file" probe file "$dir"
both "usage" nonsense
exit $bad
