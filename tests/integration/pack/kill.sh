#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# clnimg-pack killed at every rename, and at random: a reader of the layout or of
# the documents finds all of the old or all of the new, and what the dead left is
# swept by the next. Images, referrers and the pair in one layout come and go by
# one rename.
#
# usage: kill.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
. "$here/start.sh"
shim=$bin/../test-bin/libkill-at.so
[ -r "$shim" ] || skip "libkill-at is not built"
w=$tmp/w
mkdir "$w" "$tmp/t"
export TMPDIR=$tmp/t

pack() {
	"${wrap[@]}" "$bin/clnimg-pack" --quiet --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" \
		--output "oci:$w/p:prod" --emit-dev "oci:$w/p:dev" --emit "$w/out" --referrer "$@" >"$tmp/log" 2>&1
}
wrap=()
documents() { [ -d "$w/out" ] && (cd "$w/out" && sha256sum * | sha256sum) || echo none; }
index() { sha256sum "$w/p/index.json" 2>/dev/null || echo none; }
# every manifest that the index names, and all it names, is there and whole
whole() {
	local digest below
	[ -e "$w/p/index.json" ] || return 0
	for digest in $(jq -r '.manifests[].digest[7:]' "$w/p/index.json"); do
		for below in "$digest" $(jq -r '.config.digest[7:], .layers[].digest[7:]' "$w/p/blobs/sha256/$digest"); do
			echo "$below  $w/p/blobs/sha256/$below" | sha256sum -c --status 2>/dev/null || return 1
		done
	done
}
leftovers() { find "$w" "$tmp/t" -name '.clnimg-*' -o -name '*.clnimg.tmp'; }

# the old state, kept; the new one, known
pack --tmpfs-size 8M || { not_ok "packs" "$(cat "$tmp/log")"; finish; exit 1; }
cp -a "$w" "$tmp/old"
old_docs=$(documents) old_index=$(index)
[ "$(jq '.manifests | length' "$w/p/index.json")" = 4 ] && ok "a pair and two referrers in one layout" || not_ok "a pair and two referrers in one layout" "$(cat "$w/p/index.json")"
new=(--keep /srv/extra.html)
wrap=(env LD_PRELOAD="$shim" RENAME_LOG="$tmp/trace")
pack "${new[@]}"
wrap=()
new_docs=$(documents) new_index=$(index)
whole && ok "what is written is whole" || not_ok "what is written is whole"
[ "$new_docs" != "$old_docs" ] && [ "$new_index" != "$old_index" ] && ok "the two states differ" || not_ok "the two states differ"
[ "$(grep -c ' .*/p/index.json' "$tmp/trace")" = 1 ] && ok "one rename shows images and referrers" ||
	not_ok "one rename shows images and referrers" "$(cat "$tmp/trace")"
