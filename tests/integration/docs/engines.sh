#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The runtime documents of a packed image, in the hands of those they are for:
# runc takes config.json, podman kubernetes.yaml, podman-compose compose.yaml,
# docker's client docker.args, kustomize the patch, systemd's generator the unit.
# (podman and run.args: cleanimage-customize --engine podman, in tiny.sh.)
#
# usage: engines.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"
"$here/../lib/tiny-image" "$tmp/tiny:dev" "$bin/../test-bin/tiny-server" || skip "cannot make the image"
name=clnimg-engines-$$ image=registry.example/tiny-server
trap 'runc delete -f $name >/dev/null 2>&1; podman pod rm -f -t 0 tiny-server-pod-0 >/dev/null 2>&1; podman rm -f -t 0 $name >/dev/null 2>&1
	podman rmi -f $image:prod >/dev/null 2>&1; [ -n "$had_pause" ] || podman rmi -f "$(pause)" >/dev/null 2>&1; rm -rf "$tmp"' EXIT
pause() { podman images -q localhost/podman-pause 2>/dev/null | head -1; }
had_pause=$(pause)
get() { curl -s --max-time 10 "$@"; }
soon() { for _ in $(seq 50); do "$@" && return 0; sleep 0.1; done; return 1; }
absent() { echo "ok - $1 # skipped: $2"; }

cat >"$tmp/t.sh" <<'TEST'
#!/bin/sh
for path in /read/srv/index.html /write/run/web/state /id; do
	[ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 10 "http://127.0.0.1:8180$path")" = 200 ] || exit 1
done
TEST
chmod +x "$tmp/t.sh"
customize -- "$tmp/t.sh"
expect "packed with a place to write" 0 'proof'
[ "$status" = 0 ] || { finish; exit 1; }
# posture FETCH...: what the service says of itself, asked by that command
posture() {
	local who=$1 id
	shift
	soon "$@" -o /dev/null http://127.0.0.1:8180/id || { not_ok "$who: it answers" "$(cat "$tmp/engine")"; return; }
	id=$("$@" http://127.0.0.1:8180/id)
	ok "$who: it answers"
	grep -Eq '^Uid:\s+65532\s' <<<"$id" && ok "$who: as the user" || not_ok "$who: as the user" "$id"
	grep -Eq '^CapEff:\s+0+$' <<<"$id" && grep -Eq '^CapBnd:\s+0+$' <<<"$id" && ok "$who: no capability" || not_ok "$who: no capability" "$id"
	grep -Eq '^NoNewPrivs:\s+1' <<<"$id" && ok "$who: no new privileges" || not_ok "$who: no new privileges" "$id"
	[ "$("$@" -o /dev/null -w '%{http_code}' http://127.0.0.1:8180/write/srv/x)" != 200 ] &&
		ok "$who: the root is read-only" || not_ok "$who: the root is read-only"
}
writes() { [ "$("${@:2}" -o /dev/null -w '%{http_code}' http://127.0.0.1:8180/write/run/web/state)" = 200 ] && ok "$1: it writes where it did" || not_ok "$1: it writes where it did" "$(cat "$tmp/engine")"; }

# runc: config.json as it is, the filter in it
if command -v runc >/dev/null; then
	mkdir "$tmp/bundle"
	umoci raw unpack --image "$tmp/prod:prod" "$tmp/bundle/rootfs" >/dev/null 2>&1
	cp "$tmp/out/config.json" "$tmp/bundle/"
	(cd "$tmp/bundle" && exec runc run "$name" </dev/null >"$tmp/engine" 2>&1) &
	pid=
	running() { pid=$(runc state "$name" 2>/dev/null | jq -r .pid) && [ -n "$pid" ] && [ "$pid" != 0 ]; }
	soon running || not_ok "runc: it runs" "$(cat "$tmp/engine")"
	inside() { nsenter -t "$pid" -n curl -s --max-time 10 "$@"; }
	posture runc inside
	writes runc inside
	grep -Eq '^Seccomp:\s+2' "/proc/$pid/status" && ok "runc: under the filter" || not_ok "runc: under the filter"
	runc kill "$name" TERM
	soon eval '! runc state "$name" >/dev/null 2>&1' && ok "runc: it ends when told" || not_ok "runc: it ends when told" "$(runc list)"
	wait
else
	absent "runc takes config.json" "no runc"
fi

# podman: the engine's own settings for hosts without CAP_SYS_RESOURCE or cgroup v2
cat >"$tmp/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=10000:10000", "nproc=9000:9000"]
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "file"
CONF
export CONTAINERS_CONF=$tmp/containers.conf
if command -v podman >/dev/null && podman info >/dev/null 2>&1; then
	skopeo copy --quiet "oci:$tmp/prod:prod" "containers-storage:$image:prod" >"$tmp/engine" 2>&1 ||
		not_ok "podman has the image" "$(cat "$tmp/engine")"
	# No registry is there to pull from, and one network holds one of it.
	sed 's/imagePullPolicy: Always/imagePullPolicy: Never/; s/replicas: 2/replicas: 1/' "$tmp/out/kubernetes.yaml" >"$tmp/kube.yaml"
	timeout 120 podman play kube --network host "$tmp/kube.yaml" >"$tmp/engine" 2>&1 && ok "podman takes kubernetes.yaml" ||
		not_ok "podman takes kubernetes.yaml" "$(cat "$tmp/engine")"
	posture "podman play kube" get
	writes "podman play kube" get
	timeout 120 podman play kube --down "$tmp/kube.yaml" >"$tmp/engine" 2>&1 && ok "and down again" || not_ok "and down again" "$(cat "$tmp/engine")"
	podman rmi -f "$image:prod" >/dev/null 2>&1
