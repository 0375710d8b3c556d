#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Options given for an image that is packed already: each takes effect, or is content with
# what is there, or is named; with --strict what is named is an error. No option of
# clnimg-pack stands outside these lists.
#
# usage: options.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
. "$here/start.sh"
lib=$here/../../../examples/lib

# an account that nobody uses, and a time zone file that no run read
umoci raw unpack --image "$tmp/tiny:dev" "$tmp/f" >/dev/null 2>&1
echo 'kitten:x:1234:1234::/:/bin/sh' >>"$tmp/f/etc/passwd"
skopeo inspect --config "oci:$tmp/tiny:dev" | jq .config >"$tmp/config.json"
tar -C "$tmp/f" --numeric-owner -cf "$tmp/f.tar" . && "$lib/oci-layout" "$tmp/src:x" "$tmp/config.json" "$tmp/f.tar" >/dev/null
common=(--any-image --allow-sparse --report none --manifest "$tmp/m.json")

# packed OPTION...: the packed image again, with these; $status and $tmp/log
packed() {
	rm -rf "$tmp/y" "$tmp/out"
	clnimg-pack "${common[@]}" --image "oci:$tmp/x:x" --output "oci:$tmp/y:x" "$@" >"$tmp/log" 2>&1 </dev/null
	status=$?
}
first() {
	rm -rf "$tmp/x"
	clnimg-pack "${common[@]}" --image "oci:$tmp/src:x" --output "oci:$tmp/x:x" --keep /etc/passwd "$@" >"$tmp/log" 2>&1 ||
		not_ok "packing with $*" "$(cat "$tmp/log")"
}
known=
# names OPTION [VALUE...]: has no effect and says so
names() {
	known="$known $1"
	packed "$@"
	if [ "$status" = 0 ] && grep -q -- "$1.* has no effect: the image is packed already" "$tmp/log"; then ok "$1 is named"; else
		not_ok "$1 is named: status $status" "$(cat "$tmp/log")"; fi
	packed "$@" --strict
	if [ "$status" = 1 ] && grep -q -- "$1.* has no effect" "$tmp/log" && [ ! -e "$tmp/y" ]; then ok "$1 is an error with --strict"; else
		not_ok "$1 is an error with --strict: status $status" "$(cat "$tmp/log")"; fi
}
# content OPTION [VALUE...]: is what the image was packed with
content() {
	first "$@"
	packed "$@" --strict
	if [ "$status" = 0 ] && ! grep -q 'no effect' "$tmp/log" && cmp -s "$tmp/x/index.json" "$tmp/y/index.json"; then ok "$1 holds already"; else
		not_ok "$1 holds already: status $status" "$(cat "$tmp/log")"; fi
}
# anew PATTERN OPTION [VALUE...]: is packed as any other image, with the option
anew() {
	local pattern=$1
	shift
	known="$known $1"
	packed "$@"
	if grep -q -- "$pattern.*: packed anew" "$tmp/log" && ! grep -q 'no effect' "$tmp/log"; then ok "$1 packs anew"; else
		not_ok "$1 packs anew: status $status" "$(cat "$tmp/log")"; fi
}

first
names --granularity package
names --listed all
names --allow-shell
names --allow-package-manager
names --reduce-accounts
echo 'env MORE set 1' >"$tmp/more.conf"
names --init-conf "$tmp/more.conf"
names --tmpfs-size 3M
names --layers package
names --sbom-files
names --emit-dev "oci:$tmp/dev2:x"
anew 'main program: no program' --main /bin/tiny-tool
anew 'holds /srv/index.html (rule-drop)' --drop '/srv/*'
anew 'runs as' --user 4321:4321
anew 'lacks: seccomp' --seccomp
anew 'lacks: redirect unknown' --redirect-unknown /run/more
anew 'allows: require readonly-root' --allow-writable-root

content --main /bin/tiny-server
content --tmpfs-size 3M
content --reduce-accounts --keep /etc/passwd
content --keep /etc/passwd
content --init-conf "$tmp/more.conf"

# a rule for what the image lost is told as ever
first
packed --keep /srv/extra.html
expect "--keep of what is gone" 0 '--keep /srv/extra.html matches nothing'
packed --keep-package bash
expect "--keep-package of what is gone" 0 '--keep-package bash matches nothing'
packed --keep /srv/extra.html --strict
expect "--keep of what is gone, strict" 1 'matches nothing'

# a constant command, compiled
printf '#!/bin/sh\nexec curl -sf -o /dev/null --retry 5 --retry-connrefused "http://127.0.0.1:8180/system//bin/tiny-tool+hello"\n' >"$tmp/ask.sh"
customize --save-manifest "$tmp/m.json" --commands compile -- "$tmp/ask.sh"
expect "an image with commands" 0 .
content --commands compile
names --commands refuse

# Permissions, which ask nothing of the result; what concerns reading, writing and the documents
# beside the image, made anew; and what is read before any image.
known="$known --keep --keep-package --keep-from --allow-incomplete --allow-sparse --any-image --allow-startup-loss
	--image --manifest --output --emit --platform --dry-run --explain --strict --init --compression --compression-level --recompress --threads
	--max-bytes --max-entries --limit --referrer --vex-scan --vex-unused --steps --report
	--help --version --quiet --verbose"
clnimg-pack --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u >"$tmp/all"
printf '%s\n' $known | sort -u >"$tmp/known"
[ -s "$tmp/all" ] && [ -z "$(comm -23 "$tmp/all" "$tmp/known")" ] && ok "no option stands outside" ||
	not_ok "no option stands outside" "$(comm -23 "$tmp/all" "$tmp/known")"
finish
