#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Whatever goes wrong in the pipeline: one clear message, the right exit
# status, and nothing left behind.
#
# usage: failures.sh BIN-DIR
set -u
if [ -z "${CLNIMG_TEST_NETNS:-}" ] && unshare --net ip link set lo up 2>/dev/null; then
	export CLNIMG_TEST_NETNS=own
	exec unshare --net sh -c 'ip link set lo up && exec "$@"' sh "$0" "$@"
fi
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
skip() { echo "skipped: $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "needs root"
for tool in umoci skopeo jq busybox; do command -v $tool >/dev/null || skip "needs $tool"; done
command -v runc >/dev/null || command -v crun >/dev/null || skip "needs runc or crun"
for program in clnimg-profile clnimg-pack clnimg-verify; do [ -x "$bin/$program" ] || skip "needs $program"; done
"$bin/clnimg-profile" --check-host >/dev/null 2>&1 || skip "this host cannot trace (clnimg-profile --check-host)"

tmp=$(mktemp -d /var/tmp/failures.XXXXXX)
trap 'rm -rf "$tmp"' EXIT
export TMPDIR=$tmp/work
mkdir "$TMPDIR"
"$here/../lib/tiny-image" "$tmp/tiny:dev" "$bin/../test-bin/tiny-server" || skip "cannot make the image"
failed=0 passed=0
# Names are clnimg-PID-TIME: what belongs to a process that still runs is not left behind.
orphans() {
	while read -r name; do
		pid=${name##*/clnimg-} pid=${pid#clnimg-} pid=${pid%%-*}
		kill -0 "$pid" 2>/dev/null || echo "$name"
	done
}
cgroups() {
	find "$(awk '/ - cgroup2 /{print $5; exit}' /proc/self/mountinfo)" -maxdepth 2 -type d \
		-name 'clnimg-[0-9]*-[0-9]*' | orphans
}
runtime() { runc list -q 2>/dev/null | grep '^clnimg-[0-9]*-[0-9]*' | orphans; }
before_cgroups=$(cgroups) before_containers=$(runtime)

# case NAME WANTED-STATUS MESSAGE-PATTERN: reads $status and $tmp/log
verdict() {
	local bad=
	[ "$status" = "$2" ] || bad="status $status, not $2"
	grep -Eq -- "$3" "$tmp/log" || bad="$bad; no message like: $3"
	[ -z "$(ls -A "$TMPDIR")" ] || bad="$bad; left in TMPDIR: $(ls "$TMPDIR")"
	[ ! -e "$tmp/prod" ] || bad="$bad; an image was written"
	[ ! -e "$tmp/out" ] || bad="$bad; runtime files were written"
	[ "$(cgroups)" = "$before_cgroups" ] || bad="$bad; left a cgroup: $(cgroups)"
	[ "$(runtime)" = "$before_containers" ] || bad="$bad; left a container: $(runtime)"
	! grep -q "$tmp" /proc/self/mountinfo || bad="$bad; left a mount"
	if [ -n "$bad" ]; then
		echo "not ok - $1: $bad"; sed 's/^/    /' "$tmp/log"; failed=$((failed + 1))
		rm -rf "$tmp/prod" "$tmp/out" "${TMPDIR:?}"/*
	else
		echo "ok - $1"; passed=$((passed + 1))
	fi
}
customize() {
	"$bin/cleanimage-customize" --image "${image:-oci:$tmp/tiny:dev}" --output "${output:-oci:$tmp/prod:prod}" \
		--emit "$tmp/out" "$@" >"$tmp/log" 2>&1 </dev/null
	status=$?
}
# interrupt SIGNAL PATTERN ARGS...: sends SIGNAL once PATTERN was printed
interrupt() {
	local signal=$1 pattern=$2 pid
	shift 2
	"$bin/cleanimage-customize" --image "oci:$tmp/tiny:dev" --output "oci:$tmp/prod:prod" \
		--emit "$tmp/out" "$@" >"$tmp/log" 2>&1 </dev/null &
	pid=$!
	for _ in $(seq 300); do
		grep -Eq -- "$pattern" "$tmp/log" && break
		kill -0 $pid 2>/dev/null || break
		sleep 0.1
	done
	kill -"$signal" $pid 2>/dev/null
	wait $pid
	status=$?
}

customize -- sh -c 'exit 42'
verdict "a failing test gives its status" 42 'tests failed: .*status 42'
customize -- sh -c 'kill -KILL $$'
verdict "a test that is killed gives 128+n" 137 'tests failed'
customize -- /no/such/test
verdict "a test that is not there" 127 '/no/such/test'
customize --timeout 2s -- sleep 60
verdict "a test that hangs ends at --timeout" 124 'still ran after 2 s'
customize --timeout 2s --readiness tcp:8199 -- true
verdict "a container that is never ready" 1 'not ready after 2 s'
image=oci:$tmp/nowhere:dev customize -- true
verdict "an image that is missing" 1 'nowhere: No such file'
image=oci:$tmp/tiny:other customize -- true
verdict "a tag that is missing" 1 'tiny:other'
mkdir "$tmp/broken"
cp -r "$tmp/tiny/." "$tmp/broken/"
for blob in "$tmp"/broken/blobs/sha256/*; do [ "$(stat -c %s "$blob")" -lt 5000 ] || echo damage >>"$blob"; done
image=oci:$tmp/broken:dev customize -- true
verdict "a layout with a damaged layer" 1 'broken'
echo '{' >"$tmp/broken/index.json"
image=oci:$tmp/broken:dev customize -- true
verdict "a layout with a broken index" 1 'broken'
echo file >"$tmp/file"
output=oci:$tmp/file/prod:prod customize -- true
verdict "an output below a file" 1 '--output .*Not a directory'
output=oci:/proc/no/prod:prod customize -- true
verdict "an output that cannot be written" 1 '--output '
customize --cmd /no/such/program -- sleep 1
verdict "a program that is not in the image" 1 'the container (did not start|ended)'
customize --entrypoint /no/such/entry -- true
verdict "an entry point that is not in the image" 1 'the container did not start'
customize --cmd /bin/sh --cmd -c --cmd 'echo last words; exit 9' --readiness tcp:8199 -- true
verdict "a container that ends at once" 1 'status 9.*|last words'
customize --engine no-such-engine -- true
verdict "an engine that is not installed" 1 'no-such-engine is not installed'
customize --env nonsense -- true
verdict "a wrong option" 2 '--env nonsense'
customize --manifest "$tmp/none.json" -- true
verdict "a manifest that is missing" 1 'none.json'
echo '{"schema": "clnimg.trace/1"' >"$tmp/bad.json"
customize --manifest "$tmp/bad.json" -- true
verdict "a manifest that is cut off" 1 'bad.json'
interrupt INT 'step 1' -- sleep 60
verdict "INT while starting" 130 'SIGINT'
interrupt INT 'testing now' -- sh -c 'echo testing now; sleep 60'
verdict "INT while the tests run" 130 'SIGINT'
interrupt TERM 'testing now' -- sh -c 'echo testing now; sleep 60'
verdict "TERM while the tests run" 143 'SIGTERM'
interrupt INT 'step 2 of 6' -- curl -sf http://127.0.0.1:8180/read/srv/index.html --retry 5 --retry-connrefused
verdict "INT while packing" 130 'SIGINT'
interrupt INT 'verify now' -- sh -c 'curl -sf http://127.0.0.1:8180/read/srv/index.html --retry 5 --retry-connrefused; [ "$CLNIMG_PHASE" = profile ] || { echo verify now; sleep 60; }'
verdict "INT while verifying" 130 'SIGINT'
# Publishing takes no time here: a packer that waits before it publishes.
mkdir "$tmp/slow"
for program in "$bin"/clnimg-* "$bin/cleanimage-customize"; do ln "$program" "$tmp/slow/" 2>/dev/null || cp "$program" "$tmp/slow/"; done
rm "$tmp/slow/clnimg-pack"
cat >"$tmp/slow/clnimg-pack" <<PACK
#!/bin/sh
case "\$*" in *"$tmp/prod"*) echo publishing now >&2; sleep 60 ;; esac
exec "$(cd "$bin" && pwd)/clnimg-pack" "\$@"
PACK
chmod +x "$tmp/slow/clnimg-pack"
fast=$bin bin=$tmp/slow
interrupt INT 'publishing now' -- curl -sf http://127.0.0.1:8180/read/srv/index.html --retry 5 --retry-connrefused
verdict "INT while publishing" 130 'SIGINT'
bin=$fast
# kill -9: nobody prints a message, but the guards clean up within moments.
killed() {
	interrupt KILL "$@"
	for _ in $(seq 200); do
		[ -z "$(ls -A "$TMPDIR")$(pgrep -f "sleep 61$$")" ] && [ "$(cgroups)" = "$before_cgroups" ] &&
			[ "$(runtime)" = "$before_containers" ] && break
		sleep 0.1
	done
	[ -z "$(pgrep -f "sleep 61$$")" ] || status="$status, and the test command still runs"
}
killed 'testing now' -- sh -c "echo testing now; sleep 61$$"
verdict "KILL while the tests run" 137 'testing now'
killed 'verify now' -- sh -c "curl -sf http://127.0.0.1:8180/read/srv/index.html --retry 5 --retry-connrefused; [ \$CLNIMG_PHASE = profile ] || { echo verify now; sleep 61$$; }"
verdict "KILL while verifying" 137 'verify now'
if command -v podman >/dev/null && podman --cgroup-manager=cgroupfs info >/dev/null 2>&1; then
	stored() { { podman images --format '{{.Repository}}'; podman ps -a --format '{{.Names}}'; } | grep -o 'clnimg-[0-9]*-[0-9]*' | orphans; }
	before=$(stored)
	killed 'testing now' --engine podman -- sh -c 'echo testing now; sleep 60'
	for _ in $(seq 100); do [ "$(stored)" = "$before" ] && break; sleep 0.1; done
	verdict "KILL with podman" 137 'testing now'
	[ "$(stored)" = "$before" ] && echo "ok - podman's store is as it was" ||
		{ echo "not ok - podman's store holds $(stored)"; failed=$((failed + 1)); }
fi
customize -- sh -c 'curl -sf http://127.0.0.1:8180/read/srv/index.html --retry 5 --retry-connrefused; [ "$CLNIMG_PHASE" = profile ]'
verdict "tests that fail against the production image" 1 'verifying failed'

echo "$passed passed, $failed failed"
[ $failed = 0 ]