else
	absent "podman takes kubernetes.yaml" "podman does not work here"
fi

# docker's client reads every option before it looks for its daemon
if command -v docker >/dev/null && docker --version 2>/dev/null | grep -q '^Docker version'; then
	mapfile -t args <"$tmp/out/docker.args"
	DOCKER_HOST=unix:///nonexistent docker create "${args[@]}" >"$tmp/engine" 2>&1
	grep -Eqi 'daemon|docker API' "$tmp/engine" && ok "docker reads docker.args" || not_ok "docker reads docker.args" "$(cat "$tmp/engine")"
	DOCKER_HOST=unix:///nonexistent docker create --not-an-option x >"$tmp/engine" 2>&1
	grep -qi 'unknown flag' "$tmp/engine" && ok "and would not read others" || not_ok "and would not read others" "$(cat "$tmp/engine")"
else
	absent "docker reads docker.args" "no docker client"
fi

# kustomize: a Deployment of somebody else's takes the posture and keeps its own
if command -v kubectl >/dev/null; then
	mkdir "$tmp/kustomize"
	cp "$tmp/out/kubernetes-patch.yaml" "$tmp/kustomize/patch.yaml"
	cat >"$tmp/kustomize/theirs.yaml" <<'THEIRS'
apiVersion: apps/v1
kind: Deployment
metadata: {name: tiny-server}
spec:
  replicas: 5
  selector: {matchLabels: {app: theirs}}
  template:
    metadata: {labels: {app: theirs}}
    spec:
      containers:
        - name: tiny-server
          image: old
          env: [{name: A, value: b}]
          volumeMounts: [{name: settings, mountPath: /settings, readOnly: true}]
        - {name: sidecar, image: other}
      volumes: [{name: settings, configMap: {name: s}}]
THEIRS
	printf 'resources: [theirs.yaml]\npatchesStrategicMerge: [patch.yaml]\n' >"$tmp/kustomize/kustomization.yaml"
	kubectl kustomize "$tmp/kustomize" >"$tmp/merged.yaml" 2>"$tmp/engine" && ok "kustomize takes the patch" || not_ok "kustomize takes the patch" "$(cat "$tmp/engine")"
	python3 - "$tmp/merged.yaml" "$tmp/out/kubernetes.yaml" >"$tmp/engine" 2>&1 <<'PY' && ok "theirs stays, ours is added" || not_ok "theirs stays, ours is added" "$(cat "$tmp/engine")"
import sys, yaml
pod = yaml.safe_load(open(sys.argv[1]))["spec"]["template"]["spec"]
whole = [t for t in yaml.safe_load_all(open(sys.argv[2])) if t["kind"] == "Deployment"][0]["spec"]["template"]["spec"]
ours, = (c for c in pod["containers"] if c["name"] == "tiny-server")
want, = whole["containers"]
assert len(pod["containers"]) == 2 and ours["env"] == [{"name": "A", "value": "b"}], pod
assert ours["image"] == want["image"] and ours["securityContext"] == want["securityContext"], ours
assert pod["securityContext"] == whole["securityContext"] and pod["automountServiceAccountToken"] is False, pod
mounts = {m["mountPath"] for m in ours["volumeMounts"]}
assert mounts == {"/settings"} | {m["mountPath"] for m in want["volumeMounts"]}, mounts
assert {v["name"] for v in pod["volumes"]} == {"settings"} | {v["name"] for v in whole["volumes"]}, pod["volumes"]
PY
else
	absent "kustomize takes the patch" "no kubectl"
fi

