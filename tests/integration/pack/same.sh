#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# One image, one manifest, one digest: whatever the image's place, name, tag and
# carrier, the working directory, time zone, locale, umask, user, environment,
# number of threads, and the order in which files were made. Layers that are
# compressed otherwise are copied otherwise: then --recompress gives one digest.
#
# usage: same.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
. "$here/start.sh"
chmod 755 "$tmp"

digest() { skopeo inspect --raw "$1" 2>/dev/null | sha256sum | cut -d' ' -f1; }
want=
# same NAME COMMAND...: COMMAND writes oci:$tmp/o:x, from $image
same() {
	local name=$1 got
	shift
	rm -rf "$tmp/o"
	if ! "$@" --quiet --allow-sparse --manifest "$tmp/m.json" --output "oci:$tmp/o:x" >"$tmp/log" 2>&1; then
		not_ok "$name" "$(cat "$tmp/log")"
		return
	fi
	got=$(digest "oci:$tmp/o:x")
	[ -n "$want" ] || want=$got
	[ "$got" = "$want" ] && ok "$name" || not_ok "$name: $got, not $want" "$(cat "$tmp/log")"
}
# contents NAME REF: what its layers hold, however they are compressed
contents() {
	local name=$1 kept=$want
	want=$anew
	same "$name" "$pack" --recompress --image "$2"
	anew=$want
	want=$kept
}
anew=
pack=$bin/clnimg-pack
same "packs" "$pack" --image "oci:$tmp/tiny:dev"
cp -r "$tmp/tiny" "$tmp/another-name"
same "a folder of another name" "$pack" --image "oci:$tmp/another-name:dev"
# carry REF [OPTION...]: the same image there
carry() { skopeo --insecure-policy copy -q "${@:2}" "oci:$tmp/tiny:dev" "$1" >"$tmp/log" 2>&1 || not_ok "skopeo to $1" "$(cat "$tmp/log")"; }
carry "oci:$tmp/tagged:v1.2"
same "another tag" "$pack" --image "oci:$tmp/tagged:v1.2"
mkdir -p "$tmp/deep/er"
same "another working directory" env -C "$tmp/deep/er" "$pack" --image "oci:../../tiny:dev"
same "another output among others" "$pack" --image "oci:$tmp/tiny:dev" --output "oci-archive:$tmp/other.tar"
carry "oci-archive:$tmp/oci-archive.tar:some/name:v1"
same "an oci-archive of it" "$pack" --image "oci-archive:$tmp/oci-archive.tar"
# a docker-archive as docker writes it today: an OCI layout with the same blobs in it
tar -C "$tmp/tiny" -cf "$tmp/saved.tar" .
same "a docker save of it" "$pack" --image "oci-archive:$tmp/saved.tar"
carry "docker-archive:$tmp/docker-archive.tar:some/name:v1"
carry "oci:$tmp/zstd:dev" --dest-compress-format zstd --dest-compress
layer=$(skopeo inspect --raw "oci:$tmp/tiny:dev" | jq -r '.layers[0].digest[7:]')
mkdir "$tmp/fast"
gzip -dc "$tmp/tiny/blobs/sha256/$layer" >"$tmp/fast.tar"
skopeo inspect --config --raw "oci:$tmp/tiny:dev" >"$tmp/fast.json"
python3 -B - "$here/../image" "$tmp" <<'END' || not_ok "a layout with gzip -1"
import gzip, json, sys
sys.path.insert(0, sys.argv[1])
import ocilib
config = json.load(open(sys.argv[2] + "/fast.json"))
ocilib.write_layout(sys.argv[2] + "/fast", [open(sys.argv[2] + "/fast.tar", "rb").read()], config,
                    compress=lambda data: gzip.compress(data, 1))
END
contents "contents" "oci:$tmp/tiny:dev"
contents "contents: a docker-archive" "docker-archive:$tmp/docker-archive.tar"
contents "contents: zstd" "oci:$tmp/zstd:dev"
contents "contents: a plain oci-archive" "oci-archive:$tmp/oci-archive.tar"
[ "$(skopeo inspect --config "oci:$tmp/fast:dev" 2>/dev/null | jq -c .rootfs)" = \
	"$(skopeo inspect --config "oci:$tmp/tiny:dev" | jq -c .rootfs)" ] && ok "the same layer by gzip -1" || not_ok "the same layer by gzip -1"

