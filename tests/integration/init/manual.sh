#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# manual.sh INIT FORMAT.H PAGE - the page names every directive, and its example is valid.
set -eu
bad=0
for word in $(sed -n 's/^	X(\([a-z]*\), [0-9].*/\1/p' "$2"); do
	grep -q "^\\\\fB$word\(\\\\fR\| \)\|\\\\fB$word\\\\fR" "$3" || { echo "the page lacks $word"; bad=1; }
done
example=$(mktemp)
trap 'rm -f "$example"' EXIT
sed -n '/^\.SH EXAMPLE/,/^\.fi/p' "$3" | grep -v '^\.' >"$example"
"$1" check "$example" || bad=1
[ "$(sed -n 's/^	X(\([a-z]*\), [0-9].*/\1/p' "$2" | wc -l)" -ge 20 ] || { echo "no directives found"; bad=1; }
exit $bad
