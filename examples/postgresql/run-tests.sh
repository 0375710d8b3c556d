#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run-tests.sh - what an application expects of its database, over loopback.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/testing.sh"

sql() { psql -h 127.0.0.1 -p 5433 -U postgres -d "${db:-postgres}" -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
answers() { sql -c 'select 1' >/dev/null 2>&1; }

soon 60 answers || fail "the server answers"
want "a query" 2 "$(sql -c 'select 1 + 1')"
sql -c 'drop database if exists shop' -c 'create database shop'
db=shop
sql -c 'create table item (id serial primary key, name text, price numeric, made timestamptz)'
sql -c "insert into item (name, price, made)
	select 'item ' || n, n * 1.5, '2024-07-01 12:00+00' from generate_series(1, 5000) n"
sql -c 'create index on item (name)' -c 'analyze item'
want "an index scan" "t" "$(sql -c "explain select * from item where name = 'item 77'" | grep -q Index && echo t)"
want "an aggregate" 18753750.0 "$(sql -c 'select sum(price) from item')"
want "a sort that spills" 5000 "$(sql -c "set work_mem='64kB'; select count(*) from (select * from item order by name, price offset 0) s")"
want "a time zone" "2024-07-01 21:00:00" "$(sql -c "select made at time zone 'Asia/Tokyo' from item limit 1")"
want "a regular expression" 1 "$(sql -c "select count(*) from item where name ~ '^item 4999\$'")"
want "a collation" "a|B" "$(sql -c "select string_agg(x, '|' order by x collate \"und-x-icu\") from (values ('B'), ('a')) v(x)")"
want "full text" t "$(sql -c "select to_tsvector('english', 'running dogs') @@ to_tsquery('english', 'dog & run')")"
want "a function" 6 "$(sql -c "create or replace function thrice(n int) returns int language plpgsql as 'begin return n * 3; end'; select thrice(2)")"
want "json" 2 "$(sql -c "select '{\"a\":[1,2]}'::jsonb->'a'->>1")"
want "a digest" 900150983cd24fb0d6963f7d28e17f72 "$(sql -c "select md5('abc')")"
sql -c 'begin; delete from item; rollback'
want "a rollback" 5000 "$(sql -c 'select count(*) from item')"
sql -c 'vacuum full item' -c checkpoint
sql -c '\copy item to stdout' >"$tmp/items"
want "a copy" 5000 "$(wc -l <"$tmp/items")"
has "an error is an error" 'division by zero' "$(sql -c 'select 1/0' 2>&1 || true)"

if [ -n "${CLNIMG_CONTAINER_PID:-}" ]; then
	kill -HUP "$CLNIMG_CONTAINER_PID"
	soon 10 log_has 'received SIGHUP' || fail "HUP reloads the configuration"
	pass "HUP reloads the configuration"
	want "a query after the reload" 5000 "$(sql -c 'select count(*) from item')"
	[ -S "/proc/$CLNIMG_CONTAINER_PID/root/run/postgresql/.s.PGSQL.5433" ] || fail "the unix socket is there"
	pass "the unix socket is there"
fi
db=postgres
sql -c 'drop database shop'
echo "$checks checks passed"
