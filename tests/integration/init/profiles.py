# SPDX-License-Identifier: Apache-2.0
"""The default seccomp profiles of the engines, for a container without capabilities.

podman's is installed with the container tools. docker's and containerd's are read from the
distribution's packages of their sources, fetched by apt when a test asks and unpacked into a
folder of the build: they are other people's files and not kept here.
"""
import json
import os
import re
import subprocess

PODMAN = "/usr/share/containers/seccomp.json"
GO = "usr/share/gocode/src/github.com/"
SOURCES = {
    "docker": ("golang-github-docker-docker-dev", GO + "docker/docker/profiles/seccomp/default.json"),
    "containerd": ("golang-github-containerd-containerd-dev",
                   GO + "containerd/containerd/contrib/seccomp/seccomp_default.go"),
}


def runtime_form(default, errno, rules):
    return {"defaultAction": default, "defaultErrnoRet": errno,
            "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            "syscalls": rules}


def from_json(path):
    """The tools' format: rules for other architectures and for capabilities left out."""
    with open(path, encoding="utf-8") as f:
        profile = json.load(f)
    rules = []
    for rule in profile["syscalls"]:
        includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
        if includes.get("caps") or "amd64" in (excludes.get("arches") or []):
            continue
        if includes.get("arches") and "amd64" not in includes["arches"]:
            continue
        rules.append({k: rule[k] for k in ("names", "action", "args", "errnoRet") if rule.get(k)})
    return runtime_form(profile["defaultAction"], profile.get("defaultErrnoRet", 1), rules)


def go_rule(text):
    """One specs.LinuxSyscall of containerd's source."""
    names = re.search(r"Names:\s*\[\]string\{(.*?)\}", text, re.S)
    action = re.search(r"Action:\s*specs\.Act(\w+)", text)
    rule = {"names": re.findall(r'"(\w+)"', names[1]), "action": "SCMP_ACT_" + action[1].upper()}
    if "ErrnoRet" in text:
        rule["errnoRet"] = 38    # &nosys
    args = re.findall(r"Index:\s*(\d+),\s*Value:\s*([^,]+),\s*Op:\s*specs\.Op(\w+)", text)
    if args:
        rule["args"] = [{"index": int(i), "value": go_value(v),
                         "op": {"EqualTo": "SCMP_CMP_EQ", "NotEqual": "SCMP_CMP_NE"}[op]}
                        for i, v, op in args]
    return rule


def go_value(text):
    names = {"unix.AF_VSOCK": 40, "unix.AF_ALG": 38}
    return names[text.strip()] if text.strip() in names else int(text.strip(), 0)


def from_go(path):
    """The list that every container has, the case of amd64, and what CAP_SYS_ADMIN's lack adds."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    start = text.index("syscalls := []specs.LinuxSyscall{")
    middle = text.index("s := &specs.LinuxSeccomp{")
    switch = text.index("switch runtime.GOARCH", middle)
    amd64 = text.index('case "amd64":', switch)
    blocks = re.findall(r"\{\s*Names:.*?\n\t\t\}", text[start:middle], re.S)
    for part in (text[middle:switch], text[amd64:text.index('case "386":', amd64)]):
        blocks += re.findall(r"LinuxSyscall(\{\s*Names:.*?\n\t+\}\))", part, re.S)
    rules = [go_rule(block) for block in blocks]
    if "clone3" in text[amd64:]:
        rules.append({"names": ["clone"], "action": "SCMP_ACT_ALLOW",
                      "args": [{"index": 0, "value": 2114060288, "valueTwo": 0,
                                "op": "SCMP_CMP_MASKED_EQ"}]})
        rules.append({"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38})
    return runtime_form("SCMP_ACT_ERRNO", 1, rules)


def fetched(engine, folder):
    """The file in the package's source, or None and why not."""
    package, path = SOURCES[engine]
    for root in ("/", folder):
        if os.path.exists(os.path.join(root, path)):
            return os.path.join(root, path), ""
    os.makedirs(folder, exist_ok=True)
    got = subprocess.run(["apt-get", "-qq", "download", package], cwd=folder, timeout=120,
                         capture_output=True, text=True, check=False)
    files = [f for f in os.listdir(folder) if f.startswith(package) and f.endswith(".deb")]
    if not files:
        return None, f"apt-get download {package}: {got.stderr.strip()[-80:]}"
    subprocess.run(["dpkg-deb", "-x", files[0], "."], cwd=folder, check=True)
    full = os.path.join(folder, path)
    return (full, "") if os.path.exists(full) else (None, f"{package} has no {path}")


def load(engine, folder):
    """(profile, "") or (None, the reason)."""
    if engine == "podman":
        return (from_json(PODMAN), "") if os.path.exists(PODMAN) else (None, "no " + PODMAN)
    try:
        path, why = fetched(engine, folder)
    except (OSError, subprocess.SubprocessError) as e:
        return None, str(e)
    if not path:
        return None, why
    return (from_go(path) if path.endswith(".go") else from_json(path)), ""
