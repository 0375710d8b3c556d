#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A manifest is known to be of an image by content, though the image has neither
# os-release nor a package database: by its first program, and by main's.
#
# usage: evidence.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
server=$bin/../test-bin/tiny-server
export TINY_BARE=1
make() { "$here/../lib/tiny-image" "$tmp/$1:dev" "$2" "$3" || skip "cannot make the image"; }
printf '#!/bin/sh\nset -e\nmkdir -p /run/web\nexec "$@"\n' >"$tmp/entry-a"
printf '#!/bin/sh\nset -e\nmkdir -p /run/web /run/other\nexec "$@"\n' >"$tmp/entry-b"
{ cat "$server"; echo another build; } >"$tmp/server-c"
make tiny "$server" "$tmp/entry-a"
make b "$server" "$tmp/entry-b"
make c "$tmp/server-c" "$tmp/entry-a"

customize --save-manifest "$tmp/m.json" -- curl -sf http://127.0.0.1:8180/read/srv/index.html
expect "the pipeline needs no option to know its own image" 0 'proof'
[ "$status" = 0 ] || { finish; exit 1; }
found=$(jq -c '[.roots[] | select(.kind == "container") | .evidence[] | [.path, .identity]]' "$tmp/m.json")
[ "$found" = '[["/bin/busybox",null],["/bin/tiny-server",null],["/entry.sh",true]]' ] ||
	[ "$found" = '[["/bin/sh",null],["/bin/tiny-server",null],["/entry.sh",true]]' ] &&
	ok "the evidence is entry and main" || not_ok "the evidence is entry and main" "$found"

# pack NAME OPTION...: the image of that name
pack() {
	local name=$1
	shift
	rm -rf "$tmp/p" "$tmp/p-out"
	clnimg-pack --quiet --image "oci:$tmp/$name:dev" --manifest "$tmp/m.json" \
		--output "oci:$tmp/p:prod" --emit "$tmp/p-out" "$@" >"$tmp/log" 2>&1
	status=$?
}
fine() { [ "$status" = 0 ] && ok "$1" || not_ok "$1: status $status" "$(cat "$tmp/log")"; }
nothing() { [ ! -e "$tmp/p" ] && [ ! -e "$tmp/p-out" ] && ok "$1" || not_ok "$1" "$(ls "$tmp")"; }
pack tiny
fine "the image of the manifest is packed, small as it is"
pack b
expect "another entry script is another image" 3 'another image: /entry.sh differs \(--any-image'
nothing "and nothing is written"
pack c
expect "another build of main is another image" 3 'another image: /bin/tiny-server differs \(--any-image'
pack b --any-image
fine "--any-image takes the first"
pack c --any-image
fine "--any-image takes the second"

# Two starts of one image with other first programs: one image all the same.
jq '.roots |= map(if .kind == "container" then .evidence |= map(if .path == "/entry.sh" then empty elif .path == "/bin/tiny-server" then .identity = true else . end) else . end)
	| .runs[0].id = "00000000000000000000000000000001"' "$tmp/m.json" >"$tmp/other.json"
clnimg-manifest merge -o "$tmp/both.json" "$tmp/m.json" "$tmp/other.json" >"$tmp/log" 2>&1
status=$?
fine "they merge"
[ "$(jq '[.roots[] | select(.kind == "container")] | length' "$tmp/both.json")" = 2 ] &&
	ok "as two containers" || not_ok "as two containers" "$(jq -c .roots "$tmp/both.json")"
mv "$tmp/both.json" "$tmp/m.json"
pack tiny
fine "which both are the image"
rm -rf "$tmp/prod" "$tmp/out" "$tmp/p" "$tmp/p-out"
finish
