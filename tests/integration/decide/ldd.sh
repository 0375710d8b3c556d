#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ldd.sh - every program of a Debian image: what decide keeps for it against
# what the image's own loader says it would load.
#
# usage: ldd.sh DECIDE-IMAGE
#
# Takes the nginx dev image where another test or a person has built it.
set -u
decide=$1
top=$(cd "$(dirname "$0")/../../.." && pwd)
image=${CLNIMG_NGINX_IMAGE:-$top/build/images/nginx}

skip() {
	echo "skipped: $*"
	exit 77
}
[ "$(id -u)" = 0 ] || skip "needs root, to chroot into the image"
command -v umoci >/dev/null || skip "needs umoci"
[ -s "$image/index.json" ] || skip "needs $image: examples/nginx/build-image build/images/nginx:dev"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
umoci raw unpack --image "$image:dev" "$tmp/root" >/dev/null 2>&1 || { echo "not ok - unpack"; exit 1; }

# Dynamic programs for this machine; ldd of each, by the loader inside.
chroot "$tmp/root" /bin/sh -c '
	for f in /usr/bin/* /usr/sbin/* /usr/lib/x86_64-linux-gnu/*.so.*; do
		[ -f "$f" ] && [ ! -L "$f" ] || continue
		case $f in */ld-linux*) continue ;; esac
		out=$(ldd "$f" 2>/dev/null) && [ -n "$out" ] || continue
		echo "$f" >>/programs
		echo "$out"
	done' | sed -nE 's/.* => (\/[^ ]+) .*/\1/p; s/^[[:space:]]+(\/[^ ]+) \(.*/\1/p' | sort -u >"$tmp/paths"
[ -s "$tmp/paths" ] || { echo "not ok - ldd says nothing"; exit 1; }
chroot "$tmp/root" xargs readlink -f <"$tmp/paths" | sort -u >"$tmp/want"

xargs "$decide" "oci:$image:dev" <"$tmp/root/programs" >"$tmp/kept" 2>"$tmp/err" || { cat "$tmp/err"; exit 1; }
awk '$2 == "needed" || $2 == "interpreter" || $2 == "traced" { print $1 }' "$tmp/kept" | sort -u >"$tmp/have"

bad=0
count=$(wc -l <"$tmp/root/programs")
missing=$(comm -23 "$tmp/want" "$tmp/have")
[ -z "$missing" ] && echo "ok - all $(wc -l <"$tmp/want") libraries of $count programs are kept" || {
	echo "not ok - missing:"
	echo "$missing"
	bad=1
}
# What is kept beyond: only what glibc loads by name when a thread ends early.
beyond=$(awk '$2 == "needed" { print $1 }' "$tmp/kept" | sort -u | comm -23 - "$tmp/want" | grep -v '/libgcc_s\.so\.1$')
[ -z "$beyond" ] && echo "ok - and no other" || {
	echo "not ok - kept though no loader asks:"
	echo "$beyond"
	bad=1
}
if grep -q 'needs .* which the image has not' "$tmp/err"; then
	echo "not ok - called missing:"
	grep 'which the image has not' "$tmp/err"
	bad=1
else
	echo "ok - nothing is called missing"
fi
exit $bad
