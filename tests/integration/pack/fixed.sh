#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Packing a packed image with the same manifest changes nothing: manifest, config
# and layers are the same bytes. An image that only says that it is packed is
# packed as any other.
#
# usage: fixed.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
. "$here/twice.sh"
. "$here/start.sh"
lib=$here/../../../examples/lib

# The first packing copies blocks of the image, the second takes the layers whole: nothing is left to
# another encoder.
whole() {
	[ "$(jq '.image.copied_bytes == .image.compressed_bytes and .image.copied_bytes > 0' "$tmp/e2/report.json")" = true ] && ok "$1: the layers are taken whole" ||
		not_ok "$1: the layers are taken whole" "$(jq .image "$tmp/e2/report.json")"
}
twice "a script's defaults, directories and files" "$tmp/tiny:dev" "$tmp/m.json"
whole "gzip"
[ "$(jq '.mounts | length' "$tmp/e2/runtime.json")" -gt 0 ] && ok "which needs a mount" || not_ok "which needs a mount"
clnimg-verify --image "oci:$tmp/x3:x" --emit "$tmp/e3" >"$tmp/log" 2>&1 && ok "clnimg-verify agrees" || not_ok "clnimg-verify agrees" "$(cat "$tmp/log")"
twice "zstd, a size, more lines" "$tmp/tiny:dev" "$tmp/m.json" --compression zstd --tmpfs-size 8M --seccomp
whole "zstd"
twice "all compressed anew" "$tmp/tiny:dev" "$tmp/m.json" --recompress
[ "$(jq .image.copied_bytes "$tmp/e2/report.json")" = 0 ] && ok "nothing is copied" || not_ok "nothing is copied"
SOURCE_DATE_EPOCH=1600000000 twice "SOURCE_DATE_EPOCH" "$tmp/tiny:dev" "$tmp/m.json"

# with packages, in layers of their own: nginx from Debian, whose script renders a template
nginx=$here/../../../build/images/nginx
if [ -s "$nginx/index.json" ]; then
	cleanimage-customize --image "oci:$nginx:dev" --output "oci:$tmp/ng:prod" --emit "$tmp/out" --save-manifest "$tmp/ng.json" \
		-- "$here/../../../examples/nginx/run-tests.sh" >"$tmp/log" 2>&1 </dev/null
	status=$?
	expect "nginx is profiled" 0 .
	[ "$status" != 0 ] || twice "nginx" "$nginx:dev" "$tmp/ng.json"
	[ "$status" != 0 ] || whole "nginx"
	[ "$status" != 0 ] || twice "nginx, a layer a package" "$nginx:dev" "$tmp/ng.json" --layers package
	[ "$(raw "oci:$tmp/x2:x" | jq '.layers | length')" -gt 3 ] && ok "in several layers" || not_ok "in several layers"
else
	echo "ok - nginx # skipped: build/images/nginx:dev is not there"
fi

# forged LABEL... : an image that says it is packed, with what the test put into $tmp/f
rm -rf "$tmp"/x[0-9]
clnimg-pack --quiet --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" --output "oci:$tmp/x1:x" >/dev/null 2>&1
forge() {
	local name=$1 reason=$2
	skopeo inspect --config "oci:$tmp/x1:x" | jq .config >"$tmp/config.json"
	rm -rf "$tmp/f" "$tmp/forged" "$tmp/y"
	umoci raw unpack --image "$tmp/x1:x" "$tmp/f" >/dev/null 2>&1
	eval "$3"
	tar -C "$tmp/f" --numeric-owner -cf "$tmp/f.tar" . && "$lib/oci-layout" "$tmp/forged:x" "$tmp/config.json" "$tmp/f.tar" >/dev/null
	clnimg-pack --allow-sparse --report none --image "oci:$tmp/forged:x" --manifest "$tmp/m.json" --output "oci:$tmp/y:x" >"$tmp/log" 2>&1
	status=$?
	expect "$name: is of another image" 3 "differs"
	clnimg-pack --allow-sparse --any-image --report none --image "oci:$tmp/forged:x" --manifest "$tmp/m.json" --output "oci:$tmp/y:x" >"$tmp/log" 2>&1
	status=$?
	expect "$name" 0 "packed anew" && grep -q "$reason" "$tmp/log" && ok "$name: says why" || not_ok "$name: says why" "$(cat "$tmp/log")"
	rm -rf "$tmp/g"
	umoci raw unpack --image "$tmp/y:x" "$tmp/g" >/dev/null 2>&1
	[ -e "$tmp/g/clnimg-init" ] && [ ! -e "$tmp/g/bin/sh" ] && [ ! -e "$tmp/g/bin/kitten" ] && [ ! -e "$tmp/g/dev/sda" ] &&
		! grep -q kitten "$tmp/g/etc/clnimg/init.conf" && [ -z "$(find "$tmp/g" -perm /6000 -type f)" ] && ok "$name: and has no effect" ||
		not_ok "$name: and has no effect" "$(find "$tmp/g"; cat "$tmp/g/etc/clnimg/init.conf")"
}
forge "a shell inside" '/bin/sh (shell)' 'cp "$(command -v busybox)" "$tmp/f/bin/sh"'
forge "a shell of another name" '/bin/kitten (shell)' 'cp "$(command -v busybox)" "$tmp/f/bin/kitten"'
forge "a device" '/dev/sda (device)' 'mkdir -p "$tmp/f/dev"; mknod "$tmp/f/dev/sda" b 8 0'
forge "a setuid file" 'setuid' 'chmod u+s "$tmp/f/bin/tiny-server"'
forge "more that may be executed" 'allows: landlock exec /bin/kitten' 'sed -i "s,^landlock exec.*,&\nlandlock exec /bin/kitten," "$tmp/f/etc/clnimg/init.conf"'
forge "less policy" 'lacks: landlock exec' 'sed -i "/^landlock exec/d" "$tmp/f/etc/clnimg/init.conf"'
forge "no restriction of writes" 'restricts no writes' 'sed -i "/^landlock write/d" "$tmp/f/etc/clnimg/init.conf"'
forge "more that may be written" 'makes /srv writable' 'sed -i "s,^landlock write.*,& /srv," "$tmp/f/etc/clnimg/init.conf"'
forge "another init.conf" 'does not begin' 'echo kitten >"$tmp/f/etc/clnimg/init.conf"'
forge "a file that a later build added" 'layers are not those' 'mkdir -p "$tmp/f/opt"; echo added >"$tmp/f/opt/added"'
[ ! -e "$tmp/g/opt/added" ] && ok "which is gone" || not_ok "which is gone"
forge "a mount over everything" 'not the mount point' 'jq ".Labels[\"io.clnimg.mounts\"] = \"[{\\\"path\\\":\\\"/srv\\\",\\\"kind\\\":\\\"memory\\\",\\\"mode\\\":\\\"0777\\\",\\\"uid\\\":0,\\\"gid\\\":0,\\\"bytes\\\":1}]\"" "$tmp/config.json" >"$tmp/c" && mv "$tmp/c" "$tmp/config.json"'
forge "mounts that are none" 'mounts' 'jq ".Labels[\"io.clnimg.mounts\"] = \"kitten\"" "$tmp/config.json" >"$tmp/c" && mv "$tmp/c" "$tmp/config.json"'
finish
