#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run-tests.sh - what a site expects of its web server, over loopback.
#
# NGINX_PORT (8080) is where the server listens, NGINX_UPSTREAM_PORT (8081)
# where it expects the service that it proxies; the tests run that one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/testing.sh"

port=${NGINX_PORT:-8080}
base=http://127.0.0.1:$port
get() { curl --silent --show-error --max-time 10 "$@"; }
status() { get -o /dev/null -w '%{http_code}' "$@"; }

/usr/bin/python3 "$here/upstream.py" "${NGINX_UPSTREAM_PORT:-8081}" &
upstream=$!
cleanup() { kill $upstream 2>/dev/null || true; }

soon 20 curl -s -o /dev/null "$base/" || fail "the server answers on $base"

want "a static file" "a plain text file" "$(get $base/docs/plain.txt)"
has "its media type" '^Content-Type: text/plain' "$(get -I $base/docs/plain.txt)"
has "a directory's index" 'the index of a directory' "$(get $base/docs/)"
has "the front page" 'runs without a shell' "$(get $base/)"
has "a generated listing" 'href="two.txt"' "$(get $base/list/)"
want "the status of a missing page" 404 "$(status $base/nothing-here)"
has "the page for it" 'nothing is here' "$(get $base/nothing-here)"

has "gzip is offered" '^Content-Encoding: gzip' \
	"$(get -H 'Accept-Encoding: gzip' -o /dev/null -D - $base/assets/site.css)"
plain=$(get $base/assets/site.css | sha256sum)
want "and unpacks to the same bytes" "$plain" "$(get --compressed $base/assets/site.css | sha256sum)"

has "a redirect" "^Location: .*/docs/" "$(get -o /dev/null -D - $base/old)"
want "its status" 301 "$(status $base/old)"
want "a byte range" "plain" "$(get -r 2-6 $base/docs/plain.txt)"
want "its status" 206 "$(status -r 2-6 $base/docs/plain.txt)"
want "not modified" 304 "$(status -H "If-None-Match: $(get -I $base/ | tr -d '\r' | sed -n 's/^ETag: //p')" $base/)"

dd if=/dev/urandom of="$tmp/body" bs=64k count=48 2>/dev/null
soon 10 curl -s -o /dev/null --data x "http://127.0.0.1:${NGINX_UPSTREAM_PORT:-8081}/" || fail "the upstream runs"
want "a 3 MiB body through the proxy" \
	"$(stat -c %s "$tmp/body") $(sha256sum <"$tmp/body" | cut -d' ' -f1)" \
	"$(get --data-binary @"$tmp/body" -H 'Expect:' $base/api/upload)"
want "a body over the limit" 413 "$(status -H 'Content-Length: 99999999' -X POST $base/api/upload)"

if [ -n "${CLNIMG_CONTAINER_PID:-}" ]; then
	kill -HUP "$CLNIMG_CONTAINER_PID"
	soon 10 log_has 'reconfiguring' /var/log/nginx/error.log || fail "HUP reloads the configuration"
	pass "HUP reloads the configuration"
	soon 10 curl -s -o /dev/null "$base/" || fail "the server answers after the reload"
	want "a page after the reload" 200 "$(status $base/docs/)"
	soon 5 log_has '"GET /docs/plain.txt HTTP/1.1" 200' /var/log/nginx/access.log ||
		fail "the access log has the request"
	pass "the access log has the request"
	get -o /dev/null "$base/assets/%00" || true
	soon 5 log_has 'buffered to a temporary file' /var/log/nginx/error.log ||
		fail "the error log tells of the buffered upload"
	pass "the error log tells of the buffered upload"
fi
echo "$checks checks passed"
