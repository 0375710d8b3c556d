#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The whole pipeline on an image that takes no time: what must work, what must
# be refused, and in which words.
#
# usage: tiny.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
tiny_image

# The test command of every case: t.sh REQUEST... ; a request is PHASE:STATUS:PATH
cat >"$tmp/t.sh" <<'TEST'
#!/bin/sh
for request; do
	phase=${request%%:*} rest=${request#*:}
	[ "$phase" = both ] || [ "$phase" = "$CLNIMG_PHASE" ] || continue
	got=$(curl -s -o /dev/null -w '%{http_code}' --max-time 10 "http://127.0.0.1:8180${rest#*:}")
	[ "$got" = "${rest%%:*}" ] || { echo "${rest#*:}: $got, not ${rest%%:*}"; exit 1; }
done
TEST
chmod +x "$tmp/t.sh"

customize --save-manifest "$tmp/saved.json" -- "$tmp/t.sh" both:200:/read/srv/index.html both:200:/id
expect "a plain service goes through" 0 'proof'
for step in 'step 1 of 6: tracing' 'step 2 of 6: removing' 'step 3 of 6: redirecting' 'step 4 of 6: enforcing' \
	'step 5 of 6: generating the SBOM' 'step 6 of 6: generating runtime manifests'; do
	[ "$(grep -c "^cleanimage-customize: $step" "$tmp/log")" = 1 ] && ok "says $step" || not_ok "says $step once" "$(cat "$tmp/log")"
done
if [ "$status" = 0 ]; then
	umoci raw unpack --image "$tmp/prod:prod" "$tmp/root" >/dev/null 2>&1
	want_files() { [ -e "$tmp/root$1" ] && ok "holds $1" || not_ok "holds $1" "$(cd "$tmp/root" && find .)"; }
	want_none() { [ ! -e "$tmp/root$1" ] && [ ! -L "$tmp/root$1" ] && ok "has no $1" || not_ok "has no $1" "$(ls -la "$tmp/root$1")"; }
	want_files /clnimg-init
	want_files /etc/clnimg/init.conf
	want_files /bin/tiny-server
	want_files /srv/index.html
	want_none /bin/sh
	want_none /bin/busybox
	want_none /entry.sh
	want_none /srv/extra.html
	[ -z "$(find "$tmp/root" -perm /6000 -type f)" ] && ok "no setuid file" || not_ok "no setuid file"
	for file in kubernetes.yaml run.args runtime.json report.json report.html sbom.spdx.json sbom.cdx.json; do
		[ -s "$tmp/out/$file" ] && ok "wrote $file" || not_ok "wrote $file" "$(ls "$tmp/out")"
	done
	first=$(skopeo inspect --raw "oci:$tmp/prod:prod" | sha256sum)
	customize --manifest "$tmp/saved.json" -- "$tmp/t.sh" both:200:/read/srv/index.html both:200:/id
	[ "$first" = "$(skopeo inspect --raw "oci:$tmp/prod:prod" 2>/dev/null | sha256sum)" ] &&
		ok "the same manifest gives the same digest" || not_ok "the same manifest gives the same digest" "$(tail -3 "$tmp/log")"
	rm -rf "$tmp/root"
fi

# enforcement, seen from inside
cat >"$tmp/inside.sh" <<'TEST'
#!/bin/sh
answer=$(curl -s http://127.0.0.1:8180/id)
[ "$CLNIMG_PHASE" = verify ] || exit 0
echo "$answer" | grep -q '^Uid:.*[^0-9]0[^0-9]' && { echo "runs as root: $answer"; exit 1; }
for set in CapPrm CapEff CapBnd CapAmb; do
	echo "$answer" | grep -q "^$set:.0*$" || { echo "has capabilities: $answer"; exit 1; }
done
echo "$answer" | grep -q '^NoNewPrivs:.1' || { echo "may gain privileges: $answer"; exit 1; }
grep -q ' / / ro,' "/proc/$CLNIMG_CONTAINER_PID/mountinfo" ||
	awk '$5 == "/" && $6 ~ /^ro/ { found = 1 } END { exit !found }' "/proc/$CLNIMG_CONTAINER_PID/mountinfo" ||
	{ echo "the root is writable"; exit 1; }
TEST
chmod +x "$tmp/inside.sh"
# on a terminal: one line a step, with its time and how it ended
if command -v script >/dev/null; then
	rm -rf "$tmp/prod" "$tmp/out"
	script -qec "cleanimage-customize --image oci:$tmp/tiny:dev --output oci:$tmp/prod:prod --emit $tmp/out \
		--readiness tcp:8180 -- $tmp/t.sh both:200:/id" /dev/null >"$tmp/tty" 2>&1 </dev/null
	for step in 1 2 3 4 5 6; do
		grep -Eaq "step $step of 6: [^:]*: done, [0-9]+\.[0-9] s" "$tmp/tty" && ok "a terminal shows step $step done" ||
			not_ok "a terminal shows step $step done" "$(tr '\r' '\n' <"$tmp/tty")"
	done
	rm -rf "$tmp/out"
	script -qec "cleanimage-customize --image oci:$tmp/tiny:dev --output oci:$tmp/prod:prod --emit $tmp/out \
		--readiness tcp:8180 -- $tmp/t.sh both:404:/id" /dev/null >"$tmp/tty" 2>&1 </dev/null
	grep -Eaq 'step 1 of 6: [^:]*: failed, ' "$tmp/tty" && ok "and what failed" || not_ok "and what failed" "$(cat "$tmp/tty")"
fi

customize -- "$tmp/inside.sh"
expect "runs non-root, without capabilities, on a read-only root" 0 'proof'

customize -- "$tmp/t.sh" both:200:/read/srv/index.html verify:200:/read/srv/extra.html
expect "a file that no test used is named when it is hit" 1 'tiny-server.*/srv/extra.html'
customize --augment 2 -- "$tmp/t.sh" both:200:/read/srv/index.html verify:200:/read/srv/extra.html
expect "--augment adds it and goes on" 0 'adding /srv/extra.html'
customize -- "$tmp/t.sh" both:200:/read/srv/index.html verify:200:/write/srv/new
expect "a write that no test made is named" 1 'tiny-server.*/srv/new'
customize -- "$tmp/t.sh" both:200:/write/run/web/state
expect "a write that a test made gets its mount" 0 'proof'
customize -- "$tmp/t.sh" both:200:/exec/bin/tiny-tool
expect "a helper program is kept" 0 'proof'
customize -- "$tmp/t.sh" both:200:/read/srv/index.html verify:200:/exec/bin/tiny-tool
expect "a helper that no test ran is named" 1 '/bin/tiny-tool'

customize -- "$tmp/t.sh" both:200:/read/bin/tiny-tool verify:200:/exec/bin/tiny-tool
expect "a file that was only read is not run" 1 'blocked-exec: /bin/tiny-server was not allowed to run /bin/tiny-tool'
grep -q 'fix: .*landlock exec /bin/tiny-tool.*--init-conf' "$tmp/log" && ok "with the line that allows it" ||
	not_ok "with the line that allows it" "$(grep -A1 blocked "$tmp/log")"
echo 'landlock exec /bin/tiny-tool' >"$tmp/allow.conf"
customize --init-conf "$tmp/allow.conf" -- "$tmp/t.sh" both:200:/read/bin/tiny-tool verify:200:/exec/bin/tiny-tool
expect "and which does" 0 'proof'

customize -- "$tmp/t.sh" both:200:/system//bin/tiny-tool+hello
expect "a service that uses a shell is refused" 3 '--commands.compile'
grep -Eq 'tiny-server' "$tmp/log" && grep -Eq '/bin/tiny-tool hello' "$tmp/log" &&
	ok "the refusal names the caller and its command" ||
	not_ok "the refusal names the caller and its command" "$(cat "$tmp/log")"
customize --commands compile -- "$tmp/t.sh" both:200:/system//bin/tiny-tool+hello \
	verify:500:/system//bin/tiny-tool+injected 'verify:500:/system//bin/tiny-tool+hello;id'
expect "--commands compile runs exactly that command" 0 'proof'

customize --test "$tmp/t.sh both:200:/read/srv/extra.html" -- "$tmp/t.sh" both:200:/read/srv/index.html
expect "several test commands make one image" 0 'proof'
customize --save-manifest "$tmp/saved.json" -- "$tmp/t.sh" both:200:/read/srv/index.html
customize --manifest "$tmp/saved.json" -- "$tmp/t.sh" both:200:/read/srv/index.html
expect "a saved manifest is taken up again" 0 'taking the trace from'
customize --start '/bin/tiny-server 8180 "second start"' -- "$tmp/t.sh" both:200:/read/srv/index.html
expect "several starts make one image" 0 'step 1 of 6.*second start'
customize --emit-dev "oci:$tmp/dev2:dev" -- "$tmp/t.sh" both:200:/read/srv/index.html
expect "--emit-dev writes the other image of the pair" 0 'proof'
skopeo inspect --config "oci:$tmp/dev2:dev" >/dev/null 2>&1 && ok "it can be read" || not_ok "it can be read" "$(ls "$tmp/dev2")"
grep -Eq '^ *shell +yes .* no$' "$tmp/log" && grep -Eq '^ *filesystem +writable +read-only' "$tmp/log" &&
	ok "the table compares dev and prod" || not_ok "the table compares dev and prod" "$(tail -15 "$tmp/log")"

if command -v podman >/dev/null && podman --cgroup-manager=cgroupfs info >/dev/null 2>&1; then
	customize --engine podman -- "$tmp/inside.sh"
	expect "podman runs both containers" 0 'proof'
else
	echo "ok - podman runs both containers # skipped: podman does not work here"
fi
[ -z "$(podman images -q 'localhost/clnimg-*' 2>/dev/null)" ] && ok "podman's store is as it was" || not_ok "podman's store is as it was"
rm -rf "$tmp/prod" "$tmp/out"
finish
