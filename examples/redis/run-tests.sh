#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run-tests.sh - what an application expects of its redis, over loopback.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/testing.sh"

redis() { redis-cli -h 127.0.0.1 -p "${REDIS_PORT:-6380}" "$@"; }

soon 20 redis ping >/dev/null 2>&1 || fail "the server answers"
want "ping" PONG "$(redis ping)"
want "set" OK "$(redis set greeting 'hello there')"
want "get" "hello there" "$(redis get greeting)"
want "a counter" 3 "$(redis incrby counter 3)"
redis del counter >/dev/null
want "an expiry" 1 "$(redis expire greeting 100)"
redis del queue >/dev/null
want "a list" 3 "$(redis rpush queue a b c)"
want "its first element" a "$(redis lpop queue)"
want "a script" "7" "$(redis eval 'return 3 + tonumber(ARGV[1])' 0 4)"
want "a transaction" "QUEUED" "$(printf 'multi\nset t 1\nexec\n' | redis | sed -n 2p)"

seq 1 2000 | sed 's/.*/set key:& value-&/' | redis >/dev/null
want "two thousand keys" "value-1999" "$(redis get key:1999)"

before=$(redis lastsave)
sleep 1
want "a dump in the background" "Background saving started" "$(redis bgsave)"
dumped() { [ "$(redis lastsave)" != "$before" ]; }
soon 20 dumped || fail "the dump is written"
pass "the dump is written"
want "no error in it" ok "$(redis info persistence | tr -d '\r' | sed -n 's/^rdb_last_bgsave_status://p')"

redis bgrewriteaof >/dev/null
rewritten() { redis info persistence | tr -d '\r' | grep -q '^aof_rewrite_in_progress:0'; }
soon 20 rewritten || fail "the append-only file is rewritten"
want "the append-only file is rewritten" ok \
	"$(redis info persistence | tr -d '\r' | sed -n 's/^aof_last_bgrewrite_status://p')"

want "a setting" OK "$(redis config set maxmemory-policy allkeys-lru)"
want "the configuration is rewritten" OK "$(redis config rewrite)"
want "the setting stays" allkeys-lru "$(redis config get maxmemory-policy | tail -n 1)"
has "memory is limited" '^maxmemory:67108864' "$(redis info memory | tr -d '\r')"
has "the slow log" '^[0-9]+$' "$(redis slowlog len)"

if [ -n "${CLNIMG_CONTAINER_PID:-}" ]; then
	uid=$(sed -n 's/^Uid:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$CLNIMG_CONTAINER_PID/status")
	[ "$uid" != 0 ] || fail "the server runs as root"
	pass "the server does not run as root (uid $uid)"
fi
echo "$checks checks passed"
