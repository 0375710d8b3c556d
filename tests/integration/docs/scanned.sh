#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A scanner that is not ours, on an image that was really profiled: a Python
# service of Debian's packages, one package of pip's that it uses and one that
# nothing uses. Trivy must find in production exactly the packages of which a
# file is there - as dpkg's lists and pip's records of the dev image say it, not
# we - and the right distribution; and the bills of materials must name the same.
#
# usage: scanned.sh BIN-DIR SOURCE-DIR
set -u
bin=$(cd "$1" && pwd)
source=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)

# Before the tests go into a network of their own, which reaches no archive.
if [ -z "${CLNIMG_TEST_NETNS:-}" ]; then
	[ "$(id -u)" = 0 ] || { echo "skipped: building the image takes root"; exit 77; }
	trivy=$("$source/scripts/lib/trivy" "${CLNIMG_CACHE:-$source/build/cache}") || { echo "skipped: no trivy ($trivy)"; exit 77; }
	CLNIMG_SCANNER=$(realpath "$trivy")
	CLNIMG_BASE=$("$source/examples/lib/debian-base" gunicorn python3-flask python3-tz tzdata locales-all ca-certificates) ||
		{ echo "skipped: no base image"; exit 77; }
	export CLNIMG_SCANNER CLNIMG_BASE
fi
. "$here/../lib/pipeline.sh"

# Two packages as pip installs them, and a service that imports one of them.
site=$tmp/rootfs/usr/local/lib/python3.11/dist-packages
package() {	# NAME VERSION
	mkdir -p "$site/$1-$2.dist-info" "$site/$1"
	echo 'def word(): return "from a package of pip"' >"$site/$1/__init__.py"
	printf 'Metadata-Version: 2.1\nName: %s\nVersion: %s\nLicense: MIT\n' "$1" "$2" >"$site/$1-$2.dist-info/METADATA"
	echo pip >"$site/$1-$2.dist-info/INSTALLER"
	printf '%s\n' "$1/__init__.py,," "$1-$2.dist-info/METADATA,," "$1-$2.dist-info/INSTALLER,," \
		"$1-$2.dist-info/RECORD,," >"$site/$1-$2.dist-info/RECORD"
}
package usedhere 1.4.2
package idlehere 0.9
mkdir -p "$tmp/rootfs/srv"
cat >"$tmp/rootfs/srv/app.py" <<'APP'
import usedhere
from flask import Flask
application = Flask(__name__)
@application.route("/")
def page():
    return usedhere.word()
APP
cat >"$tmp/config.json" <<'CONFIG'
{"Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1"], "WorkingDir": "/srv",
 "Entrypoint": ["/usr/bin/gunicorn"], "Cmd": ["--bind", "127.0.0.1:8183", "--worker-tmp-dir", "/dev/shm", "app:application"],
 "User": "1000:1000"}
CONFIG
ln -s "$CLNIMG_BASE" "$tmp/base.tar"
"$source/examples/lib/app-layer" "$tmp/rootfs" "$tmp/app.tar" &&
	"$source/examples/lib/oci-layout" "$tmp/app:dev" "$tmp/config.json" "$tmp/base.tar" "$tmp/app.tar" || skip "no image"

cleanimage-customize --image "oci:$tmp/app:dev" --output "oci:$tmp/prod:prod" --emit "$tmp/out" --readiness tcp:8183 --save-manifest "$tmp/saved.json" \
	-- curl -sSf --max-time 20 http://127.0.0.1:8183/ >"$tmp/log" 2>&1 </dev/null
status=$?
expect "the service is profiled, packed and proved" 0 'proof'
[ "$status" = 0 ] || { finish; exit 1; }
umoci raw unpack --image "$tmp/app:dev" "$tmp/dev" >/dev/null 2>&1
umoci raw unpack --image "$tmp/prod:prod" "$tmp/root" >/dev/null 2>&1