# copied OPTION...: how many bytes of the layers were copied, and of how many
copied() {
	rm -rf "$tmp/c" "$tmp/e"
	"$pack" --quiet --allow-sparse --manifest "$tmp/m.json" --image "oci:$tmp/tiny:dev" --output "oci:$tmp/c:x" --emit "$tmp/e" "$@" >"$tmp/log" 2>&1
	jq -r '"\(.image.copied_bytes) \(.image.compressed_bytes)"' "$tmp/e/report.json"
}
read -r bytes all < <(copied)
if jq -e '.predicate.runDetails.builder.version["isa-l"]' "$tmp/e/provenance.json" >/dev/null; then
	[ "$bytes" -gt 20000 ] && [ "$bytes" -lt "$all" ] && [ "$want" != "$anew" ] && ok "blocks were copied: $bytes of $all" ||
		not_ok "blocks were copied: $bytes of $all" "$(cat "$tmp/log")"
	[ "$(jq .predicate.buildDefinition.internalParameters.layers.copiedFromSource "$tmp/e/provenance.json")" = "$bytes" ] &&
		ok "the provenance says so" || not_ok "the provenance says so"
fi
read -r bytes all < <(copied --recompress)
[ "$bytes" = 0 ] && [ "$all" -gt 0 ] && ok "and none with --recompress" || not_ok "and none with --recompress: $bytes of $all"
for zone in Asia/Tokyo America/Lima; do same "TZ=$zone" env TZ=$zone "$pack" --image "oci:$tmp/tiny:dev"; done
for locale in C C.UTF-8 $(locale -a 2>/dev/null | grep -iE '^(tr|de|ja)_' | head -3); do
	same "LC_ALL=$locale" env LC_ALL="$locale" LANG="$locale" "$pack" --image "oci:$tmp/tiny:dev"
done
same "no environment" env -i "$pack" --image "oci:$tmp/tiny:dev"
for mask in 000 077; do same "umask $mask" sh -c "umask $mask; exec \"\$@\"" sh "$pack" --image "oci:$tmp/tiny:dev"; done
for threads in 1 2 7; do same "$threads threads" "$pack" --threads $threads --image "oci:$tmp/tiny:dev"; done
same "one processor" taskset -c 0 "$pack" --image "oci:$tmp/tiny:dev"
same "TMPDIR" env TMPDIR="$tmp/deep" "$pack" --image "oci:$tmp/tiny:dev"
same "without address randomisation" setarch -R "$pack" --image "oci:$tmp/tiny:dev"

# another user: what it reads and where it writes must be its own
mkdir "$tmp/open"
cp "$bin/clnimg-pack" "$bin/clnimg-init" "$tmp/open"
chmod 777 "$tmp" "$tmp/open"
chmod a+r "$tmp/m.json"
chmod -R a+rX "$tmp/tiny"
same "another user" setpriv --reuid 65534 --regid 65534 --clear-groups "$tmp/open/clnimg-pack" --image "oci:$tmp/tiny:dev"
rm -rf "$tmp/o"

# the same files, made in another order
mkdir -p "$tmp/turned/blobs/sha256"
for blob in $(ls -r "$tmp/tiny/blobs/sha256"); do cp "$tmp/tiny/blobs/sha256/$blob" "$tmp/turned/blobs/sha256/"; done
cp "$tmp/tiny/index.json" "$tmp/tiny/oci-layout" "$tmp/turned"
same "blobs made in another order" "$pack" --image "oci:$tmp/turned:dev"

# the same entries in another order are another image, with the same production files
mkdir "$tmp/mixed"
skopeo inspect --config --raw "oci:$tmp/tiny:dev" | jq .config >"$tmp/config.json"
layer=$tmp/tiny/blobs/sha256/$(skopeo inspect --raw "oci:$tmp/tiny:dev" | jq -r '.layers[0].digest[7:]')
mkdir "$tmp/root"
tar -C "$tmp/root" -xpf "$layer"
(cd "$tmp/root" && find . | sort -r) >"$tmp/names"
tar -C "$tmp/root" --numeric-owner --no-recursion -T "$tmp/names" -cf "$tmp/turned.tar" &&
	"$here/../../../examples/lib/oci-layout" "$tmp/mixed:dev" "$tmp/config.json" "$tmp/turned.tar" >/dev/null
