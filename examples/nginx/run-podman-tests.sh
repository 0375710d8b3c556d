#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run-podman-tests.sh IMAGE - the two-step form: a test script that starts its
# own container. Run it under the profiler:
#
#   sudo clnimg-profile --cgroup build-123 -- \
#       env CLNIMG_CGROUP=/build-123 examples/nginx/run-podman-tests.sh oci:build/images/nginx:dev
#
# CLNIMG_CGROUP names the parent cgroup, so that the container lands in what is
# traced; PODMAN_FLAGS adds options that this host's podman needs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
image=${1:-oci:build/images/nginx:dev}
name=clnimg-nginx-$$
tmp=$(mktemp -d)
trap 'podman rm -f -t 2 $name >/dev/null 2>&1 || true; rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# shellcheck disable=SC2086
podman --cgroup-manager=cgroupfs run --detach --name $name --network host \
	${CLNIMG_CGROUP:+--cgroup-parent "$CLNIMG_CGROUP"} ${PODMAN_FLAGS:-} "$image" >/dev/null
podman logs --follow $name >"$tmp/log" 2>&1 &
CLNIMG_CONTAINER_LOG=$tmp/log CLNIMG_CONTAINER_PID=$(podman inspect -f '{{.State.Pid}}' $name) \
	"$here/run-tests.sh"
