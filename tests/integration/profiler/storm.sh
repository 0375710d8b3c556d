#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# storm.sh PROFILER STORM - a million distinct paths: nothing lost, manifest exact.
# With the smallest ring it must be read as fast as it fills (slow.sh: where it is not).
set -eu
profiler=$(realpath "$1") storm=$(realpath "$2")
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# run TOTAL OPTION...: every path once, and complete
run() {
	total=$1
	shift
	"$profiler" -o "$tmp/m.json" "$@" -- "$storm" "$total" 2>"$tmp/log" || {
		echo "FAIL status $?"; cat "$tmp/log"; exit 1; }
	cat "$tmp/log"
	found=$(grep -c '"path":"/storm/' "$tmp/m.json")
	[ "$found" = "$total" ] || { echo "FAIL $found paths, not $total"; exit 1; }
	grep -q '^"complete":true' "$tmp/m.json" || { echo "FAIL not complete"; exit 1; }
	[ "$(grep -o '"path":"/storm/[^"]*"' "$tmp/m.json" | sort -u | wc -l)" = "$total" ] || {
		echo "FAIL paths are not distinct"; exit 1; }
}

run 1000000
run 100000 --ring 256K
# A reader that may not hurry needs the brake.
nice -n 19 "$profiler" --ring 256K -o "$tmp/m.json" -- "$storm" 50000 2>"$tmp/log" || {
	cat "$tmp/log"; exit 1; }
echo "storm: nothing lost"