"$pack" --quiet --allow-sparse --manifest "$tmp/m.json" --image "oci:$tmp/mixed:dev" --output "oci:$tmp/m1:x" >"$tmp/log" 2>&1
"$pack" --quiet --allow-sparse --manifest "$tmp/m.json" --image "oci:$tmp/tiny:dev" --output "oci:$tmp/m2:x" >>"$tmp/log" 2>&1
for n in 1 2; do
	umoci raw unpack --image "$tmp/m$n:x" "$tmp/u$n" >/dev/null 2>&1
	(cd "$tmp/u$n" && find . ! -path './var/lib/db/sbom/*' -printf '%p %m %U:%G %TY-%Tm-%Td %l ' -type f -exec sha256sum {} + -o \
		! -path './var/lib/db/sbom/*' -printf '\n') | sort >"$tmp/list$n"
done
[ -s "$tmp/list1" ] && [ -e "$tmp/u1/bin/tiny-server" ] && cmp -s "$tmp/list1" "$tmp/list2" &&
	ok "entries in another order: the same production files" ||
	not_ok "entries in another order: the same production files" "$(cat "$tmp/log"; diff "$tmp/list1" "$tmp/list2")"

# what the documents call the product comes from the image
names() { umoci raw unpack --image "$1" "$tmp/n" >/dev/null 2>&1; ls "$tmp/n/var/lib/db/sbom"; rm -rf "$tmp/n"; }
[ "$(names "$tmp/m2:x")" = "$(printf 'tiny-server.cdx.json\ntiny-server.spdx.json')" ] &&
	ok "named by the main program" || not_ok "named by the main program" "$(names "$tmp/m2:x")"
jq '.Labels = {"org.opencontainers.image.title": "../My shop"}' "$tmp/config.json" >"$tmp/titled.json"
"$here/../../../examples/lib/oci-layout" "$tmp/titled:dev" "$tmp/titled.json" "$tmp/turned.tar" >/dev/null
"$pack" --quiet --allow-sparse --manifest "$tmp/m.json" --image "oci:$tmp/titled:dev" --output "oci:$tmp/m3:x" --emit "$tmp/e3" >"$tmp/log" 2>&1
[ "$(names "$tmp/m3:x")" = "$(printf -- '-.-My shop.cdx.json\n-.-My shop.spdx.json')" ] &&
	ok "named by the image's title" || not_ok "named by the image's title" "$(cat "$tmp/log"; names "$tmp/m3:x")"
[ "$(skopeo inspect --config "oci:$tmp/m2:x" | jq -r '.config.Labels["io.clnimg.name"]')" = tiny-server ] &&
	ok "the label says the name" || not_ok "the label says the name"

# levels: each gives one digest of its own, whatever the threads; provenance names it
level() { # LEVEL THREADS
	rm -rf "$tmp/o" "$tmp/e"
	"$pack" --quiet --allow-sparse --manifest "$tmp/m.json" --image "oci:$tmp/tiny:dev" --output "oci:$tmp/o:x" --emit "$tmp/e" \
		--compression zstd ${1:+--compression-level $1} --threads $2 >"$tmp/log" 2>&1 && digest "oci:$tmp/o:x"
}
facts() { jq -r '.predicate.buildDefinition.internalParameters.compression | "\(.encoder) \(.level)"' "$tmp/e/provenance.json"; }
digests=
for level in 1 2 3 9 19; do
	got=$(level $level 1)
	digests="$digests$got "
	[ -n "$got" ] && [ "$got" = "$(level $level 3)" ] && [ "$(facts)" = "zstd $level" ] &&
		clnimg-verify --image "oci:$tmp/o:x" --emit "$tmp/e" >>"$tmp/log" 2>&1 && rm -rf "$tmp/u" &&
		skopeo --insecure-policy copy -q "oci:$tmp/o:x" "dir:$tmp/u" >>"$tmp/log" 2>&1 &&
		ok "zstd level $level" || not_ok "zstd level $level: $got, $(facts)" "$(cat "$tmp/log")"
done
[ "$(echo $digests | tr ' ' '\n' | sort -u | wc -l)" -ge 3 ] && ok "levels differ" || not_ok "levels differ" "$digests"
[ "$(level '' 1)" = "$(level 1 1)" ] && ok "the usual level is 1" || not_ok "the usual level is 1"
for wrong in "zstd 20" "zstd -1" "zstd x" "gzip 2" "none 1"; do
	"$pack" --quiet --manifest "$tmp/m.json" --image "oci:$tmp/tiny:dev" --output "oci:$tmp/o2:x" --compression ${wrong% *} \
		--compression-level ${wrong#* } >"$tmp/log" 2>&1
	status=$?
	[ $status = 2 ] && grep -q -e --compression-level "$tmp/log" && [ ! -e "$tmp/o2" ] &&
		ok "$wrong: no such level" || not_ok "$wrong: $status" "$(cat "$tmp/log")"
done
finish
