#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The two-step form: a test script that starts its own container with podman,
# under clnimg-profile; then pack; then exactly what run.args says, by podman.
#
# usage: twostep.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
command -v podman >/dev/null || skip "needs podman"
# podman makes a repository's name of the path, and those have no capitals.
rmdir "$tmp"
tmp=/var/tmp/pipeline-two-$$
mkdir "$tmp"
tiny_image

# A root without CAP_SYS_RESOURCE cannot raise limits; crun refuses hybrid hosts.
flags="--ulimit nofile=$(ulimit -Sn):$(ulimit -Hn) --ulimit nproc=9000:9000"
grep -q ' - cgroup ' /proc/self/mountinfo && flags="$flags --runtime runc"
name=clnimg-two-$$
podman="podman --cgroup-manager=cgroupfs --root $tmp/storage --runroot $tmp/runroot"
# shellcheck disable=SC2086
cleanup() { $podman rm -fa -t 1 >/dev/null 2>&1; $podman rmi -fa >/dev/null 2>&1; umount -l "$tmp/storage/overlay" 2>/dev/null; rm -rf "$tmp"; }
trap cleanup EXIT
export STORAGE="containers-storage:[overlay@$tmp/storage+$tmp/runroot]"

# shellcheck disable=SC2086
$podman run --rm --network host $flags --entrypoint /bin/tiny-tool "oci:$tmp/tiny:dev" works >"$tmp/log" 2>&1 ||
	skip "podman cannot run containers here: $(tail -1 "$tmp/log")"

cat >"$tmp/run-tests.sh" <<TEST
#!/bin/sh
$podman run --detach --name $name --network host --cgroup-parent /$name $flags oci:$tmp/tiny:dev >/dev/null || exit 1
end() { $podman rm -f -t 5 $name >/dev/null; }
trap end EXIT
curl -sf --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:8180/read/srv/index.html &&
	curl -sf http://127.0.0.1:8180/write/run/web/state
TEST
chmod +x "$tmp/run-tests.sh"
clnimg-profile --cgroup "$name" -o "$tmp/m.json" -- "$tmp/run-tests.sh" >"$tmp/log" 2>&1
status=$?
[ $status = 0 ] && ok "the test script is profiled" || not_ok "the test script is profiled: status $status" "$(cat "$tmp/log")"
clnimg-manifest check "$tmp/m.json" >"$tmp/log" 2>&1 && ok "its manifest is sound" || not_ok "its manifest is sound" "$(cat "$tmp/log")"
jq -e '[.roots[] | select(.kind == "container")] | length >= 1' "$tmp/m.json" >/dev/null &&
	ok "it holds the container that podman started" || not_ok "it holds the container that podman started" "$(jq -c '.roots' "$tmp/m.json")"

clnimg-pack --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/m.json" --output "oci:$tmp/prod:prod" --emit "$tmp/out" >"$tmp/log" 2>&1
status=$?
[ $status = 0 ] && ok "the image is packed" || { not_ok "the image is packed: status $status" "$(cat "$tmp/log")"; finish; exit 1; }

mapfile -t args < <(grep -v -e '^--sysctl=net' "$tmp/out/run.args")
# shellcheck disable=SC2086
$podman run --detach --name $name --network host $flags "${args[@]}" >"$tmp/log" 2>&1
status=$?
[ $status = 0 ] && ok "podman run takes run.args as it is" || not_ok "podman run takes run.args as it is" "$(cat "$tmp/log" "$tmp/out/run.args")"
got=$(curl -sf --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:8180/read/srv/index.html)
[ "$got" = "hello from the tiny image" ] && ok "the service answers" || not_ok "the service answers: $got" "$($podman logs $name 2>&1)"
curl -sf http://127.0.0.1:8180/write/run/web/state >/dev/null && ok "it writes where it did" || not_ok "it writes where it did"
curl -sf http://127.0.0.1:8180/write/srv/x >/dev/null && not_ok "its root is read-only" || ok "its root is read-only"
$podman rm -f -t 5 $name >/dev/null 2>&1

skopeo copy -q "oci:$tmp/prod:prod" "docker-archive:$tmp/prod.tar:app:prod" >"$tmp/log" 2>&1 &&
	$podman load -q -i "$tmp/prod.tar" >>"$tmp/log" 2>&1 && ok "podman load takes it" || not_ok "podman load takes it" "$(cat "$tmp/log")"
umoci raw unpack --image "$tmp/prod:prod" "$tmp/root" >"$tmp/log" 2>&1 && ok "umoci unpack takes it" || not_ok "umoci unpack takes it" "$(cat "$tmp/log")"
clnimg-verify --image "oci:$tmp/prod:prod" --emit "$tmp/out" --source "oci:$tmp/tiny:dev" --readiness tcp:8180 \
	-- curl -sf http://127.0.0.1:8180/read/srv/index.html >"$tmp/log" 2>&1 && ok "clnimg-verify runs the tests" || not_ok "clnimg-verify runs the tests" "$(cat "$tmp/log")"
# podman leaves the parent that it was told, in every hierarchy
awk '$0 ~ / - cgroup2? / { print $5 }' /proc/self/mountinfo | while read -r group; do
	find "$group/$name" -depth -type d -exec rmdir {} \; 2>/dev/null
done
finish
