#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What we write, taken by the engines: skopeo, umoci, podman, buildah, and the
# schemas of oci-image-tool. Owners, modes, links and attributes are compared
# after umoci has unpacked both the source and ours.
#
# usage: engines.sh KEEP-ALL MAKE-LAYOUT.PY
set -eu
keep_all=$1
here=$(dirname "$0")
for tool in skopeo umoci oci-image-tool python3 jq zstd; do
	command -v $tool >/dev/null || { echo "skipped: needs $tool"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: needs root to unpack owners"; exit 77; }
work=/var/tmp/clnimg-engines-$$ # engines make names of paths: no capitals
mkdir -m 700 "$work"
trap 'rm -rf "$work"' EXIT

PYTHONDONTWRITEBYTECODE=1 python3 "$here/plain_layout.py" "$work/in"

blob() { # DIR JQ-PATH-OF-DIGEST FILE
	echo "$1/blobs/sha256/$(jq -r "$2" "$3" | cut -d: -f2)"
}

for compression in gzip zstd none; do
	out=$work/$compression
	"$keep_all" "oci:$work/in:dev" "oci:$out:prod" $compression >/dev/null
	manifest=$(blob "$out" '.manifests[0].digest' "$out/index.json")
	config=$(blob "$out" '.config.digest' "$manifest")
	oci-image-tool validate --type imageIndex "$out/index.json" >/dev/null
	oci-image-tool validate --type manifest "$manifest" >/dev/null
	oci-image-tool validate --type config "$config" >/dev/null
	skopeo copy --quiet "oci:$out:prod" "dir:$work/dir-$compression"
	skopeo copy --quiet "oci:$out" "oci-archive:$work/$compression.tar:x" # untagged: one image
	echo "$compression: schemas, skopeo"
done
# umoci 0.4 knows gzip and none
umoci unpack --image "$work/in:dev" "$work/un-in" >/dev/null 2>&1
listing() {
	(cd "$1" && find . -printf '%P %y %m %U %G %T@ %l %n\n' | sed 's/\.[0-9]* / /' | sort &&
		find . -type f -exec sha256sum {} + | sort -k2 &&
		getfattr -R -h -d -m - -e hex . 2>/dev/null | sort)
}
listing "$work/un-in/rootfs" >"$work/want"
for compression in gzip none; do
	umoci unpack --image "$work/$compression:prod" "$work/un-$compression" >/dev/null 2>&1
	listing "$work/un-$compression/rootfs" >"$work/have"
	diff "$work/want" "$work/have"
	echo "$compression: umoci unpacks the same files"
done
for transport in oci-archive docker-archive; do
	"$keep_all" "oci:$work/in:dev" "$transport:$work/$transport.tar:app:x" >/dev/null
	skopeo inspect "$transport:$work/$transport.tar" | jq -e '.Layers | length == 1' >/dev/null
	echo "$transport: skopeo"
done
if command -v podman >/dev/null && command -v buildah >/dev/null; then
	store="--root $work/root --runroot $work/run --storage-driver vfs"
	podman $store pull --quiet "oci:$work/gzip:prod" >/dev/null
	podman $store load --quiet -i "$work/docker-archive.tar" >/dev/null
	podman $store load --quiet -i "$work/oci-archive.tar" >/dev/null
	name=$(buildah $store from "oci:$work/zstd:prod" 2>/dev/null | tail -1)
	buildah $store rm "$name" >/dev/null
	"$keep_all" "containers-storage:[vfs@$work/root+$work/run]localhost/app:x" >/dev/null
	echo "podman, buildah, and back from podman's store"
fi
