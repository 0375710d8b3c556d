# SPDX-License-Identifier: Apache-2.0
#
# start.sh - an image with an entry script, profiled once: $tmp/tiny:dev and its
# manifest $tmp/m.json. Source it behind lib/pipeline.sh.

cat >"$tmp/entry.sh" <<'ENTRY'
#!/bin/sh
set -e
export MODE="${MODE:-fast}"
: "${GREETING:=hello there}"
export GREETING
mkdir -p /run/web /run/web/cache
printf 'listen %s\ngreeting "%s"\n' "$PORT" "$GREETING" >/run/web/conf
[ "${1#-}" = "$1" ] || set -- /bin/tiny-server "$@"
exec "$@"
ENTRY
tiny_image "$tmp/entry.sh"
cat >"$tmp/ask.sh" <<'ASK'
#!/bin/sh
for path in /read/srv/index.html /read/run/web/conf /write/run/web/cache/state; do
	curl -sf -o /dev/null --retry 5 --retry-connrefused "http://127.0.0.1:8180$path" || exit 1
done
ASK
chmod +x "$tmp/ask.sh"
customize --save-manifest "$tmp/m.json" -- "$tmp/ask.sh"
if [ "$status" != 0 ]; then
	not_ok "a manifest to pack with" "$(cat "$tmp/log")"
	finish
	exit 1
fi
rm -rf "$tmp/prod" "$tmp/out"
