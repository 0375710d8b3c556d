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

# loads FILE: what the loader inside says that it loads; nothing of what is no dynamic program
cat >"$tmp/root/loads" <<'END'
[ -f "$1" ] && [ ! -L "$1" ] || exit 0
case $1 in */ld-linux*) exit 0 ;; esac
ldd "$1" 2>/dev/null
END
paths_of() { sed -nE 's/.* => (\/[^ ]+) .*/\1/p; s/^[[:space:]]+(\/[^ ]+) \(.*/\1/p'; }

# ask PATTERN...: decides on the dynamic programs among these ($tmp/kept), and asks the loader for
# what those that are kept load ($tmp/want, real paths). Shells and installers are not kept.
ask() {
	chroot "$tmp/root" /bin/sh -c 'for f in '"$*"'; do [ -z "$(sh /loads "$f")" ] || echo "$f"; done' >"$tmp/programs"
	xargs "$decide" "oci:$image:dev" <"$tmp/programs" >"$tmp/kept" 2>"$tmp/err" || { cat "$tmp/err"; exit 1; }
	awk '$2 == "traced" { print $1 }' "$tmp/kept" | grep -Fxf "$tmp/programs" >"$tmp/asked"
	xargs -n 1 chroot "$tmp/root" sh /loads <"$tmp/asked" | paths_of | sort -u >"$tmp/paths"
	[ -s "$tmp/paths" ] || { echo "not ok - ldd says nothing"; exit 1; }
	chroot "$tmp/root" xargs readlink -f <"$tmp/paths" | sort -u >"$tmp/want"
}
bad=0
# Programs alone: libraries among them would be kept for themselves, needed or not.
ask '/usr/bin/* /usr/sbin/*'
awk '$2 == "needed" || $2 == "interpreter" { print $1 }' "$tmp/kept" | sort -u >"$tmp/have"
count=$(wc -l <"$tmp/asked")
missing=$(comm -23 "$tmp/want" "$tmp/have")
[ -z "$missing" ] && echo "ok - all $(wc -l <"$tmp/want") libraries of $count programs are kept" || {
	echo "not ok - missing:"
	echo "$missing"
	bad=1
}
ask '/usr/bin/* /usr/sbin/* /usr/lib/x86_64-linux-gnu/*.so.*'
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
