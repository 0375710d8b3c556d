#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# An entry script with ulimit: production's main must begin with the same limits,
# though nothing is left that could run a ulimit.
#
# usage: limits.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
entry 'ulimit -Sn 600' 'ulimit -Hn 700'
cat >"$tmp/t.sh" <<'TEST'
#!/bin/sh
answer=$(curl -s --max-time 10 http://127.0.0.1:8180/limit)
echo "$CLNIMG_PHASE: $answer"
[ "$answer" = "nofile 600 700" ]
TEST
chmod +x "$tmp/t.sh"

customize --save-manifest "$tmp/m.json" -- "$tmp/t.sh"
expect "production begins with the limits that the entry script set" 0 'verify: nofile 600 700'
is() {
	[ "$(jq -c "$2" "$3" 2>&1)" = "$4" ] && ok "$1" || not_ok "$1" "$(jq -c "$2" "$3" 2>&1)"
}
is "the manifest holds what was changed, and nothing else" \
	'[.execs[] | select(.limits) | [.role, .limits]]' "$tmp/m.json" \
	'[["main",[{"name":"nofile","soft":"600","hard":"700"}]]]'
umoci raw unpack --image "$tmp/prod:prod" "$tmp/root" >/dev/null 2>&1
grep -qx 'limit nofile 600 700' "$tmp/root/etc/clnimg/init.conf" && ok "init.conf says so" ||
	not_ok "init.conf says so" "$(cat "$tmp/root/etc/clnimg/init.conf")"
grep -q 'start-up set nofile to 600 of 700' "$tmp/out/report.json" && ok "the report says so" ||
	not_ok "the report says so" "$(grep -o '"limit".*' "$tmp/out/report.json" | head -3)"

# The same test on a manifest that knows of no limit fails: it is the limit that is tested.
jq 'del(.execs[].limits)' "$tmp/m.json" >"$tmp/none.json"
customize --manifest "$tmp/none.json" -- "$tmp/t.sh"
expect "without them the test fails" 1 'verify: nofile'
rm -rf "$tmp/prod" "$tmp/out" "$tmp/root"
finish
