#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The restricted Pod Security standard, as a checker that is itself checked.

The evaluator below is held against the official test data of the standard, in
which every file says by its folder whether it passes; then against our pods.

usage: pods.py WRITE-SAMPLE SCHEMAS
"""
import common

SAFE_SYSCTLS = {"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
                "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
                "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time",
                "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
                "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
                "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"}
SELINUX = {None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
DEFAULT_CAPABILITIES = {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
                        "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
           "projected", "secret", "image"}
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"


def containers(spec):
    return [c for key in ("initContainers", "containers", "ephemeralContainers") for c in spec.get(key) or []]


def contexts(spec):
    return [spec.get("securityContext") or {}] + [c.get("securityContext") or {} for c in containers(spec)]


def baseline(pod):
    spec = pod["spec"]
    notes = (pod.get("metadata") or {}).get("annotations") or {}
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key):
            yield key
    for value in (v for k, v in notes.items() if k.startswith(APPARMOR)):
        if value != "runtime/default" and not value.startswith("localhost/"):
            yield "apparmor annotation"
    for sysctl in (spec.get("securityContext") or {}).get("sysctls") or []:
        if sysctl["name"] not in SAFE_SYSCTLS:
            yield "sysctl " + sysctl["name"]
    for volume in spec.get("volumes") or []:
        if "hostPath" in volume:
            yield "hostPath"
    for context in contexts(spec):
        if (context.get("windowsOptions") or {}).get("hostProcess"):
            yield "hostProcess"
        selinux = context.get("seLinuxOptions") or {}
        if selinux.get("type") not in SELINUX or selinux.get("user") or selinux.get("role"):
            yield "seLinuxOptions"
        if (context.get("appArmorProfile") or {}).get("type") == "Unconfined":
            yield "appArmorProfile"
        if (context.get("seccompProfile") or {}).get("type") == "Unconfined":
            yield "seccompProfile"
    for container in containers(spec):
        context = container.get("securityContext") or {}
        if context.get("privileged"):
            yield "privileged"
        if context.get("procMount") not in (None, "", "Default") and spec.get("hostUsers") is not False:
            yield "procMount"
        if set((context.get("capabilities") or {}).get("add") or []) - DEFAULT_CAPABILITIES:
            yield "capabilities"
        if any(port.get("hostPort") for port in container.get("ports") or []):
            yield "hostPort"
        hooks = [container.get(k) or {} for k in ("livenessProbe", "readinessProbe", "startupProbe")]
        hooks += [(container.get("lifecycle") or {}).get(k) or {} for k in ("postStart", "preStop")]
        for hook in hooks:
            if any((hook.get(k) or {}).get("host") for k in ("httpGet", "tcpSocket")):
                yield "host of a probe"


def restricted(pod):
    yield from baseline(pod)
    spec = pod["spec"]
    windows = (spec.get("os") or {}).get("name") == "windows"
    top = spec.get("securityContext") or {}
    for volume in spec.get("volumes") or []:
        kinds = set(volume) - {"name"}
        if kinds - VOLUMES:
            yield "volume " + "/".join(kinds)
    users = spec.get("hostUsers") is False
    for context in contexts(spec):
        if context.get("runAsUser") == 0 and not users:
            yield "runAsUser 0"
    for container in containers(spec):
        context = container.get("securityContext") or {}
        root = context.get("runAsNonRoot", top.get("runAsNonRoot"))
        if root is not True and not users:
            yield "runAsNonRoot"
        if windows:
            continue
        if context.get("procMount") not in (None, "", "Default"):
            yield "procMount"
        if context.get("allowPrivilegeEscalation") is not False:
            yield "allowPrivilegeEscalation"
        capabilities = context.get("capabilities") or {}
        if "ALL" not in (capabilities.get("drop") or []):
            yield "drop"
        if set(capabilities.get("add") or []) - {"NET_BIND_SERVICE"}:
            yield "add"
        seccomp = (context.get("seccompProfile") or top.get("seccompProfile") or {}).get("type")
        if seccomp not in ("RuntimeDefault", "Localhost"):
            yield "seccomp"
    if top.get("runAsNonRoot") is False and not users:
        if any((c.get("securityContext") or {}).get("runAsNonRoot") is not True for c in containers(spec)):
            yield "runAsNonRoot of the pod"


def official(folder):
    for level, rule in (("baseline", baseline), ("restricted", restricted)):
        for verdict in ("pass", "fail"):
            for path in sorted((folder / "pss/test/testdata" / level / "v1.37" / verdict).glob("*.yaml")):
                findings = list(rule(common.load_yaml(path)[0]))
                common.check(f"official {level} {verdict}: {path.stem}",
                             bool(findings) == (verdict == "fail"), findings)


official(common.schemas())
for variant, place in common.samples().items():
    for name in ("kubernetes.yaml", "kubernetes-patch.yaml"):
        template = [t for t in common.load_yaml(place / name) if t["kind"] == "Deployment"][0]["spec"]["template"]
        findings = list(restricted(template))
        common.check(f"{variant}: {name} is restricted", not findings, findings)
common.finish()