# debug.txt: the commands as they stand. kubectl reads its options, then finds no cluster.
section() { sed -n "/^$1/,/^[A-Z]/{/^  /p}" "$tmp/out/debug.txt"; }
if command -v kubectl >/dev/null && kubectl debug --help | grep -q -- --custom; then
	section Kubernetes | sed 's/-it \$(kubectl[^)]*)/pod\/x/' >"$tmp/debug.sh"
	grep -q 'debug pod/x' "$tmp/debug.sh" && ! KUBECONFIG=/dev/null bash "$tmp/debug.sh" >"$tmp/engine" 2>&1 && grep -Eqi 'connection|refused' "$tmp/engine" &&
		ok "kubectl reads the command of debug.txt" || not_ok "kubectl reads the command of debug.txt" "$(cat "$tmp/debug.sh" "$tmp/engine")"
	sed 's/--target=/--not-an-option=/' "$tmp/debug.sh" >"$tmp/debug2.sh"
	KUBECONFIG=/dev/null bash "$tmp/debug2.sh" >"$tmp/engine" 2>&1
	grep -qi 'unknown flag' "$tmp/engine" && ok "and would not read others" || not_ok "and would not read others" "$(cat "$tmp/engine")"
	section Kubernetes | grep -o 'kubectl get[^|]*' >"$tmp/get.sh"
	KUBECONFIG=/dev/null bash "$tmp/get.sh" >"$tmp/engine" 2>&1
	grep -Eqi 'connection|refused' "$tmp/engine" && ok "and how it finds the pod" || not_ok "and how it finds the pod" "$(cat "$tmp/get.sh" "$tmp/engine")"
	selector=$(grep -o 'app.kubernetes.io/name=[^ ]*' "$tmp/get.sh")
	grep -q "${selector/=/: }" "$tmp/out/kubernetes.yaml" && ok "which has that label" || not_ok "which has that label" "$selector"
else
	absent "kubectl reads the command of debug.txt" "no kubectl 1.31"
fi

# Quadlet: the generator, where podman has it (4.4); always the keys that its manual knows
quadlet=
for file in /usr/lib/systemd/system-generators/podman-system-generator /usr/libexec/podman/quadlet; do
	[ ! -x "$file" ] || quadlet=$file
done
if [ -n "$quadlet" ]; then
	QUADLET_UNIT_DIRS="$tmp/out" "$quadlet" --dryrun >"$tmp/engine" 2>&1 && grep -q 'podman run' "$tmp/engine" &&
		ok "systemd's generator takes the unit" || not_ok "systemd's generator takes the unit" "$(cat "$tmp/engine")"
else
	absent "systemd's generator takes the unit" "podman $(podman --version 2>/dev/null | tr -dc '0-9.') has no Quadlet"
fi
# podman-systemd.unit(5), podman 4.6 and newer
known=' Unit.Description Container.Image Container.ReadOnly Container.PodmanArgs Container.User Container.Group
 Container.GroupAdd Container.DropCapability Container.NoNewPrivileges Container.Tmpfs Container.Volume
 Container.Sysctl Container.PublishPort Container.StopTimeout Container.SeccompProfile Service.Restart
 Service.TimeoutStopSec Install.WantedBy '
unknown=$(awk -F= '/^\[/ { gsub(/[][]/, ""); section = $0; next } /^#/ || !/=/ { next } { print section "." $1 }' "$tmp/out/tiny-server.container" |
	while read -r key; do grep -q "[ ]$key\( \|$\)" <<<"$known" || echo "$key"; done)
[ -z "$unknown" ] && ok "the unit has keys that Quadlet knows" || not_ok "the unit has keys that Quadlet knows" "$unknown"

# podman-compose: what it makes of compose.yaml runs (its own network aside, which takes a firewall)
if command -v podman-compose >/dev/null && podman info >/dev/null 2>&1; then
	customize -- curl -sSf -o /dev/null --max-time 10 http://127.0.0.1:8180/read/srv/index.html
	skopeo copy --quiet "oci:$tmp/prod:prod" "containers-storage:$image:prod" >"$tmp/engine" 2>&1
	podman-compose --no-ansi -f "$tmp/out/compose.yaml" --dry-run up -d >"$tmp/compose" 2>/dev/null
	command=$(grep '^podman run ' "$tmp/compose" | sed "s/--net [^ ]*//; s/--network-alias [^ ]*//; s/--name=[^ ]*/--name=$name --network host/; s/--restart [^ ]*//")
	(cd "$tmp/out" && timeout 60 sh -c "$command") >"$tmp/engine" 2>&1 && ok "podman-compose reads compose.yaml" || not_ok "podman-compose reads compose.yaml" "$(cat "$tmp/compose" "$tmp/engine")"
	posture podman-compose get
	# debug.txt for podman, on that container, with the dev image's busybox for a shell
	skopeo copy --quiet "oci:$tmp/tiny:dev" "containers-storage:$image:debug" >"$tmp/engine" 2>&1
	section podman | sed "s/-it //; s/container:tiny-server/container:$name/g; s|docker.io/library/busybox:stable sh|--entrypoint /bin/sh $image:debug -c 'cat /proc/1/root/etc/clnimg/init.conf; id -u 2>/dev/null; ls /proc/1/root/'|" >"$tmp/debug.sh"
	timeout 60 bash "$tmp/debug.sh" >"$tmp/engine" 2>&1
	grep -q '^clnimg-init 1' "$tmp/engine" && grep -q '^clnimg-init$' "$tmp/engine" && ok "podman's command of debug.txt looks into it" ||
		not_ok "podman's command of debug.txt looks into it" "$(cat "$tmp/debug.sh" "$tmp/engine")"
	podman rmi -f "$image:debug" >/dev/null 2>&1
	podman rm -f -t 5 "$name" >/dev/null 2>&1
else
	absent "podman-compose reads compose.yaml" "no podman-compose"
fi
finish
