#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# One of examples/ traced once and packed three times, each from the one before:
# manifest, config and layers are the same bytes, in one layer and in many.
#
# usage: fixed-example.sh BIN-DIR NAME
set -u
bin=$(cd "$1" && pwd)
name=$2
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
image=$top/build/images/$name

# Before the tests go into a network of their own, which reaches no archive.
if [ -z "${CLNIMG_TEST_NETNS:-}" ]; then
	"$here/../lib/dev-image" "$name" || exit $?
fi
. "$here/../lib/pipeline.sh"
. "$here/twice.sh"

options=() # one argument a line, so that one may hold blanks
[ ! -r "$top/examples/$name/customize.options" ] ||
	mapfile -t options < <(grep -v '^#' "$top/examples/$name/customize.options")
cleanimage-customize --image "oci:$image:dev" --output "oci:$tmp/prod:prod" --emit "$tmp/out" --save-manifest "$tmp/m.json" \
	"${options[@]}" -- "$top/examples/$name/run-tests.sh" >"$tmp/log" 2>&1 </dev/null
status=$?
expect "$name is profiled" 0 .
[ "$status" = 0 ] || { finish; exit 1; }
# of these only what clnimg-pack knows too: the others say how the container is run
mapfile -t options < <(printf '%s\n' "${options[@]}" | grep -- '^--commands')
twice "$name" "$image:dev" "$tmp/m.json" "${options[@]}"
twice "$name, a layer a package" "$image:dev" "$tmp/m.json" --layers package "${options[@]}"
layers=$(raw "oci:$tmp/x2:x" | jq '.layers | length')
[ "$layers" -gt 3 ] && ok "in $layers layers" || not_ok "in several layers" "$layers"
clnimg-verify --image "oci:$tmp/x3:x" --emit "$tmp/e3" >"$tmp/log" 2>&1 && ok "clnimg-verify agrees" || not_ok "clnimg-verify agrees" "$(cat "$tmp/log")"
finish
