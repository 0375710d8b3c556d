#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What clnimg-pack leaves behind: all of its outputs, or none of them, whatever
# fails or interrupts it; two writers of one layout keep each other's images.
#
# usage: publish.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
tiny_image
customize --save-manifest "$tmp/m.json" -- curl -sf http://127.0.0.1:8180/read/srv/index.html
expect "a manifest to pack with" 0 'proof'
[ "$status" = 0 ] || { finish; exit 1; }
rm -rf "$tmp/prod" "$tmp/out"
mkdir "$tmp/t"
export TMPDIR=$tmp/t

pack() {
	clnimg-pack --quiet --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" "$@" >"$tmp/log" 2>&1
	status=$?
}
# nothing NAME DIR...: neither these, nor anything temporary
nothing() {
	local name=$1 left
	shift
	left=$(ls -A "$tmp/t"; ls -d "$@" 2>/dev/null; find "$tmp" -name '.*.??????*' -o -name '.clnimg-*')
	[ -z "$left" ] && ok "$name" || not_ok "$name" "$left"
}

pack --output "oci:$tmp/p:prod" --emit /proc/none
expect "an --emit that cannot be made fails" 1 '/proc/none'
nothing "and leaves nothing" "$tmp/p"
mkdir -p "$tmp/out/report.html"
pack --output "oci:$tmp/p:prod" --output "oci-archive:$tmp/p.tar" --emit "$tmp/out"
expect "a document that cannot be written fails" 1 'report.html'
nothing "and leaves no image and no document" "$tmp/p" "$tmp/p.tar" "$tmp/out/config.json" "$tmp/out/run.args"
rm -rf "$tmp/out"

mkdir "$tmp/small"
if mount -t tmpfs -o size=64k none "$tmp/small" 2>/dev/null; then
	trap 'umount "$tmp/small"; rm -rf "$tmp"' EXIT
	pack --output "oci:$tmp/p:prod" --emit "$tmp/small/out"
	expect "no space for the documents fails" 1 'No space'
	nothing "and leaves neither" "$tmp/p" "$tmp/small/out"
	for kind in oci oci-archive docker-archive; do
		pack --output "$kind:$tmp/small/p" --emit "$tmp/out"
		expect "no space for $kind fails" 1 'No space'
		nothing "and leaves neither" "$tmp/small/p" "$tmp/out"
	done
else
	echo "ok - a full disk # skipped: cannot mount a tmpfs"
fi

pack --output "oci:$tmp/p:prod"
[ "$status" = 0 ] && ok "a layout to add to" || not_ok "a layout to add to" "$(cat "$tmp/log")"
before=$(find "$tmp/p" | sort | sha256sum; cat "$tmp/p/index.json")
mkdir -p "$tmp/out/report.html"
pack --output "oci:$tmp/p:other" --layers package --compression zstd --emit "$tmp/out"
after=$(find "$tmp/p" | sort | sha256sum; cat "$tmp/p/index.json")
[ "$status" = 1 ] && [ "$before" = "$after" ] && ok "a failure leaves a layout as it was" || not_ok "a failure leaves a layout as it was" "$after"
rm -rf "$tmp/out"
pack --output "oci:$tmp/pair:prod" --emit-dev "oci:$tmp/pair:dev" --emit "$tmp/out"
skopeo inspect --config "oci:$tmp/pair:prod" >/dev/null 2>&1 && skopeo inspect --config "oci:$tmp/pair:dev" >/dev/null 2>&1 &&
	ok "both of the pair in one new layout" || not_ok "both of the pair in one new layout" "$(cat "$tmp/log")"

