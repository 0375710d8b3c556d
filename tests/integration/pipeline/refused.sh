#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What cannot be declared is refused before anything is written: with exit 3, the
# step, the program and the option that accepts the loss.
#
# usage: refused.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"

nothing_written() {
	[ ! -e "$tmp/prod" ] && [ ! -e "$tmp/out" ] && ok "nothing is written" || not_ok "nothing is written" "$(ls "$tmp")"
}
get="curl -sf -o /dev/null --retry 5 --retry-connrefused http://127.0.0.1:8180"

entry 'mkdir -p /run/web' '/bin/busybox head -c 40000000 /dev/zero >/run/web/big'
customize -- $get/read/run/web/big
expect "a file that start-up makes and no directive can" 3 \
	'start-up step /entry.sh .*made /run/web/big, which main uses: .*--init-conf.*--allow-startup-loss /run/web/big'
nothing_written
customize --allow-startup-loss /run/web/big -- sh -c "[ \$CLNIMG_PHASE = verify ] && exec $get/read/srv/index.html; $get/read/srv/index.html && $get/read/run/web/big"
expect "that step is left out when asked" 0 'proof'

entry 'mkdir -p /run/web'
customize -- sh -c "$get/read/srv/index.html && $get/mkdir/srv/new"
expect "a test suite that writes where no mount may be" 3 \
	'written by /bin/tiny-server: /srv/new: .*no mount may hide /srv;.*--allow-startup-loss write:/srv/new'
nothing_written
customize --allow-startup-loss write:/srv/new -- sh -c "$get/read/srv/index.html; [ \$CLNIMG_PHASE = verify ] || $get/mkdir/srv/new"
expect "that write is lost when asked" 0 'proof'
customize --allow-startup-loss write:/srv/new -- sh -c "$get/read/srv/index.html && $get/mkdir/srv/new"
expect "and named where the tests insist on it" 1 'tiny-server was not allowed to write /srv/new'
finish