# scan NAME DIR: every package once a line and twice where it is found twice
scan() {
	"$CLNIMG_SCANNER" --quiet --cache-dir "$tmp/trivy" rootfs "$2" --skip-files '**/*.jar' --list-all-pkgs --format json \
		--offline-scan --scanners license -o "$tmp/$1.json" >"$tmp/log" 2>&1 ||
		{ not_ok "trivy scans $1" "$(cat "$tmp/log")"; finish; exit 1; }
	jq -r '.Results[]? | .Type as $type | .Packages[]? | select(.Name) | "\($type) \(.Name) \(.Version)"' "$tmp/$1.json" |
		sed 's/^debian /deb /; s/^python-pkg /pypi /' | LC_ALL=C sort >"$tmp/$1.found"
	jq -r '.Metadata.OS | "\(.Family) \(.Name)"' "$tmp/$1.json" >"$tmp/$1.os"
}
scan dev "$tmp/dev"
scan prod "$tmp/root"
same() {	# NAME WANT GOT
	diff "$2" "$3" >"$tmp/diff" && ok "$1: $(wc -l <"$3")" || not_ok "$1" "$(cat "$tmp/diff")"
}
python3 "$here/files_remain.py" "$tmp/dev" "$tmp/root" <"$tmp/dev.found" >"$tmp/want" 2>"$tmp/log" ||
	not_ok "which packages remain" "$(cat "$tmp/log")"
same "production has exactly the packages that still have files" "$tmp/want" "$tmp/prod.found"
same "none is found twice" <(uniq "$tmp/prod.found") "$tmp/prod.found"
same "the distribution is the same" "$tmp/dev.os" "$tmp/prod.os"
[ "$(wc -l <"$tmp/want")" -ge 8 ] && [ "$(wc -l <"$tmp/want")" -lt "$(wc -l <"$tmp/dev.found")" ] &&
	ok "some remain and some went" || not_ok "some remain and some went" "$(cat "$tmp/want")"
for line in 'deb libc6 ' 'pypi usedhere 1.4.2'; do
	grep -q "^$line" "$tmp/prod.found" && ok "it finds $line" || not_ok "it finds $line" "$(cat "$tmp/prod.found")"
done
grep -q idlehere "$tmp/dev.found" && ! grep -q idlehere "$tmp/prod.found" && ok "idlehere was there and is gone" ||
	not_ok "idlehere was there and is gone" "$(cat "$tmp/prod.found")"
[ ! -e "$tmp/root/usr/local/lib/python3.11/dist-packages/idlehere/__init__.py" ] && ok "its files are gone too" || not_ok "its files are gone too"
for sbom in "$tmp/out/sbom.cdx.json" "$tmp"/root/var/lib/db/sbom/*.cdx.json; do
	jq -r '.components[] | .purl // empty' "$sbom" | python3 -c '
import re, sys, urllib.parse
for purl in sys.stdin:
    path, _, version = purl.strip().split("?")[0].partition("@")
    kind, *rest = path[len("pkg:"):].split("/")
    if kind != "generic":
        print(kind, urllib.parse.unquote(rest[-1]), re.sub("^[0-9]+:", "", re.sub("-[^-]*$", "", urllib.parse.unquote(version)) if kind == "deb" else urllib.parse.unquote(version)))' |
		LC_ALL=C sort >"$tmp/sbom.found"
	sed '/^deb /s/-[^- ]*$//; s/ [0-9]*:/ /' "$tmp/prod.found" | LC_ALL=C sort >"$tmp/scanned"
	same "$(basename "$sbom") names what trivy finds" "$tmp/scanned" "$tmp/sbom.found"
done

# Where a rule keeps dpkg's own database, no package is there twice.
clnimg-pack --image "oci:$tmp/app:dev" --manifest "$tmp/saved.json" --output "oci:$tmp/kept:prod" --keep /var/lib/dpkg/status \
	>"$tmp/log" 2>&1 && ok "packed with dpkg's status" || not_ok "packed with dpkg's status" "$(cat "$tmp/log")"
umoci raw unpack --image "$tmp/kept:prod" "$tmp/kept-root" >/dev/null 2>&1
scan kept "$tmp/kept-root"
same "the same packages with dpkg's status kept" "$tmp/prod.found" "$tmp/kept.found"
[ -s "$tmp/kept-root/var/lib/dpkg/status" ] && [ ! -e "$tmp/kept-root/var/lib/dpkg/status.d/libc6" ] &&
	ok "said in one place" || not_ok "said in one place" "$(ls "$tmp/kept-root/var/lib/dpkg")"
finish
