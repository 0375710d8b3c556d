#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What kube-linter, kube-score, kubesec and polaris ask, one row each.

A row names the tool and its rule, and says when it holds. Rows are also run
against a document with the value taken away: a row that cannot fail is none.

usage: rules.py WRITE-SAMPLE
"""
import copy

import common


def container(objects):
    return common.pod_of(objects)["containers"][0]


def find(objects, kind):
    return [thing for thing in objects if thing["kind"] == kind]


def template(objects):
    return find(objects, "Deployment")[0]["spec"]["template"]


def selects(selector, objects):
    labels = template(objects)["metadata"]["labels"]
    return bool(selector) and all(labels.get(k) == v for k, v in selector.items())


def context(objects):
    return container(objects)["securityContext"]


def resources(objects, side, name):
    return container(objects)["resources"][side].get(name)


def probe_port(objects):
    port = container(objects)["readinessProbe"]["tcpSocket"]["port"]
    return port in [p["containerPort"] for p in container(objects)["ports"]]


def delete(*path):
    def change(objects):
        at = objects
        for key in path[:-1]:
            at = at[key] if not callable(key) else key(at)
        del at[path[-1]]
    return change


def change_container(key):
    return lambda objects: container(objects).pop(key)


def change_context(key):
    return lambda objects: context(objects).pop(key)


def change_resource(side, name):
    return lambda objects: container(objects)["resources"][side].pop(name)


def drop_kind(kind):
    def change(objects):
        objects[:] = [thing for thing in objects if thing["kind"] != kind]
    return change


def set_image(image):
    return lambda objects: container(objects).update(image=image)


def set_id(key):
    return lambda objects: context(objects).update({key: 100})


def same_probes(objects):
    container(objects)["livenessProbe"] = container(objects)["readinessProbe"]


ROWS = [
    ("kube-linter no-read-only-root-fs, polaris notReadOnlyRootFilesystem, kubesec ReadOnlyRootFilesystem",
     lambda o: context(o).get("readOnlyRootFilesystem") is True, change_context("readOnlyRootFilesystem")),
    ("kube-linter run-as-non-root, polaris runAsRootAllowed, kubesec RunAsNonRoot",
     lambda o: context(o).get("runAsNonRoot") is True, change_context("runAsNonRoot")),
    ("kube-linter privilege-escalation-container, polaris privilegeEscalationAllowed",
     lambda o: context(o).get("allowPrivilegeEscalation") is False, change_context("allowPrivilegeEscalation")),
    ("kube-linter privileged-container, polaris runAsPrivileged, kube-score",
     lambda o: not context(o).get("privileged"), lambda o: context(o).update(privileged=True)),
    ("kube-linter drop-net-raw-capability, polaris insecureCapabilities, kubesec CapDropAll",
     lambda o: context(o).get("capabilities", {}).get("drop") == ["ALL"], change_context("capabilities")),
    ("kube-score container-security-context-user-group-id, kubesec RunAsUser: uid above 10000",
     lambda o: context(o).get("runAsUser", 0) > 10000, set_id("runAsUser")),
    ("kube-score container-security-context-user-group-id: gid above 10000",
     lambda o: context(o).get("runAsGroup", 0) > 10000, set_id("runAsGroup")),
    ("kube-score container-seccomp-profile, kubesec SeccompAny, polaris linuxHardening",
     lambda o: context(o).get("seccompProfile"), change_context("seccompProfile")),
    ("kubesec ApparmorAny", lambda o: context(o).get("appArmorProfile"), change_context("appArmorProfile")),
    ("kube-linter unset-cpu-requirements, polaris cpuRequestsMissing",
     lambda o: resources(o, "requests", "cpu"), change_resource("requests", "cpu")),
    ("polaris cpuLimitsMissing, kubesec LimitsCPU", lambda o: resources(o, "limits", "cpu"), change_resource("limits", "cpu")),
    ("kube-linter unset-memory-requirements, polaris memoryRequestsMissing",
     lambda o: resources(o, "requests", "memory"), change_resource("requests", "memory")),
    ("polaris memoryLimitsMissing, kubesec LimitsMemory",
     lambda o: resources(o, "limits", "memory"), change_resource("limits", "memory")),
    ("kube-score container-ephemeral-storage-request-and-limit: request",
     lambda o: resources(o, "requests", "ephemeral-storage"), change_resource("requests", "ephemeral-storage")),
    ("kube-score container-ephemeral-storage-request-and-limit: limit",
     lambda o: resources(o, "limits", "ephemeral-storage"), change_resource("limits", "ephemeral-storage")),
    ("kube-linter no-liveness-probe, polaris livenessProbeMissing",
     lambda o: container(o).get("livenessProbe"), change_container("livenessProbe")),
    ("kube-linter no-readiness-probe, polaris readinessProbeMissing",
     lambda o: container(o).get("readinessProbe"), change_container("readinessProbe")),
    ("kube-score pod-probes-identical", lambda o: container(o)["livenessProbe"] != container(o)["readinessProbe"], same_probes),
    ("kube-linter readiness-port, liveness-port: probe ports in ports", probe_port,
     lambda o: container(o)["readinessProbe"]["tcpSocket"].update(port=1)),
    ("kube-linter latest-tag, polaris tagNotSpecified, kube-score container-image-tag",
     lambda o: ":" in container(o)["image"].split("@")[0].rsplit("/", 1)[-1] and not container(o)["image"].split("@")[0].endswith(":latest"),
     set_image("registry.example/nginx:latest")),
    ("kube-score container-image-pull-policy, polaris pullPolicyNotAlways",
     lambda o: container(o).get("imagePullPolicy") == "Always", change_container("imagePullPolicy")),
    ("kube-linter minimum-three-replicas (two), kube-score deployment-replicas, polaris deploymentMissingReplicas",
     lambda o: find(o, "Deployment")[0]["spec"]["replicas"] >= 2, lambda o: find(o, "Deployment")[0]["spec"].update(replicas=1)),
    ("kube-linter no-anti-affinity, kube-score deployment-has-host-podantiaffinity",
     lambda o: common.pod_of(o).get("affinity", {}).get("podAntiAffinity"), lambda o: common.pod_of(o).pop("affinity")),
    ("kube-score deployment-has-poddisruptionbudget, polaris missingPodDisruptionBudget",
     lambda o: any(selects(b["spec"]["selector"]["matchLabels"], o) for b in find(o, "PodDisruptionBudget")), drop_kind("PodDisruptionBudget")),
    ("kube-linter pdb-max-unavailable, pdb-min-available: a budget that allows one eviction",
     lambda o: all(b["spec"].get("minAvailable", 0) < find(o, "Deployment")[0]["spec"]["replicas"] for b in find(o, "PodDisruptionBudget")),
     lambda o: find(o, "PodDisruptionBudget")[0]["spec"].update(minAvailable=2)),
    ("kube-score pod-networkpolicy, polaris missingNetworkPolicy, kube-linter non-isolated-pod",
     lambda o: any(selects(p["spec"]["podSelector"]["matchLabels"], o) and set(p["spec"]["policyTypes"]) == {"Ingress", "Egress"}
                   for p in find(o, "NetworkPolicy")), drop_kind("NetworkPolicy")),
    ("kube-linter dangling-service, kube-score service-targets-pod",
     lambda o: all(selects(s["spec"]["selector"], o) for s in find(o, "Service")),
     lambda o: find(o, "Service")[0]["spec"]["selector"].update(x="y")),
    ("kube-linter exposed-services, kube-score service-type", lambda o: all(s["spec"]["type"] == "ClusterIP" for s in find(o, "Service")),
     lambda o: find(o, "Service")[0]["spec"].update(type="NodePort")),
    ("kube-linter default-service-account, kubesec ServiceAccountName",
     lambda o: common.pod_of(o).get("serviceAccountName") in [s["metadata"]["name"] for s in find(o, "ServiceAccount")],
     lambda o: common.pod_of(o).pop("serviceAccountName")),
    ("polaris automountServiceAccountToken, kubesec AutomountServiceAccountToken",
     lambda o: common.pod_of(o).get("automountServiceAccountToken") is False, lambda o: common.pod_of(o).pop("automountServiceAccountToken")),
    ("kube-linter host-network, host-pid, host-ipc, polaris hostNetworkSet",
     lambda o: not any(common.pod_of(o).get(k) for k in ("hostNetwork", "hostPID", "hostIPC")), lambda o: common.pod_of(o).update(hostPID=True)),
    ("kube-linter mismatching-selector", lambda o: selects(find(o, "Deployment")[0]["spec"]["selector"]["matchLabels"], o),
     lambda o: template(o)["metadata"]["labels"].pop("app.kubernetes.io/name")),
    ("polaris metadataAndInstanceMismatched",
     lambda o: all(t["metadata"]["labels"]["app.kubernetes.io/instance"] == t["metadata"]["name"] for t in find(o, "Deployment")),
     lambda o: find(o, "Deployment")[0]["metadata"].update(name="other")),
    ("kube-linter env-var-secret: no value in env", lambda o: not container(o).get("env"), lambda o: container(o).update(env=[{}])),
    ("kube-linter sensitive-host-mounts, docker-sock, polaris hostPathSet", lambda o: not any("hostPath" in v for v in common.pod_of(o)["volumes"]),
     lambda o: common.pod_of(o)["volumes"].append({"name": "x", "hostPath": {}})),
    ("kube-linter no-rolling-update-strategy", lambda o: find(o, "Deployment")[0]["spec"]["strategy"]["type"] == "RollingUpdate",
     lambda o: find(o, "Deployment")[0]["spec"]["strategy"].update(type="Recreate")),
    ("every mount has a volume of its own, memory-backed and limited",
     lambda o: {m["name"] for m in container(o)["volumeMounts"]} == {v["name"] for v in common.pod_of(o)["volumes"]} and
     all(v["emptyDir"]["medium"] == "Memory" and v["emptyDir"]["sizeLimit"] for v in common.pod_of(o)["volumes"] if "emptyDir" in v),
     lambda o: common.pod_of(o)["volumes"].pop()),
]


def holds(rule, objects):
    try:
        return bool(rule(objects))
    except (KeyError, IndexError, TypeError):
        return False


objects = common.load_yaml(common.samples()["plain"] / "kubernetes.yaml")
for name, rule, harm in ROWS:
    common.check(name, holds(rule, objects))
    hurt = copy.deepcopy(objects)
    harm(hurt)
    common.check("  and fails without it", not holds(rule, hurt))
common.finish()
