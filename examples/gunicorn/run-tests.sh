#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run-tests.sh - what users expect of the notes service, over loopback.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/testing.sh"

base=http://127.0.0.1:8082
get() { curl --silent --show-error --max-time 20 "$@"; }
status() { get -o /dev/null -w '%{http_code}' "$@"; }

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
	-keyout "$tmp/key" -out "$tmp/cert" 2>/dev/null
openssl s_server -accept 127.0.0.1:8443 -key "$tmp/key" -cert "$tmp/cert" -www >/dev/null 2>&1 &
server=$!
cleanup() { kill $server 2>/dev/null || true; }

soon 30 curl -s -o /dev/null "$base/" || fail "the server answers on $base"
has "a rendered page" 'Served by worker [0-9]+' "$(get $base/)"

two_workers() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do get $base/; done | grep -o 'worker [0-9]*' | sort -u | wc -l | grep -q 2
}
soon 20 two_workers || fail "two workers share the load"
pass "two workers share the load"

made=$(get -H 'Content-Type: application/json' -d '{"body":"buy milk"}' $base/notes)
id=$(printf '%s' "$made" | tr -dc 0-9)
has "a note is stored" '"id"' "$made"
has "and read again" 'buy milk' "$(get "$base/notes/$id")"
want "a note that is not there" 404 "$(status $base/notes/99999)"
want "noon in Tokyo" "2024-07-01T21:00:00+09:00" "$(get $base/time/Asia/Tokyo)"
want "noon in Berlin" "2024-07-01T14:00:00+02:00" "$(get $base/time/Europe/Berlin)"
want "a number as Germans write it" "1.234.567,89" "$(get $base/number)"
has "certificate authorities are known" '"x509_ca": ?[1-9][0-9]' "$(get $base/authorities)"
soon 10 curl -sk -o /dev/null https://127.0.0.1:8443/ || fail "the TLS server of the tests runs"
want "a certificate of nobody" "not trusted" "$(get $base/tls/8443)"
dd if=/dev/urandom of="$tmp/body" bs=64k count=24 2>/dev/null
want "a large body" "$(sha256sum <"$tmp/body" | cut -d' ' -f1)" \
	"$(get -H 'Content-Type: application/octet-stream' --data-binary @"$tmp/body" $base/digest)"
has "a report" 'buy milk' "$(get $base/report.csv)"

if [ -n "${CLNIMG_CONTAINER_PID:-}" ]; then
	kill -HUP "$CLNIMG_CONTAINER_PID"
	sleep 1
	soon 20 curl -s -o /dev/null "$base/" || fail "the server answers after a reload"
	want "a page after a reload" 200 "$(status $base/)"
fi
echo "$checks checks passed"
