#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The admission policies, evaluated: our pod is admitted, every weakening refused.

The CEL is run by @bufbuild/cel (npm), the objects are held against Kubernetes'
types (kubernetes-models). Each row says which rule must refuse it, so that none
is refused for another reason. Kyverno's ValidatingPolicy takes the same CEL; its
fields are held against those of its CRD (policies.kyverno.io/v1).

usage: admission.py WRITE-SAMPLE SOURCE-DIR CACHE
"""
import copy
import json
import os
import pathlib
import subprocess
import sys

import common

DIGEST = "sha256:" + "2" * 64
ROOT_IMAGE = "registry.example/nginx"


def tools():
    cache = os.environ.get("CLNIMG_CACHE", sys.argv[3])
    got = subprocess.run([pathlib.Path(sys.argv[2]) / "scripts/lib/npm-tools", cache],
                         capture_output=True, text=True)
    if got.returncode:
        common.skip("no CEL evaluator: " + got.stdout.strip())
    return pathlib.Path(got.stdout.strip()).resolve()


def ask(jobs):
    script = pathlib.Path(__file__).with_name("cel.mjs")
    got = subprocess.run(["node", script, tools()], input=json.dumps(jobs), capture_output=True, text=True)
    if got.returncode:
        sys.exit("cel.mjs: " + got.stderr)
    return json.loads(got.stdout)


# Rows: what is done to the pod, and the words of the message that must refuse it.
# c is our container, s its security context, spec the pod's, top its security context.
def own(change):
    return lambda pod: change(pod["spec"]["containers"][0])


def context(**fields):
    return own(lambda c: c["securityContext"].update(fields))


def without(*names):
    def change(pod):
        for holder in (pod["spec"]["containers"][0]["securityContext"], pod["spec"]["securityContext"]):
            for name in names:
                holder.pop(name, None)
    return change


def spec(**fields):
    return lambda pod: pod["spec"].update(fields)


def mount(path, volume=None, **fields):
    def change(pod):
        pod["spec"].setdefault("volumes", []).append({"name": "extra", **(volume or {"emptyDir": {"medium": "Memory"}})})
        pod["spec"]["containers"][0].setdefault("volumeMounts", []).append(
            {"name": "extra", "mountPath": path, **fields})
    return change


def another(key, **fields):
    """A second container of our image that lacks the posture."""
    def change(pod):
        weak = {"name": "second", "image": pod["spec"]["containers"][0]["image"], **fields}
        pod["spec"].setdefault(key, []).append(weak)
    return change


def neighbour(key, **fields):
    return lambda pod: pod["spec"].setdefault(key, []).append({"name": "other", "image": "busybox:stable", **fields})


def on_disk(pod):
    for volume in pod["spec"]["volumes"]:
        if "emptyDir" in volume:
            volume["emptyDir"] = {}


def image(name):
    return own(lambda c: c.update(image=name))


CONFIG = {"configMap": {"name": "x"}}
REFUSED = [
    ("another digest", image(f"{ROOT_IMAGE}@sha256:" + "4" * 64), "by its digest"),
    ("a tag", image(f"{ROOT_IMAGE}:latest"), "by its digest"),
    ("no tag", image(ROOT_IMAGE), "by its digest"),
    ("a writable root", context(readOnlyRootFilesystem=False), "read-only"),
    ("nothing said of the root", without("readOnlyRootFilesystem"), "read-only"),
    ("no security context", own(lambda c: c.pop("securityContext")), "read-only"),
    ("its name elsewhere, the same bytes",
     lambda pod: (image(f"mirror.example/x@{DIGEST}")(pod), context(readOnlyRootFilesystem=False)(pod)), "read-only"),
    ("privilege escalation", context(allowPrivilegeEscalation=True), "gain privileges"),
    ("nothing said of escalation", without("allowPrivilegeEscalation"), "gain privileges"),
    ("privileged", context(privileged=True), "privileged"),
    ("an added capability", context(capabilities={"drop": ["ALL"], "add": ["NET_ADMIN"]}), "capabilities"),
    ("a harmless capability", context(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}), "capabilities"),
    ("capabilities kept", context(capabilities={"drop": ["NET_RAW"]}), "capabilities"),
    ("nothing said of capabilities", without("capabilities"), "capabilities"),
    ("root allowed", context(runAsNonRoot=False), "run as root"),
    ("nothing said of root", without("runAsNonRoot"), "run as root"),
    ("user root", context(runAsUser=0), "as the user"),
    ("another user", context(runAsUser=1000), "as the user"),
    ("another user, by the pod",
     lambda pod: (without("runAsUser")(pod), pod["spec"]["securityContext"].update(runAsUser=1)), "as the user"),
    ("root's group", context(runAsGroup=0), "as the group"),
    ("one more group", lambda pod: pod["spec"]["securityContext"].update(supplementalGroups=[0]), "other groups"),
    ("a group for volumes", lambda pod: pod["spec"]["securityContext"].update(fsGroup=0), "other groups"),
    ("no seccomp", context(seccompProfile={"type": "Unconfined"}), "system calls"),
    ("nothing said of seccomp", without("seccompProfile"), "system calls"),
    ("no AppArmor", context(appArmorProfile={"type": "Unconfined"}), "AppArmor"),
    ("no AppArmor, the old way", lambda pod: pod["metadata"].update(annotations={
        "container.apparmor.security.beta.kubernetes.io/nginx": "unconfined"}), "annotation"),
    ("all of /proc", context(procMount="Unmasked"), "/proc"),
    ("a shell as command", own(lambda c: c.update(command=["/bin/sh", "-c", "id"])), "no command"),
    ("the init as a runner", own(lambda c: c.update(command=["/clnimg-init", "--", "/x"])), "no command"),
    ("another configuration", own(lambda c: c.update(args=["--config", "/tmp/x"])), "--config"),
    ("a port of the node", own(lambda c: c["ports"][0].update(hostPort=80)), "port of the node"),
    ("a block device", own(lambda c: c.update(volumeDevices=[{"name": "d", "devicePath": "/dev/x"}])), "block devices"),
    ("a volume of the node", mount("/data", {"hostPath": {"path": "/"}}, readOnly=True), "node's files"),
    ("another writable place", mount("/var/www"), "where the test run wrote"),
    ("below a writable place", mount("/tmp/deep"), "where the test run wrote"),
    ("a writable place on disk", on_disk, "where the test run wrote"),
    ("a claim where memory was", lambda pod: pod["spec"]["volumes"][0].update(
        emptyDir=None, persistentVolumeClaim={"claimName": "c"}) or pod["spec"]["volumes"][0].pop("emptyDir"),
     "where the test run wrote"),
    ("a mount over the root", mount("/", CONFIG, readOnly=True), "plain paths"),
    ("a mount over the init", mount("/clnimg-init", CONFIG, readOnly=True), "hide its init"),
    ("a mount over the policy", mount("/etc/clnimg/init.conf", CONFIG, readOnly=True, subPath="x"), "hide its init"),
    ("a mount over /etc", mount("/etc", CONFIG, readOnly=True), "hide its init"),
    ("a mount over the seeds", mount("/usr/share/clnimg/seed", CONFIG, readOnly=True), "hide its init"),
    ("the policy in disguise", mount("/etc/./clnimg", CONFIG, readOnly=True), "plain paths"),
    ("the policy by ..", mount("/srv/../etc/clnimg", CONFIG, readOnly=True), "plain paths"),
    ("the policy with a slash", mount("/etc/clnimg/", CONFIG, readOnly=True), "plain paths"),
    ("the policy with two slashes", mount("//etc/clnimg", CONFIG, readOnly=True), "plain paths"),
    ("the node's network", spec(hostNetwork=True), "namespaces"),
    ("the node's processes", spec(hostPID=True), "namespaces"),
    ("the node's IPC", spec(hostIPC=True), "namespaces"),
    ("processes shared in the pod", spec(shareProcessNamespace=True), "PID 1"),
    ("a kernel parameter", lambda pod: pod["spec"]["securityContext"].update(
        sysctls=[{"name": "kernel.shm_rmid_forced", "value": "1"}]), "kernel parameters"),
    ("a weak init container", another("initContainers"), "read-only"),
    ("a weak ephemeral container", another("ephemeralContainers", targetContainerName="nginx"), "read-only"),
    ("a weak second container", another("containers", command=["sh"]), "no command"),
    ("a privileged neighbour", neighbour("containers", securityContext={"privileged": True}), "of its pod"),
    ("a privileged init container", neighbour("initContainers", securityContext={"privileged": True}), "of its pod"),
    ("a privileged debugger", neighbour("ephemeralContainers", securityContext={"privileged": True}), "of its pod"),
]
ADMITTED = [
    ("our own pod", lambda pod: None),
    ("its seccomp.json", context(seccompProfile={"type": "Localhost", "localhostProfile": "x.json"})),
    ("the image's own user", without("runAsUser", "runAsGroup", "supplementalGroups")),
    ("said by the pod alone", lambda pod: [pod["spec"]["containers"][0]["securityContext"].pop(k) for k in (
        "runAsNonRoot", "runAsUser", "runAsGroup", "seccompProfile")]),
    ("the init as command", own(lambda c: c.update(command=["/clnimg-init"]))),
    ("arguments of the program", own(lambda c: c.update(args=["-q"]))),
    ("configuration from the cluster", mount("/etc/nginx/conf.d", CONFIG, readOnly=True)),
    ("another registry, the same bytes", image(f"mirror.example/nginx:x@{DIGEST}")),
    ("a debugging container", neighbour("ephemeralContainers", command=["sh"], targetContainerName="nginx")),
    ("a sidecar", neighbour("initContainers", restartPolicy="Always")),
    ("a pod of another image", lambda pod: (image("registry.example/nginx-other:1")(pod),
                                            own(lambda c: c.pop("securityContext"))(pod))),
]


def pod_of(place):
    template = [t for t in common.load_yaml(place / "kubernetes.yaml") if t["kind"] == "Deployment"][0]["spec"]["template"]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": copy.deepcopy(template["metadata"]),
            "spec": copy.deepcopy(template["spec"])}


def changed(pod, change):
    pod = copy.deepcopy(pod)
    change(pod)
    return pod


def judge(label, policy, pod, refused):
    """All rows at once; then updates of a pod that is already there."""
    jobs = [{"policy": policy, "object": changed(pod, row[1])} for row in ADMITTED + refused]
    weak = changed(pod, context(readOnlyRootFilesystem=False))
    relabelled = changed(weak, lambda p: p["metadata"].update(labels={"a": "b"}))
    jobs.append({"policy": policy, "object": relabelled, "oldObject": weak})
    jobs.append({"policy": policy, "object": weak, "oldObject": pod})
    answers = ask(jobs)
    for row, answer in zip(ADMITTED, answers):
        common.check(f"{label}: admits {row[0]}", answer == {"skipped": False, "refused": []}, answer)
    for row, answer in zip(refused, answers[len(ADMITTED):]):
        reasons = answer["refused"]
        common.check(f"{label}: refuses {row[0]}", any(row[2] in of for of in reasons) and
                     not any(of.startswith("error") for of in reasons), reasons)
    common.check(f"{label}: leaves an update of labels alone", answers[-2]["skipped"], answers[-2])
    common.check(f"{label}: judges an update of the spec", answers[-1]["refused"], answers[-1])


# What the API server and the CRD know; strict decoding refuses any other field.
SPEC = {"failurePolicy", "matchConstraints", "matchConditions", "variables", "validations"}
PARTS = {"variables": {"name", "expression"}, "validations": {"expression", "message"},
         "matchConditions": {"name", "expression"}}


def fields(label, policy, more=()):
    unknown = set(policy) - SPEC - set(more)
    for key, names in PARTS.items():
        unknown |= {name for part in policy[key] for name in set(part) - names}
    common.check(f"{label}: no unknown field", not unknown, unknown)
    names = [of["name"] for of in policy["variables"]]
    common.check(f"{label}: names once", len(names) == len(set(names)))
    rules = [of["message"] for of in policy["validations"]]
    common.check(f"{label}: rules once", len(rules) == len(set(rules)))


def shapes(things):
    answers = ask([{"shape": thing} for thing in things])
    for thing, answer in zip(things, answers):
        common.check(f"Kubernetes' types: {thing['kind']}", answer["errors"] is None, answer["errors"])
    broken = copy.deepcopy(things[0])
    broken["spec"]["validations"][0]["expression"] = 1
    common.check("Kubernetes' types: a wrong one is refused", ask([{"shape": broken}])[0]["errors"])


for variant, place in common.samples().items():
    if variant in ("files", "listed"):  # they say no more of pods than the others
        continue
    policy, binding = common.load_yaml(place / "admission-policy.yaml")
    kyverno, = common.load_yaml(place / "kyverno-policy.yaml")
    pod = pod_of(place)
    refused = [row for row in REFUSED if variant != "silent" or row[2] != "port of the node"]  # it has none
    judge(f"{variant}: admission", policy["spec"], pod, refused)
    fields(f"{variant}: admission", policy["spec"])
    shapes([policy, binding])
    common.check(f"{variant}: bound", binding["spec"]["policyName"] == policy["metadata"]["name"])
    common.check(f"{variant}: Kyverno's kind", (kyverno["apiVersion"], kyverno["kind"]) ==
                 ("policies.kyverno.io/v1", "ValidatingPolicy"))
    fields(f"{variant}: Kyverno", kyverno["spec"], ("validationActions", "autogen"))
    same = all(kyverno["spec"][key] == policy["spec"][key] for key in SPEC)
    common.check(f"{variant}: Kyverno holds the same rules", same)
    # a rule that no row meets is a rule that nobody has tried
    idle = [of["message"] for of in policy["spec"]["validations"] if not any(words in of["message"] for _, _, words in REFUSED)]
    common.check(f"{variant}: every rule is tried", not idle, idle)
common.finish()
