#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# An image for several platforms: all that a manifest is for come out under one
# index, each as packing it alone gives it, or none. The arm64 programs are made
# by a cross compiler; its manifest is the amd64 run's with the other's files.
#
# usage: platforms.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
cc=aarch64-linux-gnu-gcc
command -v $cc >/dev/null || skip "needs $cc"
glibc=/usr/aarch64-linux-gnu/lib
[ -e $glibc/libc.so.6 ] && [ -e $glibc/libc.a ] || skip "needs libc6-dev-arm64-cross"
[ -x "$bin/clnimg-init-arm64" ] || skip "clnimg-init-arm64 is not built"
. "$here/start.sh"
py() { python3 -B "$here/platforms.py" "$@"; }

mkdir -p "$tmp/root"/{bin,etc,tmp,srv,proc,sys,dev,run,lib/aarch64-linux-gnu}
$cc -o "$tmp/root/bin/tiny-server" "$here/../lib/tiny-server.c" -lpthread >"$tmp/log" 2>&1 || not_ok "tiny-server for arm64" "$(cat "$tmp/log")"
$cc -static -o "$tmp/root/bin/busybox" "$here/../lib/tiny-server.c" -lpthread >"$tmp/log" 2>&1 || not_ok "a stand-in for busybox" "$(cat "$tmp/log")"
cp "$tmp/root/bin/tiny-server" "$tmp/root/bin/tiny-tool"
for name in sh mkdir chown cat sleep ls rm cp date; do ln "$tmp/root/bin/busybox" "$tmp/root/bin/$name"; done
cp -L $glibc/ld-linux-aarch64.so.1 "$tmp/root/lib/"
cp -L $glibc/libc.so.6 $glibc/libm.so.6 "$tmp/root/lib/aarch64-linux-gnu/"
umoci unpack --rootless --image "$tmp/tiny:dev" "$tmp/bundle" >/dev/null 2>&1 || skip "umoci cannot unpack"
cp -a "$tmp/bundle/rootfs"/etc/* "$tmp/root/etc/"
cp -a "$tmp/bundle/rootfs/srv" "$tmp/bundle/rootfs/entry.sh" "$tmp/root/"
tar -C "$tmp/root" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -cf "$tmp/arm64.tar" .
py make "$tmp/two" "$tmp/tiny:dev" "$tmp/arm64.tar" && py manifest "$tmp/m.json" "$tmp/a.json" "$tmp/arm64.tar" || not_ok "an image for two"
skopeo inspect --raw "oci:$tmp/two:dev" >/dev/null 2>&1 && ok "the image made for two is one to skopeo" || not_ok "the image made for two is one to skopeo"

pack() {
	"$bin/clnimg-pack" --allow-sparse --image "oci:$tmp/two:dev" "$@" >"$tmp/log" 2>&1
	status=$?
}
arm="--init linux/arm64=$bin/clnimg-init-arm64"
both="--manifest $tmp/m.json --manifest $tmp/a.json"
# is NAME GOT WANTED
is() { [ -n "$3" ] && [ "$2" = "$3" ] && ok "$1" || not_ok "$1" "got: $2" "not: $3"; }
gone() { [ ! -e "$tmp/o" ] && [ ! -e "$tmp/out" ] && ok "$1" || not_ok "$1" "$(ls "$tmp/o" "$tmp/out")"; }

# shellcheck disable=SC2086
{
pack $both $arm --output "oci:$tmp/o:x" --output "oci-archive:$tmp/o.tar:x" --emit "$tmp/out" --emit-dev "oci:$tmp/d:dev"
expect "two manifests, two platforms" 0 'linux/s390x has no manifest: left out'
is "an index names both" "$(py digests "$tmp/o:x" | cut -d' ' -f1 | tr '\n' ' ')" "linux/amd64 linux/arm64 "
is "the arm64 image has its loader and libc" "$(py names "$tmp/o:x" linux/arm64 | grep -c '^/lib/.*\(ld-linux\|libc.so\)')" 2
is "the amd64 image has none of them" "$(py names "$tmp/o:x" linux/amd64 | grep -c '^/lib/')" 0
for platform in amd64 arm64; do
	for path in /clnimg-init /bin/tiny-server; do
		is "$path of $platform" "$(py machine "$tmp/o:x" linux/$platform $path)" $platform
	done
	is "documents of $platform name its image" "$(jq -r .image.digest "$tmp/out/linux-$platform/runtime.json")" \
		"$(py digests "$tmp/o:x" | sed -n "s,linux/$platform ,,p")"
	"$bin/clnimg-verify" --image "oci:$tmp/o:x" --platform linux/$platform --emit "$tmp/out/linux-$platform" >"$tmp/log" 2>&1
	status=$?
	expect "clnimg-verify accepts $platform" 0 .
	is "pods of $platform go to its machines" "$(grep -c "kubernetes.io/arch: $platform" "$tmp/out/linux-$platform/kubernetes.yaml")" 1
done
is "platforms.json lists them" "$(jq -r '.platforms[]|.platform+" "+.digest' "$tmp/out/platforms.json")" "$(py digests "$tmp/o:x")"
is "and what was left out" "$(jq -r '.left_out[]' "$tmp/out/platforms.json")" linux/s390x
is "and the index" "$(jq -r .digest "$tmp/out/platforms.json")" "sha256:$(skopeo inspect --raw "oci:$tmp/o:x" | sha256sum | cut -d' ' -f1)"
is "the development image is for both too" "$(py digests "$tmp/d:dev" | cut -d' ' -f1 | tr '\n' ' ')" "linux/amd64 linux/arm64 "
is "the archive holds the same" "$(skopeo inspect --raw "oci-archive:$tmp/o.tar:x" | sha256sum)" "$(skopeo inspect --raw "oci:$tmp/o:x" | sha256sum)"
want=$(py digests "$tmp/o:x")

skopeo --insecure-policy copy -q --all "oci:$tmp/o:x" "oci:$tmp/copy:x" >"$tmp/log" 2>&1 && ok "skopeo copies all of it" || not_ok "skopeo copies all of it" "$(cat "$tmp/log")"
is "and finds the digests it had" "$(py digests "$tmp/copy:x")" "$want"
if command -v oci-image-tool >/dev/null; then
	oci-image-tool validate --type image --ref name=x "$tmp/o" >"$tmp/log" 2>&1 && ok "oci-image-tool validates it" || not_ok "oci-image-tool validates it" "$(cat "$tmp/log")"
fi
for platform in amd64 arm64; do
	skopeo --insecure-policy --override-arch $platform copy -q "oci:$tmp/o:x" "oci:$tmp/one-$platform:x" >"$tmp/log" 2>&1 &&
		umoci unpack --image "$tmp/one-$platform:x" "$tmp/unpacked-$platform" >>"$tmp/log" 2>&1 &&
		ok "skopeo picks $platform, umoci unpacks it" || not_ok "skopeo picks $platform, umoci unpacks it" "$(cat "$tmp/log")"
done
if command -v qemu-aarch64-static >/dev/null; then
	qemu-aarch64-static "$tmp/unpacked-arm64/rootfs/clnimg-init" check "$tmp/unpacked-arm64/rootfs/etc/clnimg/init.conf" >"$tmp/log" 2>&1
	status=$?
	[ "$status" = 0 ] && ok "the arm64 init reads its configuration" || not_ok "the arm64 init reads its configuration" "$(cat "$tmp/log")"
else
	echo "ok - the arm64 init reads its configuration # skipped: no qemu-aarch64-static"
fi

# other CPUs: gzip's bytes may differ where a warning says so, the image itself never
config() { skopeo inspect --raw "$1" | jq -r .config.digest; }
top() { skopeo inspect --raw "$1" | sha256sum; }
if command -v qemu-x86_64-static >/dev/null && [ "$(uname -m)" = x86_64 ] && grep -q sse4_2 /proc/cpuinfo; then
	native=$bin
	for try in "native" "Nehalem" "qemu64"; do
		run="qemu-x86_64-static -cpu $try"
		[ $try = native ] && run=
		for kind in gzip zstd; do
			$run "$native/clnimg-pack" --allow-sparse --image "oci:$tmp/two:dev" --platform linux/amd64 --manifest "$tmp/m.json" \
				--compression $kind --output "oci:$tmp/cpu:$try-$kind" >"$tmp/log" 2>&1 || not_ok "packs on $try" "$(cat "$tmp/log")"
			is "$kind on $try: the same configuration" "$(config "oci:$tmp/cpu:$try-$kind")" "$(config "oci:$tmp/cpu:native-gzip")"
			if grep -q 'other bytes on this CPU' "$tmp/log"; then
				is "$kind on $try warns" "$try $kind" "qemu64 gzip"
			else
				is "$kind on $try: the same digest" "$(top "oci:$tmp/cpu:$try-$kind")" "$(top "oci:$tmp/cpu:native-$kind")"
			fi
		done
	done
else
	echo "ok - other CPUs # skipped: needs qemu-x86_64-static and SSE4.2"
fi

# each alone is the same image
for platform in amd64 arm64; do
	pack $both $arm --platform linux/$platform --output "oci:$tmp/alone:$platform"
	is "$platform packed alone is the same image" "sha256:$(skopeo inspect --raw "oci:$tmp/alone:$platform" | sha256sum | cut -d' ' -f1)" \
		"$(echo "$want" | sed -n "s,linux/$platform ,,p")"
done
pack --manifest "$tmp/a.json" $arm --output "oci:$tmp/alone:a"
expect "one manifest, one platform" 0 'linux/amd64 has no manifest: left out'
is "one manifest chooses its platform" "$(skopeo inspect --raw "oci:$tmp/alone:a" | sha256sum)" "$(skopeo inspect --raw "oci:$tmp/alone:arm64" | sha256sum)"
pack --manifest "$tmp/a.json" --manifest "$tmp/m.json" --output "oci:$tmp/turned:x"
is "the order of manifests does not show, and the init of arm64 is found" "$(py digests "$tmp/turned:x")" "$want"
"$bin/clnimg-manifest" merge -o "$tmp/both.json" "$tmp/m.json" "$tmp/a.json" >"$tmp/log" 2>&1
pack --manifest "$tmp/both.json" $arm --output "oci:$tmp/merged:x"
for platform in amd64 arm64; do
	is "a merged manifest keeps $platform apart" "$(py names "$tmp/merged:x" linux/$platform)" "$(py names "$tmp/o:x" linux/$platform)"
done
pack --manifest "$tmp/both.json" --dry-run
expect "--dry-run shows both plans" 0 '^platform linux/arm64'
pack --manifest "$tmp/both.json" --explain /lib/aarch64-linux-gnu/libc.so.6
expect "--explain answers for each" 0 '^linux/arm64: .*needed'

# all or nothing
rm -rf "$tmp/o" "$tmp/out"
pack $both --init "$bin/clnimg-init" --output "oci:$tmp/o:x" --emit "$tmp/out"
expect "with the init of another architecture" 1 'linux/arm64: .*a program for amd64.*--init linux/arm64=FILE'
gone "nothing is written"
pack $both $arm --strict --output "oci:$tmp/o:x" --emit "$tmp/out"
expect "--strict: a platform without a manifest" 1 'linux/s390x has no manifest'
gone "nothing is written then"
pack $both $arm --platform linux/amd64 --platform linux/s390x --output "oci:$tmp/o:x"
expect "a platform asked for without a manifest" 1 'linux/s390x: no manifest'
sed 's,linux/arm64,linux/riscv64,g' "$tmp/a.json" >"$tmp/r.json"
pack $both --manifest "$tmp/r.json" $arm --output "oci:$tmp/o:x" --emit "$tmp/out"
expect "a manifest for what the image has not" 1 'no image for linux/riscv64'
gone "and the others are not written either"
pack $both $arm --output "docker-archive:$tmp/o" --emit "$tmp/out"
expect "a docker archive holds one platform" 2 'docker-archive.*one platform'
gone "and none is written"
# referrers: of each platform's image, gone with it, back with it
subjects() { for d in $(jq -r '.manifests[] | select(.artifactType) | .digest[7:]' "$tmp/o/index.json"); do jq -r .subject.digest "$tmp/o/blobs/sha256/$d"; done | sort | uniq -c | sed 's/^ *//'; }
wanted() { py digests "$tmp/o:x" | cut -d' ' -f2 | sort | sed 's/^/2 /'; }
rm -rf "$tmp/o" "$tmp/out"
pack $both $arm --referrer --output "oci:$tmp/o:x" --emit "$tmp/out"
is "two referrers of each platform's image" "$(subjects)" "$(wanted)"
is "which is the image it was" "$(py digests "$tmp/o:x")" "$want"
for d in $(jq -r '.manifests[] | select(.artifactType == "application/spdx+json") | .digest[7:]' "$tmp/o/index.json"); do
	document=$(jq -r '.layers[0].digest[7:]' "$tmp/o/blobs/sha256/$d")
	is "the SBOM names the image it belongs to" "sha256:$(jq -r '.packages[] | select(.SPDXID == "SPDXRef-Image") | .checksums[0].checksumValue' "$tmp/o/blobs/sha256/$document")" \
		"$(jq -r .subject.digest "$tmp/o/blobs/sha256/$d")"
done
pack $both $arm --referrer --output "oci:$tmp/o:x"
is "the same once more" "$(subjects)" "$(wanted)"
pack --manifest "$tmp/a.json" $arm --tmpfs-size 5M --output "oci:$tmp/o:other"
is "another tag leaves them" "$(subjects)" "$(wanted)"
was=$(py digests "$tmp/o:x")
pack $both $arm --referrer --keep /srv/extra.html --output "oci:$tmp/o:x"
is "a replaced image takes its referrers along" "$(subjects)" "$(wanted)"
[ "$(py digests "$tmp/o:x")" != "$was" ] && ok "which was another" || not_ok "which was another"
skopeo inspect --raw "oci:$tmp/o:x" >/dev/null 2>&1 && ok "skopeo reads the tag" || not_ok "skopeo reads the tag"
rm -rf "$tmp/o" "$tmp/out"
}
finish