# two writers, or ten
for where in p new; do
	pids=
	for n in 1 2 3 4 5; do
		clnimg-pack --quiet --report none --threads 1 --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" \
			--output "oci:$tmp/$where:tag$n" >>"$tmp/log" 2>&1 &
		pids="$pids $!"
	done
	bad=0
	for pid in $pids; do wait "$pid" || bad=1; done
	got=$(jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"]' "$tmp/$where/index.json" | grep -c '^tag')
	[ "$bad" = 0 ] && [ "$got" = 5 ] && ok "writers of one layout keep each other's tags ($where)" ||
		not_ok "writers of one layout keep each other's tags ($where): $got" "$(cat "$tmp/log")"
done
skopeo inspect --config "oci:$tmp/new:tag3" >/dev/null 2>&1 && ok "and their images are whole" || not_ok "and their images are whole"
# another writer holds the layout: ours waits for it
flock "$tmp/p" sh -c 'touch "$1/locked"; sleep 1; touch "$1/freed"' sh "$tmp" &
for _ in $(seq 100); do [ -e "$tmp/locked" ] && break; sleep 0.05; done
[ ! -e "$tmp/freed" ] || not_ok "another writer holds the layout"
pack --output "oci:$tmp/p:late"
[ "$status" = 0 ] && [ -e "$tmp/freed" ] && ok "a locked layout is waited for" || not_ok "a locked layout is waited for" "$(cat "$tmp/log")"
wait

# A skopeo that never ends: interrupted while reading and while writing through it.
mkdir "$tmp/fake"
printf '#!/bin/sh\necho $$ >"%s"\nexec sleep 60\n' "$tmp/skopeo.pid" >"$tmp/fake/skopeo"
chmod +x "$tmp/fake/skopeo"
# interrupt NAME SIGNAL STATUS COMMAND...
interrupt() {
	local name=$1 signal=$2 want=$3 pid child
	shift 3
	rm -f "$tmp/skopeo.pid"
	# a shell's background jobs ignore SIGINT: set it back
	PATH=$tmp/fake:$PATH env --default-signal "$@" >"$tmp/log" 2>&1 &
	pid=$!
	for _ in $(seq 100); do [ -s "$tmp/skopeo.pid" ] && break; sleep 0.05; done
	[ "${name%asking*}" != "$name" ] || [ -n "$(ls -A "$tmp/t")" ] || not_ok "$name: nothing temporary was there" "$(cat "$tmp/log")"
	kill "-$signal" "$pid"
	wait "$pid"
	status=$?
	child=$(cat "$tmp/skopeo.pid")
	[ "$status" = "$want" ] && ok "$name: status $want" || not_ok "$name: status $status" "$(cat "$tmp/log")"
	sleep 0.2
	grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$child/status" 2>/dev/null && not_ok "$name: its child ended" || ok "$name: its child ended"
	nothing "$name: nothing is left" "$tmp/out"
}
rm -rf "$tmp/out"
for signal in INT:130 TERM:143; do
	n=${signal#*:} s=${signal%:*}
	interrupt "clnimg-pack asking for platforms, SIG$s" "$s" "$n" "$bin/clnimg-pack" --allow-sparse --image docker://none/none \
		--manifest "$tmp/m.json" --output "oci:$tmp/q:prod" --emit "$tmp/out"
	interrupt "clnimg-pack reading, SIG$s" "$s" "$n" "$bin/clnimg-pack" --allow-sparse --image docker://none/none --platform linux/amd64 \
		--manifest "$tmp/m.json" --output "oci:$tmp/q:prod" --emit "$tmp/out"
	interrupt "clnimg-pack pushing, SIG$s" "$s" "$n" "$bin/clnimg-pack" --allow-sparse --image "oci:$tmp/tiny:dev" \
		--manifest "$tmp/m.json" --output docker://none/none --output "oci:$tmp/q:prod" --emit "$tmp/out"
	interrupt "clnimg-verify reading, SIG$s" "$s" "$n" "$bin/clnimg-verify" --image docker://none/none
	interrupt "clnimg-verify --compare, SIG$s" "$s" "$n" "$bin/clnimg-verify" --compare docker://none/none "oci:$tmp/p:prod"
done
[ ! -e "$tmp/q" ] && ok "no image of those" || not_ok "no image of those"
finish