[ "$(tail -n 2 "$tmp/trace")" = "exchange $w/out
rename $w/p/index.json" ] &&
	ok "documents by one exchange, then the image" || not_ok "documents by one exchange, then the image" "$(tail -n 5 "$tmp/trace")"
[ "$(jq '.manifests | length' "$w/p/index.json")" = 4 ] && ok "the replaced image's referrers are gone" || not_ok "the replaced image's referrers are gone" "$(cat "$w/p/index.json")"

restore() { rm -rf "$w"; if [ "$1" = old ]; then cp -a "$tmp/old" "$w"; else mkdir "$w"; fi; }
# state NAME FROM: what is there is one of the two, and the two belong together but for SIGKILL
state() {
	local name=$1 from=$2 signal=$3 docs idx was_docs=$old_docs was_index=$old_index
	[ "$from" = old ] || was_docs=none was_index=none
	docs=$(documents) idx=$(index)
	if ! whole; then
		not_ok "$name: whole"
	elif [ "$docs" != "$new_docs" ] && [ "$docs" != "$was_docs" ]; then
		not_ok "$name: some documents are new, some are old" "$(ls -la "$w/out")"
	elif [ "$idx" != "$new_index" ] && [ "$idx" != "$was_index" ] && [ "$from" = old ]; then
		not_ok "$name: an index that is neither" "$(cat "$w/p/index.json")"
	elif [ "$docs" = "$was_docs" ] && [ "$idx" != "$was_index" ]; then
		not_ok "$name: an image without its documents"
	elif [ "$signal" != KILL ] && [ "$docs" = "$new_docs" ] && [ "$idx" = "$was_index" ]; then
		not_ok "$name: documents without their image"
	else
		return 0
	fi
	return 1
}
count() { rm -f "$tmp/trace"; wrap=(env LD_PRELOAD="$shim" RENAME_LOG="$tmp/trace"); pack "${new[@]}"; wrap=(); wc -l <"$tmp/trace"; }
# named moments: before renames of the run, the last of which are the commit
for from in old none; do
	restore $from
	renames=$(count)
	for signal in KILL TERM INT HUP; do
		bad=0 none=0 done=0
		for n in 1 $((renames / 2)) $((renames - 3)) $((renames - 2)) $((renames - 1)) "$renames"; do
			restore $from
			wrap=(env --default-signal LD_PRELOAD="$shim" KILL_AT="$n" KILL_WITH="$(kill -l $signal)")
			{ pack "${new[@]}"; } 2>/dev/null
			wrap=()
			state "SIG$signal at rename $n from $from" $from $signal || bad=$((bad + 1))
			[ "$(documents)" = "$new_docs" ] && done=$((done + 1)) || none=$((none + 1))
			[ $signal = KILL ] || [ -z "$(leftovers)" ] || { not_ok "SIG$signal at rename $n: nothing is left" "$(leftovers)"; bad=$((bad + 1)); }
			pack "${new[@]}" || { not_ok "and packs again" "$(cat "$tmp/log")"; bad=$((bad + 1)); }
			[ -z "$(leftovers)" ] && [ "$(documents)" = "$new_docs" ] && whole ||
				{ not_ok "SIG$signal at rename $n: swept by the next" "$(leftovers)"; bad=$((bad + 1)); }
		done
		[ $bad = 0 ] && [ $none -gt 0 ] && ok "SIG$signal at renames, from $from: $none old, $done new" ||
			not_ok "SIG$signal from $from: $bad bad, $none old, $done new"
	done
done
# killed between the two: documents ahead of the image, and clnimg-verify tells
restore old
renames=$(count)
new_digest=$(jq -r .image.digest "$w/out/report.json")
restore old
old_digest=$(jq -r .image.digest "$w/out/report.json")
wrap=(env --default-signal LD_PRELOAD="$shim" KILL_AT="$renames" KILL_WITH=9)
{ pack "${new[@]}"; } 2>/dev/null
wrap=()
[ "$(documents)" = "$new_docs" ] && [ "$(index)" = "$old_index" ] && ok "killed between documents and image" ||
	not_ok "killed between documents and image" "$(jq .image "$w/out/report.json")"
clnimg-verify --image "oci:$w/p:prod" --emit "$w/out" >"$tmp/log" 2>&1
status=$?
expect "clnimg-verify names both" 3 "these documents belong to the image $new_digest; this is $old_digest"
pack "${new[@]}"
clnimg-verify --image "oci:$w/p:prod" --emit "$w/out" >"$tmp/log" 2>&1
status=$?
expect "and is content after the next run" 0 .

# killed when its blobs are in the layout and the index does not name them yet
blobs() { (cd "$w/p/blobs/sha256" && ls | sort); }
orphaned() { # what a killed run leaves goes to $tmp/left
	restore old
	blobs >"$tmp/before"
	wrap=(env --default-signal LD_PRELOAD="$shim" KILL_AT="$((renames - 1))" KILL_WITH=9)
	{ pack "${new[@]}"; } 2>/dev/null
	wrap=()
	blobs | comm -13 "$tmp/before" - >"$tmp/left"
	[ "$(index)" = "$old_index" ] && [ "$(wc -l <"$tmp/left")" -gt 3 ] || not_ok "a killed run leaves blobs" "$(cat "$tmp/left")"
}
still() { (cd "$w/p/blobs/sha256" && ls $(cat "$tmp/left") 2>/dev/null | wc -l); }
next() { "$bin/clnimg-pack" --report none --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" --output "oci:$w/p:next" --tmpfs-size 5M "$@" >"$tmp/log" 2>&1; }
orphaned
echo '{"somebody": "else"}' >"$w/p/blobs/sha256/$(printf '%064d' 7)"
kept=$(head -n 1 "$tmp/left") # the same bytes, but another's file
cp "$w/p/blobs/sha256/$kept" "$tmp/copy" && mv "$tmp/copy" "$w/p/blobs/sha256/$kept"
sed -i 1d "$tmp/left"
left=$(still)
next
[ "$left" -gt 2 ] && [ "$(still)" = 0 ] && grep -q "removed $left blobs (.*) that a killed run left" "$tmp/log" && [ -z "$(leftovers | grep -F "$w/p/")" ] &&
	ok "the next run removes $left blobs and says so" || not_ok "the next run removes $left blobs and says so" "$(cat "$tmp/left" "$tmp/log"; leftovers)"
[ -e "$w/p/blobs/sha256/$(printf '%064d' 7)" ] && [ -e "$w/p/blobs/sha256/$kept" ] && [ -z "$(blobs | comm -23 "$tmp/before" -)" ] && whole &&
	ok "nothing else is touched" || not_ok "nothing else is touched" "$(blobs | comm -3 "$tmp/before" -)"
# what the index names by now is no orphan
orphaned
"$bin/clnimg-pack" --quiet --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" --output "oci:$w/p:prod" "${new[@]}" >"$tmp/log" 2>&1
whole && [ "$(jq '[.manifests[] | select(.annotations)] | length' "$w/p/index.json")" = 2 ] && ok "the same image again is whole" || not_ok "the same image again is whole" "$(cat "$tmp/log")"
# another writer may rely on them
orphaned
mkdir "$w/p/.clnimg-stage-living"
left=$(still)
exec 8<"$w/p/.clnimg-stage-living"
flock 8
next
[ "$(still)" = "$left" ] && ok "while another writes, all stays" || not_ok "while another writes, all stays" "$(cat "$tmp/log")"
exec 8<&-
next --keep /srv/extra.html
[ "$(still)" -lt "$left" ] && whole && [ -z "$(leftovers | grep -F "$w/p/")" ] && ok "and goes later" || not_ok "and goes later" "$(cat "$tmp/log"; leftovers)"
# an index that cannot be read keeps everything
orphaned
left=$(still)
jq -c '.manifests += [{mediaType: "x/y", digest: "sha256:'"$(printf '%064d' 8)"'", size: 9, annotations: {"org.opencontainers.image.ref.name": "odd"}}]' "$w/p/index.json" >"$tmp/i" && cp "$tmp/i" "$w/p/index.json"
echo '{"no JSON' >"$w/p/blobs/sha256/$(printf '%064d' 8)"
next
[ "$(still)" = "$left" ] && ! grep -q removed "$tmp/log" && ok "a document that cannot be read keeps everything" || not_ok "a document that cannot be read keeps everything" "$(cat "$tmp/log")"

# at random
bad=0
for n in $(seq 15); do
	restore old
	set -- KILL TERM INT HUP
	shift $((n % 4))
	env --default-signal "$bin/clnimg-pack" --quiet --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" \
		--output "oci:$w/p:prod" --emit-dev "oci:$w/p:dev" --emit "$w/out" --referrer "${new[@]}" >"$tmp/log" 2>&1 &
	sleep "0.$(printf %03d $((RANDOM % 160)))"
	kill "-$1" $! 2>/dev/null
	wait $! 2>/dev/null
	state "SIG$1 at random" old "$1" || bad=$((bad + 1))
done
pack "${new[@]}"
[ $bad = 0 ] && [ -z "$(leftovers)" ] && ok "killed 15 times at random" || not_ok "killed at random" "$(leftovers)"

# a living writer's folder is nobody's to sweep
mkdir "$w/p/.clnimg-stage-abcdef"
flock -o "$w/p/.clnimg-stage-abcdef" sleep 3 &
holder=$!
sleep 0.2
pack
[ -d "$w/p/.clnimg-stage-abcdef" ] && ok "what a living one stages stays" || not_ok "what a living one stages stays"
kill $holder
wait $holder 2>/dev/null
sleep 0.1
pack
[ ! -d "$w/p/.clnimg-stage-abcdef" ] && ok "and goes when it is dead" || not_ok "and goes when it is dead"

# referrers: without --referrer the old ones go with their image; others' stay
entries() { jq -r '.manifests[] | .artifactType // .annotations["org.opencontainers.image.ref.name"]' "$w/p/index.json" | sort | tr '\n' ' '; }
plain() {
	"$bin/clnimg-pack" --quiet --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" --output "oci:$w/p:$1" "${@:2}" >"$tmp/log" 2>&1
}
# a signature of somebody's on the image, and one on an image that is elsewhere
sign() {
	local subject=$1 blob
	blob=$(jq -cn --arg s "$subject" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", artifactType: "x/signature",
		config: {mediaType: "application/vnd.oci.empty.v1+json", digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", size: 2},
		layers: [], subject: {mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $s, size: 1}}')
	digest=$(printf %s "$blob" | sha256sum | cut -d' ' -f1)
	printf %s "$blob" >"$w/p/blobs/sha256/$digest"
	jq -c --arg d "sha256:$digest" --argjson n ${#blob} '.manifests += [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $n, artifactType: "x/signature"}]' \
		"$w/p/index.json" >"$tmp/i" && cp "$tmp/i" "$w/p/index.json"
}
sign "$(jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "prod").digest' "$w/p/index.json")"
sign "sha256:$(printf '%064d' 5)"
plain other --init-conf <(echo 'env N set 9')
[ "$(entries)" = "application/spdx+json application/vnd.cyclonedx+json dev other prod x/signature x/signature " ] &&
	ok "another tag leaves them all" || not_ok "another tag leaves them all: $(entries)"
plain prod --keep /srv/extra.html
[ "$(entries)" = "dev other prod x/signature " ] && ok "a replaced image takes its referrers along" || not_ok "a replaced image takes its referrers along: $(entries)"

# writers of one layout with referrers keep each other's
pids=
for n in 1 2 3 4; do
	"$bin/clnimg-pack" --quiet --threads 1 --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" --referrer \
		--init-conf <(echo "env N set $n") --output "oci:$w/many:tag$n" >>"$tmp/log" 2>&1 &
	pids="$pids $!"
done
for pid in $pids; do wait "$pid" || not_ok "a writer among others" "$(cat "$tmp/log")"; done
[ "$(jq '[.manifests[] | select(.artifactType)] | length' "$w/many/index.json")" = 8 ] && [ "$(jq '.manifests | length' "$w/many/index.json")" = 12 ] &&
	ok "four writers with referrers" || not_ok "four writers with referrers" "$(jq -c '.manifests[]' "$w/many/index.json"; cat "$tmp/log")"

# a folder that cannot be exchanged is filled file by file
restore old
mkdir "$w/out/sub"
echo mine >"$w/out/mine"
pack "${new[@]}" && [ -d "$w/out/sub" ] && [ "$(cat "$w/out/mine")" = mine ] && [ -s "$w/out/report.json" ] && ok "a folder with folders" || not_ok "a folder with folders" "$(cat "$tmp/log")"
restore old
echo mine >"$w/out/mine"
chmod 2750 "$w/out"
chown 12:34 "$w/out"
inode=$(stat -c %i "$w/out/mine")
pack "${new[@]}"
[ "$(stat -c '%a %u:%g' "$w/out")" = "2750 12:34" ] && [ "$(stat -c %i "$w/out/mine")" = "$inode" ] && ok "its owner, its mode and other files stay" ||
	not_ok "its owner, its mode and other files stay" "$(ls -la "$w/out")"
(cd "$w/out" && "$bin/clnimg-pack" --quiet --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" --output "oci:$w/p:prod" --emit . >"$tmp/log" 2>&1 && [ -s report.json ] && [ . -ef "$w/out" ]) &&
	ok "the folder where one stands stays" || not_ok "the folder where one stands stays" "$(cat "$tmp/log")"
finish
