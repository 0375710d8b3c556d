# SPDX-License-Identifier: Apache-2.0
#
# twice.sh - packing a packed image with the same manifest, again and again. Source
# it behind lib/pipeline.sh. The images stay in $tmp/x1:x, $tmp/x2:x and $tmp/x3:x,
# what was emitted beside them in $tmp/e1, ...

raw() { skopeo inspect --raw "$1" 2>/dev/null; }
# twice NAME IMAGE MANIFEST OPTION...
twice() {
	local name=$1 image=$2 manifest=$3 n
	shift 3
	rm -rf "$tmp"/x[0-9]
	cp -r "${image%:*}" "$tmp/x0"
	skopeo --insecure-policy copy -q "oci:$image" "oci:$tmp/x0:x" >/dev/null 2>&1
	for n in 1 2 3; do
		clnimg-pack --quiet --allow-sparse --image "oci:$tmp/x$((n - 1)):x" --manifest "$manifest" \
			--output "oci:$tmp/x$n:x" --emit "$tmp/e$n" "$@" >"$tmp/log" 2>&1 ||
			{ not_ok "$name: packing $n" "$(cat "$tmp/log")"; return; }
		[ $n = 1 ] || ! grep -q 'packed anew' "$tmp/log" || not_ok "$name: recognised" "$(cat "$tmp/log")"
	done
	[ -n "$(raw "oci:$tmp/x1:x")" ] && [ "$(raw "oci:$tmp/x1:x")" = "$(raw "oci:$tmp/x2:x")" ] &&
		[ "$(raw "oci:$tmp/x1:x")" = "$(raw "oci:$tmp/x3:x")" ] && ok "$name" ||
		not_ok "$name" "$(skopeo inspect --config "oci:$tmp/x1:x"; skopeo inspect --config "oci:$tmp/x2:x")"
	[ "$(jq -c '[.mounts[] | [.path, .size_bytes?, .mode?]]' "$tmp/e1/runtime.json")" = "$(jq -c '[.mounts[] | [.path, .size_bytes?, .mode?]]' "$tmp/e2/runtime.json")" ] &&
		ok "$name: the same mounts" || not_ok "$name: the same mounts" "$(diff "$tmp/e1/runtime.json" "$tmp/e2/runtime.json")"
}
