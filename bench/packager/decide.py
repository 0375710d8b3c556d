#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long deciding takes on an image of 50,000 paths: the target is 100 ms.

usage: decide.py DECIDE-IMAGE FOLDER [PATHS [ROUNDS]]

Deciding alone is timed, by decide-image: neither reading the image nor writing. Every tenth
file is a script, every twentieth a symlink; production used a tenth of the paths, or all.
"""
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../tests/integration/image"))
sys.dont_write_bytecode = True
import ocilib  # noqa: E402

DECIDE, FOLDER = (os.path.abspath(a) for a in sys.argv[1:3])
PATHS = int(sys.argv[3]) if len(sys.argv) > 3 else 50000
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 9


NAMES = [f"usr/share/package-{n // 1000:05d}/component-{n // 20:04d}/module_{n:03d}.resource"
         for n in range(PATHS)]


def make(layout):
    """One plain layer."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for number, name in enumerate(["etc/os-release", "usr/bin/lang"] + NAMES):
            info, data = tarfile.TarInfo(name), b"bytes\n"
            info.mode = 0o755 if number == 1 else 0o644
            if number % 10 == 3:
                info.mode, data = 0o755, b"#!/usr/bin/lang\n"
            if number % 20 == 4:
                info.type, info.linkname, data = tarfile.SYMTYPE, os.path.basename(NAMES[0]), b""
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    ocilib.write_layout(layout, [out.getvalue()], compress=lambda data: data, suffix="")


def make_manifest(path, each):
    evidence = b"bytes\n"
    used = sorted("/" + name for name in NAMES[::each])
    trace = {"schema": "clnimg.trace/1", "complete": False, "losses": {}, "runs": [],
             "roots": [{"kind": "container", "platform": "linux/amd64", "cgroup": "",
                        "recognised": "mount-namespace", "mounts": [], "evidence": [
                            {"path": "/etc/os-release", "size_bytes": len(evidence),
                             "sha256": ocilib.hashlib.sha256(evidence).hexdigest()}]}],
             "execs": [{"path": used[0], "root": 0, "argv": [used[0]], "cwd": "/", "uid": 1000,
                        "gid": 1000, "groups": [], "umask": "0022", "count": 1, "role": "main"}],
             "files": [{"path": name, "root": 0, "access": ["read"], "by": [0]} for name in used],
             "ports": [], "syscalls": []}
    with open(path, "w") as file:
        json.dump(trace, file)


def main():
    layout = f"{FOLDER}/decide-{PATHS}"
    if not os.path.exists(f"{layout}/index.json"):
        os.makedirs(layout, exist_ok=True)
        make(layout)
    for what, each in ("a tenth in use", 10), ("all in use", 1):
        make_manifest(f"{layout}/manifest.json", each)
        times = []
        for _ in range(ROUNDS):
            done = subprocess.run([DECIDE, f"oci:{layout}", "--manifest", f"{layout}/manifest.json", "/"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
            kept, took = done.stderr.splitlines()[-1].split(", decided in ")
            times.append(int(took.split()[0]))
        print(f"{what:15} {kept}, decided in {statistics.median(times):.0f} ms "
              f"(median of {ROUNDS}, {min(times)} to {max(times)})", flush=True)


main()
