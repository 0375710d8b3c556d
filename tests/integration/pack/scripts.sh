#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A kept script whose interpreter is kept out: an error that names both where production
# ran it, else a warning, and no program any more. Also behind env(1).
#
# usage: scripts.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
lib=$here/../../../examples/lib

# scripts of an interpreter that is no shell: tiny-tool ends at once.
tiny_image
umoci raw unpack --image "$tmp/tiny:dev" "$tmp/f" >/dev/null 2>&1
cp "$tmp/f/bin/tiny-tool" "$tmp/f/bin/env"
printf '#!/bin/tiny-tool\n' >"$tmp/f/srv/direct"
printf '#!/bin/env -S A=b tiny-tool\n' >"$tmp/f/srv/by-env"
printf '#!/bin/env sh\n' >"$tmp/f/srv/shell-by-env"
chmod 755 "$tmp"/f/srv/{direct,by-env,shell-by-env}
skopeo inspect --config "oci:$tmp/tiny:dev" | jq .config >"$tmp/config.json"
tar -C "$tmp/f" --numeric-owner -cf "$tmp/f.tar" . && rm -rf "$tmp/tiny" "$tmp/f" &&
	"$lib/oci-layout" "$tmp/tiny:dev" "$tmp/config.json" "$tmp/f.tar" >/dev/null

# ask PATH...: a manifest of a run that asked for these
ask() {
	{ echo '#!/bin/sh'; printf 'curl -sf -o /dev/null --retry 5 --retry-connrefused "http://127.0.0.1:8180%s" || exit 1\n' "$@"; } >"$tmp/ask.sh"
	chmod +x "$tmp/ask.sh"
	customize --save-manifest "$tmp/m.json" -- "$tmp/ask.sh"
	expect "profiled: $*" 0 .
}
pack() {
	rm -rf "$tmp/x" "$tmp/g"
	clnimg-pack --allow-sparse --report none --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" --output "oci:$tmp/x:x" "$@" >"$tmp/log" 2>&1
	status=$?
	[ "$status" != 0 ] || umoci raw unpack --image "$tmp/x:x" "$tmp/g" >/dev/null 2>&1
}

ask /exec/srv/direct /exec/srv/by-env
pack
[ "$status" = 0 ] && [ -x "$tmp/g/srv/direct" ] && [ -x "$tmp/g/srv/by-env" ] && [ -x "$tmp/g/bin/env" ] && [ -x "$tmp/g/bin/tiny-tool" ] &&
	ok "those that production ran keep their interpreters" || not_ok "those that production ran keep their interpreters" "$(find "$tmp/g")"
pack --drop /bin/tiny-tool --drop /srv/by-env
expect "a script that production ran" 3 'script /srv/direct: production ran it, and its interpreter /bin/tiny-tool is not in the image'
[ ! -e "$tmp/x" ] && ok "nothing is written" || not_ok "nothing is written"
pack --drop /bin/tiny-tool --drop /srv/direct
expect "the same by env" 3 'script /srv/by-env: production ran it, and its interpreter /bin/tiny-tool is not in the image'
pack --drop /bin/env --drop /srv/direct
expect "env itself" 3 'script /srv/by-env: production ran it, and its interpreter /bin/env is not in the image'
pack --drop /bin/tiny-tool --drop '/srv/*e*' 
[ "$status" = 0 ] && ok "scripts that are dropped too" || not_ok "scripts that are dropped too" "$(cat "$tmp/log")"

ask /read/srv/direct /read/srv/by-env /read/srv/shell-by-env
pack --drop /bin/tiny-tool
expect "scripts that were only read" 0 '/srv/by-env: its interpreter /bin/tiny-tool is kept out: rule-drop'
grep -q '/srv/direct: its interpreter /bin/tiny-tool is kept out' "$tmp/log" && grep -q '/srv/shell-by-env: its interpreter /bin/sh is kept out' "$tmp/log" &&
	ok "each is named" || not_ok "each is named" "$(cat "$tmp/log")"
for name in direct by-env shell-by-env; do
	[ -f "$tmp/g/srv/$name" ] && [ -z "$(find "$tmp/g/srv/$name" -perm /111)" ] && ok "$name is no program any more" || not_ok "$name is no program any more" "$(ls -l "$tmp/g/srv")"
done
finish
